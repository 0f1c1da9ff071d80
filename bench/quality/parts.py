"""Stems rendered part by part, split, and compared with their parts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from bench.quality.material.score import (
    BASS,
    CHORDS,
    DRUMS,
    HAT,
    KICK,
    LEAD,
    OPEN_HAT,
    SNARE,
    STYLES,
    Event,
    Score,
    compose,
)
from bench.quality.material.songs import RATE_HZ, SEEDS, render, soundfont
from bench.quality.material.speech import TEXTS, has_flite, spoken
from bench.quality.metrics import real_time_factor, si_sdr_db
from bench.quality.table import Figure
from models.base import Audio, Samples
from models.separation.drum_kit import PARTS as DRUM_PARTS
from models.separation.parts import PARTS, StemParts

# General MIDI drums of each part.
DRUM_PITCHES = {
    "kick_drum": (35, 36),
    "snare_drum": (37, 38, 39, 40),
    "toms": (41, 43, 45, 47, 48, 50),
    "hi_hat": (42, 44, 46),
    "ride": (51, 53, 59),
    "crash": (49, 52, 55, 57),
}
COUNTED = ("kick_drum", "snare_drum", "hi_hat")
RIDE, CRASH, FILL = 51, 49, (48, 47, 45, 43)
PATTERNS = {  # beats of a bar with kick and with cymbal, and which cymbal; whether there are crashes and fills
    "rock": ((0, 2, 2.5), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), HAT, True),
    "funk": ((0, 0.75, 2.5), tuple(np.arange(0, 4, 0.25).tolist()), HAT, False),
    "house": ((0, 1, 2, 3), (0.5, 1.5, 2.5, 3.5), OPEN_HAT, False),
    "ride": ((0, 2.5), (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), RIDE, True),
}
BARS = 6
NO_PROGRAMS = {BASS: 33, CHORDS: 0, LEAD: 0}
HIT_S = 0.05
MEN, WOMEN = {"A": ("rms", "awb"), "B": ("awb", "kal16")}, {"A": ("slt",), "B": ("slt",)}
ESPEAK_MEN, ESPEAK_WOMEN = {"A": ("en-us",), "B": ("en-gb",)}, {"A": ("en-us+f3",), "B": ("en-gb+f2",)}
SINGERS = (52, 53, 54)  # choir, voice, synth voice
INSTRUMENTS = {
    "piano": (0, 1, 2),
    "guitar": (24, 25, 26, 27, 28, 29, 30),
    "keys": (4, 5, 6, 16, 17, 19, 80, 81),
    "strings": (40, 41, 42, 48, 49, 50),
    "winds": (56, 57, 60, 65, 66, 68, 71, 73, 75),
}
ACOUSTIC, ELECTRIC = (24, 25), (26, 27, 28, 29, 30)


@dataclass(frozen=True, slots=True)
class Stem:
    """`truth`: (parts, channels, frames); `hits`: start and part of each hit."""

    truth: Samples
    hits: tuple[tuple[float, int], ...] = ()

    @property
    def mix(self) -> Samples:
        return np.asarray(self.truth.sum(axis=0), np.float32)


def measure(set_name: str) -> list[Figure]:
    return [*_drums(set_name), *_gender(set_name), *_role(set_name), *_guitars(set_name), *_other(set_name)]


def split(stem: str, sound: Samples) -> Samples:
    return np.concatenate(list(StemParts().split(stem, Audio(sound, RATE_HZ), report=lambda _fraction: None)), axis=2)


def _drums(set_name: str) -> Iterator[Figure]:
    gains: dict[str, list[float]] = {name: [] for name in DRUM_PARTS}
    right: dict[str, list[bool]] = {name: [] for name in DRUM_PARTS}
    absent, sums, factors = [], [], []
    for stem in drum_stems(set_name):
        made: list[Samples] = []
        length_s = stem.mix.shape[1] / RATE_HZ
        factors.append(real_time_factor(lambda: made.append(split("drums", stem.mix)), length_s))  # noqa: B023
        out = made[0]
        sums.append(_level_db(out.sum(axis=0) - stem.mix, stem.mix))
        for part, name in enumerate(DRUM_PARTS):
            if stem.truth[part].any():
                gains[name].append(si_sdr_db(out[part], stem.truth[part]) - si_sdr_db(stem.mix, stem.truth[part]))
            else:
                absent.append(_level_db(out[part], stem.mix))
        for start_s, part in stem.hits:
            when = slice(max(round((start_s - 0.005) * RATE_HZ), 0), round((start_s + HIT_S) * RATE_HZ))
            found = [float((one[:, when] * stem.truth[part][:, when]).sum()) for one in out]
            right[DRUM_PARTS[part]].append(int(np.argmax(found)) == part)
    counted = np.mean([np.mean(gains[name]) for name in COUNTED])
    yield Figure("drums: SI-SDR improvement, kick, snare, hi-hat", float(counted), 3.0, "dB")
    for name in DRUM_PARTS:
        yield Figure(f"drums: SI-SDR improvement, {name}", float(np.mean(gains[name])), None, "dB")
    hits = [one for name in COUNTED for one in right[name]]
    yield Figure("drums: hits in the right part, kick, snare, hi-hat", 100 * float(np.mean(hits)), 80.0, "%")
    for name in DRUM_PARTS:
        yield Figure(f"drums: hits in the right part, {name}", 100 * float(np.mean(right[name])), None, "%")
    yield Figure("drums: loudest absent part", max(absent), -15.0, "dB", higher_is_better=False)
    yield Figure("drums: error of the sum", max(sums), -60.0, "dB", higher_is_better=False)
    yield Figure("drums: real-time factor", float(np.median(factors)), 0.3, higher_is_better=False)


def drum_stems(set_name: str) -> Iterator[Stem]:
    rng = np.random.default_rng(SEEDS[set_name])
    for kick, cymbal_beats, cymbal, has_fills in PATTERNS.values():
        beat_s = 60 / rng.uniform(85, 140)
        events: list[Event] = []
        for bar in range(BARS):
            beats = [(beat, KICK, 105) for beat in kick] + [(beat, SNARE, 105) for beat in (1.0, 3.0)]
            beats += [(beat, cymbal, 80) for beat in cymbal_beats]
            if has_fills and bar % 4 == 0:
                beats.append((0.0, CRASH, 100))
            if has_fills and bar % 3 == 2:
                beats += [(3 + number / 4, tom, 95) for number, tom in enumerate(FILL)]
            for beat, drum, velocity in beats:
                at_s = max(0.1 + (bar * 4 + beat) * beat_s + rng.normal(0, 0.004), 0.0)
                events.append(Event(at_s, at_s + 0.1, DRUMS, drum, velocity + int(rng.integers(-8, 9))))
        yield _drum_stem(set_name, events, 0.1 + BARS * 4 * beat_s + 1)


def _drum_stem(set_name: str, events: list[Event], length_s: float) -> Stem:
    def rendered(some: list[Event]) -> Samples:
        ordered = tuple(sorted(some, key=lambda event: event.start_s))
        return render(Score(ordered, "", 0, False, 100.0, NO_PROGRAMS, length_s), soundfont(set_name))  # noqa: FBT003

    whole = rendered(events)
    groups = [[event for event in events if event.pitch in pitches] for pitches in DRUM_PITCHES.values()]
    alone = np.stack([rendered(group) if group else np.zeros_like(whole) for group in groups])
    # Each rendering is brought to the same peak: these are the levels the parts have in the whole.
    flat = alone.reshape(len(groups), -1).astype(np.float64)
    level = np.linalg.lstsq(flat @ flat.T + 1e-9 * np.eye(len(groups)), flat @ whole.ravel(), rcond=None)[0]
    hits = tuple((event.start_s, part) for part, group in enumerate(groups) for event in group)
    return Stem((alone * level[:, None, None]).astype(np.float32), hits)


def _gender(set_name: str) -> Iterator[Figure]:
    stem = speakers_in_turn(set_name)
    made: list[Samples] = []
    factor = real_time_factor(lambda: made.append(split("vocals:gender", stem.mix)), stem.mix.shape[1] / RATE_HZ)
    right = float((made[0] * stem.truth).sum() / np.square(stem.truth).sum())
    yield Figure("male and female speech in turn: energy in the right part", 100 * right, 90.0, "%")
    alone = [_level_db(split("vocals:gender", one)[1 - part], one) for part, one in enumerate(stem.truth)]
    yield Figure("male or female speech alone: the other part", max(alone), -15.0, "dB", higher_is_better=False)
    yield Figure("male and female: real-time factor", factor, 0.3, higher_is_better=False)


def speakers_in_turn(set_name: str, gap_s: float = 0.25) -> Stem:
    men, women = (MEN, WOMEN) if has_flite() else (ESPEAK_MEN, ESPEAK_WOMEN)
    parts: list[Samples] = []
    for number, text in enumerate(TEXTS[set_name][:6]):
        voices = women[set_name] if number % 2 else men[set_name]
        said = spoken(text, voices[number // 2 % len(voices)])
        sound = soxr.resample(said.samples[0], said.rate_hz, RATE_HZ)
        both = np.zeros((2, 1, sound.size + round(gap_s * RATE_HZ)), np.float32)
        both[number % 2, 0, : sound.size] = 0.4 * sound / np.abs(sound).max()
        parts.append(both)
    return Stem(np.concatenate(parts, axis=2))


def _role(set_name: str) -> Iterator[Figure]:
    gains: dict[str, list[float]] = {}
    back, factors = [], []
    for place, stem in choirs(set_name):
        made: list[Samples] = []
        length_s = stem.mix.shape[1] / RATE_HZ
        factors.append(real_time_factor(lambda: made.append(split("vocals:role", stem.mix)), length_s))  # noqa: B023
        lead = stem.truth[0]
        gains.setdefault(place, []).append(si_sdr_db(made[0][0], lead) - si_sdr_db(stem.mix, lead))
        back.append(_level_db(split("vocals:role", lead)[1], lead))
    every = [gain for some in gains.values() for gain in some]
    yield Figure("lead before a choir: SI-SDR improvement of the lead", float(np.mean(every)), 2.0, "dB")
    for place, some in gains.items():
        yield Figure(f"lead before a choir, {place}: SI-SDR improvement of the lead", float(np.mean(some)), None, "dB")
    yield Figure("lead alone: back voices", max(back), -15.0, "dB", higher_is_better=False)
    yield Figure("lead and back: real-time factor", float(np.median(factors)), 0.3, higher_is_better=False)


def choirs(set_name: str) -> Iterator[tuple[str, Stem]]:
    """A lead in the centre, 6 dB above a choir that is wide, to the left, or at the same place."""
    rng = np.random.default_rng(SEEDS[set_name])
    for style in (0, 3, 2, 7):
        programs = {BASS: 33, CHORDS: SINGERS[0], LEAD: SINGERS[1 + style % 2]}
        score = compose(rng, STYLES[style], int(rng.integers(12)), is_minor=False, programs=programs, bars=4)
        lead = render(score, soundfont(set_name), parts=(LEAD,)).mean(axis=0)
        choir = render(score, soundfont(set_name), parts=(CHORDS,)).mean(axis=0)
        late = np.concatenate([np.zeros(round(0.012 * RATE_HZ), np.float32), choir])[: choir.size]
        for place, back in (("wide", [choir, late]), ("left", [choir, 0.25 * choir]), ("one place", [choir])):
            both = np.stack([np.stack([lead] * len(back)), np.stack(back)])
            power = np.square(both).mean(axis=(1, 2), keepdims=True)
            both[1] *= 0.5 * np.sqrt(power[0] / power[1])
            yield place, Stem(both.astype(np.float32))


def _guitars(set_name: str) -> Iterator[Figure]:
    gains, right = [], []
    for chords, lead in ((25, 29), (26, 30), (25, 24)):
        rhythm, solo = _played(set_name, chords, CHORDS), _played(set_name, lead, LEAD)
        stem = Stem(np.stack([rhythm, solo]))
        out = split("guitar:role", stem.mix)
        gains += [si_sdr_db(out[part], stem.truth[part]) - si_sdr_db(stem.mix, stem.truth[part]) for part in (0, 1)]
    for kind, programs in enumerate((ACOUSTIC, ELECTRIC)):
        for program in programs:
            out = split("guitar:kind", _played(set_name, program, CHORDS))
            right.append(np.square(out[kind]).sum() > np.square(out[1 - kind]).sum())
    yield Figure("rhythm and solo guitar, apart in the panorama: SI-SDR improvement", float(np.mean(gains)), None, "dB")
    yield Figure("acoustic or electric guitar alone: right", 100 * float(np.mean(right)), None, "%")


def _other(set_name: str) -> Iterator[Figure]:
    right, shares, factors = [], [], []
    for name, programs in INSTRUMENTS.items():
        for program in programs:
            sound = _played(set_name, program, LEAD if name == "winds" else CHORDS)
            made: list[Samples] = []
            run = real_time_factor(lambda: made.append(split("other", sound)), sound.shape[1] / RATE_HZ)  # noqa: B023
            factors.append(run)
            energy = np.square(made[0]).sum(axis=(1, 2))
            part = PARTS["other"].index(name)
            right.append(int(energy[:-1].argmax()) == part)
            shares.append(energy[part] / energy.sum())
    yield Figure("one instrument alone: right of five", 100 * float(np.mean(right)), None, "%")
    yield Figure("one instrument alone: energy in the right part", 100 * float(np.mean(shares)), None, "%")
    yield Figure("other: real-time factor", float(np.median(factors)), 0.3, higher_is_better=False)


def _played(set_name: str, program: int, part: int, bars: int = 3) -> Samples:
    rng = np.random.default_rng(SEEDS[set_name])
    programs = {BASS: 33, CHORDS: program, LEAD: program}
    score = compose(rng, STYLES[0], int(rng.integers(12)), is_minor=False, programs=programs, bars=bars)
    return render(score, soundfont(set_name), parts=(part,))


def _level_db(part: Samples, whole: Samples) -> float:
    energy, of_whole = (float(np.square(one, dtype=np.float64).sum()) for one in (part, whole))
    return float(10 * np.log10(energy / of_whole + 1e-12))
