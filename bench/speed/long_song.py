"""A long recording that leaves something to do for every engine."""

from pathlib import Path

import numpy as np
import soundfile

from bench.quality.deecho import echoed
from bench.quality.material.rooms import in_room, shoebox
from bench.quality.material.songs import RATE_HZ, songs

ECHO_S, ECHO_GAIN, RT60_S = 0.4, 0.5, 0.8


def write(path: Path, seconds: float) -> Path:
    """A song with an echo, in a room, over and over. Stereo at 44.1 kHz, 16 bits."""
    (song,) = songs("B", 1)
    wet = echoed(song.audio, ECHO_S, ECHO_GAIN, feeds_back=False)
    room = shoebox("B", RT60_S, RATE_HZ)
    once = np.concatenate([in_room(row, room, RATE_HZ)[0] for row in wet])
    once *= 0.7 / np.abs(once).max()
    left = round(seconds * RATE_HZ)
    with soundfile.SoundFile(path, "w", RATE_HZ, once.shape[0]) as file:
        while left:
            file.write(once[:, :left].T)
            left -= min(left, once.shape[1])
    return path
