"""The separator without weights on mixes with known stems, in stereo and mono, without a voice, with nothing else."""

from collections.abc import Callable, Iterator

import numpy as np

from bench.quality.material.mixes import STEMS, Mix, mixes
from bench.quality.metrics import bss_eval_db, real_time_factor, si_sdr_db
from bench.quality.table import Figure
from models.base import Audio, Samples
from models.separation.embedded import EmbeddedSeparator

COUNT, SECONDS = 8, 20.0
RATE_HZ = EmbeddedSeparator.rate_hz
TARGETS = {"drums": 2.5, "bass": 2.5, "other": None, "vocals": 3.5, "instrumental": 7.5}
Scores = dict[str, list[float]]


def measure(set_name: str) -> list[Figure]:
    separator = EmbeddedSeparator()
    made = list(mixes(set_name, COUNT, seconds=SECONDS))
    _stems(separator, made[0].stems[:, :, :RATE_HZ].sum(axis=0))  # compiled before the clock runs
    figures = _separated(separator, made)
    for label, only in (("read", False), ("sung", True)):
        chosen = [mix for mix in made if mix.is_sung is only]
        figures.append(Figure(f"vocals SDR, {label}", _mean(_scores(separator, chosen, np.copy)["vocals"]), unit="dB"))
    figures += [
        Figure(f"{name} SDR, mono mix", _mean(values), unit="dB")
        for name, values in _scores(separator, made, _mono).items()
        if name in TARGETS
    ]
    silent = [_level_db(_stems(separator, mix.instrumental)[3], mix.instrumental) for mix in made]
    alone = [_level_db(_stems(separator, mix.stems[3])[:3].sum(axis=0), mix.stems[3]) for mix in made]
    return [
        *figures,
        Figure("vocals of songs without any, mean", _mean(silent), unit="dB of the mix", higher_is_better=False),
        Figure("vocals of songs without any, worst", max(silent), unit="dB of the mix", higher_is_better=False),
        Figure("voice alone, left in other stems, worst", max(alone), unit="dB", higher_is_better=False),
        _speed(separator, made[0], "standard"),
        _speed(separator, made[0], "draft"),
    ]


def _separated(separator: EmbeddedSeparator, made: list[Mix]) -> list[Figure]:
    scores = _scores(separator, made, np.copy)
    figures = [Figure(f"{name} SDR", _mean(scores[name]), target, "dB") for name, target in TARGETS.items()]
    figures.append(Figure("vocals SDR over the mix", _mean(scores["vocals gained"]), 7.0, "dB"))
    figures += [Figure(f"{name} SI-SDR", _mean(scores[f"{name} SI"]), unit="dB") for name in STEMS]
    figures += [Figure(f"{name} SDR of BSS Eval", _mean(scores[f"{name} BSS"]), unit="dB") for name in STEMS]
    return [*figures, Figure("sum of stems, error", max(scores["sum"]), -60.0, "dB", higher_is_better=False)]


def sdr_db(estimate: Samples, truth: Samples) -> float:
    """Signal-to-distortion ratio of a whole clip in dB (Stöter, Liutkus and Ito 2018, without the allowed filter)."""
    truth = truth.astype(np.float64)
    return float(10 * np.log10(np.sum(truth**2) / max(float(np.sum((estimate - truth) ** 2)), 1e-20)))


def _scores(separator: EmbeddedSeparator, made: list[Mix], shaped: Callable[[Samples], Samples]) -> Scores:
    """Figures of each mix by name; stems that do not play are left out."""
    scores: Scores = {}
    for mix in made:
        truth = np.stack([shaped(stem) for stem in mix.stems])
        whole = truth.sum(axis=0)
        found = _stems(separator, whole)
        for name, value in _of_one(found, truth, whole):
            scores.setdefault(name, []).append(value)
    return scores


def _of_one(found: Samples, truth: Samples, whole: Samples) -> Iterator[tuple[str, float]]:
    for name, estimate, stem in zip(STEMS, found, truth, strict=True):
        if stem.any():
            yield name, sdr_db(estimate, stem)
            yield f"{name} SI", si_sdr_db(estimate, stem)
            yield f"{name} BSS", bss_eval_db(estimate, stem)
    yield "vocals gained", sdr_db(found[3], truth[3]) - sdr_db(whole, truth[3])
    yield "instrumental", sdr_db(whole - found[3], truth[:3].sum(axis=0))
    yield "sum", _level_db(found.sum(axis=0) - whole, whole)


def _stems(separator: EmbeddedSeparator, samples: Samples, quality: str = "standard") -> Samples:
    audio = Audio(np.ascontiguousarray(samples, np.float32), RATE_HZ)
    blocks = separator.separate(audio, quality=quality, report=lambda _fraction: None)
    return np.concatenate(list(blocks), axis=-1)


def _mono(samples: Samples) -> Samples:
    return np.repeat(samples.mean(axis=0, keepdims=True), 2, axis=0)


def _level_db(samples: Samples, reference: Samples) -> float:
    power, usual = np.mean(np.square(samples, dtype=np.float64)), np.mean(np.square(reference, dtype=np.float64))
    return float(10 * np.log10(power / usual + 1e-12))


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def _speed(separator: EmbeddedSeparator, mix: Mix, quality: str) -> Figure:
    samples = mix.audio.samples
    factor = real_time_factor(lambda: _stems(separator, samples, quality), samples.shape[1] / RATE_HZ)
    target = 0.3 if quality == "standard" else None
    return Figure(f"real-time factor, {quality}", factor, target, higher_is_better=False)
