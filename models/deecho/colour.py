"""Echoes that are duller than what they repeat, as walls, tapes and delays with a filter in their loop make them.

Each gets a short filter in place of its gain, fitted as the gains are: by least squares, every point of the spectrogram
weighted by the inverse of its power (Nakatani et al. 2010). Within one frame a delay of a few samples is a turn of
phase, so the equations are made of Toeplitz blocks, each known from one spectrum.
"""

from collections.abc import Iterable

import numpy as np

from models.deecho.echoes import Echo, Floats, Inverse, Part, Response, without
from models.deecho.sparseness import Spectra, Spectrogram, Steps

EARLIER_S, LATER_S = 0.0003, 0.0015  # of an echo's filter, before and after its delay
ROUNDS = 8
SETTLED = 0.003
RIDGE = 1e-4  # of the mean curvature: frequencies without sound stay as they are


def with_room(echoes: Iterable[Echo], rate_hz: int) -> Response:
    """Their response, each echo one filter long enough for others; what lies within another needs none of its own."""
    plain = Response.of(echoes)
    earlier, later = round(EARLIER_S * rate_hz), round(LATER_S * rate_hz)
    count = earlier + 1 + later

    def widened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        whole = np.zeros(max((part.first + part.values.size for part in parts), default=0) + count)
        firsts: list[int] = []
        for part in parts:
            whole[part.first : part.first + part.values.size] += part.values
            first = max(part.first + part.values.size // 2 - earlier, 1)
            if all(abs(first - other) > count // 2 for other in firsts):
                firsts.append(first)
        result = []
        for first in firsts:
            result.append(Part(first, whole[first : first + count].copy()))
            whole[first : first + count] = 0.0
        return tuple(result)

    return Response(widened(plain.direct), widened(plain.feedback))


def fitted(
    excerpt: Floats, response: Response, spectrogram: Spectrogram, steps: Steps | None = None, *, rounds: int = ROUNDS
) -> Response:
    """The response with filters of the same place and length that leave the sparsest sound.

    steps: which of the spectrogram to look at, all where it is None.
    """
    if not response.is_stable:
        return response
    for _ in range(rounds):
        clean = without(excerpt, response)
        spectra = spectrogram.of(clean, steps)
        weights = spectrogram.shares / (np.square(spectra.real) + np.square(spectra.imag) + spectrogram.floor)
        slopes = [spectrogram.of(slope, steps) for slope in _slopes(excerpt, clean, response)]
        change = _step(spectra, slopes, weights, response, spectrogram.frame)
        halvings = [_moved(response, change / 2**number) for number in range(4)]
        moved = next((trial for trial in halvings if trial.is_stable), None)
        if moved is None:
            break
        response = moved
        if np.abs(change).sum(axis=1).max() < SETTLED:
            break
    return response


def _slopes(heard: Floats, clean: Floats, response: Response) -> list[Floats]:
    """How the clean sound changes with the first tap of each filter."""
    rows = [np.pad(clean, (part.first, 0))[: clean.size] for part in response.direct]
    rows += [np.pad(heard, (part.first, 0))[: heard.size] for part in response.feedback]
    return list(Inverse(Response(direct=response.direct), len(rows)).apply(-np.array(rows)))


def _step(spectra: Spectra, slopes: list[Spectra], weights: Spectra, response: Response, frame: int) -> Floats:
    """The change of all taps, shape (filters, taps), that makes the weighted power least."""
    from scipy.linalg import cho_factor, cho_solve, toeplitz

    count, taps = len(slopes), (*response.direct, *response.feedback)[0].values.size
    gram = np.zeros((count, taps, count, taps))
    slope_to = np.zeros((count, taps))
    for i, slope in enumerate(slopes):
        weighted = weights * slope.conj()
        slope_to[i] = _turned(weighted, spectra, frame)[:taps]
        for j in range(i, count):
            lags = _turned(weighted, slopes[j], frame)
            block = toeplitz(lags[:taps], lags[-np.arange(taps)])
            gram[i, :, j] = block
            gram[j, :, i] = block.T
    matrix = gram.reshape(count * taps, -1)
    matrix[np.diag_indices_from(matrix)] += RIDGE * np.trace(matrix) / matrix.shape[0] + 1e-12
    return np.asarray(-cho_solve(cho_factor(matrix), slope_to.ravel()).reshape(count, taps))


def _turned(weighted: Spectra, other: Spectra, frame: int) -> Floats:
    """Their products, summed over time, as a function of the lag in samples."""
    from scipy.fft import irfft

    return np.asarray(irfft(np.einsum("tf,tf->f", weighted, other).astype(np.complex128), frame))


def _moved(response: Response, change: Floats) -> Response:
    rows = iter(change)

    def moved(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(Part(part.first, part.values + next(rows)) for part in parts)

    return Response(moved(response.direct), moved(response.feedback))
