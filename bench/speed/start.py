"""From the call to the start of the work: a task through the whole gateway's queue against a bare Celery task."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from redis import Redis

from app.contract.enums import Lane
from app.infra.clock import SystemClock
from app.infra.ids import new_id
from app.infra.links import Links
from app.infra.queue import CeleryBell, celery_app
from app.jobs.credits import PriceList
from app.jobs.submit import Submission, submit
from app.jobs.tables import Job
from bench.speed import bare
from bench.speed.row import Row
from tests.support.cluster import Cluster, wait_until

TARGET = 1.5
PAUSE_S = 0.03  # workers are idle when the next task comes


def measure(folder: Path, *, tasks: int) -> list[Row]:
    with Cluster(folder) as cluster:
        cluster.start("broker", "worker-cpu")
        broker = f"redis://127.0.0.1:{cluster.redis_port}/1"
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bench.speed.bare:celery",
            "worker",
            "-c",
            "2",
            "-l",
            "ERROR",
            "-Q",
            "bare",
        ]
        worker = subprocess.Popen(
            command, env={**os.environ, "BARE_BROKER": broker}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        bare.celery.conf.update(broker_url=broker, broker_read_url=broker, broker_write_url=broker)
        try:
            ours, theirs = Ours(cluster), Theirs(broker)
            for _ in range(5):
                ours.delay_s()
                theirs.delay_s()
            pairs = [(ours.delay_s(), theirs.delay_s()) for _ in range(tasks)]
        finally:
            worker.terminate()
            worker.wait()
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = mine / other
    return [
        Row(
            f"enqueue → start, idle workers, median of {tasks}",
            f"{mine * 1000:.1f} ms",
            f"bare Celery task {other * 1000:.1f} ms",
            f"{ratio:.2f}",
            f"≤ {TARGET}",
            ratio <= TARGET,
        )
    ]


class Ours:
    """Rings for a stored job, as the gateway does after its commit, and reads from the row when it was started."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._clock = SystemClock()
        settings = cluster.settings
        self._bell = CeleryBell(celery_app(settings), settings.broker_url)
        self._prices = PriceList(settings.credits)
        self._links = Links("bench", settings.storage.link_ttl)

    def delay_s(self) -> float:
        task_id = self._store()
        time.sleep(PAUSE_S)
        rung = self._clock.now()
        self._bell.job(Lane.CPU, task_id)
        wait_until(lambda: self._job(task_id).finished_at, what="the job")
        started = self._job(task_id).started_at
        assert started is not None
        return (started - rung).total_seconds()

    def _job(self, task_id: str) -> Job:
        with self._cluster.db.read() as session:
            job = session.get(Job, task_id)
        assert job is not None
        return job

    def _store(self) -> str:
        from app.features import by_name
        from app.jobs.keys import find_key

        task_id = new_id()
        with self._cluster.db.transaction() as session:
            key = find_key(session, self._cluster.key)
            assert key is not None
            submission = Submission(
                task_id=task_id,
                conversion_ids=(new_id(),),
                feature=by_name("file_convert"),
                params={"target_format": "wav"},
                inputs=[{"slot": "audio_file", "key": f"inputs/{task_id}/audio_file"}],  # not there: ends at once
                audio_s=1.0,
                quantity=1.0,
                webhook_url="",
                base_url="http://bench",
                key_id=key.id,
            )
            submit(
                session,
                submission,
                settings=self._cluster.settings.jobs,
                prices=self._prices,
                links=self._links,
                now=self._clock.now(),
            )
        return task_id


class Theirs:
    def __init__(self, broker: str) -> None:
        self._redis = Redis.from_url(broker)

    def delay_s(self) -> float:
        time.sleep(PAUSE_S)
        bare.hello.apply_async(args=[time.time()])
        found = self._redis.blpop([bare.STARTED], timeout=30)
        assert isinstance(found, tuple)
        return float(found[1])
