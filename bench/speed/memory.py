"""A long file through each endpoint: the most memory a worker and its children held at any time."""

import multiprocessing
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Self

import psutil

from bench.speed.convert import RATE_HZ
from bench.speed.inprocess import Bench
from bench.speed.row import Row

SIMPLE_MIB, SEPARATION_MIB = 300, 4096
MIB = 1024**2
SAMPLE_S = 0.05


class Peak:
    """Samples the resident memory of this process and all below it."""

    def __init__(self) -> None:
        self.bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        command = me.cmdline()
        while not self._stop.wait(SAMPLE_S):
            below = sum(_resident(process, command) for process in me.children(recursive=True))
            self.bytes = max(self.bytes, int(me.memory_info().rss) + below)


def _resident(process: psutil.Process, command: list[str]) -> int:
    """What a child holds. Between fork and exec it is a copy of `command` and holds nothing of its own."""
    try:
        held = int(process.memory_info().rss)
        return 0 if process.cmdline() == command else held
    except psutil.Error:
        return 0


def measure(folder: Path, *, minutes: float) -> list[Row]:
    from bench.speed.long_song import write  # here, as what it imports would count as memory of the processes below

    source = write(folder / "long.wav", minutes * 60)
    end_ms = minutes * 60_000 - 1000
    cases: tuple[tuple[str, dict[str, Any], int | None], ...] = (
        ("file_convert", {"target_format": "flac", "target_sr": RATE_HZ}, SIMPLE_MIB),
        ("audio_cutter", {"start_time": 1000.0, "end_time": end_ms}, SIMPLE_MIB),
        ("audio_speed_changer", {"speed_change_factor": 1.25}, SIMPLE_MIB),
        ("extract_key_bpm", {}, None),
        ("audio_mastering", {}, None),
        ("denoise", {}, None),
        ("deecho", {}, None),
        ("dereverb", {}, None),
        ("audio_to_midi", {}, None),
        ("extraction", {"stems": ["vocals", "drums", "bass", "instrumental"]}, SEPARATION_MIB),
    )
    rows = []
    for name, params, most_mib in cases:
        # A process of its own: what one engine has loaded is not to count for the next.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            mib, taken_s = alone.submit(_alone, folder / name, name, params, source).result()
        rows.append(
            Row(
                f"{name}, {minutes:g} min stereo 44.1 kHz WAV, peak resident memory",
                f"{mib:.0f} MiB",
                "",
                f"{taken_s:.0f} s ({taken_s / (minutes * 60):.4f} of real time)",
                f"< {most_mib} MiB" if most_mib else "",
                most_mib is None or mib < most_mib,
            )
        )
        print(" | ".join(rows[-1].line), file=sys.stderr, flush=True)
    return rows


def _alone(folder: Path, name: str, params: dict[str, Any], source: Path) -> tuple[float, float]:
    folder.mkdir()
    bench = Bench(folder)
    job_id = bench.submit(name, params, source)
    started_s = time.monotonic()
    with Peak() as peak:
        bench.run(job_id)
    return peak.bytes / MIB, time.monotonic() - started_s
