"""espeak-ng (GPL-3) from the wheel espeakng-loader, in a process of its own; more than 100 languages."""

import contextlib
import functools
import importlib.util
import json
import os
import re
import selectors
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.base import Audio
from models.speech.process import Beat, SpeechFailed, environment
from models.speech.variants import VARIANTS

PACKAGE = "espeakng_loader"
PROGRAM = Path(__file__).with_name("espeak_process.py")
LIBRARIES = ("libespeak-ng.so", "libespeak-ng.dylib", "espeak-ng.dll")
VOICE = re.compile(r"[A-Za-z0-9-]{1,30}(\+[A-Za-z0-9_-]{1,30})?")
LONGEST_S = 60.0  # for one sentence
POLL_S = 0.1
SLOWEST_WPM, FASTEST_WPM = 80, 450
LENGTH = struct.Struct("<I")
FAILED = 2**32 - 1
READ_BYTES = 1 << 16
WORD = 1  # espeakEVENT_WORD
TIE = "^"  # between the letters of one phoneme


def is_there() -> bool:
    """Whether the wheel is installed; nothing of it is imported."""
    return importlib.util.find_spec(PACKAGE) is not None


def _installed() -> tuple[Path, Path]:
    """The library and its data. Raises SpeechFailed."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for name in LIBRARIES:
            if (Path(folder) / name).is_file():
                return Path(folder) / name, Path(folder) / "espeak-ng-data"
    raise SpeechFailed("No speech: the package espeakng-loader is missing")


@functools.cache
def tags() -> tuple[str, ...]:
    """The language tags of espeak-ng, such as en-us; empty without the wheel."""
    if not is_there():
        return ()
    with opened() as espeak:
        return tuple(espeak.tags())


@contextlib.contextmanager
def opened(beat: Beat = lambda: None) -> Iterator["Espeak"]:
    """An espeak-ng of one's own, which ends with the block. `beat` is called while waiting and may raise."""
    library, data = _installed()
    with tempfile.TemporaryDirectory(prefix="speech-") as folder:
        home = _with_own_variants(data, Path(folder))
        command = [sys.executable, "-I", str(PROGRAM), str(library), str(home)]
        with subprocess.Popen(  # noqa: S603 - a list of our own
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment(),
            start_new_session=True,
        ) as process:
            try:
                yield Espeak(process, beat)
            finally:
                process.kill()


def _with_own_variants(data: Path, folder: Path) -> Path:
    """The data with our variants of voices beside its own; its path is short, of which espeak-ng keeps 160 bytes."""
    home = folder / "espeak-ng-data"
    home.mkdir()
    for entry in data.iterdir():
        if entry.name != "voices":
            try:
                (home / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
            except OSError:  # Windows lets few make links
                (shutil.copytree if entry.is_dir() else shutil.copyfile)(entry, home / entry.name)
    shutil.copytree(data / "voices", home / "voices")
    for name, variant in VARIANTS.items():
        (home / "voices" / "!v" / name).write_text(variant.lines(name), encoding="ascii")
    return home


@dataclass(frozen=True, slots=True)
class Timed:
    """is_word: a word begins at the character `position` of the text; else the phoneme `name` (IPA) begins."""

    is_word: bool
    position: int
    start_s: float
    name: str


class Espeak:
    """Talks to one process. Raises SpeechFailed where it dies or takes too long."""

    def __init__(self, process: "subprocess.Popen[bytes]", beat: Beat) -> None:
        self._process = process
        self._beat = beat
        self._rate_hz: int | None = None

    @property
    def rate_hz(self) -> int:
        if self._rate_hz is None:
            self._rate_hz = int(json.loads(self._ask(do="rate")))
        return self._rate_hz

    def tags(self) -> list[str]:
        return list(json.loads(self._ask(do="voices")))

    def speak(self, text: str, voice: str, *, rate_wpm: float, pitch: int = 50, pitch_range: int = 50) -> Audio:
        """Mono, shape (1, frames). `pitch` and `pitch_range`: 0 to 99. Raises ValueError for an unknown voice."""
        rate = round(min(max(rate_wpm, SLOWEST_WPM), FASTEST_WPM))
        said = self._ask(do="speak", voice=_checked(voice), text=text, rate_wpm=rate, pitch=pitch, range=pitch_range)
        return Audio((np.frombuffer(said, "<i2").astype(np.float32) / np.float32(32768))[None], self.rate_hz)

    def speak_timed(self, text: str, voice: str, *, rate_wpm: float) -> tuple[Audio, list[Timed]]:
        """As `speak`, and where in it the words and phonemes begin."""
        rate = round(min(max(rate_wpm, SLOWEST_WPM), FASTEST_WPM))
        said = self._ask(do="timed", voice=_checked(voice), text=text, rate_wpm=rate, pitch=50, range=50)
        events, _, samples = said.partition(b"\0")
        heard = Audio((np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(32768))[None], self.rate_hz)
        told = json.loads(events)
        return heard, [
            Timed(kind == WORD, max(at - 1, 0), sample / self.rate_hz, name) for kind, at, sample, name in told
        ]

    def phonemes(self, text: str, voice: str) -> str:
        """The text in the International Phonetic Alphabet, TIE within diphthongs and affricates, no punctuation."""
        return self._ask(do="phonemes", voice=_checked(voice), text=text).decode("utf-8", "replace")

    def _ask(self, **asked: Any) -> bytes:  # noqa: ANN401 - JSON
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise SpeechFailed("The speech process has ended") from error
        until = time.monotonic() + LONGEST_S
        (size,) = LENGTH.unpack(self._read(LENGTH.size, until))
        if size == FAILED:
            message = f"espeak-ng could not do this with {asked.get('voice', 'its voices')}"
            raise ValueError(message)
        return self._read(size, until)

    def _read(self, size: int, until: float) -> bytes:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        found = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while len(found) < size:
                if selector.select(POLL_S):
                    part = os.read(pipe, min(size - len(found), READ_BYTES))
                    if not part:
                        raise SpeechFailed("The speech process has ended")
                    found += part
                elif time.monotonic() > until:
                    raise SpeechFailed("The speech process takes too long")
                else:
                    self._beat()
        return bytes(found)


def _checked(voice: str) -> str:
    """The name of a voice: it becomes a path in espeak-ng."""
    if not VOICE.fullmatch(voice):
        message = f"no name of a voice: {voice!r}"
        raise ValueError(message)
    return voice
