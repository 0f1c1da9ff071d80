"""An input that kills whatever works on it ends as FAILED, and the lane goes on."""

import json
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, wait_until
from tests.support.media import MEDIA
from tests.support.receivers import Receiver, answer, routes
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.timeout(170)
POISON = b"POISON"


def deadly_ffmpeg(folder: Path) -> Path:
    """ffmpeg, except that a file with the poison in it kills the process that asked."""
    script = folder / "ffmpeg"
    script.write_text(
        "#!/bin/sh\n"
        'for word in "$@"; do case "$word" in file:*)\n'
        f'  if grep -q {POISON.decode()} "${{word#file:}}" 2>/dev/null; then kill -9 $PPID; sleep 5; fi;;\n'
        "esac; done\n"
        f'exec {MEDIA.ffmpeg} "$@"\n'
    )
    script.chmod(0o700)
    return script


def test_fails_after_three_attempts_with_one_webhook_and_the_next_job_runs(tmp_path: Path) -> None:
    files = {"/poison.wav": answer(200, wav_bytes() + POISON), "/good.wav": answer(200, wav_bytes())}
    with (
        Cluster(tmp_path, {"WOODSHED_FFMPEG": str(deadly_ffmpeg(tmp_path))}) as cluster,
        Receiver(routes(files)) as source,
        Receiver(answer()) as receiver,
    ):
        cluster.start_all()
        with cluster.client() as client:
            form = {"target_format": "flac", "webhook_url": f"{receiver.url}/hook"}
            poison = client.post("/file_convert", data={**form, "audio_url": f"{source.url}/poison.wav"}).json()
            record = cluster.wait_final(client, poison["task_id"], limit_s=90)

            assert record["status"] == "FAILED"
            assert record["error_code"] == "worker_lost"
            assert "3 times" in record["message"]
            good = client.post("/file_convert", data={**form, "audio_url": f"{source.url}/good.wav"}).json()
            assert cluster.wait_final(client, good["task_id"])["status"] == "COMPLETED"

        wait_until(lambda: len(receiver.requests) == 2, what="both webhooks")
        failed, completed = (json.loads(request.body) for request in receiver.requests)
        assert (failed["success"], failed["status"], failed["task_id"]) == (False, "FAILED", poison["task_id"])
        assert (completed["success"], completed["task_id"]) == (True, good["task_id"])
        assert not list((tmp_path / "data" / "work").glob("*"))
