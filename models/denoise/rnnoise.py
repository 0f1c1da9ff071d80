"""RNNoise (Valin 2018, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement")."""

import ctypes
import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

RATE_HZ = 48_000
FRAME = 480
DELAY = 960  # samples by which the library's output is late
SCALE = 32_768.0


@functools.cache
def _library() -> Any:  # noqa: ANN401 - ctypes gives a library no type
    """The library inside the pyrnnoise wheel; importing the package itself would load PyAV."""
    spec = importlib.util.find_spec("pyrnnoise")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pyrnnoise is not installed")
    library = ctypes.CDLL(str(Path(spec.origin).with_name("librnnoise.so")))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    return library


def suppress(samples: Samples) -> tuple[Samples, NDArray[np.float32]]:
    """Speech out of mono `samples` (shape (frames,), 48 kHz, full scale 1).

    Returns the speech, as long as the input and lined up with it, and the probability of voice, 0 to 1, of every 10 ms.
    """
    library = _library()
    count = -(-(samples.size + DELAY) // FRAME)
    heard = np.zeros(count * FRAME, np.float32)
    heard[: samples.size] = samples * SCALE
    spoken = np.empty_like(heard)
    voice = np.empty(count, np.float32)
    state = library.rnnoise_create(None)
    try:
        for frame in range(count):
            at = frame * heard.itemsize * FRAME
            voice[frame] = library.rnnoise_process_frame(state, spoken.ctypes.data + at, heard.ctypes.data + at)
    finally:
        library.rnnoise_destroy(state)
    # The probability is that of the newest frame the network has seen, one frame before the sound comes out.
    return spoken[DELAY:][: samples.size] / SCALE, voice[1:]
