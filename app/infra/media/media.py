"""The one door to ffmpeg: probe, convert, decode, encode."""

import math
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.errors import InputUnusable, JobFailed
from app.infra.media.formats import READABLE, Encoding, encoder, filters, limiter
from app.infra.media.probe import MediaInfo, read_log
from app.infra.media.process import UNREADABLE, Child, ProcessLimits
from app.infra.media.tags import MAX_COVER_BYTES, carried, forget
from app.settings import MediaLimits

Report = Callable[[float], None]
PIPE_BYTES = 1024 * 1024
SAMPLE_BYTES = 4  # float32
FEWEST_FRAMES = 2
PROBE_MEMORY_BYTES = 1024**3
PROBE_OUTPUT_BYTES = 1024**2
PROBE_CPU_S = 20
PROGRESS = re.compile(rb"^out_time_us=(\d+)\s*$", re.MULTILINE)
MICRO = 1e-6
MADE = MediaInfo("wav", "pcm_f32le", 86_400.0, 48_000, 1, 32, is_lossless=True, streams=1)  # what has no source
SEEKS_EXACTLY = {"wav", "flac", "w64", "aiff"}  # time stamps of these count samples from the first one


@dataclass(frozen=True, slots=True)
class Encoded:
    """A written file: its length by ffmpeg's own clock."""

    duration_s: float


class Decoding(Protocol):
    """Samples as they are decoded: float32, little endian, interleaved."""

    rate_hz: int
    channels: int

    def blocks(self, frames: int) -> Iterator[bytes]:
        """Blocks of `frames` frames; the last one may be shorter. Raises InputUnusable, JobFailed, Retryable."""
        ...


class Media:
    """`program` empty: the ffmpeg inside the imageio-ffmpeg wheel, else the one on PATH."""

    def __init__(self, limits: MediaLimits, program: str = "") -> None:
        self.limits = limits
        self.ffmpeg = Path(program or _find_program())

    @property
    def version(self) -> str:
        with Child([str(self.ffmpeg), "-version"], self._probe_limits()) as child:
            first = child.read(200).decode("utf-8", "replace").splitlines()[:1]
            return first[0].removeprefix("ffmpeg version ").split(" ")[0] if first else ""

    def probe(self, path: Path) -> MediaInfo:
        """Look at a file without decoding more than its start. Raises InputUnusable with a text for the caller."""
        start = ["-t", "0.2", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]
        with self._child([*self._input(path, log="info"), "-map", "0:a:0", *start], self._probe_limits()) as child:
            header = _read_all(child, PROBE_OUTPUT_BYTES)
            child.wait()
            seen = read_log(child.log, header)
        if seen is None:
            raise InputUnusable(UNREADABLE)
        info = seen.info
        if not seen.duration_is_exact or info.duration_s > self._limit_s:
            info = replace(info, duration_s=self._measured_s(path))
        self._check(info)
        return info

    def convert(
        self,
        source: Path,
        info: MediaInfo,
        target: Path,
        encoding: Encoding,
        *,
        report: Report,
        cut: tuple[int, int] | None = None,
    ) -> Encoded:
        """Write `source` to `target`, with its tags and cover where the target can hold them.

        `cut` keeps the frames from the first number up to but without the second, counted at the source's rate.
        Raises InputUnusable, JobFailed, Retryable, OSError, and whatever `report` raises.
        """
        before, head = _cut(info, cut) if cut else ([], [])
        expected_s = (cut[1] - cut[0]) / info.rate_hz if cut else info.duration_s
        extra = carried(self._reader(source), info, encoding.format, target, source=0)
        command = [*self._input(source, before=before), *extra.inputs, "-map", "0:a:0", *extra.outputs]
        command += [
            *_graph([*head, *filters(info, encoding, expected_s)]),
            *encoder(encoding, encoding.channels_for(info.channels)),
        ]
        command += ["-fflags", "+bitexact", "-nostats", "-stats_period", "0.5", "-progress", "pipe:1", _file(target)]
        written_s = 0.0
        with self._child(command, self._limits(info)) as child:
            while data := child.read(PIPE_BYTES):
                for found in PROGRESS.finditer(data):
                    written_s = int(found[1]) * MICRO
                report(min(written_s / max(expected_s, MICRO), 1.0))
            child.finish()
        forget(target)
        self._check_length(written_s)
        return Encoded(written_s)

    @contextmanager
    def decode(
        self, source: Path, info: MediaInfo, *, rate_hz: int | None = None, channels: int | None = None
    ) -> Iterator[Decoding]:
        """Open a file for reading its samples, at its own rate and channels unless others are wanted."""
        shape = (rate_hz or info.rate_hz, channels or info.channels)
        command = [*self._input(source), "-map", "0:a:0", *_raw_output(info, *shape), "pipe:1"]
        with self._child(command, self._limits(info)) as child:
            yield _Samples(child, *shape, self._limit_s)

    def decode_to(
        self, source: Path, info: MediaInfo, target: Path, *, rate_hz: int, channels: int, report: Report
    ) -> int:
        """Write all samples to `target` as raw float32; returns the number of frames."""
        frames = 0
        expected = max(round(info.duration_s * rate_hz), 1)
        with self.decode(source, info, rate_hz=rate_hz, channels=channels) as decoding, target.open("wb") as file:
            for block in decoding.blocks(PIPE_BYTES // (SAMPLE_BYTES * channels)):
                file.write(block)
                frames += len(block) // (SAMPLE_BYTES * channels)
                report(min(frames / expected, 1.0))
        return frames

    @contextmanager
    def encode(
        self,
        target: Path,
        encoding: Encoding,
        *,
        rate_hz: int,
        channels: int,
        like: tuple[Path, MediaInfo] | None,
    ) -> Iterator[Callable[[bytes | memoryview], None]]:
        """Write a file from samples (float32, interleaved) given block by block; tags and cover those of `like`.

        Samples beyond `LIMIT` are limited, not clipped, except in float WAV, which holds them; below nothing changes.
        Yields the function that takes a block. The file is whole when the `with` block ends without an error.
        """
        info = like[1] if like else MADE
        raw = replace(info, rate_hz=rate_hz, channels=channels, is_lossless=True, bits_per_sample=32)
        command = [*self._start("error"), "-f", "f32le", "-ar", str(rate_hz), "-ac", str(channels), "-i", "pipe:0"]
        if like:
            extra = carried(self._reader(like[0]), info, encoding.format, target, source=1)
            command += [*self._file_input(like[0]), *extra.inputs, "-map", "0:a:0", *extra.outputs]
        chain = [*limiter(encoding), *filters(raw, encoding, info.duration_s)]
        command += [*_graph(chain), *encoder(encoding, encoding.channels_for(channels))]
        command += ["-fflags", "+bitexact", "-nostats", _file(target)]
        with self._child(command, self._limits(info), feeds=True) as child:
            yield child.write
            child.end_input()
            child.finish()
        forget(target)

    def _reader(self, source: Path) -> Callable[[Sequence[str]], bytes]:
        def run(options: Sequence[str]) -> bytes:
            with self._child([*self._input(source), *options], self._probe_limits()) as child:
                return _read_all(child, MAX_COVER_BYTES)

        return run

    def _measured_s(self, path: Path) -> float:
        """Length by walking over all packets, without decoding them: for files that do not say, or say too much."""
        walk = ["-c", "copy", "-f", "null", "-nostats", "-progress", "pipe:1", "-"]
        command = [*self._input(path), "-map", "0:a:0", *walk]
        length_s = 0.0
        with self._child(command, self._probe_limits()) as child:
            while data := child.read(PIPE_BYTES):
                for found in PROGRESS.finditer(data):
                    length_s = int(found[1]) * MICRO
            child.finish()
        return length_s

    def _check(self, info: MediaInfo) -> None:
        limits = self.limits
        if info.duration_s > self._limit_s:
            raise InputUnusable(self._too_long)
        if info.duration_s <= 0:
            raise InputUnusable("The file holds no sound")
        if info.channels > limits.channels:
            message = f"The audio has {info.channels} channels; at most {limits.channels} are allowed"
            raise InputUnusable(message)
        if not limits.min_rate_hz <= info.rate_hz <= limits.max_rate_hz:
            message = (
                f"The audio has a sample rate of {info.rate_hz} Hz; "
                f"{limits.min_rate_hz} to {limits.max_rate_hz} Hz are allowed"
            )
            raise InputUnusable(message)
        if info.streams > limits.streams:
            message = f"The file has {info.streams} streams; at most {limits.streams} are allowed"
            raise InputUnusable(message)

    def _check_length(self, written_s: float) -> None:
        if written_s <= 0:
            raise JobFailed("empty_output", "The task produced no sound")
        if written_s > self._limit_s * 1.001 + 0.5:
            raise InputUnusable(self._too_long)

    @property
    def _limit_s(self) -> float:
        return self.limits.duration.total_seconds()

    @property
    def _too_long(self) -> str:
        return f"The audio is longer than {self._limit_s / 60:g} minutes"

    def _limits(self, info: MediaInfo) -> ProcessLimits:
        limits = self.limits
        return ProcessLimits(
            output_bytes=limits.output_bytes,
            memory_bytes=limits.memory_bytes,
            cpu_s=round(limits.fixed_cpu.total_seconds() + limits.cpu_per_second * info.duration_s),
            stall_s=limits.stall_timeout.total_seconds(),
        )

    def _probe_limits(self) -> ProcessLimits:
        return ProcessLimits(
            PROBE_OUTPUT_BYTES, PROBE_MEMORY_BYTES, PROBE_CPU_S, self.limits.probe_timeout.total_seconds()
        )

    def _child(self, command: Sequence[str], limits: ProcessLimits, *, feeds: bool = False) -> Child:
        return Child([str(self.ffmpeg), *command], limits, feeds=feeds)

    @staticmethod
    def _start(log: str) -> list[str]:
        return ["-hide_banner", "-v", log, "-y"]

    def _input(self, path: Path, *, log: str = "error", before: Sequence[str] = ()) -> list[str]:
        return [*self._start(log), "-nostdin", *before, *self._file_input(path)]

    def _file_input(self, path: Path) -> list[str]:
        """One second past the limit is enough to tell "too long" from "just fits"."""
        walls = ["-protocol_whitelist", "file,pipe", "-format_whitelist", ",".join(READABLE)]
        return [*walls, "-t", f"{self._limit_s + 1:.3f}", "-i", _file(path)]


class _Samples:
    def __init__(self, child: Child, rate_hz: int, channels: int, limit_s: float) -> None:
        self.rate_hz = rate_hz
        self.channels = channels
        self._child = child
        self._most_frames = round(rate_hz * limit_s * 1.001) + rate_hz // 2
        self._too_long = f"The audio is longer than {limit_s / 60:g} minutes"

    def blocks(self, frames: int) -> Iterator[bytes]:
        size = frames * self.channels * SAMPLE_BYTES
        waiting = bytearray()
        total = 0
        while data := self._child.read(min(size, PIPE_BYTES)):
            waiting += data
            total += len(data)
            if total > self._most_frames * self.channels * SAMPLE_BYTES:
                raise InputUnusable(self._too_long)
            while len(waiting) >= size:
                yield bytes(waiting[:size])
                del waiting[:size]
        self._child.finish()
        if total == 0:
            raise InputUnusable(UNREADABLE)
        if waiting:
            yield bytes(waiting)


def _raw_output(info: MediaInfo, rate_hz: int, channels: int) -> list[str]:
    chain = []
    if rate_hz != info.rate_hz:
        if info.duration_s * rate_hz < FEWEST_FRAMES:  # a resampler gives nothing for less than one sample
            chain.append(f"apad=whole_len={math.ceil(FEWEST_FRAMES * info.rate_hz / rate_hz)}")
        chain.append(f"aresample={rate_hz}:resampler=soxr:precision=24:osf=flt")
    return [*_graph(chain), "-ac", str(channels), "-c:a", "pcm_f32le", "-f", "f32le", "-nostats"]


def _graph(chain: Sequence[str]) -> list[str]:
    return ["-af", ",".join(chain)] if chain else []


def _cut(info: MediaInfo, cut: tuple[int, int]) -> tuple[list[str], list[str]]:
    """Options before the input, and filters, that keep frames cut[0] up to cut[1], exact to the sample.

    Where time stamps count samples, decoding starts at the whole second before the cut; else everything before it is
    decoded and counted.
    """
    first, end = cut
    second = first // info.rate_hz if info.container in SEEKS_EXACTLY else 0
    skipped = second * info.rate_hz
    trim = f"atrim=start_sample={first - skipped}:end_sample={end - skipped}"
    from_zero = "asetpts=N/SR/TB"
    return ["-ss", str(second)] if second else [], [from_zero, trim, from_zero]


def _file(path: Path) -> str:
    return f"file:{path}"


def _read_all(child: Child, most: int) -> bytes:
    data = bytearray()
    while chunk := child.read(65536):
        data += chunk[: most - len(data)]
    return bytes(data)


def _find_program() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        found = shutil.which("ffmpeg")
        if found is None:
            raise JobFailed("no_ffmpeg", "This server has no ffmpeg; `pip install imageio-ffmpeg`") from None
        return found
