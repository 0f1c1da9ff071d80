"""English speech to text without weights to pull: Silero VAD, then PocketSphinx (Huggins-Daines et al. 2006)."""

import contextlib
import json
import os
import queue
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples, Segment, Transcript, Word, part_of
from models.speech.process import environment
from models.transcription.activity import Span, need_mono_16k, spans
from models.transcription.noise import denoised, is_noisy

PROCESSES = 2
DETECTED = 0.05  # share of the progress
POLL_S = 0.2
FULL_SCALE, PEAK, MOST_GAIN = 32_767, 0.7, 100.0
PROGRAM = Path(__file__).with_name("sphinx_process.py")
ENGLISH = "en"


class RecogniserDied(Exception):
    """Its process ended before it answered."""


class EmbeddedRecogniser:
    """`SpeechRecogniser` for English. What it cannot tell from other languages it takes for English, too."""

    languages = (ENGLISH,)
    translates = True  # its one language into itself

    def transcribe(self, audio: Audio, *, language: str | None, translate: bool, report: Report) -> Transcript:
        """Words in lower case, without punctuation. Raises ValueError for other languages and forms of audio."""
        if language not in {None, ENGLISH}:
            message = (
                f'The built-in recogniser knows English only, not "{language}";'
                " install a Whisper model: `woodshed models pull whisper-base`"
            )
            raise ValueError(message)
        mono = need_mono_16k(audio)
        found = spans(audio, report=part_of(report, 0.0, DETECTED))
        heard = _heard(mono, found, part_of(report, DETECTED, 1.0))
        segments = tuple(segment for segment in heard if segment.words)
        report(1.0)
        return Transcript(ENGLISH, segments, segments if translate else None)


def _heard(mono: Samples, found: Sequence[Span], report: Report) -> list[Segment]:
    """The spans' words, by as many processes as there is work for."""
    count = min(PROCESSES, os.cpu_count() or 1, len(found))
    if not count:
        return []
    total = sum(span.duration_s for span in found)
    noisy = is_noisy(mono)
    with _programs(count) as free, ThreadPoolExecutor(count) as pool:
        asked: dict[Future[Segment], Span] = {pool.submit(_ask, free, mono, span, noisy=noisy): span for span in found}
        waiting, done_s = set(asked), 0.0
        try:
            while waiting:
                report(done_s / total)
                done, waiting = wait(waiting, POLL_S, FIRST_COMPLETED)
                done_s += sum(asked[future].duration_s for future in done)
                for future in done:
                    future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end(free)
            raise
        return [future.result() for future in asked]


class _Programs(queue.SimpleQueue["subprocess.Popen[bytes]"]):
    """Those that have nothing to do; `all` of them."""

    def __init__(self, programs: "Sequence[subprocess.Popen[bytes]]") -> None:
        super().__init__()
        self.all = programs
        for program in programs:
            self.put(program)


@contextlib.contextmanager
def _programs(count: int) -> Iterator[_Programs]:
    """Started by the caller's own thread: they die with it."""
    free = _Programs([
        subprocess.Popen(  # noqa: S603 - a program of our own
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment() | {"OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        for _ in range(count)
    ])  # fmt: skip
    try:
        yield free
    finally:
        _end(free)


def _end(free: _Programs) -> None:
    for program in free.all:
        program.kill()
        program.wait()  # first: a pipe that a thread still reads cannot be closed without an error
        with contextlib.suppress(OSError, ValueError), program:
            continue  # leaving it closes its pipes


def _ask(free: _Programs, mono: Samples, span: Span, *, noisy: bool) -> Segment:
    heard = denoised(mono, span) if noisy else np.asarray(mono[span.first : span.last], np.float32)
    samples = _as_16_bits(heard)
    program = free.get()
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        program.stdin.write(struct.pack("<I", samples.size) + samples.tobytes())
        program.stdin.flush()
        answer = program.stdout.readline()
    except (OSError, ValueError) as error:
        raise RecogniserDied("PocketSphinx ended before it answered") from error
    finally:
        free.put(program)
    if not answer.endswith(b"\n"):
        raise RecogniserDied("PocketSphinx ended before it answered")
    return _segment(json.loads(answer), span)


def _as_16_bits(samples: Samples) -> NDArray[np.int16]:
    """Around its mean and with a usual peak: 16 bits would be coarse for a quiet voice."""
    centred = samples - samples.mean(dtype=np.float64).astype(np.float32)
    gain = min(PEAK / max(float(np.abs(centred).max(initial=0.0)), 1e-9), MOST_GAIN)
    return np.asarray(np.round(np.clip(centred * gain, -1, 1) * FULL_SCALE), "<i2")


def _segment(heard: Sequence[tuple[str, float, float, float]], span: Span) -> Segment:
    words = tuple(
        Word(_written(text), span.start_s + start_s, span.start_s + min(end_s, span.duration_s), confidence)
        for text, start_s, end_s, confidence in heard
    )
    if not words:
        return Segment("", span.start_s, span.start_s + span.duration_s)
    return Segment(" ".join(word.text for word in words), words[0].start_s, words[-1].end_s, words)


def _written(word: str) -> str:
    """The dictionary knows small letters only."""
    return word.capitalize() if word == "i" or word.startswith("i'") else word
