"""A program of its own: PocketSphinx, which holds Python's lock while it works, so that two of it need two processes.

Reads a 4-byte count, little end first, and so many 16-bit mono samples at 16 kHz, and answers each with a line of
JSON: [[word, start_s, end_s, confidence], …]. Ends with its input. It imports nothing of the rest.
"""

import contextlib
import ctypes
import json
import signal
import struct
import sys
from typing import Any, BinaryIO

FRAMES_HZ = 100
# Wider and more exact than the defaults: slower, and on some voices a third of the word errors.
BEAMS = {"beam": 1e-60, "pbeam": 1e-60, "wbeam": 1e-40, "maxhmmpf": 60_000, "maxwpf": 100, "topn": 8}
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
FILLERS = ("<", "[", "+")
Heard = list[tuple[str, float, float, float]]


def decoder() -> Any:  # noqa: ANN401 - it has no types
    from pocketsphinx import Decoder

    return Decoder(loglevel="FATAL", **BEAMS)


def words(engine: Any, samples: bytes) -> Heard:  # noqa: ANN401 - as above
    """The words of 16-bit samples, with times in seconds and confidences 0 to 1."""
    engine.start_utt()
    engine.process_raw(samples, full_utt=True)
    engine.end_utt()
    heard = []
    for part in engine.seg() or ():
        if not part.word.startswith(FILLERS):
            text = part.word.partition("(")[0]  # "the(2)": a second pronunciation
            start_s, end_s = part.start_frame / FRAMES_HZ, (part.end_frame + 1) / FRAMES_HZ
            heard.append((text, start_s, end_s, round(min(max(part.prob, 0.0), 1.0), 4)))
    return heard


def main(asked: BinaryIO, out: BinaryIO) -> None:
    engine = decoder()
    while len(head := asked.read(4)) == 4:  # noqa: PLR2004 - bytes of the count
        (count,) = struct.unpack("<I", head)
        samples = asked.read(2 * count)
        out.write(json.dumps(words(engine, samples)).encode() + b"\n")
        out.flush()


def die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the end of the input ends it
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    die_with_parent()
    main(sys.stdin.buffer, sys.stdout.buffer)
