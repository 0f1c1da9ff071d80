"""Accepted requests per second: the whole gateway against a bare FastAPI + Celery hello, in turn on one broker."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.speed.load import Load, prepared, run
from bench.speed.row import Row
from tests.support.cluster import Cluster, free_port, listening, wait_until

CONNECTIONS = 8
TURNS = 3
TARGET = 0.5
MANY = 1_000_000
BODY = json.dumps({"audio_url": "http://127.0.0.1:9/a.mp3", "target_format": "mp3"}).encode()
JSON = {"Content-Type": "application/json"}


def measure(folder: Path, *, seconds: float) -> list[Row]:
    with Cluster(folder, {"WOODSHED_JOBS__PARALLEL_PER_CATEGORY": str(MANY)}) as cluster:
        cluster.start("broker", "api")
        port = free_port()
        environment = {**os.environ, "BARE_BROKER": f"redis://127.0.0.1:{cluster.redis_port}/1"}
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "bench.speed.bare:app",
            "--port",
            str(port),
            "--log-level",
            "warning",
        ]
        bare = subprocess.Popen(command, env=environment)
        try:
            wait_until(lambda: listening(port), what="the bare server")
            path = "/api/public/v1/file_convert"
            ours = prepared("127.0.0.1", path, {**JSON, "Authorization": cluster.key}, BODY)
            theirs = prepared("127.0.0.1", "/hello", JSON, BODY)
            run(cluster.port, ours, connections=CONNECTIONS, seconds=1)
            run(port, theirs, connections=CONNECTIONS, seconds=1)
            pairs = [
                (
                    _checked(run(cluster.port, ours, connections=CONNECTIONS, seconds=seconds)),
                    _checked(run(port, theirs, connections=CONNECTIONS, seconds=seconds)),
                )
                for _ in range(TURNS)
            ]
        finally:
            bare.terminate()
            bare.wait()
    ratio = statistics.median(a / b for a, b in pairs)
    return [
        Row(
            f"accepted requests per second, {CONNECTIONS} connections, JSON with a link",
            f"{statistics.median(a for a, _ in pairs):.0f}/s",
            f"FastAPI + Celery hello {statistics.median(b for _, b in pairs):.0f}/s",
            f"{ratio:.2f}",
            f"≥ {TARGET}",
            ratio >= TARGET,
        )
    ]


def _checked(load: Load) -> float:
    if load.errors:
        message = f"{load.errors} of {load.requests + load.errors} requests were refused"
        raise RuntimeError(message)
    return load.per_second
