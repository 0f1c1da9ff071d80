"""What is measured of a voice: pitch, resonances, colour."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.base import Audio, Samples, VoiceProfile
from models.voices import bands
from models.voices.formants import HOP_S, formants, rate_for
from models.voices.pitch import HOP, RATE_HZ, Pitch, load_detector, pitch_of, semitones

LEAST_VOICED_S = 1.0
LONGEST_S = 120.0
PIECE_S = 10.0
BANDS_RATE_HZ = 24_000


def measure(audio: Audio) -> VoiceProfile:
    """The voice of a recording of any rate and length, of whose long ones twelve pieces are heard.

    Raises ValueError, with a text for the caller, where less than a second is voiced.
    """
    return measured(load_detector(), heard(audio), audio.rate_hz)


def heard(audio: Audio) -> Samples:
    """The pieces that are heard, of shape (frames,), as a mix of the channels."""
    return np.concatenate([mixed(part) for part in pieces(audio)])


def pieces(audio: Audio) -> Iterator[Samples]:
    """The recording; of one beyond two minutes, pieces from all over it."""
    frames = audio.samples.shape[1]
    piece, count = round(PIECE_S * audio.rate_hz), round(LONGEST_S / PIECE_S)
    if frames <= count * piece:
        yield audio.samples
        return
    for start in np.linspace(0, frames - piece, count).astype(np.int64):
        yield np.array(audio.samples[:, start : start + piece])


def mixed(samples: Samples) -> Samples:
    """One channel of all; the loudest where they cancel."""
    mono = np.asarray(samples, np.float32).mean(axis=0)
    power = np.square(samples).mean(axis=1)
    if np.square(mono).mean() < power.max(initial=0.0) / 100:
        return np.asarray(samples[int(power.argmax())], np.float32)
    return np.asarray(mono, np.float32)


def measured(detector: Any, mono: Samples, rate_hz: int) -> VoiceProfile:  # noqa: ANN401
    """The voice of samples of shape (frames,). Raises ValueError as `measure` does."""
    pitch = pitch_of(detector, resampled(mono, rate_hz, RATE_HZ))
    if pitch.voiced_s < LEAST_VOICED_S:
        message = f"The recording holds {pitch.voiced_s:.1f} s of voice; at least {LEAST_VOICED_S:.0f} s are needed"
        raise ValueError(message)
    median_hz = float(np.median(pitch.voiced_hz))
    times_s = _voiced_times(pitch)
    low_rate_hz = rate_for(median_hz)
    wide_rate_hz = min(rate_hz, BANDS_RATE_HZ)
    return VoiceProfile(
        pitch_hz=median_hz,
        pitch_spread=spread(pitch),
        formants_hz=formants(resampled(mono, rate_hz, low_rate_hz), low_rate_hz, times_s),
        envelope_db=tuple(
            float(level) for level in bands.envelope_db(resampled(mono, rate_hz, wide_rate_hz), wide_rate_hz, times_s)
        ),
    )


def spread(pitch: Pitch) -> float:
    """Standard deviation in semitones, from the inner 90 %: octave errors do not count."""
    tones = semitones(pitch.voiced_hz, float(np.median(pitch.voiced_hz)))
    low, high = np.percentile(tones, [5, 95])
    return float((high - low) / (2 * 1.645))


def _voiced_times(pitch: Pitch) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Times in seconds, HOP_S apart, well inside what is voiced."""
    inner = pitch.is_voiced.copy()
    inner[1:] &= pitch.is_voiced[:-1]
    inner[:-1] &= pitch.is_voiced[1:]
    times_s = np.arange(0, pitch.hz.size * HOP / RATE_HZ, HOP_S)
    step = np.minimum(np.rint(times_s * RATE_HZ / HOP).astype(np.int64), pitch.hz.size - 1)
    return np.asarray(times_s[inner[step]])


def resampled(mono: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    import soxr

    if rate_hz == wanted_hz:
        return np.asarray(mono, np.float32)
    return np.asarray(soxr.resample(np.asarray(mono, np.float32), rate_hz, wanted_hz), np.float32)
