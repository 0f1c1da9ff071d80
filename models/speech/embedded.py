"""Speech without weights: flite for English where it is on PATH, else espeak-ng; voices made of them by WORLD."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.base import Audio, Report, Samples, Voice
from models.speech import espeak, flite
from models.speech.espeak import Espeak
from models.speech.finish import levelled, resampled, silence, trimmed
from models.speech.process import Beat, SpeechFailed
from models.speech.text import Sentence, sentences
from models.speech.timbre import changed

RATE_HZ = 24_000
WORDS_PER_MINUTE = 152  # of espeak-ng at rate 1.0
SLOWEST, FASTEST = 0.5, 2.0
FLITE_OF = {"female": "slt", "male": "rms"}
VARIANT_OF = {"female": "shed-woman", "male": "shed-man"}
NEUTRAL = "neutral"
# espeak-ng's tag where it is not the ISO 639-1 code, or where one of several regions is usual.
TAGS = {"en": "en-us", "zh": "cmn", "no": "nb", "pt": "pt-br", "fr": "fr-fr"}
CODES = {"cmn": "zh"}
ISO_639_1 = 2  # letters


@dataclass(frozen=True, slots=True)
class Manner:
    """How a voice speaks. flite: its voice or empty; espeak: a tag and a variant, such as en-us+shed-man."""

    flite: str
    espeak: str
    rate: float
    pitch_semitones: float
    formant_ratio: float
    breath: float

    @classmethod
    def of(cls, voice: Voice, language: str, tags: tuple[str, ...]) -> "Manner":
        """From a voice's parameters; what they do not say follows from its gender. Raises ValueError for wrong ones."""
        given: Mapping[str, Any] = voice.parameters.get("speech", {})
        base = language.split("-", 1)[0].lower()
        tag, _, variant = str(given.get("espeak", "")).partition("+")
        if not _is_of(tag, base):
            tag = _tag(language, voice.language, tags)
        variant = variant or VARIANT_OF.get(voice.gender, VARIANT_OF["male"])
        speaker = str(given.get("flite", FLITE_OF.get(voice.gender, "slt"))) if base == "en" else ""
        return cls(
            speaker if speaker in flite.voices() else "",
            f"{tag}+{variant}",
            min(max(float(given.get("rate", 1.0)), SLOWEST), FASTEST),
            float(given.get("pitch_semitones", 0.0)),
            float(given.get("formant_ratio", 1.0)),
            float(given.get("breath", 0.0)),
        )


def _is_of(tag: str, base: str) -> bool:
    first = tag.split("-", 1)[0].lower()
    return bool(tag) and CODES.get(first, first) == base


def _tag(language: str, of_voice: str, tags: tuple[str, ...]) -> str:
    """espeak-ng's tag for a language: the region asked for, the voice's own, the usual one, any."""
    base = language.split("-", 1)[0].lower()
    for wanted in (language.lower(), of_voice.lower() if _is_of(of_voice, base) else "", TAGS.get(base, base), base):
        if wanted in tags and wanted not in TAGS:
            return wanted
    return next((tag for tag in tags if _is_of(tag, base)), TAGS.get(base, base))


def _languages() -> tuple[str, ...]:
    """ISO 639-1 codes of espeak-ng's languages; English alone where only flite is there, none without both."""
    firsts = {tag.split("-", 1)[0] for tag in espeak.tags()} | ({"en"} if flite.voices() else set())
    codes = {CODES.get(first, first) for first in firsts}
    return tuple(sorted(code for code in codes if len(code) == ISO_639_1))


class EmbeddedSpeech:
    """`SpeechSynthesiser` at 24 kHz. Keeps nothing: each text has a process of its own."""

    rate_hz = RATE_HZ

    def __init__(self) -> None:
        self.languages: tuple[str, ...] = _languages()

    def speak(self, text: str, *, voice: Voice, language: str, seed: int = 0, report: Report) -> Iterator[Samples]:
        """See the Protocol. `voice.parameters["speech"]` may hold flite, espeak, rate, pitch_semitones, formant_ratio
        and breath. Each sentence is at -19 LUFS, no true peak above -1 dBTP. The same text sounds the same: `seed` is
        not needed. Raises SpeechFailed besides, where a program is missing or dies.
        """
        del seed
        base = language.split("-", 1)[0].lower()
        if base not in (known := self.languages):
            if not known:
                raise SpeechFailed("No speech: neither flite nor the package espeakng-loader is there")
            message = f"No voice speaks {language}"
            raise ValueError(message)
        manner = Manner.of(voice, language, espeak.tags())
        return _spoken(sentences(text, language), manner, report)


def _spoken(said: list[Sentence], manner: Manner, report: Report) -> Iterator[Samples]:
    whole = sum(len(sentence.text) for sentence in said)
    done = 0

    def beat() -> None:
        report(done / whole)

    beat()
    with contextlib.ExitStack() as stack:
        process = None if manner.flite else stack.enter_context(espeak.opened(beat))
        for sentence in said:
            raw = _one(sentence.text, manner, process, beat)
            yield _ready(raw, manner, sentence.pause_s)
            done += len(sentence.text)
            beat()


def _one(text: str, manner: Manner, process: Espeak | None, beat: Beat) -> Audio:
    if process is None:
        return flite.speak(text, manner.flite, rate=manner.rate, beat=beat)
    return process.speak(text, manner.espeak, rate_wpm=WORDS_PER_MINUTE * manner.rate)


def _ready(raw: Audio, manner: Manner, pause_s: float) -> Samples:
    heard = changed(
        trimmed(raw),
        pitch_semitones=manner.pitch_semitones,
        formant_ratio=manner.formant_ratio,
        breath=manner.breath,
    )
    loud = levelled(resampled(heard, RATE_HZ))
    return np.concatenate([loud, silence(pause_s / manner.rate, RATE_HZ)], axis=1)
