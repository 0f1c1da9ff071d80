"""The roles of docker-compose.yml as processes that share nothing but PostgreSQL, Redis and an S3-type store."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.contract.enums import Lane
from tests.support.cluster import Cluster, wait_until
from tests.support.receivers import Receiver, answer
from tests.support.s3 import s3_settings
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.timeout(170)


@pytest.fixture
def cluster(tmp_path: Path, postgres: str) -> Iterator[Cluster]:
    with s3_settings() as s3:
        settings = {
            "WOODSHED_DATABASE_URL": postgres,
            "WOODSHED_LINK_SECRET": "shared by all roles",
            "WOODSHED_STORAGE__KIND": "s3",
            "WOODSHED_STORAGE__BUCKET": s3.bucket,
            "WOODSHED_STORAGE__PREFIX": s3.prefix,
            "WOODSHED_STORAGE__ENDPOINT_URL": s3.endpoint_url,
            "WOODSHED_STORAGE__ACCESS_KEY_ID": s3.access_key_id.get_secret_value(),
            "WOODSHED_STORAGE__SECRET_ACCESS_KEY": s3.secret_access_key.get_secret_value(),
        }
        with Cluster(tmp_path, settings, apart=True) as opened:
            yield opened.start_all()


def test_upload_and_link_come_back_through_s3_with_their_webhooks(cluster: Cluster) -> None:
    with Receiver(answer()) as receiver, Receiver(answer(200, wav_bytes(2.0))) as source, cluster.client() as client:
        hook = {"webhook_url": f"{receiver.url}/hook", "target_format": "flac"}
        uploaded = client.post("/file_convert", data=hook, files={"audio_file": ("a.wav", wav_bytes(3.0))}).json()
        linked = client.post("/file_convert", data={**hook, "audio_url": f"{source.url}/a.wav"}).json()

        for task in (uploaded, linked):
            record = cluster.wait_final(client, task["task_id"])
            assert record["status"] == "COMPLETED", record
            downloaded = httpx.get(record["conversion_path"])
            assert downloaded.content[:4] == b"fLaC"
            part = httpx.get(record["conversion_path"], headers={"Range": "bytes=0-3"})
            assert (part.status_code, part.content) == (206, b"fLaC")

        wait_until(lambda: len(receiver.requests) == 2, what="both webhooks")
        payloads = [json.loads(request.body) for request in receiver.requests]
        assert {payload["task_id"] for payload in payloads} == {uploaded["task_id"], linked["task_id"]}


def test_a_lane_without_workers_turns_readiness_red_and_waits_without_loss(cluster: Cluster) -> None:
    with cluster.client() as client:
        cluster.kill(f"worker-{Lane.CPU}")
        form = {"target_format": "mp3"}
        task = client.post("/file_convert", data=form, files={"audio_file": ("a.wav", wav_bytes())}).json()

        wait_until(lambda: "lane cpu" in httpx.get(f"{cluster.url}/readyz").text, what="a red /readyz")
        assert client.get("/byId", params={"task_id": task["task_id"]}).json()["status"] == "IN_QUEUE"
        cluster.start(f"worker-{Lane.CPU}")

        assert cluster.wait_final(client, task["task_id"])["status"] == "COMPLETED"
        cluster.wait_ready()
