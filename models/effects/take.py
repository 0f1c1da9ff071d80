"""What a recipe is told."""

from dataclasses import dataclass

import numpy as np

from models.effects.kernels import RATE_HZ

ROOTS = (0.5, 0.45)  # how far size and pitch words move what sounds


@dataclass(frozen=True, slots=True)
class Take:
    """One recording to be made.

    seconds   its length, for textures; the longest that is useful, for single sounds
    rng       all chance
    force     -1 light or soft … 1 heavy or strong
    size      -1 small … 1 big
    speed     1.0 as usual, 2.0 twice as fast
    pitch     1.0 as usual, a factor of frequency
    material  what is struck, stepped or rained on; empty: the usual
    """

    seconds: float
    rng: np.random.Generator
    force: float = 0.0
    size: float = 0.0
    speed: float = 1.0
    pitch: float = 1.0
    material: str = ""

    @property
    def frames(self) -> int:
        return round(self.seconds * RATE_HZ)

    @property
    def scale(self) -> float:
        """Factor of all frequencies: big things sound lower."""
        return float(self.pitch * 2 ** (-ROOTS[0] * self.size))

    def within(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def grown(self, base: float, per_force: float) -> float:
        """base, times per_force for each step of force."""
        return float(base * per_force**self.force)
