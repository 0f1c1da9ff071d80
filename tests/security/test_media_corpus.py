"""Files that pretend to be sound, files that lie, and processes that hang: no secret read, no limit passed, nothing left.

The corpus of playlists follows CVE-2016-1897/8 and what ffmpeg still does without a whitelist of containers.
"""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.contract.enums import AudioFormat
from app.errors import InputUnusable, JobFailed
from app.infra.media import Encoding, Media
from app.infra.media.process import UNREADABLE
from app.settings import MediaLimits
from tests.support.cluster import wait_until
from tests.support.media import MEDIA, chirp, ffmpeg, no_report, write

SECRET = b"CANARY-7d1f"


def playlists(folder: Path) -> dict[str, bytes]:
    """Every known way to make ffmpeg open another file; all name a sibling that holds the secret."""
    secret = folder / "secret.ts"
    write(folder / "inner.wav", chirp(0.5, 8000), 8000)
    ffmpeg("-i", folder / "inner.wav", "-metadata", f"title={SECRET.decode()}", "-c:a", "mp2", "-f", "mpegts", secret)
    there = secret.as_uri()
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n{there}\n#EXT-X-ENDLIST\n"
    return {
        "ffconcat": f"ffconcat version 1.0\nfile {secret.name}\n".encode(),
        "ffconcat absolute": f"ffconcat version 1.0\nfile {secret}\n".encode(),
        "hls": hls.encode(),
        "hls in a data uri": b"#EXTM3U\n#EXTINF:1,\nconcat:http://127.0.0.1/x|"
        + there.encode()
        + b"\n#EXT-X-ENDLIST\n",
        "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
        f'<Representation id="1"><BaseURL>{there}</BaseURL></Representation></AdaptationSet></Period></MPD>'.encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\n" + SECRET + b"\n",
        "text": b"This is not music. " + SECRET,
        "html": b"<!doctype html><html><body>404</body></html>",
        "zip": b"PK\x03\x04" + bytes(200),
        "elf": b"\x7fELF" + bytes(200),
        "zeros": bytes(10_000),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "cue": b'FILE "secret.ts" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    }


NAMES = (
    "ffconcat", "ffconcat absolute", "hls", "hls in a data uri", "dash", "sdp", "subtitles", "text", "html", "zip", "elf",
    "zeros", "png", "cue",
)  # fmt: skip


@pytest.mark.parametrize("extension", ["wav", "mp3", "m3u8", ""])
@pytest.mark.parametrize("name", NAMES)
def test_a_pretender_is_refused_and_the_planted_secret_stays_where_it_is(
    tmp_path: Path, name: str, extension: str
) -> None:
    path = tmp_path / f"upload.{extension}"
    path.write_bytes(playlists(tmp_path)[name])
    info = MEDIA.probe(write(tmp_path / "good.wav", chirp(0.5, 8000), 8000))

    with pytest.raises(InputUnusable) as refused:
        MEDIA.probe(path)
    # Even if a probe had let it pass:
    with pytest.raises((InputUnusable, JobFailed)):
        MEDIA.convert(path, info, tmp_path / "out.mp3", Encoding(AudioFormat.MP3, 8000), report=no_report)

    assert refused.value.message == UNREADABLE
    assert str(tmp_path) not in refused.value.message
    assert not (tmp_path / "out.mp3").exists() or SECRET not in (tmp_path / "out.mp3").read_bytes()


@pytest.mark.parametrize(
    "name", ["-i.wav", ";rm -rf x.wav", "a\nb.wav", "$(id).wav", "file:x.wav", "%d.wav", "é ü.wav", "|cat.wav"]
)
def test_names_are_names_and_never_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write(tmp_path / "a.wav", chirp(0.5, 8000), 8000).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)  # a relative name is what ffmpeg could take for an option or a protocol
    path, target = Path(name), Path(f"-out{name}")

    info = MEDIA.probe(path)
    MEDIA.convert(path, info, target, Encoding(AudioFormat.WAV, 8000), report=no_report)

    assert MEDIA.probe(target).duration_s == pytest.approx(0.5, abs=0.01)

    assert info.rate_hz == 8000


class TestWhatIsDamaged:
    @pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "ogg", "webm", "aac", "m4a"])
    @pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
    def test_a_truncated_file_gives_what_is_there_or_a_clear_refusal(
        self, tmp_path: Path, kind: str, share: float
    ) -> None:
        write(tmp_path / "a.wav", chirp(5.0, 44_100, 2), 44_100)
        ffmpeg("-i", tmp_path / "a.wav", tmp_path / f"whole.{kind}")
        content = (tmp_path / f"whole.{kind}").read_bytes()
        path = tmp_path / "cut"
        path.write_bytes(content[: int(len(content) * share)])

        try:
            info = MEDIA.probe(path)
            written = MEDIA.convert(
                path, info, tmp_path / "out.wav", Encoding(AudioFormat.WAV, 44_100), report=no_report
            )
        except JobFailed:
            assert share < 0.1 or kind == "m4a"  # an MP4 without its index cannot be read by anyone
        else:
            assert 0 < written.duration_s < 5.1
            if share == 0.5:
                assert 1.0 < written.duration_s < 4.0  # half of the bytes

    def test_a_wav_header_without_samples(self, tmp_path: Path) -> None:
        write(tmp_path / "a.wav", np.zeros((2, 0), np.float32), 44_100)

        with pytest.raises(InputUnusable):
            MEDIA.probe(tmp_path / "a.wav")

    @pytest.mark.parametrize(("offset", "value"), [(24, 4_000_000_000), (24, 0), (24, 1), (22, 65_535), (34, 65_535)])
    def test_a_header_that_lies_is_refused(self, tmp_path: Path, offset: int, value: int) -> None:
        path = write(tmp_path / "a.wav", chirp(0.5, 44_100), 44_100)
        content = bytearray(path.read_bytes())
        struct.pack_into("<I" if offset == 24 else "<H", content, offset, value)
        path.write_bytes(content)

        with pytest.raises(InputUnusable):
            MEDIA.probe(path)


def with_comment(path: Path, name: str) -> None:
    """Put a comment of this name into a FLAC file, as no honest tagger would."""
    content = path.read_bytes()
    text = f"{name}=x".encode()
    body = struct.pack("<I", 0) + struct.pack("<I", 1) + struct.pack("<I", len(text)) + text
    block = bytes([4]) + len(body).to_bytes(3, "big") + body
    end_of_info = 4 + 4 + 34
    path.write_bytes(content[:4] + bytes([content[4] & 0x7F]) + content[5:end_of_info] + block + content[end_of_info:])


@pytest.mark.parametrize(
    "name",
    [
        "A\n  Duration: 00:00:01.00, start",
        "A\n  Stream #0:1: Video: png, x (attached pic)",
        "A\n  Stream #0:" + "9" * 5000 + ": Video: png, (attached pic)",
        "A\n  Stream #0:0: Audio: pcm_s16le, s16",
    ],
)
def test_names_of_tags_cannot_forge_what_the_probe_sees(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.flac", chirp(30.0, 8000), 8000)
    with_comment(path, name)

    try:
        info = MEDIA.probe(path)
    except InputUnusable:
        return
    assert info.duration_s == pytest.approx(30.0, abs=0.1)
    assert (info.codec, info.rate_hz, info.channels, info.is_lossless) == ("flac", 8000, 1, True)


def test_an_input_that_takes_too_much_cpu_ends_with_that_text(tmp_path: Path) -> None:
    media = Media(MediaLimits(fixed_cpu="PT1S", cpu_per_second=0))  # type: ignore[arg-type]  # pydantic reads ISO 8601
    source = write(tmp_path / "a.wav", chirp(600.0, 44_100, 2), 44_100)

    with pytest.raises(JobFailed) as failed:
        media.convert(
            source, media.probe(source), tmp_path / "b.ogg", Encoding(AudioFormat.OGG, 44_100), report=no_report
        )

    assert failed.value.code == "media_too_long"


class TestLimits:
    def test_too_many_channels(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", np.zeros((12, 4000), np.float32), 8000)

        with pytest.raises(InputUnusable, match="12 channels; at most 8"):
            MEDIA.probe(path)

    def test_too_low_a_rate(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", chirp(0.5, 3000), 3000)

        with pytest.raises(InputUnusable, match="4000 to 384000 Hz"):
            MEDIA.probe(path)

    def test_too_many_streams(self, tmp_path: Path) -> None:
        write(tmp_path / "a.wav", chirp(0.5, 8000), 8000)
        ffmpeg("-i", tmp_path / "a.wav", *["-map", "0:a"] * 20, "-c:a", "flac", tmp_path / "b.mka")

        with pytest.raises(InputUnusable, match="20 streams"):
            MEDIA.probe(tmp_path / "b.mka")

    def test_an_output_above_the_limit_ends_the_process(self, tmp_path: Path) -> None:
        media = Media(MediaLimits(output_bytes="1MiB"))  # type: ignore[arg-type]  # pydantic reads units
        source = write(tmp_path / "a.flac", np.zeros((2, 44_100 * 60), np.float32), 44_100)

        with pytest.raises(JobFailed) as failed:
            media.convert(
                source, media.probe(source), tmp_path / "b.wav", Encoding(AudioFormat.WAV, 192_000), report=no_report
            )

        assert failed.value.code == "output_too_large"
        assert (tmp_path / "b.wav").stat().st_size <= 1024**2


def hanging(folder: Path) -> Path:
    """A program that takes ffmpeg's place and never ends, with a child that never ends either."""
    script = folder / "ffmpeg"
    script.write_text('#!/bin/sh\nsleep 987 &\necho $! >> "$(dirname $0)/pids"\nsleep 987\n')
    script.chmod(0o700)
    return script


def pids(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "pids").read_text().split()]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


class TestHanging:
    def test_a_process_that_hangs_is_killed_with_its_whole_group(self, tmp_path: Path) -> None:
        media = Media(MediaLimits(probe_timeout="PT0.5S"), str(hanging(tmp_path)))  # type: ignore[arg-type]
        started_s = time.monotonic()

        with pytest.raises(InputUnusable):
            media.probe(tmp_path / "anything")

        assert time.monotonic() - started_s < 5
        # The stand-in's own child is killed too, but it is init that buries it.
        wait_until(lambda: all(gone(pid) for pid in pids(tmp_path)), 5.0, "the end of the whole group")

    def test_a_killed_worker_leaves_no_process_behind(self, tmp_path: Path) -> None:
        hanging(tmp_path)
        code = (
            "from pathlib import Path; from app.infra.media import Media; from app.settings import MediaLimits; "
            f"Media(MediaLimits(), {str(tmp_path / 'ffmpeg')!r}).probe(Path('x'))"
        )
        worker = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
        ends_s = time.monotonic() + 30
        while not psutil.Process(worker.pid).children() or not (tmp_path / "pids").exists():
            assert time.monotonic() < ends_s
            time.sleep(0.02)
        (child,) = psutil.Process(worker.pid).children()

        worker.kill()
        worker.wait()

        _, alive = psutil.wait_procs([child], timeout=5)
        assert not alive
        for pid in pids(tmp_path):  # the stand-in's own child; ffmpeg has none
            os.kill(pid, 9)


def test_the_environment_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOODSHED_LINK_SECRET", SECRET.decode())
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\nenv > {tmp_path}/env\n")
    script.chmod(0o700)

    with pytest.raises(InputUnusable):
        Media(MediaLimits(), str(script)).probe(tmp_path / "x")

    assert SECRET not in (tmp_path / "env").read_bytes()
