"""Singing without weights: each line is spoken by the voice's synthesiser, and sung by WORLD (Morise et al. 2016)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.base import Report, Samples, SungLine, SungNote, SungWord, Voice
from models.singing.breath import breath
from models.singing.checks import Part, parts
from models.singing.phones import Phone
from models.singing.render import PEAK, rendered
from models.singing.speaker import Speaker
from models.singing.spectra import Timbre
from models.singing.syllables import Syllable, syllables
from models.singing.timbres import timbre_of
from models.singing.tract import RATE_HZ, analysed

BREATH_AFTER_S, BREATH_BEFORE_S = 0.4, 0.03
ENDING_S = 0.02
BLURRED, CLEAR = 0.35, 0.1  # how much sharper formants are made: of flite's statistical voices, of others
ANALYSED = 0.05  # share of the progress


class EmbeddedSinger:
    """`Singer` at 44.1 kHz. Keeps nothing: each call has processes of its own."""

    rate_hz = RATE_HZ

    def sing(
        self, lines: Sequence[SungLine], *, voice: Voice, duration_s: float, seed: int = 0, report: Report
    ) -> Samples:
        """As the Protocol says: float32 of shape (1, frames), vowels of about -17 dBFS (RMS), no sample above 0.9.

        What cannot be spoken is hummed. Raises ValueError, with a text for the caller, for notes and lengths out of
        range; SpeechFailed where no synthesiser is there.
        """
        wanted = parts(lines, duration_s)
        out = np.zeros((1, round(duration_s * RATE_HZ)), np.float32)
        done = 0.0

        def beat() -> None:
            report(done)

        beat()
        if not wanted:
            report(1.0)
            return out
        with Speaker(voice, beat) as speaker:
            timbre = timbre_of(voice, speaker, wanted)
            done = ANALYSED
            free_s = 0.0
            for number, part in enumerate(wanted):
                beat()
                rng = np.random.default_rng([abs(seed), number])
                free_s = _sing(out, part, speaker, timbre, free_s, rng)
                done = ANALYSED + (1 - ANALYSED) * (number + 1) / len(wanted)
        _end(out)
        report(1.0)
        return out


def _sing(out: Samples, part: Part, speaker: Speaker, timbre: Timbre, free_s: float, rng: np.random.Generator) -> float:
    """One line, added to the song; gives when it ends, before which the next does not begin."""
    for run, spoken in speaker.speak([word.text for word in part]):
        tract, phones = analysed(spoken.audio, spoken.phones, sharper=BLURRED if spoken.is_blurred else CLEAR)
        line = _line(
            [part[number] for number in run], [[one for one in phones if one.word == number] for number in run]
        )
        if not line:
            continue
        rest_s = line[0].start_s - free_s
        sound, first = rendered(line, tract, timbre, free_s=free_s if rest_s > 0 else 0.0, rng=rng)
        if rest_s >= BREATH_AFTER_S:
            air = breath(first / RATE_HZ - free_s, rng)
            _add(out, air, first - air.size - round(BREATH_BEFORE_S * RATE_HZ))
        _add(out, sound, first)
        free_s = max(free_s, line[-1].end_s)
    return free_s


def _line(words: Sequence[SungWord], phones: Sequence[Sequence[Phone]]) -> list[Syllable]:
    """The syllables of all words. The notes of a word that gave no sound go on with the vowel before, or after, it."""
    found: list[Syllable] = []
    waiting: tuple[SungNote, ...] = ()
    for word, sounds in zip(words, phones, strict=True):
        if sounds:
            sung = syllables(sounds, word.notes)
            found += [replace(sung[0], notes=waiting + sung[0].notes), *sung[1:]]
            waiting = ()
        elif found:
            found[-1] = replace(found[-1], notes=found[-1].notes + word.notes)
        else:
            waiting += word.notes
    return found


def _add(out: Samples, sound: Samples, first: int) -> None:
    last = min(first + sound.size, out.shape[1])
    if last > max(first, 0):
        out[0, max(first, 0) : last] += sound[max(-first, 0) : last - first]


def _end(out: Samples) -> None:
    """What overlaps may be too loud together; what goes on after the end is faded."""
    peak = float(np.abs(out).max(initial=0.0))
    if peak > PEAK:
        out *= np.float32(PEAK / peak)
    size = min(round(ENDING_S * RATE_HZ), out.shape[1])
    out[0, out.shape[1] - size :] *= np.linspace(1.0, 0.0, size, dtype=np.float32)
