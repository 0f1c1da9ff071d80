"""The vendor's own Python SDK (`musicgpt` on PyPI), unmodified; only `client.base_url` is set."""

import httpx
import pytest
from musicgpt.client import MusicGPTClient
from musicgpt.schema import MusicGPTConversionType, ResponseStatus
from musicgpt.utils.exceptions import MusicGPTAPIError

from tests.support.cluster import Cluster
from tests.support.wav import wav_bytes


@pytest.fixture
def sdk(server: Cluster) -> MusicGPTClient:
    client = MusicGPTClient(server.key)
    client.base_url = f"{server.url}/api/public/v1"
    return client


def test_lists_and_searches_voices(sdk: MusicGPTClient) -> None:
    for answered in (sdk.getAllVoices(), sdk.searchVoices("alto")):
        assert answered.success is True
        assert (answered.limit, answered.page, answered.total) == (20, 0, len(answered.voices))


def test_polls_a_task_to_its_end(sdk: MusicGPTClient, server: Cluster) -> None:
    with server.client() as client:
        submitted = client.post(
            "/file_convert", data={"target_format": "mp3"}, files={"audio_file": ("a.wav", wav_bytes())}
        ).json()

        # The SDK knows five types only; the server takes the type for a hint and finds the task by its id.
        server.wait_final(client, submitted["task_id"])
        polled = sdk.get_conversion(MusicGPTConversionType.EXTRACTION, task_id=submitted["task_id"])

    assert polled.success is True
    assert ResponseStatus(polled.conversion["status"]) is ResponseStatus.COMPLETED
    assert httpx.get(polled.conversion["conversion_path"]).status_code == 200


def test_a_wrong_key_is_its_authentication_error(server: Cluster) -> None:
    client = MusicGPTClient("wrong")
    client.base_url = f"{server.url}/api/public/v1"

    with pytest.raises(MusicGPTAPIError, match="Invalid or missing API key"):
        client.getAllVoices()


def test_an_unknown_task_is_its_not_found_error(sdk: MusicGPTClient) -> None:
    with pytest.raises(MusicGPTAPIError, match="Conversion not found"):
        sdk.get_conversion(MusicGPTConversionType.MUSIC_AI, task_id="00000000-0000-4000-8000-000000000000")


def test_what_is_not_built_yet_says_so(sdk: MusicGPTClient) -> None:
    with pytest.raises(MusicGPTAPIError, match="501"):
        sdk.cover(voice_id="alto", audio_url="https://example.com/a.mp3")
