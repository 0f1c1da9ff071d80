"""Mapped samples: what is released leaves the memory, and is not lost."""

from pathlib import Path

import numpy as np
import psutil

from workers.mapped import MappedSamples

MIB = 2**20


def test_what_is_released_leaves_the_memory_and_comes_back(tmp_path: Path) -> None:
    opened = MappedSamples(tmp_path / "x.f32", 2, frames=8 * MIB)
    opened.samples[:] = np.arange(2)[:, None] + 1
    me = psutil.Process()
    full = me.memory_info().rss

    opened.release()

    assert full - me.memory_info().rss > 48 * MIB
    assert opened.samples.shape == (2, 8 * MIB)
    assert (opened.samples[:, ::1000] == [[1], [2]]).all()


def test_a_file_that_is_there_is_seen_by_channel_and_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "x.f32"
    path.write_bytes(np.arange(6, dtype=np.float32).tobytes())

    opened = MappedSamples(path, 3)
    opened.samples[0, 1] = 30

    assert opened.samples.tolist() == [[0, 30], [1, 4], [2, 5]]
    assert np.fromfile(path, np.float32).tolist() == [0, 1, 2, 30, 4, 5]
