"""Intelligibility of the built-in voices: words that the built-in recogniser gets wrong, and the speed."""

import importlib.util
import re
from collections.abc import Iterator, Sequence

import numpy as np
import soxr

from app.contract.voices import shipped_voices
from bench.quality.metrics import real_time_factor
from bench.quality.table import Figure
from models.base import Audio, Samples, Voice, VoiceProfile
from models.speech import flite
from models.speech.embedded import EmbeddedSpeech
from models.transcription.embedded import EmbeddedRecogniser

HEARD_HZ = 16_000
UNMEASURED = VoiceProfile(0.0, 0.0, (), ())
# From the Harvard sentences (IEEE 1969, public domain): lists 1 and 2, by which espeak-ng's variants were tuned, for A;
# 3 and 4 for B.
SENTENCES = {
    "A": (
        "The birch canoe slid on the smooth planks.", "Glue the sheet to the dark blue background.",
        "It's easy to tell the depth of a well.", "These days a chicken leg is a rare dish.",
        "Rice is often served in round bowls.", "The juice of lemons makes fine punch.",
        "The box was thrown beside the parked truck.", "The hogs were fed chopped corn and garbage.",
        "Four hours of steady work faced us.", "A large size in stockings is hard to sell.",
        "The boy was there when the sun rose.", "A rod is used to catch pink salmon.",
        "The source of the huge river is the clear spring.", "Kick the ball straight and follow through.",
        "Help the woman get back to her feet.", "A pot of tea helps to pass the evening.",
        "Smoky fires lack flame and heat.", "The soft cushion broke the man's fall.",
        "The salt breeze came across from the sea.", "The girl at the booth sold fifty bonds.",
    ),
    "B": (
        "The small pup gnawed a hole in the sock.", "The fish twisted and turned on the bent hook.",
        "Press the pants and sew a button on the vest.", "The swan dive was far short of perfect.",
        "The beauty of the view stunned the young boy.", "Two blue fish swam in the tank.",
        "Her purse was full of useless trash.", "The colt reared and threw the tall rider.",
        "It snowed, rained, and hailed the same morning.", "Read verse out loud for pleasure.",
        "Hoist the load to your left shoulder.", "Take the winding path to reach the lake.",
        "Note closely the size of the gas tank.", "Wipe the grease off his dirty face.",
        "Mend the coat before you go out.", "The wrist was badly strained and hung limp.",
        "The stray cat gave birth to kittens.", "The young girl gave no clear response.",
        "The meal was cooked before the bell rang.", "What joy there is in living.",
    ),
}  # fmt: skip
BEST, DEFAULT_WITHOUT_FLITE = "rowan", ("rowan", "linnea")
WORST_OF_BEST, HIGHEST_RTF = 0.25, 0.3


def measure(set_name: str) -> list[Figure]:
    return list(_figures(SENTENCES[set_name]))


def _figures(texts: Sequence[str]) -> Iterator[Figure]:
    recogniser = EmbeddedRecogniser()
    voices = [
        Voice(shipped.id, shipped.name, shipped.gender, shipped.language, UNMEASURED, None, shipped.parameters)
        for shipped in shipped_voices().values()
    ]
    english = [voice for voice in voices if voice.language.startswith("en")]
    if flite.voices():
        for voice in english:
            target = WORST_OF_BEST if voice.id == BEST else None
            rate = _error_rate(recogniser, voice, texts)
            yield Figure(f"Word error, {voice.name}, flite", rate, target, higher_is_better=False)
    if importlib.util.find_spec("espeakng_loader"):
        for voice in english:
            if voice.id in DEFAULT_WITHOUT_FLITE:
                rate = _error_rate(recogniser, _without_flite(voice), texts)
                yield Figure(f"Word error, {voice.name}, espeak-ng", rate, higher_is_better=False)
    slowest = next(voice for voice in english if "formant_ratio" in voice.parameters["speech"])
    for name, voice in (("a plain voice", english[0]), ("a changed voice", slowest)):
        sound = _spoken(voice, " ".join(texts))
        rtf = real_time_factor(lambda voice=voice: _spoken(voice, " ".join(texts)), sound.duration_s)  # type: ignore[misc]
        yield Figure(f"Real-time factor, {name}", rtf, HIGHEST_RTF, higher_is_better=False)


def _without_flite(voice: Voice) -> Voice:
    speech = {**voice.parameters["speech"], "flite": ""}
    return Voice(voice.id, voice.name, voice.gender, voice.language, UNMEASURED, None, {"speech": speech})


def _spoken(voice: Voice, text: str) -> Audio:
    parts = EmbeddedSpeech().speak(text, voice=voice, language="en", report=lambda _fraction: None)
    return Audio(np.concatenate(list(parts), axis=1), EmbeddedSpeech.rate_hz)


def _error_rate(recogniser: EmbeddedRecogniser, voice: Voice, texts: Sequence[str]) -> float:
    """Word errors per word: each sentence heard by itself, with half a second of silence around it."""
    errors = words = 0
    silence: Samples = np.zeros(HEARD_HZ // 2, np.float32)
    for text in texts:
        said = _spoken(voice, text)
        sound = soxr.resample(said.samples[0], said.rate_hz, HEARD_HZ)
        heard = Audio(np.concatenate([silence, sound, silence])[None].astype(np.float32), HEARD_HZ)
        found = recogniser.transcribe(heard, language="en", translate=False, report=lambda _fraction: None)
        wanted, got = _words(text), _words(" ".join(segment.text for segment in found.segments))
        errors += _distance(wanted, got)
        words += len(wanted)
    return errors / words


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def _distance(wanted: Sequence[str], got: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(got, start=1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
    return row[-1]
