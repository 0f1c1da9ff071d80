"""Two callers' own voices in tasks that run at the same moment, in processes that both serve both callers."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.base import Audio
from models.voices.profile import measure
from tests.support.cluster import Cluster, wait_until
from tests.support.media import read, write
from tests.support.talkers import talker

pytestmark = pytest.mark.timeout(170)
RATE_HZ = 24_000
PITCHES_HZ, TRACTS = (110.0, 260.0), (0.92, 1.15)
ROUNDS = 2


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(tmp_path / "cluster", concurrency=2) as opened:
        yield opened.start_all()


def caller(cluster: Cluster, key: str) -> httpx.Client:
    return httpx.Client(base_url=f"{cluster.url}/api/public/v1", headers={"Authorization": key}, timeout=30)


def own_voice(client: httpx.Client, recording: Path) -> str:
    fields = {"voice_name": "Own", "consent": "yes"}
    answered = client.post("/voices", data=fields, files={"audio_file": ("own.wav", recording.read_bytes())})
    assert answered.status_code == 200, answered.text
    return str(answered.json()["voice"]["voice_id"])


def ask(client: httpx.Client, voice_id: str, source: Path) -> str:
    fields = {"voice_id": voice_id}
    answered = client.post("/VoiceChanger", data=fields, files={"audio_file": ("a.wav", source.read_bytes())})
    assert answered.status_code == 200, answered.text
    return str(answered.json()["task_id"])


def test_two_callers_voices_never_mix_in_parallel_tasks(cluster: Cluster, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", talker(170.0, 20.0, RATE_HZ), RATE_HZ)
    clients = [caller(cluster, cluster.new_key()) for _ in PITCHES_HZ]
    voices = [
        own_voice(client, write(tmp_path / "own.wav", talker(hz, 5.0, RATE_HZ, tract=tract), RATE_HZ))
        for client, hz, tract in zip(clients, PITCHES_HZ, TRACTS, strict=True)
    ]
    with ThreadPoolExecutor(len(clients)) as pool:
        tasks = [
            (number, task)
            for _ in range(ROUNDS)
            for number, task in enumerate(pool.map(lambda of: ask(*of, source), zip(clients, voices, strict=True)))
        ]
    seen_together = False

    def all_ended() -> list[dict[str, Any]] | None:
        nonlocal seen_together
        cluster.revive()
        records = [clients[who].get("/byId", params={"task_id": task}).json()["conversion"] for who, task in tasks]
        running = {who for (who, _), record in zip(tasks, records, strict=True) if record["status"] == "IN_PROGRESS"}
        seen_together |= len(running) == len(clients)
        return records if all(record["status"] in {"COMPLETED", "FAILED", "ERROR"} for record in records) else None

    records = wait_until(all_ended, 120.0, "the end of all tasks", cluster.logs)

    assert seen_together
    for (who, task), record in zip(tasks, records, strict=True):
        assert record["status"] == "COMPLETED", record
        path = tmp_path / f"{task}.wav"
        path.write_bytes(clients[who].get(record["conversion_path"]).content)
        samples, info = read(path)
        heard_hz = measure(Audio(samples, info.rate_hz)).pitch_hz
        assert abs(12 * math.log2(heard_hz / PITCHES_HZ[who])) < 0.5
    for client in clients:
        client.close()
