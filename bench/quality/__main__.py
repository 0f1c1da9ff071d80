"""`python -m bench.quality [denoise] [deecho] … [--sets AB] [--real FOLDER] [--write docs/benchmarks.md]`."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from bench.quality.table import HEAD
from bench.table import Line, caption, section, show

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in a worker; read when numpy is loaded
PARTS = ("denoise", "deecho", "dereverb", "mastering", "key_tempo", "midi", "extraction", "parts")
MARK = "quality"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument("--sets", default="AB", help="A: tuned on; B: other seeds, soundfont and voice")
    parser.add_argument("--real", type=Path, help="folder of recordings with a manifest.json")
    parser.add_argument("--write", type=Path, help="page whose section is replaced")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    lines: list[Line] = []
    all_met = True
    for part in options.parts or PARTS:
        module = importlib.import_module(f"bench.quality.{part}")
        for set_name in options.sets:
            print(f"… {part}, set {set_name}", file=sys.stderr, flush=True)
            figures = module.measure(set_name)
            lines += [figure.line(part, set_name) for figure in figures]
            all_met = all_met and all(figure.is_met for figure in figures)
    if options.real:
        from bench.quality import real

        lines += [figure.line(part, "real") for part, figure in real.measure(options.real)]
    show(HEAD, lines)
    if options.write:
        section(options.write, MARK, caption(" ".join(["python -m bench.quality", *options.parts])), HEAD, lines)
    return 0 if all_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
