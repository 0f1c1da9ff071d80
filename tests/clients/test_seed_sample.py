"""The sample of the hosted documentation's File Conversion page, in both of its forms; only the base URL is changed."""

import io
import json
from typing import Any

import pytest
import requests
import soundfile

from tests.support.cluster import Cluster, wait_until
from tests.support.receivers import Receiver, answer
from tests.support.wav import wav_bytes

AUDIO = wav_bytes(2.0, rate_hz=48_000, channels=2)


def webhook_of(receiver: Receiver, task_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        bodies = [json.loads(request.body) for request in receiver.requests]
        return next((body for body in bodies if body["task_id"] == task_id), None)

    found: dict[str, Any] = wait_until(look, what="the webhook")
    return found


def check(reply: dict[str, Any], payload: dict[str, Any]) -> bytes:
    """The answer has what the page shows, the webhook what the documentation says; returns the file."""
    assert reply["success"] is True
    assert {"task_id", "conversion_id", "output_path", "credit_estimate"} <= set(reply)
    assert payload["success"] is True
    assert payload["conversion_type"] == "File Conversion"
    assert payload["conversion_id"] == reply["conversion_id"]
    assert payload["message"] == "File conversion completed"
    first = requests.get(payload["output_file_path"], timeout=10)
    second = requests.get(reply["output_path"], timeout=10)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    return first.content


def test_option_1_url(server: Cluster) -> None:
    with Receiver(answer(200, AUDIO, {"Content-Type": "audio/mpeg"})) as source, Receiver(answer()) as receiver:
        url = f"{server.url}/api/public/v1/file_convert"
        headers = {"Authorization": server.key}
        payload = {
            "audio_url": f"{source.url}/audio.mp3",
            "target_format": "wav",
            "target_sr": 44100,
            "webhook_url": f"{receiver.url}/callback",
        }
        response = requests.post(url, headers=headers, data=payload, timeout=10)

        content = check(response.json(), webhook_of(receiver, response.json()["task_id"]))

    info = soundfile.info(io.BytesIO(content))
    assert (info.format, info.samplerate, info.channels, info.subtype) == ("WAV", 44100, 2, "PCM_16")
    assert info.duration == pytest.approx(2.0, abs=0.001)


def test_option_2_file_upload(server: Cluster) -> None:
    with Receiver(answer()) as receiver:
        url = f"{server.url}/api/public/v1/file_convert"
        headers = {"Authorization": f"Bearer {server.key}"}
        payload = {"target_format": "flac", "target_bit_depth": 24, "webhook_url": f"{receiver.url}/callback"}
        files = {"audio_file": io.BytesIO(AUDIO)}
        response = requests.post(url, headers=headers, data=payload, files=files, timeout=10)

        content = check(response.json(), webhook_of(receiver, response.json()["task_id"]))

    info = soundfile.info(io.BytesIO(content))
    assert (info.format, info.subtype, info.channels) == ("FLAC", "PCM_24", 2)


@pytest.mark.parametrize("header", ["plain", "Bearer", "x-api-key"])
def test_all_three_header_forms(server: Cluster, header: str) -> None:
    forms = {
        "plain": {"Authorization": server.key},
        "Bearer": {"Authorization": f"Bearer {server.key}"},
        "x-api-key": {"x-api-key": server.key},
    }

    assert requests.get(f"{server.url}/api/public/v1/", headers=forms[header], timeout=10).status_code == 200
    assert requests.get(f"{server.url}/api/public/v1/", headers={"Authorization": "no"}, timeout=10).status_code == 401


def test_a_link_to_this_machines_own_services_is_refused_unless_allowed(server: Cluster) -> None:
    """The server of these tests allows loopback; private networks stay closed."""
    response = requests.post(
        f"{server.url}/api/public/v1/file_convert",
        headers={"Authorization": server.key},
        data={"audio_url": "http://169.254.169.254/latest/meta-data/", "target_format": "wav"},
        timeout=10,
    )

    assert response.status_code == 400
    assert response.json()["message"] == "The file could not be downloaded from the provided URL"
