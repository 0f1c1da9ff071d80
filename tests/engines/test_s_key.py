"""S-KEY from an ONNX graph of its conversions' shape: audio in, 24 probabilities out, in an order of their own."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.analysis.s_key import LABELS, MODEL, UPSTREAM, SKey
from models.base import Audio
from models.tiny.s_key import graph
from tests.support.media import no_report


def folder_of(folder: Path, scores: list[float], names: list[str] | None = None) -> Path:
    (folder / MODEL).write_bytes(graph(scores))
    if names is not None:
        (folder / LABELS).write_text(json.dumps(names))
    return folder


def scores(best: int) -> list[float]:
    return [0.8 if n == best else 0.2 / 23 for n in range(24)]


def tone(seconds: float = 4.0, level: float = 0.1) -> Audio:
    t = np.arange(round(seconds * 22_050)) / 22_050
    return Audio((level * np.sin(2 * np.pi * 440 * t)).astype(np.float32)[None], 22_050)


@pytest.mark.parametrize(("best", "name"), [(0, "A major"), (10, "G major"), (12, "B minor"), (22, "A minor")])
def test_without_labels_the_order_is_that_of_the_original(tmp_path: Path, best: int, name: str) -> None:
    key, probability = SKey(folder_of(tmp_path, scores(best))).key(tone(), report=no_report)

    assert key == name
    assert probability == pytest.approx(0.8, abs=0.01)  # the input is scaled to a peak of 1


def test_another_order_and_flats_come_from_the_labels(tmp_path: Path) -> None:
    names = [name.replace("A# major", "Bb Major") for name in UPSTREAM[::-1]]

    found = SKey(folder_of(tmp_path, scores(names.index("Bb Major")), names)).key(tone(), report=no_report)

    assert found[0] == "A# major"


@pytest.mark.parametrize("names", [["C major"] * 24, list(UPSTREAM[:23]), ["H major", *UPSTREAM[1:]]])
def test_labels_that_do_not_name_each_key_once_are_refused(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(ValueError, match="does not name the 24 keys"):
        SKey(folder_of(tmp_path, scores(0), names))


@pytest.mark.parametrize("audio", [tone(2.9), tone(level=0.0)], ids=["short", "silent"])
def test_what_is_too_short_or_silent_has_no_key(tmp_path: Path, audio: Audio) -> None:
    assert SKey(folder_of(tmp_path, scores(0))).key(audio, report=no_report) == ("", 0.0)


def test_another_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="22050 Hz, not 8000"):
        SKey(folder_of(tmp_path, scores(0))).key(Audio(np.zeros((1, 8_000), np.float32), 8_000), report=no_report)
