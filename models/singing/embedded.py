"""Singing without weights: speech whose sounds are moved to the notes and resynthesised at their pitch.

The lines are spoken by flite or espeak-ng; analysis and synthesis by WORLD (Morise et al. 2016); as in the
speech-to-singing synthesis of Saitou et al. 2007.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples, SungLine, SungNote, Voice
from models.singing.melody import tones
from models.singing.phones import spoken
from models.singing.spectrum import FRAME_MS, RATE_HZ, Analysis, analysed, coloured
from models.singing.timing import Piece, notes_of, nuclei, pieces
from models.speech import espeak
from models.speech.embedded import Manner
from models.speech.espeak import Espeak
from models.voices.profile import resampled

Floats = NDArray[np.float64]
OUT_RATE_HZ = 44_100
STEP_S = FRAME_MS / 1000
EDGE_S = 0.055  # of a vowel that are sung as they were spoken, at most
WANDER_S, WANDER_FRAMES = 0.006, 30  # of the held part: it never stands quite still
BREATH_S, BREATH_REST_S, BREATH_DB = 0.22, 0.5, -34.0
VOWEL_EVENNESS = 0.75  # of the differences in loudness between vowels that are taken away
LOUDER_DB_PER_TONE = 0.25
ATTACK_S, RELEASE_S = 0.025, 0.07
TAIL_S = 0.1
PEAK = 0.5
LOWEST, HIGHEST = 24, 96  # MIDI pitches that a voice is asked for


@dataclass(slots=True)
class EmbeddedSinger:
    """`Singer` in the voices of flite and espeak-ng. Keeps nothing: each song has processes of its own."""

    rate_hz: int = OUT_RATE_HZ

    def sing(
        self, lines: Sequence[SungLine], *, voice: Voice, duration_s: float, seed: int = 0, report: Report
    ) -> Samples:
        """As the Protocol says. A voice with a recording is sung by the nearest speaker and coloured afterwards.

        Raises ValueError for a pitch outside MIDI 24 to 96, SpeechFailed where no speaker is there.
        """
        out = np.zeros((1, round(duration_s * OUT_RATE_HZ)), np.float32)
        sung = sorted((line for line in lines if any(word.notes for word in line.words)), key=_start)
        _check(sung)
        manner = Manner.of(voice, voice.language or "en", espeak.tags())
        last_end_s = 0.0
        with contextlib.ExitStack() as stack:
            process = None if manner.flite else stack.enter_context(espeak.opened())
            for number, line in enumerate(sung):
                report(number / len(sung))
                rng = np.random.default_rng([seed, number])
                start_s, sound = _line(line, manner, process, rng)
                _add(out, _breathed(start_s, last_end_s, rng))
                _add(out, (start_s, sound))
                last_end_s = start_s + sound.size / OUT_RATE_HZ
        report(1.0)
        peak = float(np.abs(out).max(initial=0.0))
        out *= np.float32(PEAK / peak) if peak > 0 else np.float32(1)
        return _in_voice(out, voice, report) if voice.reference is not None else out


def _start(line: SungLine) -> float:
    return min(note.start_s for word in line.words for note in word.notes)


def _check(lines: Sequence[SungLine]) -> None:
    pitches = [note.pitch for line in lines for word in line.words for note in word.notes]
    if pitches and not LOWEST <= min(pitches) <= max(pitches) <= HIGHEST:
        message = f"Nobody sings so low or high: MIDI pitches {LOWEST} to {HIGHEST} can be sung"
        raise ValueError(message)


def _line(line: SungLine, manner: Manner, process: Espeak | None, rng: np.random.Generator) -> tuple[float, Samples]:
    """When the line begins, and its sound at OUT_RATE_HZ."""
    speech, phones = spoken([word.text for word in line.words], manner, process, lambda: None)
    notes = notes_of(line)
    laid = pieces(phones, nuclei(phones, notes))
    flat = sorted((note for word in notes for note in word), key=lambda note: note.start_s)
    if not laid or not flat:
        return _start(line), np.zeros(0, np.float32)
    start_s = laid[0].start_s
    frames = round((max(piece.end_s for piece in laid) + TAIL_S - start_s) / STEP_S)
    of_speech = analysed(speech, manner)
    places, is_vowel = _places(laid, start_s, frames, rng)
    pitch = tones(flat, start_s, frames, STEP_S, rng)
    gain_db = _loudness(of_speech, places, laid, flat, pitch, start_s)
    sound = _synthesised(of_speech, places, is_vowel, pitch, gain_db)
    return start_s, resampled(sound, RATE_HZ, OUT_RATE_HZ)


def _places(
    laid: Sequence[Piece], start_s: float, frames: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Which moment of the speech, in seconds, each frame takes; -1: silence. And whether it is part of a vowel."""
    places, is_vowel = np.full(frames, -1.0), np.zeros(frames, bool)
    times = start_s + np.arange(frames) * STEP_S
    for piece in laid:
        inside = (times >= piece.start_s) & (times < piece.end_s)
        if not inside.any():
            continue
        since = times[inside] - piece.start_s
        length, of_speech = piece.end_s - piece.start_s, piece.to_s - piece.from_s
        if piece.is_vowel and length > of_speech:
            edge = min(EDGE_S, 0.4 * of_speech)
            moments = np.interp(since, [0, edge, length - edge, length], [0, edge, of_speech - edge, of_speech])
            still = (since > edge) & (since < length - edge)
            wander = np.cumsum(rng.standard_normal(since.size))
            wander -= np.linspace(wander[0], wander[-1], since.size)
            moments += still * WANDER_S * wander / max(float(np.abs(wander).max()), 1.0)
        else:
            moments = since * of_speech / length
        places[inside] = piece.from_s + np.clip(moments, 0, of_speech)
        is_vowel[inside] = piece.is_vowel
    return places, is_vowel


def _loudness(
    of_speech: Analysis, places: Floats, laid: Sequence[Piece], notes: Sequence[SungNote], pitch: Floats, start_s: float
) -> Floats:
    """Gain in dB of each frame: vowels evened out, higher notes louder, soft beginnings and ends."""
    level_db = 10 * np.log10(of_speech.power + 1e-12)
    vowels = [piece for piece in laid if piece.is_vowel]

    def level(piece: Piece) -> float:
        part = slice(int(piece.from_s / STEP_S), max(int(piece.to_s / STEP_S), int(piece.from_s / STEP_S) + 1))
        return float(np.percentile(level_db[part], 75)) if level_db[part].size else float(level_db.mean())

    middle = float(np.median([level(piece) for piece in vowels])) if vowels else 0.0
    at = [piece.start_s for piece in vowels]
    wanted = [VOWEL_EVENNESS * (middle - level(piece)) for piece in vowels]
    times = start_s + np.arange(places.size) * STEP_S
    gain = np.interp(times, at, wanted) if vowels else np.zeros(places.size)
    gain = gain + LOUDER_DB_PER_TONE * (pitch - np.median(pitch))
    envelope = np.zeros(places.size)
    for piece in vowels:  # each held vowel swells and falls a little
        inside = (times >= piece.start_s) & (times < piece.end_s)
        part = (times[inside] - piece.start_s) / max(piece.end_s - piece.start_s, 1e-3)
        envelope[inside] = 1.2 * np.sin(np.pi * np.minimum(part * 1.3, 1.0)) - 1.5 * part**3
    rests = [
        note.end_s for note, after_s in zip(notes, _starts_after(notes), strict=True) if after_s > note.end_s + 0.05
    ]
    for end_s in rests:
        falling = np.clip((times - end_s + RELEASE_S) / RELEASE_S, 0, 3)
        envelope -= np.where(np.abs(times - end_s) < 2 * RELEASE_S, 6 * falling, 0) * (times < end_s + RELEASE_S)
    return np.asarray(gain + envelope)


def _starts_after(notes: Sequence[SungNote]) -> list[float]:
    """When the next note begins, of each."""
    return [*[note.start_s for note in notes[1:]], np.inf]


def _synthesised(
    of_speech: Analysis, places: Floats, is_vowel: NDArray[np.bool_], pitch: Floats, gain_db: Floats
) -> Samples:
    import pyworld

    silent = places < 0
    at = np.clip(places / STEP_S, 0, of_speech.envelope.shape[0] - 1.001)
    low = at.astype(np.int64)
    share = (at - low)[:, None]
    log_envelope = of_speech.log_envelope
    envelope = log_envelope[low] * (1 - share) + log_envelope[low + 1] * share
    noise = of_speech.noise[low] * (1 - share) + of_speech.noise[low + 1] * share
    is_voiced = (of_speech.is_voiced[np.rint(at).astype(np.int64)] | is_vowel) & ~silent
    hz = np.where(is_voiced, 440 * 2 ** ((pitch - 69) / 12), 0.0)
    envelope = envelope + (gain_db * np.log(10) / 10)[:, None]
    envelope[silent] = np.log(1e-14)
    power = np.exp(coloured(envelope, hz, is_vowel))
    noise = np.where(is_vowel[:, None], noise * np.minimum(1.0, 0.35 + of_speech.hz / 9000.0), noise)
    noise = np.clip(np.where(is_voiced[:, None], noise, 1.0), 0.0, 1.0)
    sound = pyworld.synthesize(hz, np.ascontiguousarray(power), np.ascontiguousarray(noise), RATE_HZ, FRAME_MS)
    fade = round(ATTACK_S * RATE_HZ)
    sound[:fade] *= np.linspace(0, 1, fade)
    return np.asarray(np.nan_to_num(sound), np.float32)


def _breathed(start_s: float, last_end_s: float, rng: np.random.Generator) -> tuple[float, Samples]:
    """A short breath before a line that follows a rest."""
    from scipy.signal import butter, sosfilt

    if start_s - last_end_s < BREATH_REST_S or start_s < BREATH_S:
        return start_s, np.zeros(0, np.float32)
    frames = round(BREATH_S * OUT_RATE_HZ)
    air = sosfilt(butter(2, (900, 7000), "bandpass", fs=OUT_RATE_HZ, output="sos"), rng.standard_normal(frames))
    shape = np.sin(np.pi * np.linspace(0, 1, frames) ** 1.6) ** 2
    air = air / max(float(np.abs(air).max()), 1e-9) * shape * 10 ** (BREATH_DB / 20)
    return start_s - BREATH_S - 0.03, air.astype(np.float32)


def _add(out: Samples, placed: tuple[float, Samples]) -> None:
    start_s, sound = placed
    first = round(start_s * OUT_RATE_HZ)
    sound = sound[max(-first, 0) :]
    first = max(first, 0)
    last = min(first + sound.size, out.shape[1])
    if last > first:
        out[0, first:last] += sound[: last - first]


def _in_voice(sung: Samples, voice: Voice, report: Report) -> Samples:
    from models.voices.embedded import EmbeddedVoices

    blocks = EmbeddedVoices().recolour(Audio(sung, OUT_RATE_HZ), voice=voice, report=lambda _fraction: report(1.0))
    return np.concatenate(list(blocks), axis=1)
