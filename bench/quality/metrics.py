"""Metrics of speech and separation; their libraries come with `pip install --group quality`."""

import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
import soxr
from numpy.typing import NDArray

from models.base import Samples

SPEECH_RATE_HZ = 16_000
MOST_DB = 200.0


def si_sdr_db(estimate: Samples, truth: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019) of equally long arrays; at most 200."""
    from fast_bss_eval import si_sdr

    (found,) = si_sdr(*_rows(truth, estimate), clamp_db=MOST_DB)
    return float(found)


def bss_eval_db(estimate: Samples, truth: Samples) -> float:
    """Signal-to-distortion ratio in dB of BSS Eval (Vincent et al. 2006): 512 taps of filtering are forgiven."""
    from fast_bss_eval import sdr

    channels = zip(np.atleast_2d(truth), np.atleast_2d(estimate), strict=True)
    found = [sdr(*_rows(*pair), filter_length=512, clamp_db=MOST_DB)[0] for pair in channels if pair[0].any()]
    return float(np.mean(found))


def _rows(*arrays: Samples) -> list[NDArray[np.float64]]:
    return [np.asarray(array, np.float64).reshape(1, -1) for array in arrays]


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
