"""Speech with known words: `flite` where it is on PATH, else espeak-ng from the wheel espeakng-loader."""

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

from models.base import Audio, Samples

VOICES = {"A": ("rms", "slt"), "B": ("awb", "kal16")}
ESPEAK_VOICES = {"A": ("en-us", "en-us+f3"), "B": ("en-gb", "en-gb+f2")}
# From the Harvard sentences (IEEE 1969, public domain): lists 1 and 2 for A, 3 and 4 for B.
TEXTS = {
    "A": (
        "The birch canoe slid on the smooth planks.",
        "Glue the sheet to the dark blue background.",
        "It's easy to tell the depth of a well.",
        "These days a chicken leg is a rare dish.",
        "Rice is often served in round bowls.",
        "The juice of lemons makes fine punch.",
        "The box was thrown beside the parked truck.",
        "The hogs were fed chopped corn and garbage.",
        "Four hours of steady work faced us.",
        "A large size in stockings is hard to sell.",
        "The boy was there when the sun rose.",
        "A rod is used to catch pink salmon.",
    ),
    "B": (
        "The small pup gnawed a hole in the sock.",
        "The fish twisted and turned on the bent hook.",
        "Press the pants and sew a button on the vest.",
        "The swan dive was far short of perfect.",
        "The beauty of the view stunned the young boy.",
        "Two blue fish swam in the tank.",
        "Her purse was full of useless trash.",
        "The colt reared and threw the tall rider.",
        "It snowed, rained, and hailed the same morning.",
        "Read verse out loud for pleasure.",
        "Hoist the load to your left shoulder.",
        "Take the winding path to reach the lake.",
    ),
}


def sentences(set_name: str, count: int, rate_hz: int = 16_000, *, per_clip: int = 2) -> list[Audio]:
    """Mono clips of `per_clip` sentences each (4 to 6 s), 0.5 s of silence before, peak 0.5, voices taking turns."""
    texts, voices = TEXTS[set_name], (VOICES if has_flite() else ESPEAK_VOICES)[set_name]
    clips = []
    for number in range(count):
        words = [texts[(number * per_clip + step) % len(texts)] for step in range(per_clip)]
        said = spoken(" ".join(words), voices[number % len(voices)])
        samples = soxr.resample(said.samples[0], said.rate_hz, rate_hz)
        samples = np.concatenate([np.zeros(rate_hz // 2), samples]) * (0.5 / np.abs(samples).max())
        clips.append(Audio(samples.astype(np.float32)[None], rate_hz))
    return clips


def has_flite() -> bool:
    return shutil.which("flite") is not None


@functools.cache
def spoken(text: str, voice: str) -> Audio:
    """A text as mono speech at the synthesiser's own rate."""
    if has_flite():
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            command = ["flite", "-voice", voice, "-t", text, "-o", file.name]
            subprocess.run(command, check=True, capture_output=True)
            samples, rate_hz = soundfile.read(Path(file.name), dtype="float32")
        return Audio(samples[None], rate_hz)
    return _espeak(text, voice)


def _espeak(text: str, voice: str) -> Audio:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    synchronous, utf8 = 2, 1
    heard: list[Samples] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def take(wave: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if wave and count:
            heard.append(np.ctypeslib.as_array(wave, (count,)).astype(np.float32) / 32768)
        return 0

    rate_hz = library.espeak_Initialize(synchronous, 0, str(espeakng_loader.get_data_path()).encode(), 0)
    library.espeak_SetSynthCallback(take)
    library.espeak_SetVoiceByName(voice.encode())
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 0, 0, utf8, None, None)
    library.espeak_Synchronize()
    return Audio(np.concatenate(heard)[None], rate_hz)
