"""`woodshed doctor` and `woodshed demo` as a person runs them."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from app.cli import lock
from app.features import ALL
from tests.support.cluster import WOODSHED, Cluster, free_port


def woodshed(*arguments: str | Path, cwd: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [WOODSHED, *arguments], check=False, capture_output=True, text=True, cwd=cwd, env={"PATH": "", **environment}
    )
    return done.returncode, done.stdout + done.stderr


def test_doctor_is_content_with_a_fresh_machine_and_makes_nothing(tmp_path: Path) -> None:
    code, said = woodshed("doctor", cwd=tmp_path)

    assert code == 0, said
    assert all(feature.path in said for feature in ALL)
    assert "signalsmith" in said
    assert list(tmp_path.iterdir()) == []


def test_doctor_speaks_to_programs_and_tells_them_what_is_broken(tmp_path: Path) -> None:
    code, said = woodshed("doctor", "--json", cwd=tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    shown = json.loads(said)
    assert (code, shown["ok"]) == (1, False)
    assert [finding["name"] for finding in shown["findings"] if finding["state"] == "broken"] == ["queue"]
    assert len(shown["endpoints"]) == len(ALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("open")) as cluster:
        yield cluster.start_all()


def test_demo_plays_both_forms_from_post_to_file(server: Cluster, tmp_path: Path) -> None:
    code, said = woodshed("demo", "--url", server.url, "--key", server.key, cwd=tmp_path)

    assert code == 0, said
    assert said.count("Webhook received") == 2
    assert "WAV, 44100 Hz, 16 bits, 2.000 s" in said
    assert "FLAC, 44100 Hz, 24 bits, 2.000 s" in said
    assert said.rstrip().endswith("OK")


def test_demo_finds_server_and_key_in_the_data_folder_and_so_does_doctor(server: Cluster, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "api.key").write_text(f"{server.key}\n")
    with lock.locked(data / lock.FILE_NAME) as fd:  # as `serve` does
        lock.tell(fd, server.url)

        code, said = woodshed("demo", "--data-dir", data, cwd=tmp_path)
        assert code == 0, said
        assert f"ready at {server.url}" in woodshed("doctor", "--data-dir", data, cwd=tmp_path)[1]


def test_demo_says_what_is_wrong_in_plain_words(server: Cluster, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    assert "start `woodshed serve`" in woodshed("demo", cwd=tmp_path)[1]
    assert "There is no key in" in woodshed("demo", "--url", server.url, cwd=tmp_path)[1]
    assert "answered 401" in woodshed("demo", "--url", server.url, "--key", "wrong", cwd=tmp_path)[1]
    code, said = woodshed("demo", "--url", nowhere, "--key", "any", cwd=tmp_path)
    assert (code, "cannot be reached" in said) == (1, True)


def test_demo_goes_on_with_an_upload_where_links_to_this_machine_are_closed(tmp_path: Path) -> None:
    with Cluster(tmp_path / "closed", {"WOODSHED_EGRESS__ALLOW_LOOPBACK": "false"}) as server:
        server.start("broker", "api", "worker-cpu")

        code, said = woodshed("demo", "--url", f"{server.url}/api/public", "--key", server.key, cwd=tmp_path)

    assert code == 0, said
    assert "woodshed serve --allow-loopback" in said
    assert "Webhook received" not in said
    assert "FLAC, 44100 Hz, 24 bits, 2.000 s" in said


def test_demo_song_makes_a_song_without_a_server(tmp_path: Path) -> None:
    asked = ("calm piano", "--instrumental", "--length", "10", "--seed", "3", "--key", "A minor", "--bpm", "90")

    code, said = woodshed("demo", "song", *asked, "--out", "songs", cwd=tmp_path)

    assert code == 0, said
    made = {path.suffix: path for path in (tmp_path / "songs").iterdir()}
    assert set(made) == {".mp3", ".wav", ".mid", ".jpg", ".txt"}
    assert len({path.stem for path in made.values()}) == 1
    assert "A minor, 90 BPM" in said
    assert 8 < soundfile.info(made[".wav"]).duration < 16


def test_demo_song_says_what_no_song_can_have(tmp_path: Path) -> None:
    code, said = woodshed("demo", "song", "pop", "--bpm", "500", cwd=tmp_path)

    assert code == 2
    assert "bpm" in said
