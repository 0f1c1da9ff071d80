"""A long file through convert, cut and speed: the most memory a worker and its children held at any time."""

import threading
import time
from pathlib import Path
from typing import Any, Self

import psutil

from bench.speed.convert import RATE_HZ, synthesise
from bench.speed.inprocess import Bench
from bench.speed.row import Row

TARGET_MIB = 300
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
        while not self._stop.wait(SAMPLE_S):
            self.bytes = max(self.bytes, sum(_resident(process) for process in (me, *me.children(recursive=True))))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def measure(folder: Path, *, minutes: float) -> list[Row]:
    bench = Bench(folder)
    source = synthesise(folder / "long.wav", minutes * 60)
    end_ms = minutes * 60_000 - 1000
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("file_convert", {"target_format": "flac", "target_sr": RATE_HZ}),
        ("audio_cutter", {"start_time": 1000.0, "end_time": end_ms}),
        ("audio_speed_changer", {"speed_change_factor": 1.25}),
    )
    rows = []
    for name, params in cases:
        job_id = bench.submit(name, params, source)
        started_s = time.monotonic()
        with Peak() as peak:
            bench.run(job_id)
        taken_s = time.monotonic() - started_s
        mib = peak.bytes / MIB
        rows.append(
            Row(
                f"{name}, {minutes:g} min stereo 44.1 kHz WAV, peak resident memory",
                f"{mib:.0f} MiB",
                "",
                f"{taken_s:.0f} s ({taken_s / (minutes * 60):.4f} of real time)",
                f"< {TARGET_MIB} MiB",
                mib < TARGET_MIB,
            )
        )
    return rows
