"""Word error of the embedded recogniser, of voices of the flite program, clean and in noise, with the pace it works at.

`recording` measures one recording whose words are known, for --real.
"""

import re
import time
from collections.abc import Iterator

import numpy as np
import soxr

from bench.quality.material.noise import mixed, noises
from bench.quality.table import Figure
from models.base import Audio, Samples, Transcript
from models.speech import flite
from models.transcription.activity import RATE_HZ
from models.transcription.embedded import EmbeddedRecogniser

VOICES = {"A": "rms", "B": "slt"}
# Harvard sentences (IEEE 1969), lists 1 and 2
SENTENCES = {
    "A": (
        "The birch canoe slid on the smooth planks.",
        "Glue the sheet to the dark blue background.",
        "It is easy to tell the depth of a well.",
        "These days a chicken leg is a rare dish.",
        "Rice is often served in round bowls.",
        "The juice of lemons makes fine punch.",
        "The box was thrown beside the parked truck.",
        "The hogs were fed chopped corn and garbage.",
        "Four hours of steady work faced us.",
        "A large size in stockings is hard to sell.",
    ),
    "B": (
        "The boy was there when the sun rose.",
        "A rod is used to catch pink salmon.",
        "The source of the huge river is the clear spring.",
        "Kick the ball straight and follow through.",
        "Help the woman get back to her feet.",
        "A pot of tea helps to pass the evening.",
        "Smoky fires lack flame and heat.",
        "The soft cushion broke the man's fall.",
        "The salt breeze came across from the sea.",
        "The girl at the booth sold fifty bonds.",
    ),
}
PAUSE_S = 0.8
SNR_DB = 15.0
MOST_ERRORS, MOST_OF_A_RECORDING, MOST_TIME = 0.30, 0.25, 0.7
ABBREVIATED = {"mr": "mister", "mrs": "missus", "dr": "doctor"}


def measure(set_name: str) -> Iterator[Figure]:
    voice = VOICES[set_name]
    if voice not in flite.voices():
        return
    spoken, pause = [], np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
    for sentence in SENTENCES[set_name]:
        spoken += [_at_rate(flite.speak(sentence, voice)), pause]
    clean, expected = np.concatenate(spoken), " ".join(SENTENCES[set_name])
    started = time.monotonic()
    found = _heard(clean)
    took = (time.monotonic() - started) / (clean.size / RATE_HZ)
    yield _figure(f"voice {voice}, word error", word_error(expected, text_of(found)), MOST_ERRORS)
    yield _figure(f"voice {voice}, seconds for one second", took, MOST_TIME)
    for kind, noise in noises(set_name, clean.size, RATE_HZ).items():
        error = word_error(expected, text_of(_heard(mixed(clean, noise, SNR_DB))))
        yield _figure(f"voice {voice} in {kind} at {SNR_DB:g} dB, word error", error, None)


def recording(name: str, audio: Audio, transcript: str) -> Iterator[Figure]:
    """Of a recording of English speech."""
    error = word_error(transcript, text_of(_heard(_at_rate(audio))))
    yield _figure(f"{name}, word error", error, MOST_OF_A_RECORDING)


def word_error(expected: str, got: str) -> float:
    """Words that must be replaced, added or taken away, per word that was said."""
    said, heard = normalised(expected), normalised(got)
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for n, other in enumerate(heard, 1):
            before, row[n] = row[n], min(row[n] + 1, row[n - 1] + 1, before + (word != other))
    return row[-1] / max(len(said), 1)


def normalised(text: str) -> list[str]:
    words = re.findall(r"[a-z0-9']+", text.lower().replace("’", "'"))
    return [ABBREVIATED.get(word, word) for word in words]


def text_of(found: Transcript) -> str:
    return " ".join(segment.text for segment in found.segments)


def _heard(mono: Samples) -> Transcript:
    audio = Audio(mono[None], RATE_HZ)
    return EmbeddedRecogniser().transcribe(audio, language="en", translate=False, report=lambda _fraction: None)


def _at_rate(audio: Audio) -> Samples:
    return np.asarray(soxr.resample(audio.samples.mean(axis=0), audio.rate_hz, RATE_HZ), np.float32)


def _figure(metric: str, got: float, target: float | None) -> Figure:
    return Figure(metric, got, target, higher_is_better=False)
