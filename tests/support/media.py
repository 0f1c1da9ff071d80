"""Sound files for tests, and what is measured on them."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from app.infra.media import Media, MediaInfo
from app.settings import MediaLimits
from models.base import Samples

MEDIA = Media(MediaLimits())
LIBSNDFILE_FLAC_BITS = 24


def no_report(_fraction: float) -> None: ...


def chirp(seconds: float, rate_hz: int, channels: int = 1, level: float = 0.5) -> Samples:
    """A sweep that differs at every moment and in every channel: shape (channels, frames)."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    top_hz = min(rate_hz * 0.35, 6000.0)
    sweep = 200 * t + (top_hz - 200) * t**2 / (2 * max(seconds, 1e-9))
    rows = [level * np.sin(2 * np.pi * sweep + channel) for channel in range(channels)]
    return np.array(rows, np.float32)


def write(path: Path, samples: Samples, rate_hz: int, subtype: str | None = "PCM_16") -> Path:
    soundfile.write(path, samples.T, rate_hz, subtype=subtype)
    return path


def read(path: Path) -> tuple[Samples, MediaInfo]:
    """All samples by another decoder than ours where there is one, shape (channels, frames)."""
    info = MEDIA.probe(path)
    if path.suffix in {".wav", ".flac"} and not (
        path.suffix == ".flac" and info.bits_per_sample > LIBSNDFILE_FLAC_BITS
    ):
        samples, _rate = soundfile.read(path, dtype="float32", always_2d=True)
        return samples.T, info
    with MEDIA.decode(path, info) as decoding:
        raw = b"".join(decoding.blocks(65536))
    return np.frombuffer(raw, np.float32).reshape(-1, info.channels).T, info


def ffmpeg(*arguments: str | Path) -> None:
    """The plain program, for files no library of ours writes."""
    subprocess.run([MEDIA.ffmpeg, "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def tags(path: Path) -> dict[str, str]:
    """Title, artist and so on, names in lower case, as ffmpeg reads them."""
    page = b""
    for where in ("0", "0:s:a:0"):
        page += subprocess.run(
            [MEDIA.ffmpeg, "-v", "error", "-nostdin", "-i", path, "-map_metadata", where, "-f", "ffmetadata", "-"],
            check=True,
            capture_output=True,
        ).stdout
    pairs: Sequence[list[str]] = [line.split("=", 1) for line in page.decode().splitlines() if "=" in line]
    return {name.lower(): value for name, value in pairs}


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    """The strongest frequency, between bins by a parabola."""
    windowed = samples * np.hanning(samples.size)
    spectrum = np.log(np.abs(np.fft.rfft(windowed)) + 1e-12)
    peak = int(spectrum[1:-1].argmax()) + 1
    left, mid, right = spectrum[peak - 1 : peak + 2]
    return float((peak + 0.5 * (left - right) / (left - 2 * mid + right)) * rate_hz / samples.size)
