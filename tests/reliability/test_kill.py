"""Whatever is killed, every accepted task ends once, with its webhook."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.support.cluster import Cluster, wait_until
from tests.support.receivers import Receiver, answer
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.timeout(170)
LONG = wav_bytes(600.0, rate_hz=44_100, channels=2)  # a few seconds of work for the MP3 encoder


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answer()) as opened:
        yield opened


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path) as opened:
        yield opened.start_all()


def submit(client: httpx.Client, receiver: Receiver, content: bytes = LONG, target: str = "mp3") -> str:
    answered = client.post(
        "/file_convert",
        data={"target_format": target, "webhook_url": f"{receiver.url}/hook"},
        files={"audio_file": ("long.wav", content)},
    )
    assert answered.status_code == 200, answered.text
    return str(answered.json()["task_id"])


def wait_running(client: httpx.Client, *tasks: str) -> None:
    """Until one of them runs."""

    def status(task_id: str) -> str:
        return str(client.get("/byId", params={"task_id": task_id}).json()["status"])

    wait_until(lambda: any(status(task_id) == "IN_PROGRESS" for task_id in tasks), what="a task to start")


def webhooks(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    wait_until(lambda: len(receiver.requests) >= count, what=f"{count} webhooks")
    return [json.loads(request.body) for request in receiver.requests]


def assert_ended_once(cluster: Cluster, client: httpx.Client, receiver: Receiver, tasks: list[str]) -> None:
    """COMPLETED, with one result that can be downloaded and one event, however often it was tried."""
    for task_id in tasks:
        record = cluster.wait_final(client, task_id)
        assert record["status"] == "COMPLETED", record
        assert httpx.get(record["conversion_path"]).status_code == 200
        (event,) = client.get(f"/tasks/{task_id}/webhooks").json()["webhooks"]
        assert event["payload"]["task_id"] == task_id
    received = webhooks(receiver, len(tasks))
    assert {payload["task_id"] for payload in received} == set(tasks)
    ids = Counter(request.headers["webhook-id"] for request in receiver.requests)
    assert len(ids) == len(tasks)


def test_kill_9_of_the_worker_in_the_middle_of_a_conversion(cluster: Cluster, receiver: Receiver) -> None:
    with cluster.client() as client:
        task_id = submit(client, receiver)
        wait_running(client, task_id)

        cluster.kill("worker-cpu")
        cluster.start("worker-cpu")

        assert_ended_once(cluster, client, receiver, [task_id])


def test_kill_9_of_the_api_and_of_beat(cluster: Cluster, receiver: Receiver) -> None:
    with cluster.client() as client:
        task_id = submit(client, receiver)
        cluster.kill("api")
        cluster.kill("beat")
        cluster.start("api", "beat")

        assert_ended_once(cluster, client, receiver, [task_id])


def test_flushall_and_kill_9_of_redis(cluster: Cluster, receiver: Receiver) -> None:
    with cluster.client() as client:
        tasks = [submit(client, receiver) for _ in range(3)]
        wait_running(client, *tasks)

        with redis.Redis(port=cluster.redis_port) as broker:
            broker.flushall()
        cluster.kill("broker")
        tasks.append(submit(client, receiver))  # nobody hears this one
        cluster.start("broker")

        assert_ended_once(cluster, client, receiver, tasks)


def test_kill_9_of_everything_at_once(cluster: Cluster, receiver: Receiver) -> None:
    with cluster.client() as client:
        tasks = [submit(client, receiver) for _ in range(2)]
        wait_running(client, *tasks)

        for name in list(cluster.processes):
            cluster.kill(name)
        cluster.start_all()

        assert_ended_once(cluster, client, receiver, tasks)


def test_a_rolling_restart_ends_within_its_time_and_loses_nothing(cluster: Cluster, receiver: Receiver) -> None:
    with cluster.client() as client:
        task_id = submit(client, receiver)
        wait_running(client, task_id)

        cluster.kill("worker-cpu", signal.SIGTERM)  # fails after 60 s
        cluster.start("worker-cpu")

        assert_ended_once(cluster, client, receiver, [task_id])


def test_cancel_stops_a_running_task(cluster: Cluster, receiver: Receiver) -> None:
    with cluster.client() as client:
        task_id = submit(client, receiver)
        wait_running(client, task_id)

        client.post(f"/tasks/{task_id}/cancel")
        record = cluster.wait_final(client, task_id)

        assert record["status"] == "FAILED"
        assert record["message"] == "Cancelled by the caller"
        (payload,) = webhooks(receiver, 1)
        assert payload["success"] is False
        # The task has ended before its folder is removed.
        wait_until(lambda: not list((cluster.folder / "data" / "work").glob("*/*")), what="an empty work folder")
