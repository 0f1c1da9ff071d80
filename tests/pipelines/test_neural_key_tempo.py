"""extract_key_bpm with neural engines beside the embedded one: they correct it where they are sure."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from models.base import Audio, Beats, Report
from models.catalogue import Engines, built_in
from models.room.loading import Loaded
from tests.support.media import no_report
from tests.support.songs import MAJOR, song
from workers.pipelines.extract_key_bpm import analysed

SONG = song(0, MAJOR, bpm=112.0)


class FakeTracker:
    def beats(self, audio: Audio, *, report: Report) -> Beats:
        report(1.0)
        times_s = np.arange(0.5, audio.duration_s, 60 / 56)
        return Beats(times_s, times_s[::4])


class FakeKey:
    def __init__(self, key: str, probability: float) -> None:
        self.found = key, probability

    def key(self, audio: Audio, *, report: Report) -> tuple[str, float]:
        report(1.0)
        return self.found


def engines(folder: Path, **loaded: object) -> Engines:
    """Engines whose weights are there, as fakes."""
    made = Engines(folder)
    for name, engine in ((name.replace("_", "-"), engine) for name, engine in loaded.items()):
        manifest = built_in()[name]
        loose = tuple(file.model_copy(update={"size_bytes": 0}) for file in manifest.files)
        with made.store.staging(name) as staged:
            for file in loose:
                (staged / file.path).touch()
            made.store.publish(manifest.model_copy(update={"files": loose}), staged, source="test")
        with made.room.lease(
            name, lambda engine=engine: Loaded(engine, ExitStack()), size_bytes=1, unload=Loaded.close
        ):
            pass  # it stays there
    return made


def test_without_weights_the_embedded_engine_is_alone(tmp_path: Path) -> None:
    found = analysed(SONG, engines(tmp_path).borrow(), no_report)

    assert (found.key, round(found.bpm)) == ("C major", 112)
    assert "downbeats" not in found.extras


def test_beats_settle_the_octave_of_the_tempo(tmp_path: Path) -> None:
    found = analysed(SONG, engines(tmp_path, beat_this=FakeTracker()).borrow(), no_report)

    assert found.bpm == pytest.approx(56.0, abs=0.01)
    assert found.key == "C major"
    assert len(found.extras["downbeats"]) > 2


@pytest.mark.parametrize(("probability", "key", "relative"), [(0.9, "A minor", "C major"), (0.3, "C major", "A minor")])
def test_a_key_counts_when_its_estimator_is_sure(tmp_path: Path, probability: float, key: str, relative: str) -> None:
    found = analysed(SONG, engines(tmp_path, s_key=FakeKey("A minor", probability)).borrow(), no_report)

    assert (found.key, found.extras["relative_key"]) == (key, relative)
    assert list(found.key_changes.values()) == [[key]]
