"""`python -m bench.quality [denoise] [deecho] … [--sets AB] [--real FOLDER] [--write docs/benchmarks.md]`."""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.quality.table import HEAD
from bench.table import Line, caption, section, show

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in a worker; read when numpy is loaded
PARTS = (
    *("denoise", "deecho", "dereverb", "mastering", "key_tempo", "midi", "extraction", "parts"),
    *("speech", "transcription", "voices", "music"),
)
REAL = "real"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument("--sets", default="AB", help="A: tuned on; B: other seeds, soundfont and voice")
    parser.add_argument("--real", type=Path, help="folder of recordings with a manifest.json")
    parser.add_argument("--write", type=Path, help="page whose sections are replaced")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    measured = [(part, _measured(part, options.sets)) for part in options.parts or PARTS]
    if options.real:
        measured.append((REAL, _measured_real(options.real)))
    all_met = True
    for part, run in measured:
        lines = []
        for line, is_met in run:
            lines.append(line)
            all_met = all_met and is_met
        show(HEAD, lines)
        if options.write:  # at once: the whole takes long
            command = f"python -m bench.quality {'--real FOLDER' if part == REAL else part}"
            section(options.write, f"quality {part}", caption(command), HEAD, lines)
    return 0 if all_met else 1


def _measured(part: str, sets: str) -> Iterator[tuple[Line, bool]]:
    module = importlib.import_module(f"bench.quality.{part}")
    for set_name in sets:
        print(f"… {part}, set {set_name}", file=sys.stderr, flush=True)
        for figure in module.measure(set_name):
            yield figure.line(part, set_name), figure.is_met


def _measured_real(folder: Path) -> Iterator[tuple[Line, bool]]:
    from bench.quality import real

    for part, figure in real.measure(folder):
        yield figure.line(part, REAL), figure.is_met


if __name__ == "__main__":
    raise SystemExit(main())
