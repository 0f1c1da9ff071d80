"""The tempo of a recording: a comb over the autocorrelation of its onsets, then a line through the beats.

The comb and the preference for moderate tempi follow Percival and Tzanetakis (2014); beats are tracked by dynamic
programming (Ellis 2007).
"""

from dataclasses import dataclass

import numpy as np

from models.analysis.onsets import HOP
from models.analysis.peaks import Floats
from models.base import Report

LOWEST_BPM = 40.0
HIGHEST_BPM = 240.0
STEPS_PER_OCTAVE = 240
PREFERRED_BPM = 115.0
PREFERENCE_OCTAVES = 0.8
# Multiples of the beat, and their weights. A second comb for bars of three mended waltzes and broke as many ballads.
COMB = ((1, 1.0), (2, 1.0), (3, 0.4), (4, 1.0), (8, 0.5))
HALF_WEIGHT = 0.3
WINDOW_S = 30.0
LONGEST_LAG_S = 8 * 60 / LOWEST_BPM
NO_PULSE = 0.3  # over the root of the seconds: the comb of random onsets stays below, and shrinks with their number
LEAST_PULSE = 0.02
AUDIBLE = 0.1  # energy of the onsets in a window that counts, 1 is typical
FEWEST_BANDS = 2  # onsets in one band alone count half: they may be beating partials
TIGHTNESS = 100.0
OUTLIER_S = 0.04
STEADY_S = 0.03
LOCAL_BEATS = 24
FEWEST_BEATS = 4  # a line through fewer says nothing
FRAMES_PER_REPORT = 8192


@dataclass(frozen=True, slots=True)
class Tempo:
    """`bpm` 0.0 when there is no pulse; `alternatives` are other readings, best first; scores are shares of 1."""

    bpm: float
    confidence: float
    alternatives: tuple[tuple[float, float], ...]


def find_tempo(onsets: Floats, rate_hz: int, report: Report) -> Tempo:
    """From onset strengths of shape (bands, frames), HOP apart at `rate_hz`."""
    frames_hz = rate_hz / HOP
    correlation = _autocorrelation(onsets, frames_hz)
    if correlation is None:
        return Tempo(0.0, 0.0, ())
    octaves = np.log2(HIGHEST_BPM / LOWEST_BPM)
    steps = np.linspace(0, octaves, round(STEPS_PER_OCTAVE * octaves) + 1)
    bpms = (LOWEST_BPM * 2**steps).astype(np.float32)
    strength = _comb(correlation, 60 * frames_hz / bpms)
    preference = np.exp(-0.5 * (np.log2(bpms / PREFERRED_BPM) / PREFERENCE_OCTAVES) ** 2)
    scores = (np.maximum(strength, 0) * preference).astype(np.float32)
    best = int(scores.argmax())
    if strength[best] < max(NO_PULSE / np.sqrt(onsets.shape[1] / frames_hz), LEAST_PULSE):
        return Tempo(0.0, 0.0, ())
    bpm = _refined(onsets.sum(axis=0), float(bpms[best]), frames_hz, report)
    return Tempo(bpm, *_readings(bpms, scores, best, bpm))


def _autocorrelation(onsets: Floats, frames_hz: float) -> Floats | None:
    """Mean over bands and windows, 1 at lag 0; None for what is too short or has no onsets."""
    import scipy.fft

    frames = onsets.shape[1]
    size = min(round(WINDOW_S * frames_hz), frames)
    lags = min(round(LONGEST_LAG_S * frames_hz), size - 1)
    if size < 2 * frames_hz:
        return None
    total = np.zeros(lags + 1)
    counted = 0.0
    length = scipy.fft.next_fast_len(2 * size)
    for first in range(0, max(frames - size // 2, 1), size // 2):
        part = onsets[:, first : first + size]
        part = part - part.mean(axis=1, keepdims=True)
        spectra = np.abs(scipy.fft.rfft(part, length, axis=1)) ** 2
        products = scipy.fft.irfft(spectra, length, axis=1)[:, : lags + 1]
        energy = products[:, :1]
        usable = energy[:, 0] > AUDIBLE * size
        if usable.any():
            # Fewer products at longer lags: made up for, up to a limit.
            fair = part.shape[1] / np.maximum(part.shape[1] - np.arange(lags + 1), part.shape[1] / 4)
            total += (products[usable] / energy[usable]).sum(axis=0) / max(int(usable.sum()), FEWEST_BANDS) * fair
            counted += 1
    return (total / counted).astype(np.float32) if counted else None


def _comb(correlation: Floats, lags: Floats) -> Floats:
    """Weighted mean of the autocorrelation at multiples of each lag, and at its half."""
    places = np.arange(correlation.size)
    total, weights = np.zeros(lags.size), np.zeros(lags.size)
    for multiple, weight in (*COMB, (0.5, HALF_WEIGHT)):
        at = lags * multiple
        inside = at <= correlation.size - 1
        # The peak near a multiple may be a few frames off: the tempo is only known to a step here.
        around = [np.interp(at + shift, places, correlation) for shift in (-multiple * 0.5, 0.0, multiple * 0.5)]
        value = np.maximum.reduce(around) if multiple > 1 else around[1]
        total += np.where(inside, weight * value, 0)
        weights += np.where(inside, weight, 0)
    return (total / np.maximum(weights, 1e-9)).astype(np.float32)


def tempo_of_beats(times_s: Floats) -> float:
    """Beats per minute of beat times in seconds; 0.0 for fewer than four."""
    if times_s.size < FEWEST_BEATS:
        return 0.0
    return 60 / _steady_s(times_s, float(np.median(np.diff(times_s))))


def _refined(strength: Floats, bpm: float, frames_hz: float, report: Report) -> float:
    """Exact tempo from the beats."""
    beats = track_beats(strength, 60 * frames_hz / bpm, report)
    if beats.size < FEWEST_BEATS:
        return float(bpm)
    refined = 60 / _steady_s(beats / frames_hz, 60 / bpm)
    return refined if abs(np.log2(refined / bpm)) < 0.06 else float(bpm)  # noqa: PLR2004 - it lost the beat


def _steady_s(times_s: Floats, period_s: float) -> float:
    """Seconds per beat by a line through all of them; of a wandering tempo, the median of local lines."""
    slope_s, spread_s = _line(times_s, period_s)
    if spread_s > STEADY_S and times_s.size > 2 * LOCAL_BEATS:
        parts = [times_s[n : n + LOCAL_BEATS] for n in range(0, times_s.size - LOCAL_BEATS, LOCAL_BEATS // 2)]
        slope_s = float(np.median([_line(part, period_s)[0] for part in parts]))
    return slope_s


def _line(times_s: Floats, period_s: float) -> tuple[float, float]:
    """Seconds per beat and the spread of the beats around the line, outliers left out."""
    numbers = np.concatenate([[0], np.cumsum(np.maximum(np.rint(np.diff(times_s) / period_s), 1))])
    keep = np.ones(times_s.size, bool)
    slope = offset = 0.0
    for _ in range(5):
        slope, offset = np.polyfit(numbers[keep], times_s[keep], 1)
        off = np.abs(times_s - (slope * numbers + offset))
        limit = max(OUTLIER_S, 2.5 * float(np.median(off)))
        if (off <= limit).sum() < max(4, times_s.size // 3):
            break
        keep = off <= limit
    spread = float(np.sqrt(np.mean((times_s[keep] - slope * numbers[keep] - offset) ** 2)))
    return float(slope), spread


def track_beats(strength: Floats, period: float, report: Report) -> Floats:
    """Frames of the beats, refined between frames; `period` is their expected distance in frames."""
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(strength.astype(np.float64), 1.0)
    spread = smooth.std()
    if spread == 0 or strength.size < period:
        return np.zeros(0, np.float32)
    local = smooth / spread
    gaps = np.arange(round(period / 2), round(2 * period) + 1)
    cost = -TIGHTNESS * np.log(gaps / period) ** 2
    score = local.copy()
    back = np.full(local.size, -1)
    for n in range(gaps[0], local.size):
        if n % FRAMES_PER_REPORT == 0:
            report(n / local.size)
        before = n - gaps[gaps <= n]
        candidates = score[before] + cost[: before.size]
        best = int(candidates.argmax())
        if candidates[best] > 0:
            score[n] = local[n] + candidates[best]
            back[n] = before[best]
    last = local.size - 1 - int(period)
    at = max(last, 0) + int(score[max(last, 0) :].argmax())
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(back[at])
    return _between_frames(smooth, np.array(beats[::-1]))


def _between_frames(smooth: Floats, beats: Floats) -> Floats:
    inner = np.clip(beats, 1, smooth.size - 2)
    left, mid, right = smooth[inner - 1], smooth[inner], smooth[inner + 1]
    curve = left - 2 * mid + right
    shift = np.where(curve < 0, 0.5 * (left - right) / np.where(curve < 0, curve, -1.0), 0.0)
    places: Floats = (inner + np.clip(shift, -0.5, 0.5)).astype(np.float64)
    return places


def _readings(bpms: Floats, scores: Floats, best: int, bpm: float) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Share of the chosen tempo, and its doubles, halves and thirds with theirs."""
    found = []
    for factor in (2.0, 0.5, 1.5, 2 / 3, 3.0, 1 / 3):
        other = bpm * factor
        if LOWEST_BPM <= other <= HIGHEST_BPM:
            near = np.abs(np.log2(bpms / other)) < 0.02  # noqa: PLR2004 - within one and a half percent
            found.append((other, float(scores[near].max())))
    total = float(scores[best]) + sum(score for _, score in found)
    ranked = sorted(found, key=lambda reading: -reading[1])
    return float(scores[best]) / total, tuple((tempo, score / total) for tempo, score in ranked if score > 0)
