"""Whether a note is a tone at all: the network hears a note now and then in pure noise."""

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Note
from models.notes.activations import RATE_HZ, read

WINDOW, HOP = 4096, 1024  # 186 ms: 5.4 Hz a bin
LONGEST_S = 2.0
HARMONICS = 4
NEAR, AROUND = 0.6, 5.0  # semitones
ALONE_DB = 5.0  # more for a single spectrum, which is not averaged
LEAST_DB = 13.0  # averaged noise reaches 12.7, 99 of 100 notes in a full mix 14


def stands_out(audio: Audio, note: Note) -> bool:
    """Whether one of the first harmonics rises LEAST_DB above the median of the spectrum around it."""
    first = round(note.start_s * RATE_HZ)
    last = min(max(round(note.end_s * RATE_HZ), first + WINDOW), first + round(LONGEST_S * RATE_HZ))
    frames = np.lib.stride_tricks.sliding_window_view(read(audio, RATE_HZ, first, last), WINDOW)[::HOP]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), axis=1))).mean(axis=0)
    fundamental_bin = 440 * 2 ** ((note.pitch - 69) / 12) * WINDOW / RATE_HZ
    least_db = LEAST_DB + ALONE_DB / frames.shape[0]
    return any(_prominence_db(power, fundamental_bin * harmonic) >= least_db for harmonic in range(1, HARMONICS + 1))


def _prominence_db(power: NDArray[np.floating], at: float) -> float:
    """Of the peak near bin `at`; 0 where the spectrum has ended."""
    if at > power.size - 8:
        return 0.0
    near = power[max(int(at * 2 ** (-NEAR / 12) - 0.5), 1) : int(np.ceil(at * 2 ** (NEAR / 12) + 0.5)) + 1]
    around = power[max(int(at * 2 ** (-AROUND / 12)) - 6, 1) : int(at * 2 ** (AROUND / 12)) + 7]
    return float(10 * np.log10((near.max() + 1e-14) / (np.median(around) + 1e-14)))
