"""A line spoken by the voice's own synthesiser, with the times of its sounds."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from models.base import Audio, Voice
from models.lyrics import pronunciation
from models.singing.align import spread, words_of
from models.singing.phones import ARPA_DIPHTHONGS, ARPA_VOWELS, Kind, Phone, arpa_kind, ipa
from models.singing.words import language_of, spoken
from models.speech import espeak, flite
from models.speech.embedded import FLITE_OF, WORDS_PER_MINUTE, EmbeddedSpeech, Manner
from models.speech.espeak import Espeak, Timed
from models.speech.process import Beat, SpeechFailed

SLOWLY = 0.8  # vowels are whole then
# What stands for a word that cannot be spoken.
HUMMED = {
    "en": "uh", "zh": "啊", "ja": "あ", "ko": "아", "ru": "а", "uk": "а", "bg": "а", "sr": "а", "mk": "а", "be": "а",
    "el": "α", "ar": "آ", "fa": "آ", "ur": "آ", "he": "אה", "hi": "आ", "mr": "आ", "ne": "आ", "bn": "আ", "ta": "ஆ",
    "te": "ఆ", "kn": "ಆ", "ml": "ആ", "gu": "આ", "pa": "ਆ", "si": "ආ", "ka": "ა", "hy": "ա", "am": "አ", "my": "အာ",
}  # fmt: skip
USUAL = "en"
HUMMED_ELSEWHERE = "a"
LONGEST_PHONE_S = 2.0
LOWEST_FEMALE_HZ = 155.0  # median pitch of speech
STATISTICAL = ("rms", "slt", "awb")  # of flite's voices


@dataclass(frozen=True, slots=True)
class Spoken:
    """audio: mono speech; phones: in order, pauses between them; a word without any could not be spoken.

    is_blurred: by a statistical voice, whose formants are flatter than people's.
    """

    audio: Audio
    phones: tuple[Phone, ...]
    is_blurred: bool = False


class Speaker:
    """Speaks for one call; holds one espeak-ng at most. A context manager, whose end ends that process."""

    def __init__(self, voice: Voice, beat: Beat) -> None:
        self._voice, self._beat = _nearest(voice), beat
        self._known = frozenset(EmbeddedSpeech().languages)
        base = voice.language.split("-", 1)[0].lower()
        self._tag = voice.language if base in self._known else USUAL  # a voice of another language sings English
        self._language = self._tag.split("-", 1)[0].lower()
        self._stack = contextlib.ExitStack()
        self._espeak: Espeak | None = None
        self._manners: dict[str, Manner] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def manner(self, language: str = "") -> Manner:
        """How the voice speaks a language; empty: its own."""
        wanted = language or self._language
        if wanted not in self._manners:
            named = self._tag if wanted == self._language else wanted
            self._manners[wanted] = Manner.of(self._voice, named, espeak.tags())
        return self._manners[wanted]

    def speak(self, words: Sequence[str]) -> list[tuple[range, Spoken]]:
        """Runs of words of one language, and how they are spoken; the words' numbers are those in `words`."""
        languages = [language_of(word, self._language) for word in words]
        for number, word in enumerate(words):  # what has no letters goes with its neighbour
            if number and not any(character.isalpha() for character in word):
                languages[number] = languages[number - 1]
        found, first = [], 0
        for last in range(1, len(words) + 1):
            if last == len(words) or languages[last] != languages[first]:
                found.append((range(first, last), self._run(words, range(first, last), languages[first])))
                first = last
        return found

    def _run(self, words: Sequence[str], run: range, language: str) -> Spoken:
        said = spoken([words[number] for number in run], language)
        if language not in self._known:  # nobody reads the script
            language, said = self._language, [""] * len(run)
        hum = HUMMED.get(language, HUMMED_ELSEWHERE)
        texts = [text or hum for text in said]
        found = self._spoken(texts, language)
        there = {phone.word for phone in found.phones}
        missing = [number for number in range(len(run)) if number not in there]
        if missing:
            found = self._spoken([hum if number in missing else text for number, text in enumerate(texts)], language)
        if not found.phones and language != USUAL:  # a language of which only the name is there
            return self._run(words, run, USUAL)
        return replace(found, phones=tuple(replace(phone, word=run[phone.word]) for phone in found.phones))

    def _spoken(self, texts: Sequence[str], language: str) -> Spoken:
        manner = self.manner(language)
        return self._by_flite(texts, manner) if manner.flite else self._by_espeak(texts, manner)

    def _by_flite(self, texts: Sequence[str], manner: Manner) -> Spoken:
        speech, timed = flite.speak_timed(" ".join(texts), manner.flite, rate=SLOWLY * manner.rate, beat=self._beat)
        expected = [
            (_arpa(sound), number) for number, text in enumerate(texts) for sound in pronunciation.phonemes(text)
        ]
        stresses = [[2 if level == 1 else min(level, 1) for level in pronunciation.stresses(text)] for text in texts]
        starts = [0.0, *(end_s for _, end_s in timed)]
        heard = [(name, start_s, end_s) for (name, end_s), start_s in zip(timed, starts, strict=False) if name != "pau"]
        if not heard:
            return Spoken(speech, ())
        words = words_of([name for name, _, _ in heard], expected) if expected else [0] * len(heard)
        phones, counts = [], [0] * len(texts)
        for (name, start_s, end_s), word in zip(heard, words, strict=True):
            stress = 0
            if name in ARPA_VOWELS:
                known = stresses[word]
                stress = known[counts[word]] if counts[word] < len(known) else 0
                counts[word] += 1
            phones.append(Phone(name, arpa_kind(name), word, start_s, end_s, stress, name in ARPA_DIPHTHONGS))
        return Spoken(speech, tuple(phones), manner.flite in STATISTICAL)

    def _by_espeak(self, texts: Sequence[str], manner: Manner) -> Spoken:
        if self._espeak is None:
            self._espeak = self._stack.enter_context(espeak.opened(self._beat))
        rate_wpm = WORDS_PER_MINUTE * manner.rate * SLOWLY
        speech, timed = self._espeak.speak_timed(" ".join(texts), manner.espeak, rate_wpm=rate_wpm)
        if not speech.samples.shape[1]:
            raise SpeechFailed("espeak-ng gave no speech")
        return Spoken(speech, tuple(spread(_phones(timed, texts, speech.duration_s), len(texts))))


def _nearest(voice: Voice) -> Voice:
    """Whose speaker is like a voice that is called neither male nor female, and names none, its pitch tells."""
    if voice.parameters.get("speech") or voice.gender in FLITE_OF:
        return voice
    return replace(voice, gender="female" if voice.profile.pitch_hz >= LOWEST_FEMALE_HZ else "male")


def _arpa(sound: str) -> str:
    """As flite writes what the dictionary has, such as AH0."""
    return "ax" if sound == "AH0" else sound.rstrip("012").lower()


def _phones(timed: Sequence[Timed], texts: Sequence[str], duration_s: float) -> list[Phone]:
    firsts, at = [], 0
    for text in texts:
        firsts.append(at)
        at += len(text) + 1
    found: list[Phone] = []
    word = 0
    for number, event in enumerate(timed):
        if event.is_word:
            # Numbers and compounds have several events; none goes back.
            word = max(word, max((n for n, first in enumerate(firsts) if first <= event.position), default=0))
            continue
        name, kind, stress, glides = ipa(event.name)
        later = (other.start_s for other in timed[number + 1 :] if not other.is_word)
        end_s = min(next(later, duration_s), event.start_s + LONGEST_PHONE_S)
        if kind is not Kind.PAUSE and end_s > event.start_s:
            found.append(Phone(name, kind, word, event.start_s, end_s, stress, glides))
    return found
