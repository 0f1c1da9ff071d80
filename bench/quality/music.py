"""Twenty songs from fixed prompts: key and tempo as asked for, the voice in tune, the sound without faults?

Half of them are sung. The composer gets key and tempo as parameters, our own analyser says what it hears.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr

from bench.quality.key_tempo import OCTAVES
from bench.quality.metrics import real_time_factor
from bench.quality.table import Figure
from bench.quality.voices import word_errors
from models.analysis.key_tempo import EmbeddedKeyTempo
from models.base import Audio, Samples, Song, SongWish, SungLine
from models.dsp.loudness import integrated_lufs
from models.dsp.true_peak import true_peak_dbtp
from models.lyrics.embedded import EmbeddedLyrics
from models.music.compose import compose
from models.music.embedded import EmbeddedSongs
from models.music.score import NAMES
from models.singing.embedded import EmbeddedSinger
from models.voices.pitch import HOP, RATE_HZ, load_detector, pitch_of
from workers.voices import shipped_shelf

LOUDNESS_LUFS, CEILING_DBTP = -14.0, -1.0
SETTLED_S, LEFT_S = 0.12, 0.06  # of a note, before and after its pitch is read (the report's recipe for singing)
SHORTEST_S = 0.1
QUIET_DB, WINDOW_S = -60.0, 0.5
SINGERS = {"A": ("rowan", "linnea"), "B": ("callum", "imogen")}
Asked = tuple[str, str, float]
# What is asked for, key, tempo.
ASKED: dict[str, tuple[Asked, ...]] = {
    "A": (
        ("A happy pop song about the sea", "C major", 118),
        ("Slow sad piano ballad about a lost friend", "A minor", 72),
        ("Energetic rock anthem about driving at night", "E minor", 140),
        ("Lo-fi beats to study to, rainy evening", "F major", 82),
        ("Deep house for a summer night", "G minor", 122),
        ("Country song about an old truck", "G major", 104),
        ("Epic cinematic trailer music with choir", "D minor", 90),
        ("Jazz trio in a small club", "Bb major", 132),
        ("Synthwave ride through a neon city", "F# minor", 108),
        ("Reggae about taking it easy", "A major", 76),
    ),
    "B": (
        ("Drum and bass with a dark bass line", "F minor", 174),
        ("Folk song about a mountain village", "D major", 96),
        ("Trap beat about money and trust", "C# minor", 140),
        ("R&B love song, late at night", "Eb major", 88),
        ("Heavy metal about a storm at sea", "E minor", 160),
        ("Bossa nova on a beach", "F major", 126),
        ("Blues about losing a job", "A major", 80),
        ("Melodic techno for a warehouse", "B minor", 128),
        ("Classical piece for strings and piano", "C minor", 84),
        ("Hip-hop about growing up in the city", "D minor", 92),
    ),
}


@dataclass(frozen=True, slots=True)
class Made:
    asked: Asked
    wish: SongWish
    song: Song
    seed: int


def measure(set_name: str) -> Iterator[Figure]:
    made: list[Made] = []
    factors = []
    for number, asked in enumerate(ASKED[set_name]):
        factors.append(_make(set_name, number, asked, made))
    agreement = [_heard_as_asked(one) for one in made]
    yield Figure("tempo within 1 BPM of what was asked for", float(np.mean([tempo for tempo, _ in agreement])), 0.9)
    yield Figure("key as asked for, or its relative", float(np.mean([key for _, key in agreement])), 0.9)
    off = max(abs(integrated_lufs(one.song.audio) - LOUDNESS_LUFS) for one in made)
    yield Figure("loudness, furthest from -14 LUFS", off, 0.5, "LU", higher_is_better=False)
    peak = max(true_peak_dbtp(one.song.audio) for one in made)
    yield Figure("highest true peak", peak, CEILING_DBTP + 0.1, "dBTP", higher_is_better=False)
    yield Figure("samples at full scale", sum(_clipped(one.song.audio) for one in made), 0, higher_is_better=False)
    silent = max(_silence_s(one.song.audio) for one in made)
    yield Figure("longest silence within a song", silent, 2.0, "s", higher_is_better=False)
    likeness = max(_likeness(one) for one in made)
    yield Figure("two takes, correlation of their harmony, highest", likeness, 0.9, higher_is_better=False)
    yield Figure("CPU time per second of song", float(np.mean(factors)), 1.0, "s", higher_is_better=False)
    yield from _singing([one for one in made if one.wish.lyrics])


def _make(set_name: str, number: int, asked: Asked, made: list[Made]) -> float:
    prompt, key, bpm = asked
    seed = 100 * (1 + number) + ord(set_name)
    is_sung = number % 2 == 0
    text = EmbeddedLyrics().write(prompt, seed=seed, report=_no_report).text if is_sung else ""
    voice = shipped_shelf(SINGERS[set_name][number // 2 % 2]) if is_sung else None
    wish = SongWish(prompt=prompt, lyrics=text, key=key, bpm=bpm, voice=voice)

    def make() -> None:
        made.append(Made(asked, wish, _maker().make(wish, seed=seed, report=_no_report), seed))

    cpu_s = real_time_factor(make, 1.0)
    return cpu_s / made[-1].song.audio.duration_s


@cache
def _maker() -> EmbeddedSongs:
    return EmbeddedSongs()


def _no_report(_fraction: float) -> None:
    return


def _heard_as_asked(one: Made) -> tuple[bool, bool]:
    mono = soxr.resample(one.song.audio.samples.mean(axis=0), one.song.audio.rate_hz, EmbeddedKeyTempo.RATE_HZ)
    found = EmbeddedKeyTempo().analyse(
        Audio(np.asarray(mono, np.float32)[None], EmbeddedKeyTempo.RATE_HZ), report=_no_report
    )
    tempo = min(abs(found.bpm / octave - one.asked[2]) for octave in OCTAVES) <= 1
    return tempo, found.key in {one.song.key, _relative(one.song.key)}


def _relative(key: str) -> str:
    tonic, mode = key.split()
    steps, other = (9, "minor") if mode == "major" else (3, "major")
    return f"{NAMES[(NAMES.index(tonic) + steps) % 12]} {other}"


def _clipped(audio: Audio) -> int:
    return int((np.abs(audio.samples) >= 1.0).sum())


def _silence_s(audio: Audio) -> float:
    """The longest stretch below -60 dB of the loudest, before the last sound."""
    step = round(WINDOW_S * audio.rate_hz / 5)
    power = np.square(audio.samples[:, : audio.samples.shape[1] // step * step]).mean(axis=0)
    power = power.reshape(-1, step).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (QUIET_DB / 10))
    return float(np.diff(loud, prepend=-1).max() - 1) * step / audio.rate_hz


def _likeness(one: Made) -> float:
    """Pitch classes sounding on each beat of two takes, compared; where the takes differ in key, after transposing."""
    rows = [_harmony(one.wish, seed) for seed in (one.seed, one.seed + 1)]
    beats = min(row.shape[0] for row in rows)
    first, second = (row[:beats].ravel() for row in rows)
    return float(np.corrcoef(first, second)[0, 1])


def _harmony(wish: SongWish, seed: int) -> Samples:
    score = compose(wish, seed=seed)
    out = np.zeros((int(score.length), 12), np.float32)
    for chord in score.chords:
        for pitch in chord.pitches:
            out[int(chord.start) : int(chord.start + chord.length), (pitch - score.key.tonic) % 12] = 1.0
    return out


def _singing(made: list[Made]) -> Iterator[Figure]:
    """The dry voice against its score, and what a recogniser of speech makes of it."""
    cents: list[float] = []
    inside: list[bool] = []
    said = []
    singer, detector = EmbeddedSinger(), load_detector()
    for one in made:
        score = compose(one.wish, seed=one.seed)
        lines = score.sung_lines()
        assert one.wish.voice is not None
        sung = singer.sing(lines, voice=one.wish.voice, duration_s=score.duration_s, seed=one.seed, report=_no_report)
        for off in _pitch_errors(sung, singer.rate_hz, lines, detector):
            cents.append(float(np.median(np.abs(off))))
            inside += list(np.abs(off) < 50)
        said += _clips(sung, singer.rate_hz, lines)
    yield Figure("singer, median error of held notes", float(np.median(cents)), 20.0, "cents", higher_is_better=False)
    yield Figure("singer, pitch within 50 cents", float(np.mean(inside)), 0.97)
    yield Figure("sung words wrong, PocketSphinx", word_errors(said), None, "%", higher_is_better=False)


def _pitch_errors(sung: Samples, rate_hz: int, lines: tuple[SungLine, ...], detector: object) -> Iterator[Samples]:
    """Cents off in the middle of each held note."""
    mono = np.asarray(soxr.resample(sung[0], rate_hz, RATE_HZ), np.float32)
    pitch = pitch_of(detector, mono)
    for note in (note for line in lines for word in line.words for note in word.notes):
        first, last = (round(at_s * RATE_HZ / HOP) for at_s in (note.start_s + SETTLED_S, note.end_s - LEFT_S))
        if (last - first) * HOP / RATE_HZ >= SHORTEST_S:
            voiced = pitch.is_voiced[first:last]
            hz = pitch.hz[first:last][voiced]
            if hz.size:
                yield np.asarray(1200 * np.log2(hz / (440 * 2 ** ((note.pitch - 69) / 12))), np.float32)


def _clips(sung: Samples, rate_hz: int, lines: tuple[SungLine, ...]) -> list[tuple[Samples, int, str]]:
    clips = []
    for line in lines:
        first_s, last_s = line.words[0].notes[0].start_s - 0.3, line.words[-1].notes[-1].end_s + 0.2
        part = sung[:, max(round(first_s * rate_hz), 0) : round(last_s * rate_hz)]
        clips.append((part, rate_hz, line.text))
    return clips
