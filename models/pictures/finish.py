"""The last touches: bloom, vignette, paper, grain, and bytes without banding."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from models.pictures.noise import coarse_fbm, resized
from models.pictures.stage import ANIME, DARK, MINIMAL, NATURE, Stage

_STRIPE = 256  # rows that are turned into bytes at a time


def finish(stage: Stage) -> None:
    """What belongs to the style, on the whole picture."""
    canvas, style = stage.canvas, stage.style
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)
    if style not in {MINIMAL, NATURE}:
        _bloom(stage, 0.5 if stage.palette.is_night or style == ANIME else 0.32)
    if style == MINIMAL:
        paper = coarse_fbm(stage.rng, canvas.height, canvas.width, 60, octaves=3)[:, :, None]
        canvas.rgb *= 1 + 0.014 * paper
    _vignette(stage, {DARK: 0.6, ANIME: 0.14, MINIMAL: 0.0}.get(style, 0.27))
    if style == DARK:
        canvas.rgb[:] = canvas.rgb * (0.62 + 0.38 * canvas.rgb)
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)


def _bloom(stage: Stage, strength: float) -> None:
    """Bright places give light to what is around them."""
    canvas = stage.canvas
    step = 4
    small = np.clip(canvas.rgb[::step, ::step] - 0.66, 0, 1) * 1.6
    soft = gaussian_filter(small, (canvas.unit / step * 0.022, canvas.unit / step * 0.022, 0))
    for channel in range(3):
        light = np.clip(resized(soft[:, :, channel], canvas.height, canvas.width), 0, 1) * strength
        canvas.rgb[:, :, channel] = 1 - (1 - canvas.rgb[:, :, channel]) * (1 - light)


def _vignette(stage: Stage, strength: float) -> None:
    canvas = stage.canvas
    rows = np.linspace(-1, 1, canvas.height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, canvas.width, dtype=np.float32)[None]
    far = (rows**2 + columns**2) / 2
    canvas.rgb *= (1 - strength * far**1.6)[:, :, None]


def to_bytes(stage: Stage) -> NDArray[np.uint8]:
    """8-bit RGB; film grain and rounding at random keep gradients free of bands."""
    canvas, rng = stage.canvas, stage.rng
    grain = {MINIMAL: 0.006, ANIME: 0.004}.get(stage.style, 0.011)
    out = np.empty(canvas.rgb.shape, np.uint8)
    for first in range(0, canvas.height, _STRIPE):
        part = canvas.rgb[first : first + _STRIPE]
        noise = rng.standard_normal(part.shape[:2], np.float32)[:, :, None] * grain
        dither = rng.random(part.shape, np.float32)
        shown = part + noise * (0.35 + 1.2 * part * (1 - part))
        out[first : first + _STRIPE] = np.clip(shown * 255 + dither, 0, 255).astype(np.uint8)
    return out
