"""Metrics of speech and separation. `pesq` and `pystoi` come with `pip install --group quality`."""

import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
import soxr

from models.base import Samples

SPEECH_RATE_HZ = 16_000


def si_sdr_db(estimate: Samples, truth: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019) of equally long arrays."""
    x, s = np.asarray(estimate, np.float64).ravel(), np.asarray(truth, np.float64).ravel()
    target = (x @ s) / max(s @ s, 1e-20) * s
    rest = x - target
    return float(10 * np.log10(max(target @ target, 1e-20) / max(rest @ rest, 1e-20)))


def pesq_wb(estimate: Samples, truth: Samples, rate_hz: int) -> float:
    """Wideband PESQ (ITU-T P.862.2), 1 to 4.6, of two mono arrays."""
    from pesq import pesq

    return float(pesq(SPEECH_RATE_HZ, _speech(truth, rate_hz), _speech(estimate, rate_hz), "wb"))


def estoi(estimate: Samples, truth: Samples, rate_hz: int) -> float:
    """Extended short-time objective intelligibility (Jensen & Taal 2016), 0 to 1, of two mono arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pystoi import stoi

        return float(stoi(_speech(truth, rate_hz), _speech(estimate, rate_hz), SPEECH_RATE_HZ, extended=True))


def _speech(samples: Samples, rate_hz: int) -> Samples:
    mono = np.asarray(samples, np.float32).reshape(-1)
    return np.asarray(soxr.resample(mono, rate_hz, SPEECH_RATE_HZ), np.float32)


def real_time_factor(run: Callable[[], object], audio_s: float) -> float:
    """CPU seconds of this process and its children per second of audio."""

    def cpu_s() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    started_s = cpu_s()
    run()
    return (cpu_s() - started_s) / audio_s
