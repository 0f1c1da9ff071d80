"""POST /v1/audio_mastering: as loud as the reference, true peaks below -1 dBTP in every format, any mix of inputs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.signal import resample_poly

from models.base import Audio, Samples
from models.dsp.loudness import integrated_lufs
from tests.support.gateway import BASE, Gateway
from tests.support.media import ffmpeg, read, tags, write
from tests.support.receivers import Receiver, answer, routes

pytestmark = pytest.mark.asyncio


def sound(seed: int, level: float, channels: int = 2, rate_hz: int = 44_100, seconds: float = 2.0) -> Samples:
    """Beats of noise over a chord, darker the higher the seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    spectrum = np.fft.rfft(rng.normal(size=(channels, t.size)))
    hz = np.maximum(np.fft.rfftfreq(t.size, 1 / rate_hz), 40)
    noise = np.fft.irfft(spectrum / np.sqrt(hz) ** (1 + 0.3 * seed), t.size) * (0.1 + np.exp(-8 * (t % 0.4)))
    chord = sum(np.sin(2 * np.pi * tone_hz * seed * t) for tone_hz in (110.0, 165.2, 220.7)) * np.exp(-4 * (t % 0.4))
    mix = noise / noise.std() + 0.3 * chord * np.linspace(1, 0.8, channels)[:, None]
    return (level * mix / np.abs(mix).max()).astype(np.float32)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A quiet recording and a loud reference of another rate."""
    loud = np.clip(2.5 * sound(2, 1.0, rate_hz=48_000), -0.9, 0.9)
    return write(tmp_path / "a.wav", sound(1, 0.3), 44_100), write(tmp_path / "ref.wav", loud, 48_000)


async def posted(
    gateway: Gateway, fields: dict[str, str], uploads: dict[str, Path]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, and the record once the task has ended."""
    async with gateway.client() as client:
        sent = {name: (path.name, path.read_bytes()) for name, path in uploads.items()}
        reply = await client.post(f"{BASE}/audio_mastering", data=fields, files=sent or None)
        assert reply.status_code == 200, reply.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": reply.json()["task_id"]})
    return reply.json(), found.json()["conversion"]


async def downloaded(gateway: Gateway, link: str, folder: Path) -> Path:
    async with gateway.client() as client:
        got = await client.get(link)
    assert got.status_code == 200
    path = folder / Path(link.partition("?")[0]).name
    path.write_bytes(got.content)
    return path


def values(gateway: Gateway) -> dict[str, Any]:
    (manifest,) = gateway.services.settings.data_dir.rglob("manifest.json")
    return dict(json.loads(manifest.read_text())["values"])


def peak_dbtp(samples: Samples) -> float:
    return float(20 * np.log10(np.abs(resample_poly(samples.astype(np.float64), 8, 1, axis=1)).max()))


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3", "ogg", "aac", "webm", None])
async def test_loudness_and_true_peak_of_the_file_itself(
    gateway: Gateway, files: tuple[Path, Path], tmp_path: Path, extension: str | None
) -> None:
    fields = {"output_extension": extension} if extension else {}

    _, record = await posted(gateway, fields, {"audio_file": files[0], "reference_audio_file": files[1]})

    output = await downloaded(gateway, record["output_file"], tmp_path)
    samples, info = read(output)
    wanted = integrated_lufs(Audio(read(files[1])[0], 48_000))
    assert output.suffix == f".{extension or 'wav'}"
    assert (info.rate_hz, info.channels) == (48_000 if extension == "webm" and info.codec == "opus" else 44_100, 2)
    assert integrated_lufs(Audio(samples, info.rate_hz)) == pytest.approx(wanted, abs=0.3)
    assert peak_dbtp(samples) <= -1.0
    said = values(gateway)
    assert said["reference_loudness_lufs"] == pytest.approx(wanted, abs=0.01)
    assert said["loudness_lufs"] == pytest.approx(wanted, abs=0.3)
    assert said["true_peak_dbtp"] == pytest.approx(peak_dbtp(samples), abs=0.3)
    assert record["conversion_duration"] == pytest.approx(2.0, abs=0.001)


@pytest.mark.parametrize("audio_is_link", [True, False])
@pytest.mark.parametrize("reference", ["reference_audio_file", "reference_audio_url", "reference_audio_path"])
async def test_every_mix_of_links_and_uploads(
    gateway: Gateway, files: tuple[Path, Path], audio_is_link: bool, reference: str
) -> None:
    served = {"/a.wav": answer(200, files[0].read_bytes()), "/ref.wav": answer(200, files[1].read_bytes())}
    with Receiver(routes(served)) as source:
        fields, uploads = {}, {}
        if audio_is_link:
            fields["audio_url"] = f"{source.url}/a.wav"
        else:
            uploads["audio_file"] = files[0]
        if reference == "reference_audio_file":
            uploads[reference] = files[1]
        else:
            fields[reference] = f"{source.url}/ref.wav"
        _, record = await posted(gateway, fields, uploads)

    assert record["status"] == "COMPLETED"
    assert values(gateway)["loudness_lufs"] == pytest.approx(values(gateway)["reference_loudness_lufs"], abs=0.3)
    assert values(gateway)["engine"] == "woodshed-mastering"


async def test_webhook_and_record_are_as_documented(gateway: Gateway, files: tuple[Path, Path]) -> None:
    with Receiver(answer()) as receiver:
        reply, record = await posted(
            gateway,
            {"webhook_url": receiver.url, "output_extension": "MP3"},
            {"audio_file": files[0], "reference_audio_file": files[1]},
        )
        gateway.deliver()

    payload = json.loads(receiver.requests[0].body)
    link = payload.pop("output_file")
    assert link.startswith("http://studio.test/api/public/files/")
    assert payload == {
        "success": True,
        "conversion_type": "Audio Mastering",
        "task_id": reply["task_id"],
        "conversion_id": reply["conversion_id"],
        "message": "Audio Mastering Completed",
        "status": "COMPLETED",
    }
    assert record["status"] == "COMPLETED"
    assert record["output_file"].partition("?")[0] == record["conversion_path"].partition("?")[0]


async def test_a_missing_reference_is_a_422_and_an_unknown_format_a_400(
    gateway: Gateway, files: tuple[Path, Path]
) -> None:
    sent = {"audio_file": ("a.wav", files[0].read_bytes())}
    async with gateway.client() as client:
        without = await client.post(f"{BASE}/audio_mastering", files=sent)
        both = {**sent, "reference_audio_file": ("ref.wav", files[1].read_bytes())}
        unknown = await client.post(f"{BASE}/audio_mastering", data={"output_extension": "mid"}, files=both)

    assert without.status_code == 422
    assert without.json()["error"] == "Either reference_audio_url or reference_audio_file must be provided."
    assert unknown.status_code == 400
    assert unknown.json()["error"] == "Invalid output format specified"


async def test_a_silent_reference_ends_in_words_for_the_caller(
    gateway: Gateway, files: tuple[Path, Path], tmp_path: Path
) -> None:
    silent = write(tmp_path / "silent.wav", np.zeros((2, 44_100), np.float32), 44_100)

    _, record = await posted(gateway, {}, {"audio_file": files[0], "reference_audio_file": silent})

    assert record["status"] == "ERROR"
    assert record["message"] == "The reference holds no sound to master to"


async def test_silence_stays_silent(gateway: Gateway, files: tuple[Path, Path], tmp_path: Path) -> None:
    silent = write(tmp_path / "silent.wav", np.zeros((2, 44_100), np.float32), 44_100)

    _, record = await posted(gateway, {}, {"audio_file": silent, "reference_audio_file": files[1]})

    samples, _ = read(await downloaded(gateway, record["output_file"], tmp_path))
    assert samples.shape == (2, 44_100)
    assert np.abs(samples).max() <= 2**-15  # dither
    assert values(gateway)["loudness_lufs"] is None


@pytest.mark.parametrize(
    ("rate_hz", "channels", "extension"), [(96_000, 6, "flac"), (96_000, 6, "mp3"), (8_000, 1, "wav")]
)
async def test_other_rates_and_channels(
    gateway: Gateway, files: tuple[Path, Path], tmp_path: Path, rate_hz: int, channels: int, extension: str
) -> None:
    source = write(tmp_path / "b.wav", sound(3, 0.2, channels, rate_hz, 1.0), rate_hz)

    _, record = await posted(
        gateway, {"output_extension": extension}, {"audio_file": source, "reference_audio_file": files[1]}
    )

    samples, info = read(await downloaded(gateway, record["output_file"], tmp_path))
    assert (info.rate_hz, info.channels) == ((48_000, 2) if extension == "mp3" else (rate_hz, channels))
    assert peak_dbtp(samples) <= -1.0
    assert values(gateway)["loudness_lufs"] == pytest.approx(values(gateway)["reference_loudness_lufs"], abs=0.3)


async def test_tags_are_those_of_the_recording(gateway: Gateway, files: tuple[Path, Path], tmp_path: Path) -> None:
    for name, path in (("Sea", files[0]), ("Storm", files[1])):
        ffmpeg("-i", path, "-metadata", f"title={name}", tmp_path / f"{name}.mp3")

    _, record = await posted(
        gateway, {}, {"audio_file": tmp_path / "Sea.mp3", "reference_audio_file": tmp_path / "Storm.mp3"}
    )

    output = await downloaded(gateway, record["output_file"], tmp_path)
    assert output.suffix == ".mp3"
    assert tags(output)["title"] == "Sea"
