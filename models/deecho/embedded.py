"""Echoes found by cepstrum, judged and fitted by the gaps they fill, taken off by their inverse; the rest is damped."""

from collections.abc import Iterator

import numpy as np

from models.base import Audio, Report, Samples
from models.deecho.cepstrum import LogSpectrum, log_spectrum
from models.deecho.echoes import Echo, Floats, Inverse, without
from models.deecho.judge import Judge, Known, Repeats
from models.deecho.tail import TailSuppressor

SHORTEST_S, LONGEST_S = 0.03, 1.0
LEAST_PEAK, LEAST_SCORE = 0.03, 8.0  # of a cepstral peak worth a trial: its height, and that over the typical one
TRIALS, MORE_TRIALS = 4, 2  # for the first echo and for each other one
APART_S = 0.002
MOST_ECHOES = 6
BETWEEN = 0.1  # samples: less than that is left to the fit
EXCERPT_S = 25.0
LEAD_S = 5.0
QUIETEST = 1e-4
BLOCK_FRAMES = 65_536
LISTENED = 0.6  # share of the progress


class EmbeddedDeecho:
    """`Restorer` for echoes of 30 ms to 1 s and a gain from 0.12: single, repeating, or several of them.

    What is left of echoes duller than what they repeat is suppressed afterwards, where there is any.

    A recording in which none is found comes back as it is; so does one that repeats itself without change, as a drum
    machine does, for its beats cannot be told from echoes.
    """

    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        known = _known(audio, report=lambda fraction: report(LISTENED * fraction))
        blocks = _inverted(audio, known)
        if known.echoes:
            excerpt, lead = _excerpt(audio)
            clean = without(excerpt, known.response)[lead:]
            blocks = TailSuppressor(clean, audio.rate_hz, known.echoes).suppressed(blocks)
        frames, done = audio.samples.shape[1], 0
        for block in blocks:
            yield block
            done += block.shape[1]
            report(LISTENED + (1 - LISTENED) * done / frames)


def _inverted(audio: Audio, known: Known) -> Iterator[Samples]:
    samples = audio.samples
    channels, frames = samples.shape
    inverse = Inverse(known.response, channels) if known.echoes else None
    for first in range(0, frames, BLOCK_FRAMES):
        block = samples[:, first : first + BLOCK_FRAMES]
        yield inverse.apply(block.astype(np.float64)).astype(np.float32) if inverse else np.array(block)


def find_echoes(audio: Audio, *, report: Report) -> list[Echo]:
    """The echoes of a recording, empty for a dry one and for one that only repeats itself."""
    return list(_known(audio, report=report).echoes)


def _known(audio: Audio, *, report: Report) -> Known:
    rate_hz = audio.rate_hz
    if audio.duration_s < 4 * SHORTEST_S:
        return Known()
    excerpt, lead = _excerpt(audio)
    if float(np.abs(excerpt).max()) < QUIETEST:
        return Known()
    spectrum = log_spectrum(audio, longest_s=LONGEST_S, report=lambda fraction: report(0.5 * fraction))
    judge = Judge(excerpt, rate_hz, lead)
    known = Known()
    for number in range(MOST_ECHOES):
        try:
            found = _next(judge, spectrum, known, rate_hz)
        except Repeats:
            return Known()
        report(0.5 + 0.5 * (number + 1) / MOST_ECHOES)
        if not found:
            break
        known = found
    return known


def _next(judge: Judge, spectrum: LogSpectrum, known: Known, rate_hz: int) -> Known | None:
    """The echoes and one more; None where there is no other."""
    for delay, gain in _candidates(spectrum, known, rate_hz):
        found = judge.with_another(known, delay, gain)
        if found:
            return found
    return None


def _candidates(spectrum: LogSpectrum, known: Known, rate_hz: int) -> Iterator[tuple[float, float]]:
    """Delays in samples and rough gains, the most striking first."""
    cepstrum = spectrum.cepstrum(known.response.log_power(spectrum.size) if known.echoes else 0.0)
    first = round(SHORTEST_S * rate_hz)
    field = cepstrum[first : min(round(LONGEST_S * rate_hz), cepstrum.size // 2)]
    heights = np.abs(field)
    typical = 1.4826 * float(np.median(heights)) + 1e-12
    apart = max(round(APART_S * rate_hz), 1)
    for _ in range(MORE_TRIALS if known.echoes else TRIALS):
        at = int(heights.argmax())
        if heights[at] < max(LEAST_PEAK, LEAST_SCORE * typical):
            return
        yield _between_samples(field, at, first)
        heights[max(at - apart, 0) : at + apart] = 0


def _between_samples(field: Floats, at: int, first: int) -> tuple[float, float]:
    """Delay and gain of a peak whose neighbours tell that it lies between two samples, as a sinc would."""
    side = 1 if at + 1 < field.size and (at == 0 or field[at + 1] / field[at] > field[at - 1] / field[at]) else -1
    ratio = field[min(max(at + side, 0), field.size - 1)] / field[at]
    part = ratio / (1 + ratio) if ratio > 0 else 0.0
    if part < BETWEEN:
        return float(first + at), float(field[at])
    return first + at + side * part, float(field[at] / np.sinc(part))


def _excerpt(audio: Audio) -> tuple[Floats, int]:
    """The loudest stretch of up to 25 s, all channels mixed, and how many samples of it only lead in."""
    samples = audio.samples
    frames = samples.shape[1]
    length = round(EXCERPT_S * audio.rate_hz)
    if frames <= length:
        return _mix(samples), 0
    firsts = range(0, frames - length + 1, length // 2)
    powers = [float(np.square(samples[:, first : first + length : 7]).mean()) for first in firsts]
    first = firsts[int(np.argmax(powers))]
    return _mix(samples[:, first : first + length]), round(LEAD_S * audio.rate_hz) if first else 0


def _mix(samples: Samples) -> Floats:
    mix = samples.mean(axis=0, dtype=np.float64)
    loudest = samples[int(np.square(samples).mean(axis=1).argmax())].astype(np.float64)
    return np.asarray(mix if np.square(mix).mean() > 0.1 * np.square(loudest).mean() else loudest)
