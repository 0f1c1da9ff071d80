"""Models over HTTP on real processes: a pull survives its worker, and a loaded model is seen, kept and let go."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.catalogue import OWN
from tests.support.cluster import Cluster, wait_until
from tests.support.hub import hub
from tests.support.operator import manifest_text, networks
from tests.support.receivers import Behaviour, Line, Received, Receiver

pytestmark = pytest.mark.timeout(170)


class Stuck:
    """A web server of files that holds one of them back until it may go on."""

    def __init__(self, behave: Behaviour, target: str) -> None:
        self.may_go_on, self.is_waiting = threading.Event(), threading.Event()
        self.asked: list[str] = []
        self._behave = behave
        self._target = target

    def __call__(self, request: Received, line: Line) -> None:
        self.asked.append(request.target)
        if request.target == self._target:
            self.is_waiting.set()
            while not self.may_go_on.is_set():
                if line.pause(0.05):
                    return
        self._behave(request, line)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Cluster, Stuck]]:
    files = networks(tmp_path / "made")
    stuck = Stuck(hub(files), "/erb_dec.onnx")
    with Receiver(stuck) as receiver, Cluster(tmp_path / "cluster") as cluster:
        own = cluster.settings.weights_dir / OWN
        own.mkdir(parents=True)
        (own / "free.yaml").write_text(manifest_text("free", files, f"{{kind: http, url: '{receiver.url}'}}"))
        cluster.key = cluster.new_key(is_admin=True)
        yield cluster.start_all(), stuck


def shown(client: httpx.Client) -> dict[str, Any]:
    answered = client.get("/admin/models/free")
    model: dict[str, Any] = answered.json().get("model") or {"jobs": [], "loaded": [], "state": answered.text}
    return model


def ended(cluster: Cluster, client: httpx.Client) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        cluster.revive()
        job: dict[str, Any] = shown(client)["jobs"][0]
        return job if job["state"] in {"done", "failed"} else None

    found: dict[str, Any] = wait_until(look, what="the end of the job", explain=cluster.logs)
    return found


def test_from_a_pull_whose_worker_was_killed_to_an_unloaded_model(server: tuple[Cluster, Stuck]) -> None:
    cluster, stuck = server
    with cluster.client() as client:
        wait_until(lambda: shown(client)["state"] == "absent", what="the first survey", explain=cluster.logs)
        assert client.post("/admin/models/free/pull").status_code == 202
        assert stuck.is_waiting.wait(60), cluster.logs()
        wait_until(lambda: shown(client)["jobs"][0]["done_bytes"] > 0, what="progress", explain=cluster.logs)
        cluster.kill("worker-io")
        stuck.may_go_on.set()
        cluster.start("worker-io")

        job = ended(cluster, client)
        assert (job["state"], job["message"], job["attempts"]) == ("done", "installed", 2)
        assert stuck.asked.count("/config.ini") == 1  # what was there was not fetched again

        assert client.post("/admin/models/free/load").status_code == 202
        assert ended(cluster, client)["state"] == "done"
        (loaded,) = wait_until(lambda: client.get("/admin/models/loaded").json()["loaded"], what="the loaded model")
        assert (loaded["model_id"], loaded["state"]) == ("free", "idle")
        assert loaded["worker"].startswith("gpu@")
        assert client.delete("/admin/models/free").status_code == 409

        assert client.post("/admin/models/free/unload").status_code == 202
        wait_until(lambda: client.get("/admin/models/loaded").json()["loaded"] == [], what="its end")
        assert client.delete("/admin/models/free").status_code == 202
        assert ended(cluster, client)["state"] == "done"
        assert shown(client)["state"] == "absent"

        assert client.post("/admin/models/free/pull").status_code == 202
        assert ended(cluster, client)["state"] == "done"
        client.post("/admin/models/free/load")
        wait_until(lambda: client.get("/admin/models/loaded").json()["loaded"], what="the model loaded again")
        cluster.kill("worker-gpu")
        wait_until(lambda: client.get("/admin/models/loaded").json()["loaded"] == [], what="a dead worker to vanish")


def test_a_worker_that_is_stopped_hands_its_pull_back_in_time(tmp_path: Path) -> None:
    content = b"x" * 100_000
    files = {"big.bin": content}
    may_hurry = threading.Event()

    def drips(request: Received, line: Line) -> None:
        first = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        status = f"206 Partial Content\r\nContent-Range: bytes {first}-99999/100000" if first else "200 OK"
        line.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(content) - first}\r\n\r\n".encode())
        for place in range(first, len(content), 1000):
            if not may_hurry.is_set() and line.pause(0.5):
                return
            line.send(content[place : place + 1000])

    with Receiver(drips) as receiver, Cluster(tmp_path / "cluster") as cluster:
        own = cluster.settings.weights_dir / OWN
        own.mkdir(parents=True)
        (own / "free.yaml").write_text(manifest_text("free", files, f"{{kind: http, url: '{receiver.url}'}}"))
        cluster.key = cluster.new_key(is_admin=True)
        cluster.start_all()
        with cluster.client() as client:
            wait_until(lambda: shown(client)["state"] == "absent", what="the first survey", explain=cluster.logs)
            client.post("/admin/models/free/pull")
            wait_until(lambda: shown(client)["jobs"][0]["done_bytes"] > 0, what="progress", explain=cluster.logs)
            process = cluster.processes.pop("worker-io")
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(timeout=40) == 0, cluster.logs()  # 20 s of which Celery waits in any case
            job = shown(client)["jobs"][0]
            assert (job["state"], job["attempts"]) == ("queued", 0)

            may_hurry.set()
            cluster.start("worker-io")
            job = ended(cluster, client)
            assert (job["state"], job["attempts"]) == ("done", 1)
    ranges = [request.headers.get("range", "") for request in receiver.requests]
    assert ranges[0] == ""
    assert all(ranges[1:]), ranges  # it went on where it stopped
