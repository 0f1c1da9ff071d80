"""Key and tempo of rendered songs that end on the tonic; also the key of songs that stop in their chord loop."""

import numpy as np
import soxr

from bench.quality.material.score import DRUMS
from bench.quality.material.songs import NAMES, songs
from bench.quality.metrics import real_time_factor
from bench.quality.table import Figure
from models.analysis.key_tempo import EmbeddedKeyTempo
from models.base import Audio

SONGS, LOOPS = 48, 8
OCTAVES = (1, 2, 3, 1 / 2, 1 / 3)
WITHIN = 0.04  # as in the tempo tasks of MIREX


def measure(set_name: str) -> list[Figure]:
    rates, exact, weighted, first, allowed, errors = [], [], [], [], [], []
    for song in songs(set_name, SONGS):
        audio = _heard(song.audio)
        found = None

        def analyse(audio: Audio = audio) -> None:
            nonlocal found
            found = EmbeddedKeyTempo().analyse(audio, report=lambda _fraction: None)

        rates.append(real_time_factor(analyse, audio.duration_s))
        assert found is not None
        exact.append(found.key == song.key)
        weighted.append(mirex_score(found.key, song.key))
        ratio = found.bpm / song.score.bpm
        first.append(abs(ratio - 1) <= WITHIN)
        nearest = min((ratio / octave for octave in OCTAVES), key=lambda r: abs(r - 1))
        allowed.append(abs(nearest - 1) <= WITHIN)
        if allowed[-1]:
            errors.append(100 * abs(nearest - 1))
    return [
        Figure("key exactly right", float(np.mean(exact)), 0.80),
        Figure("key, MIREX score", float(np.mean(weighted)), 0.87),
        Figure("key exactly right, songs that stop in the loop", _cut_off(set_name)),
        Figure("tempo within 4 %", float(np.mean(first)), 0.70),
        Figure("tempo within 4 % of it or its double, triple, half, third", float(np.mean(allowed)), 0.93),
        Figure("median tempo error", float(np.median(errors)), 0.1, "%", higher_is_better=False),
        Figure("drum loops, greatest tempo error", _loops(set_name), 0.2, "BPM", higher_is_better=False),
        Figure("real-time factor", float(np.mean(rates)), 0.3, higher_is_better=False),
    ]


def _cut_off(set_name: str) -> float:
    found = []
    for song in songs(set_name, SONGS, ends_on_tonic=False):
        key = EmbeddedKeyTempo().analyse(_heard(song.audio), report=lambda _fraction: None).key
        found.append(key == song.key)
    return float(np.mean(found))


def mirex_score(found: str, truth: str) -> float:
    """1 for the key, 0.5 a fifth off, 0.3 for the relative, 0.2 for the parallel key."""
    if found == truth:
        return 1.0
    if found not in {f"{name} {mode}" for name in NAMES for mode in ("major", "minor")}:
        return 0.0
    (tonic, mode), (true_tonic, true_mode) = found.split(), truth.split()
    steps = (NAMES.index(tonic) - NAMES.index(true_tonic)) % 12
    if mode == true_mode:
        return 0.5 if steps in {5, 7} else 0.0
    relative = 9 if true_mode == "major" else 3
    return 0.3 if steps == relative else 0.2 if steps == 0 else 0.0


def _loops(set_name: str) -> float:
    """Drums alone; the octave of the tempo is left open."""
    worst = 0.0
    for song in songs(set_name, LOOPS + 1, parts=(DRUMS,)):
        if not any(event.part == DRUMS for event in song.score.events):
            continue
        found = EmbeddedKeyTempo().analyse(_heard(song.audio), report=lambda _fraction: None)
        worst = max(worst, min(abs(found.bpm / octave - song.score.bpm) for octave in OCTAVES))
    return worst


def _heard(audio: Audio) -> Audio:
    mono = soxr.resample(audio.samples.mean(axis=0), audio.rate_hz, EmbeddedKeyTempo.RATE_HZ)
    return Audio(np.asarray(mono, np.float32)[None], EmbeddedKeyTempo.RATE_HZ)
