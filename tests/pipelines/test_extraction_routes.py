"""Extraction with fake engines whose stems can be told apart: each name gets its own sound, at its place."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.features.extraction import Params
from models.base import Audio, Report, Samples
from models.catalogue import Engines
from models.room.manifest import Manifest
from tests.support.media import MEDIA, chirp, read, write
from workers.context import AUDIO, Context, Source
from workers.pipelines import extraction

RATE_HZ = 44_100
GAINS = {"drums": 0.4, "bass": 0.3, "other": 0.2, "vocals": 0.1}
PARTS = {
    "drums": ("kick_drum", "snare_drum", "toms", "hi_hat", "ride", "crash"),
    "other": ("piano", "guitar", "keys", "strings", "winds", "rest"),
    "guitar:role": ("rhythm_guitar", "solo_guitar"),
}


class FakeSeparator:
    """Each stem is the mix at its own gain; together they are the mix."""

    stems = tuple(GAINS)
    rate_hz = RATE_HZ

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], str]] = []

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        self.asked.append((sorted(wanted), quality))
        for first in range(0, audio.samples.shape[1], 10_000):
            report(first / audio.samples.shape[1])
            block = audio.samples[:, first : first + 10_000]
            yield np.stack([gain * block for gain in GAINS.values()])


class FakeSplitter:
    """The first part of a split has 90 % of it, the second 10 %."""

    parts = PARTS

    def split(self, stem: str, audio: Audio, *, report: Report) -> Iterator[Samples]:
        report(1.0)
        shares = [0.9, 0.1, *[0.0] * (len(PARTS[stem]) - 2)]
        yield np.stack([share * audio.samples for share in shares])


class Doubler:
    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        report(1.0)
        yield 2 * audio.samples


class FakeEngines(Engines):
    def load(self, task: str) -> Any:
        return {"separation": self.separator, "stem_parts": FakeSplitter(), "denoise": Doubler()}[task]

    def choose(self, task: str) -> Manifest:
        return Manifest.model_validate(
            {"id": f"fake-{task}".replace("_", "-"), "tasks": [task], "licence": {"code": "MIT"}}
        )

    separator = FakeSeparator()


@pytest.fixture
def engines(tmp_path: Path) -> FakeEngines:
    made = FakeEngines(tmp_path / "none")
    made.separator.asked.clear()
    return made


def extract(tmp_path: Path, engines: Engines, rate_hz: int = RATE_HZ, channels: int = 2, **params: Any) -> Context:
    source = write(tmp_path / "mix.wav", 0.5 * chirp(1.0, rate_hz, channels), rate_hz)
    work = tmp_path / "work"
    work.mkdir()
    seen: list[float] = []
    ctx = Context({AUDIO: Source(source, MEDIA.probe(source))}, MEDIA, work, seen.append, engines.borrow("separation"))
    extraction.run(Params.model_validate({"audio_url": "https://example.com/a.wav", **params}), ctx)
    assert seen == sorted(seen)
    return ctx


def gain(ctx: Context, name: str) -> float:
    mix, stem = read(ctx.source.path)[0], read(ctx.outputs[name])[0]
    assert stem.shape[1] == mix.shape[1]
    return float((stem[0] @ mix[0]) / (mix[0] @ mix[0]))


def test_native_stems_and_the_instrumental_come_from_the_separator(tmp_path: Path, engines: FakeEngines) -> None:
    ctx = extract(tmp_path, engines, stems=["vocals", "instrumental", "drums"])

    assert set(ctx.outputs) == {"vocals", "instrumental", "drums"}
    assert [gain(ctx, name) for name in ("vocals", "instrumental", "drums")] == pytest.approx([0.1, 0.9, 0.4], abs=1e-4)
    assert "stem_quality" not in ctx.values
    assert ctx.engines.names == "fake-separation"
    assert engines.separator.asked == [(["drums", "vocals"], "standard")]


def test_parts_are_split_from_their_stem_even_twice_and_said_to_be_approximate(
    tmp_path: Path, engines: FakeEngines
) -> None:
    ctx = extract(
        tmp_path, engines, stems=["kick_drum", "snare_drum", "drums", "guitar", "rhythm_guitar", "solo_guitar"]
    )

    expected = {
        "drums": 0.4,
        "kick_drum": 0.36,
        "snare_drum": 0.04,
        "guitar": 0.02,
        "rhythm_guitar": 0.018,
        "solo_guitar": 0.002,
    }
    assert {name: gain(ctx, name) for name in ctx.outputs} == pytest.approx(expected, abs=1e-4)
    assert set(ctx.values["stem_quality"]) == set(expected) - {"drums"}
    assert set(ctx.values["stem_quality"].values()) == {"approximate"}
    assert ctx.engines.names == "fake-separation + fake-stem-parts"


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (48_000, 2), (96_000, 1)])
def test_stems_line_up_with_the_input(tmp_path: Path, engines: FakeEngines, rate_hz: int, channels: int) -> None:
    ctx = extract(tmp_path, engines, rate_hz, channels, stems="vocals, bass")

    samples, info = read(ctx.outputs["bass"])
    assert (info.rate_hz, info.channels) == (rate_hz, 2)
    assert samples.shape[1] == pytest.approx(rate_hz, abs=2)


def test_repair_runs_first_and_eco_mode_is_the_quick_way(tmp_path: Path, engines: FakeEngines) -> None:
    ctx = extract(tmp_path, engines, stems=json.dumps(["bass"]), preprocessing_options='["Denoise"]', eco_mode="true")

    assert gain(ctx, "bass") == pytest.approx(2 * 0.3, abs=1e-4)
    assert engines.separator.asked == [(["bass"], "draft")]
