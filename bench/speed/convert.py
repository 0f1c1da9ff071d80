"""file_convert in a warm worker against the plain ffmpeg command: CPU seconds, pair by pair."""

import resource
import statistics
import subprocess
from pathlib import Path

from app.infra.media import Media
from app.settings import MediaLimits
from bench.speed.inprocess import Bench
from bench.speed.row import Row

SECONDS = 180
RATE_HZ = 44_100
CASES = (("wav", "mp3"), ("wav", "flac"), ("mp3", "wav"), ("flac", "ogg"))
TARGET = 1.1
# Three sines, noise and a slow tremolo: dense enough to keep encoders as busy as music does.
SOURCE = (
    "aevalsrc='0.2*sin(2*PI*220*t)*(1+0.5*sin(2*PI*0.7*t))+0.1*sin(2*PI*1733*t)+0.05*(random(0)-0.5)|"
    f"0.2*sin(2*PI*277*t)+0.1*sin(2*PI*2311*t)+0.05*(random(1)-0.5)':s={RATE_HZ}:d={{seconds}}"
)
PLAIN = {
    "mp3": ["-c:a", "libmp3lame", "-q:a", "0"],
    "flac": ["-c:a", "flac"],
    "wav": ["-c:a", "pcm_s16le"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "6"],
}


def ffmpeg_program() -> str:
    return str(Media(MediaLimits()).ffmpeg)


def synthesise(path: Path, seconds: float) -> Path:
    arguments = ["-f", "lavfi", "-i", SOURCE.format(seconds=seconds), str(path)]
    subprocess.run([ffmpeg_program(), "-nostdin", "-v", "error", "-y", *arguments], check=True)
    return path


def cpu_s() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(folder: Path, *, pairs: int) -> list[Row]:
    bench = Bench(folder)
    rows = []
    for source_format, target_format in CASES:
        source = synthesise(folder / f"source_{target_format}.{source_format}", SECONDS)
        plain = [ffmpeg_program(), "-nostdin", "-v", "error", "-y", "-i", str(source), "-ar", str(RATE_HZ)]
        plain += [*PLAIN[target_format], str(folder / f"plain.{target_format}")]
        ours, theirs = [], []
        for turn in range(pairs + 1):
            job_id = bench.submit("file_convert", {"target_format": target_format, "target_sr": RATE_HZ}, source)
            before = cpu_s()
            bench.run(job_id)
            middle = cpu_s()
            subprocess.run(plain, check=True)
            if turn:  # the first pair warms up
                ours.append(middle - before)
                theirs.append(cpu_s() - middle)
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        rows.append(
            Row(
                f"file_convert {source_format} → {target_format}, {SECONDS} s stereo, CPU",
                f"{statistics.median(ours):.2f} s",
                f"ffmpeg {statistics.median(theirs):.2f} s",
                f"{ratio:.2f}",
                f"≤ {TARGET}",
                ratio <= TARGET,
            )
        )
    return rows
