"""Voices of known pitch and resonances converted into each other; words that a recogniser then gets wrong."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from scipy.signal import lfilter

from bench.quality.material.speech import TEXTS, VOICES, spoken
from bench.quality.metrics import real_time_factor
from bench.quality.table import Figure
from models.base import Audio, Samples, Voice, VoiceProfile
from models.dsp.loudness import integrated_lufs
from models.voices.embedded import EmbeddedVoices
from models.voices.pitch import HOP, RATE_HZ, load_detector, pitch_of
from models.voices.profile import measure as profile_of
from models.voices.profile import resampled

TALKER_HZ = 44_100
VOWELS_HZ = (
    (730, 1090, 2440, 3400), (270, 2290, 3010, 3600), (300, 870, 2240, 3300), (530, 1840, 2480, 3500),
    (570, 840, 2410, 3300), (660, 1720, 2410, 3500), (490, 1350, 2370, 3400),
)  # fmt: skip
HIGHER_HZ = (4500, 5500)
WIDTH_HZ = 80
PAIRS = {"A": ((115.0, 1.0), (205.0, 1.16)), "B": ((95.0, 0.95), (240.0, 1.12))}
TALK_S, LONG_S = 12, 60
SEED = {"A": 1, "B": 2}


def measure(set_name: str) -> list[Figure]:
    return [*_talkers(set_name), *_sung(set_name), _speed(set_name), *_words(set_name)]


def measure_real(folder: Path) -> Iterator[Figure]:
    """Speech of a folder whose manifest.json tells what is said, in the voice of each synthesised speaker."""
    known = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name, about in known.items():
        if "transcript" in about:
            samples, rate_hz = soundfile.read(folder / name, dtype="float32", always_2d=True)
            said = Audio(np.ascontiguousarray(samples.T), rate_hz)
            for speaker in VOICES["A"]:
                yield _pitch_missed(name, speaker, said)
                yield _more_wrong(f"{name} to {speaker}", [(said, about["transcript"])], _profile(speaker))


def _talkers(set_name: str) -> Iterator[Figure]:
    for source, target in (PAIRS[set_name], PAIRS[set_name][::-1]):
        audio, wanted = _talker(*source, SEED[set_name]), profile_of(_talker(*target, SEED[set_name] + 10))
        out = Audio(_converted(audio, wanted), TALKER_HZ)
        before, after = profile_of(audio), profile_of(out)
        label = f"{source[0]:.0f} Hz to {target[0]:.0f} Hz"
        missed = abs(12 * np.log2(after.pitch_hz / wanted.pitch_hz))
        yield Figure(f"{label}, median pitch missed", float(missed), 0.3, "semitones", higher_is_better=False)
        ratios = np.array(after.formants_hz) / np.array(before.formants_hz) / (target[1] / source[1])
        worst = 100 * float(np.abs(ratios - 1).max())
        yield Figure(f"{label}, F1 to F4, worst ratio", worst, 8.0, "% off", higher_is_better=False)
        louder = abs(integrated_lufs(out) - integrated_lufs(audio))
        yield Figure(f"{label}, loudness changed", louder, None, "LU", higher_is_better=False)


def _sung(set_name: str) -> Iterator[Figure]:
    low, high = PAIRS[set_name]
    audio, wanted = _talker(*low, SEED[set_name]), profile_of(_talker(*high, SEED[set_name]))
    for semitones in (0, -12, 3):
        out = _converted(audio, wanted, pitch_semitones=semitones, sung=True)
        before, after = (pitch_of(load_detector(), resampled(x[0], TALKER_HZ, RATE_HZ)) for x in (audio.samples, out))
        both = before.is_voiced & after.is_voiced
        tune = np.corrcoef(np.log(before.hz[both]), np.log(after.hz[both]))[0, 1]
        yield Figure(f"sung, {semitones:+d} semitones, correlation of the pitch", float(tune), 0.98)
        moved = 12 * np.log2(after.hz[both] / before.hz[both])
        off = float(np.percentile(np.abs(100 * (moved - np.rint(np.median(moved)))), 90))
        yield Figure(
            f"sung, {semitones:+d} semitones, 90 % of the pitch within", off, 50.0, "cents", higher_is_better=False
        )


def _speed(set_name: str) -> Figure:
    low, high = PAIRS[set_name]
    mono, wanted = _talker(*low, 5, LONG_S).samples, profile_of(_talker(*high, 5))
    audio = Audio(np.repeat(mono, 2, axis=0), TALKER_HZ)
    factor = real_time_factor(lambda: _converted(audio, wanted), LONG_S)
    return Figure("CPU time per second of stereo", factor, 0.4, "s", higher_is_better=False)


def _words(set_name: str) -> Iterator[Figure]:
    texts, speakers = TEXTS[set_name], VOICES[set_name]
    for speaker, other in (speakers, speakers[::-1]):
        said = [(spoken(text, speaker), text) for text in texts]
        yield _more_wrong(f"{speaker} to {other}", said, _profile(other))


def _profile(speaker: str) -> VoiceProfile:
    return profile_of(spoken(" ".join(TEXTS["A"][:4]), speaker))


def _pitch_missed(name: str, speaker: str, said: Audio) -> Figure:
    wanted = _profile(speaker)
    got = profile_of(Audio(_converted(said, wanted), said.rate_hz)).pitch_hz
    missed = abs(12 * float(np.log2(got / wanted.pitch_hz)))
    return Figure(f"{name} to {speaker}, median pitch missed", missed, 0.3, "semitones", higher_is_better=False)


def _more_wrong(label: str, said: Sequence[tuple[Audio, str]], voice: VoiceProfile) -> Figure:
    """Words per hundred that are wrong after conversion and were not before."""
    before = word_errors([(clip.samples, clip.rate_hz, text) for clip, text in said])
    after = word_errors([(_converted(clip, voice), clip.rate_hz, text) for clip, text in said])
    return Figure(
        f"{label}, words wrong, {before:.0f} % before, more by", after - before, 10.0, "points", higher_is_better=False
    )


def word_errors(said: Sequence[tuple[Samples, int, str]]) -> float:
    """Word error rate in percent of PocketSphinx with wide beams."""
    from pocketsphinx import Decoder

    decoder = Decoder(beam=1e-60, pbeam=1e-60, wbeam=1e-40, maxhmmpf=60000, maxwpf=100, loglevel="FATAL")
    wrong = count = 0
    for samples, rate_hz, text in said:
        words = re.sub(r"[^a-z' ]", " ", text.lower()).split()
        wrong += _edits(words, _heard(decoder, samples, rate_hz))
        count += len(words)
    return 100 * wrong / max(count, 1)


def _heard(decoder: Any, samples: Samples, rate_hz: int) -> list[str]:  # noqa: ANN401 - not annotated for mypy
    mono = soxr.resample(samples.mean(axis=0, dtype=np.float64), rate_hz, 16_000)
    mono *= 0.7 / max(float(np.abs(mono).max()), 1e-6)
    decoder.start_utt()
    decoder.process_raw((mono * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr.split() if found else []


def _edits(words: Sequence[str], heard: Sequence[str]) -> int:
    row = list(range(len(heard) + 1))
    for number, word in enumerate(words, 1):
        above, row = row, [number]
        for column, other in enumerate(heard, 1):
            row.append(min(above[column - 1] + (word != other), above[column] + 1, row[-1] + 1))
    return row[-1]


def _converted(audio: Audio, profile: VoiceProfile, **options: Any) -> Samples:  # noqa: ANN401
    voice = Voice("v", "V", "neutral", "en", profile)
    blocks = EmbeddedVoices().convert(audio, voice=voice, report=lambda _fraction: None, **options)
    return np.concatenate(list(blocks), axis=1)


def _talker(pitch_hz: float, tract: float, seed: int, seconds: int = TALK_S) -> Audio:
    """Vowels of a quarter second, every eighth a pause; `tract` multiplies the resonances."""
    rng = np.random.default_rng(seed)
    part, frames = TALKER_HZ // 4, seconds * TALKER_HZ
    corners = np.arange(0, frames + part, part)
    tones = np.cumsum(rng.normal(0, 1, corners.size))
    tones = 2 * (tones - np.median(tones)) / tones.std()
    hz = pitch_hz * 2 ** (np.interp(np.arange(frames), corners, tones) / 12)
    source = lfilter([1], [1, -0.985], np.diff(np.floor(np.cumsum(hz) / TALKER_HZ), prepend=0.0))
    order = [VOWELS_HZ[number] for number in rng.permutation(len(VOWELS_HZ))]
    out = np.zeros(frames)
    for number, first in enumerate(range(0, frames, part)):
        lead = min(first, HOP * 4)  # the filters settle before the vowel begins
        sound = source[first - lead : first + part]
        for formant in (*order[number % len(order)], *HIGHER_HZ):
            radius = np.exp(-np.pi * WIDTH_HZ / TALKER_HZ)
            turn = -2 * radius * np.cos(2 * np.pi * formant * tract / TALKER_HZ)
            sound = lfilter([1 + turn + radius**2], [1, turn, radius**2], sound)
        out[first : first + part] = sound[lead:] if number % 8 != 7 else 0.0
    out = 0.5 * out / np.abs(out).max() + 1e-5 * rng.standard_normal(frames)
    return Audio(out.astype(np.float32)[None], TALKER_HZ)
