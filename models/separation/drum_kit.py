"""What drums sound like in general: energy and decay by frequency. Only a start, which each recording adapts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PARTS = ("kick_drum", "snare_drum", "toms", "hi_hat", "ride", "crash")
EDGES_HZ = (20, 70, 120, 250, 500, 1000, 2500, 6000, 10_000, 20_000)
DECAYS_HZ = (70, 250, 2500, 10_000)


@dataclass(frozen=True, slots=True)
class Drum:
    """`levels_db`: energy of a hit between each two of EDGES_HZ; `decays_ms`: time of 10 dB of decay at DECAYS_HZ."""

    part: str
    levels_db: tuple[float, ...]
    decays_ms: tuple[float, ...]

    def template(
        self, lows_hz: NDArray[np.float64], highs_hz: NDArray[np.float64], lags_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Magnitude of shape (bands, lags)."""
        edges = np.array(EDGES_HZ, np.float64)
        centres = np.sqrt(np.maximum(lows_hz, 10.0) * highs_hz)
        density_db = np.array(self.levels_db) - 10 * np.log10(np.diff(edges))
        level_db = np.interp(np.log(centres), np.log(np.sqrt(edges[1:] * edges[:-1])), density_db)
        level_db += 10 * np.log10(np.maximum(highs_hz - lows_hz, 1.0))
        decay_s = np.exp(np.interp(np.log(centres), np.log(DECAYS_HZ), np.log(self.decays_ms))) / 1000
        made = 10 ** ((level_db[:, None] - 10 * lags_s / decay_s[:, None]) / 20)
        return np.asarray(made / np.sqrt(np.square(made[:, 0]).sum()))


KIT = (
    Drum("kick_drum", (-4, -4, -8, -22, -28, -22, -20, -30, -46), (70, 40, 30, 25)),
    Drum("kick_drum", (-1, -8, -16, -28, -34, -32, -32, -40, -50), (300, 60, 30, 25)),  # electronic
    Drum("snare_drum", (-32, -20, -3, -7, -11, -13, -10, -13, -24), (50, 60, 75, 85)),
    Drum("snare_drum", (-35, -32, -28, -18, -10, -3, -5, -13, -20), (40, 50, 60, 60)),  # stick or clap
    Drum("toms", (-8, -4, -5, -10, -16, -16, -16, -26, -44), (280, 150, 45, 35)),
    Drum("toms", (-26, -9, -2, -9, -18, -18, -19, -24, -36), (280, 190, 40, 30)),
    Drum("hi_hat", (-50, -45, -32, -26, -24, -18, -8, -6, -3), (50, 55, 60, 65)),
    Drum("hi_hat", (-46, -44, -32, -18, -14, -11, -6, -6, -5), (250, 200, 450, 400)),  # open
    Drum("ride", (-50, -46, -36, -23, -20, -15, -6, -5, -4), (350, 600, 600, 200)),
    Drum("ride", (-50, -46, -36, -18, -14, -8, -2, -9, -16), (350, 600, 600, 170)),  # bell
    Drum("crash", (-55, -50, -38, -18, -8, -7, -4, -7, -14), (700, 350, 650, 550)),
)  # fmt: skip
