"""Hi-hat, ride or crash: by how hits of cymbals decay, how often they come, and what rings on in the middle."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.separation.drum_kit import PARTS

HI_HAT, RIDE, CRASH = (PARTS.index(name) for name in ("hi_hat", "ride", "crash"))
Doubles = NDArray[np.float64]
HIT_S = 0.046
AFTER_S = (0.1, 0.16)
CLOSED_DB = (-10.0, -18.0)  # a closed hi-hat has lost more by then
BLOOM_DB = -4.5  # after the first of these times, a crash has lost less
LEAST_DB, NOT_SEEN_DB = -40.0, -14.0
LEAST_SEEN_S = 0.06
LEAST_RISE = 0.4
RINGING_DB_S = 20.0  # lost by what was struck before
SPREAD_DB = 4.0  # of hits of the same cymbal
AROUND_S, MOST_CRASHES = 2.0, 3
RING_S = (0.1, 0.22)
RING_DB = -12.0  # 0.5 to 1 kHz against all above: an open hi-hat rings more than a ride
LEAST_CLOSED = 0.3


@dataclass(frozen=True, slots=True)
class Highs:
    """Power by step of what is heard from 0.5 to 1, 1 to 2.5, 2.5 to 6, 6 to 10 and above 10 kHz: (5, steps)."""

    power: Doubles
    hop_s: float

    def is_struck(self, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the highs rise at these steps beyond what still rings."""
        return np.array([self._rise(int(step))[1] > LEAST_RISE for step in at], bool)

    def kinds(self, at: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the part for the hit at each of the steps `at`; the next hit of anything high is at `ends`."""
        if not at.size:
            return np.zeros(0, np.int64)
        measured = [self._course(int(step), int(end)) for step, end in zip(at, ends, strict=True)]
        early, late, ring, *shape = np.array(measured).T
        kind = np.stack([np.clip(early, -25, 5), np.clip(late, -15, 15), *np.stack(shape) / 1.5])
        near = np.exp(-np.square(kind[:, :, None] - kind[:, None]).sum(axis=0) / (2 * SPREAD_DB**2))
        near /= near.sum(axis=1, keepdims=True)
        early, late, ring = near @ early, near @ late, near @ ring
        is_closed = late < 0
        is_near = np.abs(at[:, None] - at) * self.hop_s < AROUND_S
        blooms = ~is_closed & (early > BLOOM_DB)
        is_crash = blooms & ((is_near & blooms).sum(axis=1) <= MOST_CRASHES)
        closed_share = (is_near & is_closed).sum(axis=1) / is_near.sum(axis=1)
        is_hat = is_closed | (~is_crash & ((ring > RING_DB) | (closed_share > LEAST_CLOSED)))
        return np.where(is_hat, HI_HAT, np.where(is_crash, CRASH, RIDE))

    def _rise(self, step: int) -> tuple[Doubles, float]:
        """Power beyond that before a step, and how many times more there is of it in the hit."""
        before = self.power[:, max(step - 2, 0) : max(step, 1)].min(axis=1) if step else np.zeros(5)
        after_s = np.maximum(np.arange(self.power.shape[1]) - step, 0) * self.hop_s
        rise = np.maximum(self.power - before[:, None] * 10 ** (-RINGING_DB_S / 10 * after_s), 0)
        top = rise[2:, step : step + self._hit_steps].sum(axis=0).max()
        return rise, float(top / (before[2:].sum() + 1e-20))

    @property
    def _hit_steps(self) -> int:
        return max(round(HIT_S / self.hop_s), 2)

    def _course(self, step: int, end: int) -> list[float]:
        """Level left early in dB, level left late against a closed hi-hat's, ringing, and shape: 3 levels in dB."""
        last = self.power.shape[1] - 1
        rise, _ = self._rise(step)
        top = step + int(rise[2:, step : step + self._hit_steps].sum(axis=0).argmax())
        hit = rise[2:, top].sum() + 1e-20
        end = max(min(end - 1, last), top)

        def left_db(steps: int) -> float:
            return max(float(10 * np.log10(rise[2:, top + steps].sum() / hit + 1e-20)), LEAST_DB)

        early_steps, late_steps = (round(after_s / self.hop_s) for after_s in AFTER_S)
        early = left_db(early_steps) if end - top >= early_steps else NOT_SEEN_DB
        seen = min(late_steps, end - top)
        closed_db = np.interp(seen * self.hop_s, (0.05, *AFTER_S), (-4.0, *CLOSED_DB))
        late = left_db(seen) - float(closed_db) if seen * self.hop_s > LEAST_SEEN_S else 0.0
        first, stop = (top + round(time_s / self.hop_s) for time_s in RING_S)
        first = min(first, end)
        tail = self.power[:, first : max(min(stop, end), first + 1)].sum(axis=1) + 1e-20
        shape_db = 10 * np.log10(rise[2:, top] / hit + 1e-3)
        return [early, late, float(10 * np.log10(tail[0] / tail.sum())), *shape_db.tolist()]
