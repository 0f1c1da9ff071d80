"""Colours. sRGB values are float32 from 0 to 1; harmony and mixtures are worked out in OKLab (Ottosson 2020)."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]
"""sRGB, of shape (3,)."""
Plane = NDArray[np.float32]
"""One value per pixel, of shape (height, width), or a picture of shape (height, width, 3)."""

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_LAB = np.linalg.inv(_TO_LAB)
_KNEE, _LINEAR_KNEE = 0.04045, 0.0031308
_CHROMA_STEPS = 12


def to_oklab(rgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """OKLab of sRGB; the last axis holds the three values: lightness 0 to 1, green-red, blue-yellow."""
    given = np.asarray(rgb, np.float64)
    linear = np.where(given <= _KNEE, given / 12.92, ((np.maximum(given, 0) + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, np.float64)


def from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """SRGB of OKLab, not limited to what a screen can show."""
    linear = (np.asarray(lab, np.float64) @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
    above = 1.055 * np.maximum(linear, _LINEAR_KNEE) ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= _LINEAR_KNEE, 12.92 * linear, above))


def oklch(lightness: float, chroma: float, hue_deg: float) -> Colour:
    """The sRGB colour; what a screen cannot show is made paler, with lightness and hue kept."""
    lightness = min(max(lightness, 0.0), 1.0)
    angle = math.radians(hue_deg)
    low, high = 0.0, max(chroma, 0.0)
    best = high
    for step in range(_CHROMA_STEPS):
        rgb = from_oklab(np.array([lightness, best * math.cos(angle), best * math.sin(angle)]))
        if rgb.min() >= -0.002 and rgb.max() <= 1.002:  # noqa: PLR2004 - a little beyond the edge of the gamut
            if step == 0:
                break
            low = best
        else:
            high = best
        best = (low + high) / 2
    return np.clip(rgb, 0, 1).astype(np.float32)


def lch_of(colour: Colour) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma, hue in degrees."""
    light, a, b = (float(value) for value in to_oklab(colour))
    return light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """From `first` (share 0) to `second` (share 1), evenly to the eye."""
    lab = to_oklab(first) * (1 - share) + to_oklab(second) * share
    return np.clip(from_oklab(lab), 0, 1).astype(np.float32)


def shade(colour: Colour, by: float) -> Colour:
    """Lighter (by > 0) or darker in OKLab lightness."""
    light, chroma, hue = lch_of(colour)
    return oklch(light + by, chroma, hue)


def gradient(colours: Sequence[Colour], steps: int, stops: Sequence[float] | None = None) -> Plane:
    """`steps` colours of shape (steps, 3) through all of `colours`, which stand at `stops` (0 to 1, rising)."""
    at = np.linspace(0, 1, len(colours)) if stops is None else np.asarray(stops)
    lab = to_oklab(np.stack(colours))
    t = np.linspace(0, 1, steps)
    # A smooth path between the stops: no visible bend where two segments meet.
    smooth = [np.interp(t, at, lab[:, channel]) for channel in range(3)]
    width = max(steps // 12, 1)
    kernel = np.hanning(2 * width + 1)
    padded = [np.convolve(np.pad(line, width, mode="edge"), kernel / kernel.sum(), "valid") for line in smooth]
    return np.clip(from_oklab(np.stack(padded, axis=1)), 0, 1).astype(np.float32)


def parse_hex(text: str) -> Colour:
    """From "#rrggbb"."""
    return np.array([int(text[n : n + 2], 16) / 255 for n in (1, 3, 5)], np.float32)
