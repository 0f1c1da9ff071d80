"""Tells echoes from what only looks like them in the cepstrum."""

import math
from dataclasses import dataclass, field

import numpy as np

from models.deecho.colour import fitted, with_room
from models.deecho.echoes import Echo, Floats, Response, without
from models.deecho.sparseness import Spectrogram, Steps, refine

LEAST_GAIN = 0.12
LEAST_GAINED = 0.015  # nats per point of the spectrogram
MOST_BANDS = 0.6  # share of the bands that must gain: an echo repeats the whole sound, a hi-hat only itself
LATER = 0.5  # how much of what is gained must be lost again with time reversed
REPEATS = 0.1  # nats; who gains this and loses nothing with time reversed repeats itself
MATTERS = 0.002  # nats
COLOURED = 0.008  # nats; filters always fit a little better than gains, most of all in noise
TRIAL_ROUNDS = 3
START = 0.9  # greatest gain that a fit starts from
HALF_S = 0.8  # of the stretches by turns from which filters are fitted and on which they are judged
WHOLE = 0.03  # a delay this near to a whole number of samples is one


class Repeats(Exception):
    """The sound repeats itself, backwards as well as forwards."""


@dataclass(frozen=True, slots=True)
class Known:
    """Echoes, and what they do to a sound: more than their gains say where their repeats sound different."""

    echoes: tuple[Echo, ...] = ()
    response: Response = field(default_factory=Response)
    is_coloured: bool = False


class Judge:
    """Fits echoes to an excerpt, shape (frames,), and says whether they are any; `lead` frames only lead in."""

    def __init__(self, excerpt: Floats, rate_hz: int, lead: int) -> None:
        self._excerpt = excerpt
        self._rate_hz = rate_hz
        self._spectrogram = Spectrogram(excerpt, rate_hz, lead)
        times_s = np.arange(self._spectrogram.of(excerpt).shape[0]) * self._spectrogram.frame / 2 / rate_hz
        self._fitted_on = times_s % (2 * HALF_S) < HALF_S

    def with_another(self, known: Known, delay: float, gain: float) -> Known | None:
        """The known echoes and one near `delay` (samples), all fitted; None where there is none. Raises Repeats."""
        gain = min(max(gain, -START), START)
        left = without(self._excerpt, known.response)
        before = self._cost(left)
        kinds = [[Echo(delay, gain, 0.0)], [Echo(delay, 0.0, gain)]]
        new = self._sparsest(left, [self._fitted(left, kind) for kind in kinds])
        if not self._is_heard(new, left, before):
            return None
        half = new[0].gain / 2
        new = self._sparsest(left, [new, self._fitted(left, [Echo(delay, half, half)])])
        if not self._is_later(new, left, before):
            return None
        together = [*known.echoes, *new]
        trials = [together, self._fitted(self._excerpt, together)]
        if len(together) > 1 and any(echo.feedback for echo in together):
            trials.append(self._fitted(self._excerpt, [Echo(echo.delay, echo.gain, 0.0) for echo in trials[1]]))
        together = self._sparsest(self._excerpt, trials)
        # Where a first echo is as bright as what it repeats, so are the others.
        coloured = self._coloured(together) if known.is_coloured or not known.echoes else None
        return Known(tuple(together), coloured or Response.of(together), is_coloured=coloured is not None)

    def _coloured(self, echoes: list[Echo]) -> Response | None:
        """Filters in place of gains, if such fitted on one half of the excerpt leave the other half sparser too."""
        best: Response | None = None
        judged_on = ~self._fitted_on
        least = self._mean(self._cost(without(self._excerpt, Response.of(echoes)), judged_on))
        needed = COLOURED
        for kind in _kinds(echoes, self._rate_hz):
            response = fitted(self._excerpt, kind, self._spectrogram, self._fitted_on, rounds=TRIAL_ROUNDS)
            if not response.is_stable:
                continue
            cost = self._mean(self._cost(without(self._excerpt, response), judged_on))
            if cost < least - needed:
                best, least, needed = response, cost, MATTERS
        return None if best is None else fitted(self._excerpt, best, self._spectrogram)

    def _fitted(self, sound: Floats, echoes: list[Echo]) -> list[Echo]:
        is_between = any(echo.delay != round(echo.delay) for echo in echoes)
        fitted = refine(sound, echoes, self._spectrogram, delays=is_between)
        return [_whole(echo) for echo in fitted]

    def _sparsest(self, sound: Floats, trials: list[list[Echo]]) -> list[Echo]:
        """The first trial, unless a later one is better by more than chance."""
        best, least = trials[0], math.inf
        for echoes in trials:
            response = Response.of(echoes)
            cost = self._mean(self._cost(without(sound, response))) if response.is_stable else math.inf
            if cost < least - MATTERS:
                best, least = echoes, cost
        return best

    def _is_heard(self, new: list[Echo], left: Floats, before: Floats) -> bool:
        """Whether an echo is loud enough, and the sound without it has clearer gaps."""
        if abs(new[0].gain) < LEAST_GAIN or not Response.of(new).is_stable:
            return False
        gained = before - self._cost(without(left, Response.of(new)))
        return self._mean(gained) > LEAST_GAINED and float(np.mean(gained > 0)) > MOST_BANDS

    def _is_later(self, new: list[Echo], left: Floats, before: Floats) -> bool:
        """Whether it comes after the sound: what repeats itself, such as a drum loop, looks the same backwards."""
        ahead = self._cost(without(left, Response.of(new)))
        behind = self._cost(without(left[::-1], Response.of(new))[::-1])
        lost, gained = self._mean(behind - ahead), self._mean(before - ahead)
        if lost < LATER * gained and gained > REPEATS:
            raise Repeats
        return lost >= LATER * gained

    def _cost(self, sound: Floats, steps: Steps | None = None) -> Floats:
        return self._spectrogram.cost(sound, steps)

    def _mean(self, costs: Floats) -> float:
        shares = self._spectrogram.band_shares
        return float(shares @ costs / max(float(shares.sum()), 1e-9))


def _kinds(echoes: list[Echo], rate_hz: int) -> list[Response]:
    """With room for filters: as single repeats, as rows of repeats, and as they are where that is both."""
    kinds = [
        [Echo(echo.delay, echo.gain, 0.0) for echo in echoes],
        [Echo(echo.delay, 0.0, echo.gain) for echo in echoes],
        echoes,
    ]
    return [with_room(kind, rate_hz) for number, kind in enumerate(kinds) if kind not in kinds[:number]]


def _whole(echo: Echo) -> Echo:
    nearest = round(echo.delay)
    return Echo(float(nearest), echo.direct, echo.feedback) if abs(echo.delay - nearest) < WHOLE else echo
