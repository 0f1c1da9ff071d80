"""Tells echoes from what only looks like them in the cepstrum."""

import math

import numpy as np

from models.deecho.echoes import Echo, Floats, Inverse, is_stable
from models.deecho.sparseness import Spectrogram, refine

LEAST_GAIN = 0.12
LEAST_GAINED = 0.015  # nats per point of the spectrogram
MOST_BANDS = 0.6  # share of the bands that must gain: an echo repeats the whole sound, a hi-hat only itself
LATER = 0.5  # how much of what is gained must be lost again with time reversed
REPEATS = 0.1  # nats; who gains this and loses nothing with time reversed repeats itself
MATTERS = 0.002  # nats
START = 0.9  # greatest gain that a fit starts from
WHOLE = 0.03  # a delay this near to a whole number of samples is one


class Repeats(Exception):
    """The sound repeats itself, backwards as well as forwards."""


class Judge:
    """Fits echoes to an excerpt, shape (frames,), and says whether they are any; `lead` frames only lead in."""

    def __init__(self, excerpt: Floats, rate_hz: int, lead: int) -> None:
        self._excerpt = excerpt
        self._spectrogram = Spectrogram(excerpt, rate_hz, lead)

    def with_another(self, known: list[Echo], delay: float, gain: float) -> list[Echo] | None:
        """The known echoes and one near `delay` (samples), all fitted; None where there is none. Raises Repeats."""
        gain = min(max(gain, -START), START)
        left = _without(self._excerpt, known)
        before = self._cost(left)
        kinds = [[Echo(delay, gain, 0.0)], [Echo(delay, 0.0, gain)]]
        new = self._sparsest(left, [self._fitted(left, kind) for kind in kinds])
        if not self._is_heard(new, left, before):
            return None
        half = new[0].gain / 2
        new = self._sparsest(left, [new, self._fitted(left, [Echo(delay, half, half)])])
        if not self._is_later(new, left, before):
            return None
        together = [*known, *new]
        return self._sparsest(self._excerpt, [together, self._fitted(self._excerpt, together)])

    def _fitted(self, sound: Floats, echoes: list[Echo]) -> list[Echo]:
        is_between = any(echo.delay != round(echo.delay) for echo in echoes)
        fitted = refine(sound, echoes, self._spectrogram, delays=is_between)
        return [_whole(echo) for echo in fitted]

    def _sparsest(self, sound: Floats, trials: list[list[Echo]]) -> list[Echo]:
        """The first trial, unless a later one is better by more than chance."""
        best, least = trials[0], math.inf
        for echoes in trials:
            cost = self._mean(self._cost(_without(sound, echoes))) if is_stable(echoes) else math.inf
            if cost < least - MATTERS:
                best, least = echoes, cost
        return best

    def _is_heard(self, new: list[Echo], left: Floats, before: Floats) -> bool:
        """Whether an echo is loud enough, and the sound without it has clearer gaps."""
        if abs(new[0].gain) < LEAST_GAIN or not is_stable(new):
            return False
        gained = before - self._cost(_without(left, new))
        return self._mean(gained) > LEAST_GAINED and float(np.mean(gained > 0)) > MOST_BANDS

    def _is_later(self, new: list[Echo], left: Floats, before: Floats) -> bool:
        """Whether it comes after the sound: what repeats itself, such as a drum loop, looks the same backwards."""
        ahead = self._cost(_without(left, new))
        behind = self._cost(_without(left[::-1], new)[::-1])
        lost, gained = self._mean(behind - ahead), self._mean(before - ahead)
        if lost < LATER * gained and gained > REPEATS:
            raise Repeats
        return lost >= LATER * gained

    def _cost(self, sound: Floats) -> Floats:
        return self._spectrogram.cost(sound)

    def _mean(self, costs: Floats) -> float:
        shares = self._spectrogram.band_shares
        return float(shares @ costs / max(float(shares.sum()), 1e-9))


def _without(sound: Floats, echoes: list[Echo]) -> Floats:
    return Inverse(echoes, 1).apply(sound[None])[0] if echoes else sound


def _whole(echo: Echo) -> Echo:
    nearest = round(echo.delay)
    return Echo(float(nearest), echo.direct, echo.feedback) if abs(echo.delay - nearest) < WHOLE else echo
