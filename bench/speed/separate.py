"""Extraction in a warm worker against the `demucs` command on one file and one full-size network of random weights."""

import hashlib
import io
import statistics
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import psutil
import torch
import yaml
from demucs.htdemucs import HTDemucs

from bench.speed.convert import synthesise
from bench.speed.inprocess import Bench
from bench.speed.memory import MIB, Peak
from bench.speed.row import Row
from models.room.manifest import Manifest
from models.room.store import Store

NAME, SIGNATURE = "full", "feedbeef"
SIZES = {"channels": 48, "bottom_channels": 512, "t_layers": 5, "segment": Fraction(39, 5), "samplerate": 44_100}
STEMS = ["drums", "bass", "other", "vocals"]
ASKED = ["vocals", "drums", "bass", "instrumental"]  # four files, as demucs writes
MOST_TIME, MOST_MEMORY = 0.8, 1.0


def measure(folder: Path, *, seconds: float, pairs: int) -> list[Row]:
    repo = _network(folder / "repo")
    bench = Bench(folder)
    _install(bench.settings.weights_dir, repo)
    source = synthesise(folder / "song.wav", seconds)
    command = [sys.executable, "-m", "demucs", "--repo", str(repo), "-n", NAME, "-o", str(folder / "out"), str(source)]
    bench.run(bench.submit("extraction", {"stems": ASKED}, synthesise(folder / "short.wav", 3)))  # warm
    times, ours_s, theirs_s, ours_mib, theirs_mib = [], [], [], 0.0, 0.0
    for _ in range(pairs):
        job_id = bench.submit("extraction", {"stems": ASKED}, source)
        started_s = time.monotonic()
        with Peak() as peak:
            bench.run(job_id)
        ours_s.append(time.monotonic() - started_s)
        ours_mib = max(ours_mib, peak.bytes / MIB)
        started_s = time.monotonic()
        theirs_mib = max(theirs_mib, _peak_of(command))
        theirs_s.append(time.monotonic() - started_s)
        times.append(ours_s[-1] / theirs_s[-1])
    time_ratio, memory_ratio = statistics.median(times), ours_mib / theirs_mib
    what = f"extraction of 4 stems, {seconds:g} s stereo, htdemucs of random weights"
    return [
        Row(
            f"{what}, wall time",
            f"{statistics.median(ours_s):.1f} s",
            f"demucs {statistics.median(theirs_s):.1f} s",
            f"{time_ratio:.2f}",
            f"≤ {MOST_TIME}",
            time_ratio <= MOST_TIME,
        ),
        Row(
            f"{what}, peak resident memory",
            f"{ours_mib:.0f} MiB",
            f"demucs {theirs_mib:.0f} MiB",
            f"{memory_ratio:.2f}",
            f"≤ {MOST_MEMORY}",
            memory_ratio <= MOST_MEMORY,
        ),
    ]


def _network(repo: Path) -> Path:
    """A folder as `demucs --repo` reads it."""
    repo.mkdir()
    torch.manual_seed(0)
    options = {"sources": STEMS, **SIZES}
    kept = {
        "klass": HTDemucs,
        "args": (),
        "kwargs": options,
        "state": HTDemucs(**options).state_dict(),
        "training_args": {},
    }
    buffer = io.BytesIO()
    torch.save(kept, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()[:8]
    (repo / f"{SIGNATURE}-{digest}.th").write_bytes(buffer.getvalue())
    (repo / f"{NAME}.yaml").write_text(yaml.safe_dump({"models": [SIGNATURE]}))
    return repo


def _install(weights_dir: Path, repo: Path) -> None:
    """The same files in the store, as a model of the operator's own."""
    files = [{"path": path.name} for path in sorted(repo.iterdir())]
    about = {
        "id": NAME,
        "tasks": ["separation"],
        "engine": "separation.demucs:DemucsSeparator",
        "rank": 100,
        "licence": {"code": "MIT"},
        "files": files,
    }
    own = weights_dir / "manifests"
    own.mkdir(parents=True)
    (own / f"{NAME}.yaml").write_text(yaml.safe_dump(about))
    store = Store(weights_dir)
    with store.staging(NAME) as staged:
        for path in repo.iterdir():
            (staged / path.name).write_bytes(path.read_bytes())
        store.publish(Manifest.model_validate(about), staged, source="bench")


def _peak_of(command: list[str]) -> float:
    """Run a program to its end; the most memory it held, in MiB."""
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        process = psutil.Process(child.pid)
        while child.poll() is None:
            try:
                most = max(most, process.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.05)
        if child.wait():
            message = f"{command[2]} failed"
            raise RuntimeError(message)
    return most / MIB
