"""`python -m bench.speed [convert] [start] [accept] [separate] [memory] [--write docs/benchmarks.md]`."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.speed import accept, convert, memory, separate, start
from bench.speed.row import HEAD, Row
from bench.table import caption, section, show

PARTS: dict[str, Callable[[Path, argparse.Namespace], list[Row]]] = {
    "convert": lambda folder, options: convert.measure(folder, pairs=options.pairs),
    "start": lambda folder, options: start.measure(folder, tasks=options.tasks),
    "accept": lambda folder, options: accept.measure(folder, seconds=options.seconds),
    "memory": lambda folder, options: memory.measure(folder, minutes=options.minutes),
    # Last: the network it loads would count as memory of the others.
    "separate": lambda folder, options: separate.measure(folder, seconds=options.song, pairs=2),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; none: all")
    parser.add_argument("--pairs", type=int, default=7, help="pairs of runs of each conversion")
    parser.add_argument("--tasks", type=int, default=60, help="idle tasks for the start delay")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each load")
    parser.add_argument("--song", type=float, default=30.0, help="length of the file to separate, in seconds")
    parser.add_argument("--minutes", type=float, default=60.0, help="length of the long file")
    parser.add_argument("--write", type=Path, help="page whose sections are replaced")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    all_met = True
    for name in options.parts or PARTS:
        print(f"… {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="woodshed-bench-") as folder:
            rows = PARTS[name](Path(folder), options)
        all_met = all_met and all(row.met for row in rows)
        lines = [row.line for row in rows]
        show(HEAD, lines)
        if options.write:
            section(options.write, f"speed {name}", caption(f"python -m bench.speed {name}"), HEAD, lines)
    return 0 if all_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
