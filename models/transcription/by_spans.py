"""A recording through a recogniser that takes half a minute at a time: what Whisper's engines have in common."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from models.base import Audio, Report, Samples, Segment, Transcript, Word, part_of
from models.transcription.activity import Span, need_mono_16k, spans

LONGEST_S, JOIN_S = 28.0, 2.0  # whatever its length, a stretch costs as much as 30 s
DETECTED = 0.05  # share of the progress
ASKED = 3  # stretches whose language is looked at
ENGLISH = "en"


class Listener(Protocol):
    """A recogniser of up to 30 s of mono samples at 16 kHz, shape (frames,). Times count from their beginning."""

    languages: tuple[str, ...]
    translates: bool

    def likely_languages(self, mono: Samples) -> dict[str, float]:
        """Probabilities by ISO 639-1 code."""
        ...

    def heard(self, mono: Samples, *, language: str, translate: bool) -> list[Segment]: ...


def transcribed(
    listener: Listener, audio: Audio, *, language: str | None, translate: bool, report: Report
) -> Transcript:
    """What is said in mono audio at 16 kHz, silence left out.

    Without speech there is no language either. Raises ValueError for a language that the listener does not know, for a
    translation that it was not trained for, and for audio of another form.
    """
    if language is not None and language not in listener.languages:
        message = f'This model does not know the language "{language}"'
        raise ValueError(message)
    mono = need_mono_16k(audio)
    found = spans(audio, report=part_of(report, 0.0, DETECTED), longest_s=LONGEST_S, join_s=JOIN_S)
    if not found:
        report(1.0)
        return Transcript(language or "", (), () if translate else None)
    language = language or _language(listener, mono, found)
    must_translate = translate and language != ENGLISH
    if must_translate and not listener.translates:
        message = "This model cannot translate; install one that can: `woodshed models pull whisper-small`"
        raise ValueError(message)
    middle = (1 + DETECTED) / 2 if must_translate else 1.0
    segments = _heard(listener, mono, found, language, part_of(report, DETECTED, middle))
    if not must_translate:
        return Transcript(language, segments, segments if translate else None)
    english = _heard(listener, mono, found, language, part_of(report, middle, 1.0), translate=True)
    return Transcript(language, segments, english)


def _language(listener: Listener, mono: Samples, found: Sequence[Span]) -> str:
    """The likeliest in the first, the middle and the last stretch together."""
    asked = {number * (len(found) - 1) // (ASKED - 1) for number in range(ASKED)}
    total: dict[str, float] = {}
    for number in sorted(asked):
        for code, probability in listener.likely_languages(_part(mono, found[number])).items():
            total[code] = total.get(code, 0.0) + probability
    return max(total, key=lambda code: total[code])


def _heard(
    listener: Listener, mono: Samples, found: Sequence[Span], language: str, report: Report, *, translate: bool = False
) -> tuple[Segment, ...]:
    out: list[Segment] = []
    for number, span in enumerate(found):
        report(number / len(found))
        heard = listener.heard(_part(mono, span), language=language, translate=translate)
        out += [_at(segment, span) for segment in heard if segment.text]
    report(1.0)
    return tuple(out)


def _part(mono: Samples, span: Span) -> Samples:
    return np.array(mono[span.first : span.last], np.float32)


def _at(segment: Segment, span: Span) -> Segment:
    """In times of the recording, within the stretch."""

    def moved(time_s: float) -> float:
        return span.start_s + min(max(time_s, 0.0), span.duration_s)

    words: list[Word] = []
    for word in segment.words:
        start_s = max(moved(word.start_s), words[-1].start_s if words else 0.0)
        words.append(replace(word, start_s=start_s, end_s=max(moved(word.end_s), start_s)))
    return Segment(segment.text, moved(segment.start_s), moved(segment.end_s), tuple(words))
