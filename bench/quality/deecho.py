"""Echoes put on dry speech and songs, and dry sound that must stay as it is."""

import numpy as np

from bench.quality.material.noise import mixed
from bench.quality.material.score import DRUMS
from bench.quality.material.songs import RATE_HZ, songs
from bench.quality.material.speech import sentences
from bench.quality.metrics import real_time_factor, si_sdr_db
from bench.quality.table import Figure
from models.base import Audio, Samples
from models.deecho.embedded import EmbeddedDeecho

SECONDS = 15
SEEDS = {"A": 3, "B": 31}
# Name, delay in seconds, gain, whether it feeds back.
ECHOES = {
    "A": (
        ("120 ms, 0.6", 0.12, 0.6, False),
        ("400 ms, 0.7", 0.4, 0.7, False),
        ("300 ms, 0.5, feedback", 0.3, 0.5, True),
    ),
    "B": (
        ("95 ms, 0.5", 0.095, 0.5, False),
        ("620 ms, 0.3", 0.62, 0.3, False),
        ("210 ms, 0.6, feedback", 0.21, 0.6, True),
    ),
}
NOISE_SNR_DB = 30.0


def measure(set_name: str) -> list[Figure]:
    clips = dry(set_name)
    figures = []
    for name, delay_s, gain, feeds_back in ECHOES[set_name]:
        gains = []
        for clip in clips:
            wet = echoed(clip, delay_s, gain, feeds_back=feeds_back)
            gains.append(_gain_db(wet, clip, clip.rate_hz))
        figures.append(Figure(f"SI-SDR gain, {name}, worst", min(gains), 20.0, "dB"))
    rng = np.random.default_rng(SEEDS[set_name])
    _, delay_s, gain, feeds_back = ECHOES[set_name][0]
    noisy = []
    for clip in clips:
        wet = echoed(clip, delay_s, gain, feeds_back=feeds_back)
        noise = rng.standard_normal(wet.shape).astype(np.float32)
        noisy.append(_gain_db(mixed(wet, noise, NOISE_SNR_DB), clip, clip.rate_hz))
    figures.append(Figure("SI-SDR gain, with noise at 30 dB, mean", float(np.mean(noisy)), 12.0, "dB"))
    unmoved = [*clips, *_loops(set_name)]
    same = [np.array_equal(_clean(clip.samples, clip.rate_hz), clip.samples) for clip in unmoved]
    figures.append(Figure(f"dry clips and drum loops left bit-exact, of {len(same)}", float(np.mean(same)), 1.0))
    song = clips[-1]
    wet = echoed(song, 0.25, 0.4, feeds_back=False)
    seconds = real_time_factor(lambda: _clean(wet, song.rate_hz), song.duration_s)
    return [*figures, Figure("real-time factor, 15 s of stereo at 44.1 kHz", seconds, 0.3, higher_is_better=False)]


def dry(set_name: str) -> list[Audio]:
    """Two clips of speech and two of music."""
    music = [Audio(song.audio.samples[:, : SECONDS * RATE_HZ], RATE_HZ) for song in songs(set_name, 2, bars=8)]
    return [*sentences(set_name, 2), *music]


def _loops(set_name: str) -> list[Audio]:
    loops = [song.audio.samples[:, : SECONDS * RATE_HZ] for song in songs(set_name, 6, parts=(DRUMS,), bars=8)]
    return [Audio(loop, RATE_HZ) for loop in loops if np.any(loop)]


def echoed(clip: Audio, delay_s: float, gain: float, *, feeds_back: bool) -> Samples:
    delay = round(delay_s * clip.rate_hz)
    out = clip.samples.astype(np.float64)
    source = out if feeds_back else clip.samples
    for first in range(delay, out.shape[1], delay):
        part = source[:, first - delay : min(first, out.shape[1] - delay)]
        out[:, first : first + delay] += gain * part
    return out.astype(np.float32)


def _clean(samples: Samples, rate_hz: int) -> Samples:
    return np.concatenate(list(EmbeddedDeecho().clean(Audio(samples, rate_hz), report=lambda _fraction: None)), axis=1)


def _gain_db(wet: Samples, clip: Audio, rate_hz: int) -> float:
    return si_sdr_db(_clean(wet, rate_hz), clip.samples) - si_sdr_db(wet, clip.samples)
