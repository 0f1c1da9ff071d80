"""Audio to MIDI: note F1 (mir_eval, pitch and an onset within 50 ms) on rendered pieces, and the cost.

As the endpoint does it: drums and notes of a band by way of the stems. Drums are counted as kick, snare or clap, tom,
and cymbal.
"""

from collections.abc import Callable, Iterator
from functools import partial

import mir_eval
import numpy as np

from bench.quality.material.score import BASS, CHORDS, DRUMS, LEAD, Event, Score
from bench.quality.material.songs import RATE_HZ, render, songs, soundfont
from bench.quality.metrics import real_time_factor
from bench.quality.table import Figure
from models.base import Audio, Note, Samples
from models.notes.basic_pitch import BasicPitch
from models.notes.by_stem import StemTranscriber
from models.notes.drum_hits import DrumHits
from models.separation.embedded import EmbeddedSeparator
from models.synth.reverb import Reverb

BARS, BEATS = 8, 4
SEEDS = {"A": 5, "B": 83}
PIECES = 3  # of each kind
PROGRAMS = {
    "A": {"piano": 0, "guitar": 24, "sax": 66, "violin": 40, "voice": 53, "choir": 52},
    "B": {"piano": 1, "guitar": 25, "sax": 65, "violin": 40, "voice": 85, "choir": 52},
}
REVERB_DB = -9.0
SCALE = (0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0)
# No target: a sampled choir is heard only 60 to 150 ms after its notes begin.
TARGETS = {
    "piano": 0.85, "guitar": None, "sax": 0.80, "violin": 0.80, "voice": 0.80, "choir": None, "band": None,
    "sine scale": 1.0,
}  # fmt: skip
DRUM_KINDS = {35: 0, 36: 0, 37: 1, 38: 1, 39: 1, 40: 1, 41: 2, 43: 2, 45: 2, 47: 2, 48: 2, 50: 2}
CYMBAL = 3
Truth = list[tuple[float, float, int]]
Piece = tuple[Audio, Truth, Truth]
"""Sound, notes and drums."""


def measure(set_name: str) -> list[Figure]:
    engine = StemTranscriber(
        EmbeddedSeparator(), BasicPitch(), DrumHits(), room=lambda _name, shape: np.zeros(shape, np.float32)
    )

    def hear(audio: Audio, found: list[Note]) -> None:
        found.extend(engine.notes(audio, report=lambda _fraction: None))

    scores: dict[str, list[float]] = {}
    factors: dict[str, list[float]] = {}
    drum_scores = []
    invented = 0
    for kind, (audio, truth, drums) in pieces(set_name):
        found: list[Note] = []
        audio = _as_decoded(audio)  # noqa: PLW2901
        factor = real_time_factor(partial(hear, audio, found), audio.duration_s)
        factors.setdefault(kind, []).append(factor)
        scores.setdefault(kind, []).append(f1(truth, found))
        if drums:
            drum_scores.append(drum_f1(drums, found))
        else:
            invented += sum(note.is_drum for note in found)
    figures = [Figure(f"note F1, {kind}", float(np.mean(got)), TARGETS[kind]) for kind, got in scores.items()]
    figures += [
        Figure("drum F1, band", float(np.mean(drum_scores))),
        Figure("drums where there are none", float(invented), 0.0, higher_is_better=False),
    ]
    return [
        *figures,
        Figure("real-time factor", max(float(np.median(got)) for got in factors.values()), 0.3, higher_is_better=False),
    ]


def f1(truth: Truth, found: list[Note]) -> float:
    """Onsets within 50 ms at the right pitch; where notes end does not count. Drums are left out."""
    pitched = [(note.start_s, note.end_s, note.pitch) for note in found if not note.is_drum]
    if not truth or not pitched:
        return float(not truth and not pitched)
    return float(mir_eval.transcription.precision_recall_f1_overlap(*_mir(truth), *_mir(pitched), offset_ratio=None)[2])


def drum_f1(truth: Truth, found: list[Note]) -> float:
    """Onsets within 50 ms of the right kind."""
    heard = [(note.start_s, note.end_s, _kind(note.pitch)) for note in found if note.is_drum]
    wanted = [(start, end, _kind(pitch)) for start, end, pitch in truth]
    if not heard:
        return 0.0
    return float(mir_eval.transcription.precision_recall_f1_overlap(*_mir(wanted), *_mir(heard), offset_ratio=None)[2])


def _kind(pitch: int) -> int:
    return 60 + 12 * DRUM_KINDS.get(pitch, CYMBAL)


def _as_decoded(audio: Audio) -> Audio:
    """Stereo, as the endpoint reads it."""
    return audio if audio.samples.shape[0] == 2 else Audio(np.repeat(audio.samples, 2, axis=0), audio.rate_hz)


def _mir(notes: Truth) -> tuple[Samples, Samples]:
    spans = np.array([(start, max(end, start + 0.01)) for start, end, _ in notes])
    return spans, np.array([440 * 2 ** ((pitch - 69) / 12) for *_, pitch in notes])


def pieces(set_name: str) -> Iterator[tuple[str, Piece]]:
    """Kind, sound, and what is in it."""
    rng = np.random.default_rng(SEEDS[set_name])
    makers: dict[str, Callable[[np.random.Generator, float], list[Event]]] = {
        "piano": _piano,
        "guitar": _guitar,
        "sax": lambda rng, beat_s: _melody(rng, beat_s, 54, 76),
        "violin": lambda rng, beat_s: _melody(rng, beat_s, 57, 88),
        "voice": lambda rng, beat_s: _melody(rng, beat_s, 52, 76),
        "choir": lambda rng, beat_s: _melody(rng, beat_s, 52, 76),
    }
    for kind, make in makers.items():
        for _ in range(PIECES):
            bpm = round(float(rng.uniform(72, 132)), 1)
            events = make(rng, 60 / bpm)
            yield kind, _rendered(set_name, events, PROGRAMS[set_name][kind], bpm)
    for song in songs(set_name, PIECES, bars=BARS):
        spans = {
            is_drum: [(e.start_s, e.end_s, e.pitch) for e in song.score.events if (e.part == DRUMS) == is_drum]
            for is_drum in (False, True)
        }
        yield "band", (_in_room(song.audio.samples), spans[False], spans[True])
    for _ in range(PIECES):
        yield "sine scale", _sines(int(rng.integers(40, 84)), float(rng.uniform(0.2, 0.5)))


def _rendered(set_name: str, events: list[Event], program: int, bpm: float) -> Piece:
    ordered = tuple(sorted(events, key=lambda event: event.start_s))
    length_s = max(event.end_s for event in events) + 1.0
    score = Score(
        ordered,
        style="",
        tonic=0,
        is_minor=False,
        bpm=bpm,
        programs=dict.fromkeys((BASS, CHORDS, LEAD), program),
        length_s=length_s,
    )
    audio = _in_room(render(score, soundfont(set_name)))
    return audio, [(event.start_s, event.end_s, event.pitch) for event in ordered], []


def _in_room(samples: Samples) -> Audio:
    wet = Reverb(RATE_HZ, REVERB_DB).add(samples)
    return Audio((0.8 * wet / np.abs(wet).max()).astype(np.float32), RATE_HZ)


def _event(rng: np.random.Generator, at_s: float, seconds: float, pitch: int, velocity: int) -> Event:
    start_s = max(at_s + float(rng.normal(0, 0.004)), 0.0) + 0.1
    return Event(start_s, start_s + seconds, LEAD, int(pitch), int(np.clip(velocity + rng.integers(-12, 13), 20, 127)))


def _piano(rng: np.random.Generator, beat_s: float) -> list[Event]:
    """Left hand: broken or whole chords; right hand: a melody, at times in thirds or octaves."""
    events = []
    tonic = int(rng.integers(12))
    for bar in range(BARS):
        degree = int(rng.choice([0, 3, 4, 5, 1]))
        scale = [tonic + step + octave for octave in (0, 12, 24) for step in SCALE[:7]]
        chord = [36 + scale[degree + step] for step in (0, 4, 7, 9)]
        at_s = bar * BEATS * beat_s
        if rng.random() < 0.5:
            order = (0, 1, 2, 3, 2, 1, 2, 3)
            events += [_event(rng, at_s + n * beat_s / 2, 0.9 * beat_s, chord[m], 70) for n, m in enumerate(order)]
        else:
            for beat in (0, 2):
                events += [_event(rng, at_s + beat * beat_s, 1.8 * beat_s, pitch, 72) for pitch in chord[:3]]
        beat = 0.0
        while beat < BEATS:
            length = min(float(rng.choice([0.25, 0.5, 0.5, 1, 1.5])), BEATS - beat)
            step = int(rng.integers(7, 16))
            pitches = [48 + scale[step % 21]]
            kind = rng.random()
            pitches += [pitches[0] + 12] if kind < 0.12 else [48 + scale[(step + 2) % 21]] if kind < 0.35 else []
            events += [_event(rng, at_s + beat * beat_s, 0.9 * length * beat_s, pitch, 88) for pitch in set(pitches)]
            beat += length
    return _without_collisions(events)


def _guitar(rng: np.random.Generator, beat_s: float) -> list[Event]:
    """Strummed or picked open shapes."""
    shapes = (
        (40, 47, 52, 56, 59, 64),
        (45, 52, 57, 60, 64),
        (48, 52, 55, 60, 64),
        (43, 47, 50, 55, 59, 67),
        (50, 57, 62, 66),
    )
    events = []
    for bar in range(BARS):
        shape = shapes[int(rng.integers(len(shapes)))]
        at_s = bar * BEATS * beat_s
        if rng.random() < 0.5:
            for beat in (0, 1.5, 2.5):
                for n, pitch in enumerate(shape):
                    events.append(_event(rng, at_s + beat * beat_s + 0.012 * n, beat_s, pitch, 80))
        else:
            for n in range(8):
                pitch = shape[0] if n % 4 == 0 else int(rng.choice(shape[1:]))
                events.append(_event(rng, at_s + n * beat_s / 2, 0.8 * beat_s, pitch, 80))
    return _without_collisions(events)


def _melody(rng: np.random.Generator, beat_s: float, lowest: int, highest: int) -> list[Event]:
    """One note at a time, in small steps, some tied closely, some apart."""
    events = []
    tonic = int(rng.integers(12))
    pitches = [pitch for pitch in range(lowest, highest) if (pitch - tonic) % 12 in SCALE]
    place, beat = len(pitches) // 2, 0.0
    while beat < BARS * BEATS:
        length = float(rng.choice([0.5, 0.5, 1, 1, 1.5, 2]))
        place = int(np.clip(place + rng.choice([-3, -2, -1, -1, 0, 1, 1, 2, 4]), 0, len(pitches) - 1))
        if rng.random() < 0.88:
            held = 0.97 if rng.random() < 0.5 else 0.75
            events.append(_event(rng, beat * beat_s, held * length * beat_s, pitches[place], 90))
        beat += length
    return events


def _without_collisions(events: list[Event]) -> list[Event]:
    """A key that is struck again is let go first."""
    kept: list[Event] = []
    last: dict[int, Event] = {}
    for event in sorted(events, key=lambda event: event.start_s):
        before = last.get(event.pitch)
        if before is not None and event.start_s - before.start_s < 0.06:
            continue
        if before is not None and before.end_s > event.start_s - 0.01:
            kept[kept.index(before)] = Event(before.start_s, event.start_s - 0.01, LEAD, before.pitch, before.velocity)
        kept.append(event)
        last[event.pitch] = event
    return kept


def _sines(tonic: int, note_s: float) -> Piece:
    """A scale up and down, pure tones with short fades, a tenth of silence between."""
    t = np.arange(round(note_s * RATE_HZ)) / RATE_HZ
    fade = np.minimum(np.minimum(t, t[::-1]) / 0.01, 1.0)
    out = np.zeros(round((0.3 + len(SCALE) * (note_s + 0.1)) * RATE_HZ), np.float32)
    truth = []
    for number, step in enumerate(SCALE):
        start_s = 0.2 + number * (note_s + 0.1)
        first = round(start_s * RATE_HZ)
        out[first : first + t.size] = 0.5 * fade * np.sin(2 * np.pi * 440 * 2 ** ((tonic + step - 69) / 12) * t)
        truth.append((start_s, start_s + note_s, tonic + step))
    return Audio(out[None], RATE_HZ), truth, []
