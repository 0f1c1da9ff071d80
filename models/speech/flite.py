"""flite (BSD), a program that speaks English in voices built from recordings."""

import functools
import shutil
import subprocess
import tempfile
import time
import unicodedata
from pathlib import Path

import numpy as np

from models.base import Audio
from models.speech.process import Beat, SpeechFailed, environment

PROGRAM = "flite"
VOICES = ("rms", "slt", "awb", "kal16")
LONGEST_S = 60.0  # for one sentence
POLL_S = 0.1
SLOWEST, FASTEST = 0.4, 3.0
Phone = tuple[str, float]


@functools.cache
def voices() -> tuple[str, ...]:
    """The voices of the flite on PATH; empty without it."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ()
    try:
        listed = subprocess.run(  # noqa: S603 - a list of our own
            [program, "-lv"], capture_output=True, text=True, timeout=LONGEST_S, check=False, env=environment()
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(voice for voice in VOICES if voice in listed.split())


def speak(text: str, voice: str, *, rate: float = 1.0, beat: Beat = lambda: None) -> Audio:
    """One sentence as mono speech, shape (1, frames), at 16 kHz; `rate` 1.0 is the voice's own speed.

    Letters beyond ASCII lose their accents, others go. `beat` is called while waiting, and ends the program when it
    raises. Raises SpeechFailed.
    """
    return _spoken(text, voice, rate, beat)[0]


def speak_timed(text: str, voice: str, *, rate: float = 1.0, beat: Beat = lambda: None) -> tuple[Audio, list[Phone]]:
    """As `speak`, and its phones with the times of their ends in seconds, pauses ("pau") included."""
    speech, said = _spoken(text, voice, rate, beat)
    phones = (word.rpartition(":") for word in said.split())
    return speech, [(name, float(end_s)) for name, _, end_s in phones]


def _spoken(text: str, voice: str, rate: float, beat: Beat) -> tuple[Audio, str]:
    """The speech, and what the program printed: its phones."""
    import soundfile

    program = shutil.which(PROGRAM)
    if program is None or voice not in voices():
        message = f"No speech: flite has no voice {voice}"
        raise SpeechFailed(message)
    stretch = 1 / min(max(rate, SLOWEST), FASTEST)
    with tempfile.TemporaryDirectory(prefix="speech-") as folder:
        written, spoken = Path(folder) / "text", Path(folder) / "speech.wav"
        written.write_text(_ascii(text) + "\n", encoding="ascii")
        command = [
            program,
            "-psdur",
            "-voice",
            voice,
            "--setf",
            f"duration_stretch={stretch:.4f}",
            "-f",
            written,
            "-o",
            spoken,
        ]
        said = _run([str(word) for word in command], beat, Path(folder) / "phones")
        try:
            samples, rate_hz = soundfile.read(spoken, dtype="float32")
        except (OSError, RuntimeError) as error:
            raise SpeechFailed("flite gave no speech") from error
    return Audio(np.atleast_2d(samples).astype(np.float32), int(rate_hz)), said


def _run(command: list[str], beat: Beat, printed: Path) -> str:
    """What it prints; a file cannot fill up as a pipe does."""
    until = time.monotonic() + LONGEST_S
    with (
        printed.open("wb") as out,
        subprocess.Popen(  # noqa: S603 - a list of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        ) as process,
    ):
        try:
            while True:
                try:
                    status = process.wait(POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    beat()
                if time.monotonic() > until:
                    raise SpeechFailed("flite takes too long")
        finally:
            process.kill()
    if status != 0:
        raise SpeechFailed("flite ended with an error")
    return printed.read_text(encoding="ascii", errors="replace")


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("–", ","))
    return "".join(character for character in plain if " " <= character <= "~") or "."
