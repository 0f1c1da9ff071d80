"""The vendor's own Python SDK (`musicgpt` on PyPI), unmodified; only `client.base_url` is set."""

import io
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from musicgpt.client import MusicGPTClient
from musicgpt.schema import ConversionResponse, MusicGPTConversionType, ResponseStatus
from musicgpt.utils.exceptions import MusicGPTAPIError

from tests.support.cluster import Cluster
from tests.support.media import write
from tests.support.talkers import talker
from tests.support.wav import wav_bytes


@pytest.fixture
def sdk(server: Cluster) -> MusicGPTClient:
    client = MusicGPTClient(server.key)
    client.base_url = f"{server.url}/api/public/v1"
    return client


def test_lists_and_searches_voices(sdk: MusicGPTClient) -> None:
    everyone, found = sdk.getAllVoices(page=1, page_size=5), sdk.searchVoices("linn")

    assert everyone.success is found.success is True
    assert (everyone.limit, everyone.page, len(everyone.voices)) == (5, 1, 5)
    assert everyone.total > 10
    assert (found.limit, found.page, found.total, len(found.voices)) == (20, 0, 1, 1)


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


def finished(sdk: MusicGPTClient, started: ConversionResponse) -> soundfile.SoundFile:
    """The file a task ends with, found as the SDK finds it."""
    ended = sdk.wait_for_completion(started.task_id, started.conversion_type, poll_interval=0.2, timeout=120)
    assert ended.conversion["status"] == "COMPLETED", ended.conversion
    return soundfile.SoundFile(io.BytesIO(httpx.get(ended.conversion["conversion_path"]).content))


def test_makes_a_song(sdk: MusicGPTClient) -> None:
    with finished(sdk, sdk.music_ai(prompt="calm piano, 15 seconds long", make_instrumental=True)) as song:
        assert 12 < song.frames / song.samplerate < 22


def test_speaks_a_text(sdk: MusicGPTClient) -> None:
    for wanted in ({"gender": "m"}, {"voice_id": "hanno", "language": "de"}):
        with finished(sdk, sdk.text_to_speech("Eins, zwei, drei.", **wanted)) as speech:
            assert 0.5 < speech.frames / speech.samplerate < 5


def test_changes_a_voice(sdk: MusicGPTClient, tmp_path: Path) -> None:
    recording = write(tmp_path / "me.wav", talker(120.0, 3.0, 16_000), 16_000)

    with finished(sdk, sdk.voice_changer(voice_id="linnea", audio_url=str(recording), remove_background=True)) as out:
        assert (out.samplerate, out.frames) == (16_000, 48_000)


def test_covers_a_song(sdk: MusicGPTClient, tmp_path: Path) -> None:
    recording = write(tmp_path / "song.wav", np.repeat(talker(220.0, 4.0, 44_100), 2, axis=0), 44_100)

    with finished(sdk, sdk.cover(voice_id="linnea", audio_url=str(recording), pitch=0)) as out:
        assert (out.samplerate, out.channels) == (44_100, 2)
        assert out.frames == pytest.approx(4 * 44_100, abs=1)
