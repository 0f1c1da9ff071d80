"""The spectra of a spoken line, wider than the speaker's recording, and coloured as those of singers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Audio
from models.speech.embedded import Manner
from models.voices.profile import resampled

Floats = NDArray[np.float64]
RATE_HZ = 32_000
FRAME_MS = 5.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
KNOWN = 0.44  # of the speech's own rate: above, its spectrum is made up
FALL_DB = 10.0  # per octave of what is made up
PRESENCE_HZ, PRESENCE_DB, PRESENCE_OCTAVES = 2900.0, 4.5, 0.45  # the singer's formant (Sundberg 1974)
WARMTH_HZ, WARMTH_DB = 180.0, 1.5
TRACT_FOLLOWS = 0.07  # of the way that the pitch goes above 200 Hz, in logarithms: jaws open
SMALLEST_TRACT, LARGEST_TRACT = 0.7, 1.45


@dataclass(frozen=True, slots=True)
class Analysis:
    """WORLD's parameters, FRAME_MS apart: power spectra, aperiodicity, of shape (frames, bins), and what is voiced."""

    envelope: Floats
    noise: Floats
    is_voiced: NDArray[np.bool_]
    power: Floats

    @property
    def log_envelope(self) -> Floats:
        return np.asarray(np.log(self.envelope + 1e-14))

    @property
    def hz(self) -> Floats:
        return frequencies(self.envelope.shape[1])


def frequencies(bins: int) -> Floats:
    return np.linspace(0, RATE_HZ / 2, bins)


def analysed(speech: Audio, manner: Manner) -> Analysis:
    """The speech as WORLD sees it, with the vocal tract and breath of the voice."""
    import pyworld

    sound = np.asarray(resampled(speech.samples[0], speech.rate_hz, RATE_HZ), np.float64)
    sound = np.ascontiguousarray(np.pad(sound, (0, max(RATE_HZ // 10 - sound.size, 0))))
    pitch, times = pyworld.harvest(sound, RATE_HZ, f0_floor=LOWEST_HZ, f0_ceil=HIGHEST_HZ, frame_period=FRAME_MS)
    envelope = pyworld.cheaptrick(sound, pitch, times, RATE_HZ)
    noise = pyworld.d4c(sound, pitch, times, RATE_HZ)
    _widen(envelope, noise, KNOWN * speech.rate_hz)
    ratio = float(np.clip(manner.formant_ratio, SMALLEST_TRACT, LARGEST_TRACT))
    if ratio != 1.0:
        envelope, noise = (_stretched(rows, np.full(rows.shape[0], ratio)) for rows in (envelope, noise))
    noise = 1 - (1 - noise) * (1 - float(np.clip(manner.breath, 0.0, 1.0)))
    return Analysis(envelope, noise, pitch > 0, envelope.mean(axis=1))


def _widen(envelope: Floats, noise: Floats, known_hz: float) -> None:
    """Above what the speech holds, air that follows what is below it."""
    hz = frequencies(envelope.shape[1])
    made = hz > known_hz
    if not made.any():
        return
    near = (hz > 0.8 * known_hz) & ~made
    level = np.exp(np.log(envelope[:, near] + 1e-14).mean(axis=1, keepdims=True))
    envelope[:, made] = level * 10 ** (-FALL_DB / 10 * np.log2(hz[made] / known_hz))
    noise[:, made] = np.maximum(noise[:, near].mean(axis=1, keepdims=True), 0.7)


def coloured(log_envelope: Floats, hz: Floats, is_vowel: NDArray[np.bool_]) -> Floats:
    """Logarithms of power spectra as sung at `hz` (0: unvoiced): resonances follow the pitch a little, vowels ring."""
    ratios = np.where(hz > 0, (np.maximum(hz, 200.0) / 200.0) ** TRACT_FOLLOWS, 1.0)
    out = _stretched(log_envelope, ratios)
    at = frequencies(out.shape[1])
    ring_db = PRESENCE_DB * np.exp(-((np.log2(np.maximum(at, 1) / PRESENCE_HZ) / PRESENCE_OCTAVES) ** 2))
    ring_db += WARMTH_DB * np.exp(-((np.log2(np.maximum(at, 1) / WARMTH_HZ) / 0.8) ** 2))
    return np.asarray(out + np.where(is_vowel, 1.0, 0.4)[:, None] * ring_db * np.log(10) / 10)


def _stretched(rows: Floats, ratios: Floats) -> Floats:
    """Spectra along frequency, each by its own ratio."""
    places = np.minimum(np.arange(rows.shape[1])[None] / ratios[:, None], rows.shape[1] - 1.001)
    low = places.astype(np.int64)
    share = places - low
    lines = np.arange(rows.shape[0])[:, None]
    return np.ascontiguousarray(rows[lines, low] * (1 - share) + rows[lines, low + 1] * share)
