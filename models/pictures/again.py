"""What is painted, once more in an abstract technique: stained glass, halftone, facets."""

import numpy as np
from scipy.ndimage import gaussian_filter

from models.pictures.colour import Plane, lch_of, mix
from models.pictures.noise import cells_of, resized
from models.pictures.stage import Stage, smooth

_PANES = 1300  # of a square picture


def paint_again(stage: Stage) -> None:
    """What is painted, once more in an abstract technique."""
    ways = (stained_glass, halftone, facets)
    ways[int(stage.rng.integers(len(ways)))](stage)


def facets(stage: Stage) -> None:
    """Broken into overlapping planes, as the cubists did."""
    canvas, rng = stage.canvas, stage.rng
    source = canvas.rgb.copy()
    for _ in range(46):
        angle, x, y = rng.uniform(0, np.pi), rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        reach = canvas.unit * rng.uniform(0.1, 0.26)
        turn = angle + np.sort(rng.uniform(0, 2 * np.pi, 4))
        plane = np.stack([x + reach * np.cos(turn), y + reach * np.sin(turn)], axis=1)
        mask = canvas.mask([plane])
        if mask is None:
            continue
        shift_x, shift_y = (int(v) for v in rng.normal(0, canvas.unit * 0.022, 2))
        moved = np.roll(source, (shift_y, shift_x), (0, 1))[mask.rows, mask.columns]
        rows = np.linspace(-1, 1, mask.alpha.shape[0], dtype=np.float32)[:, None, None]
        columns = np.linspace(-1, 1, mask.alpha.shape[1], dtype=np.float32)[None, :, None]
        hint = stage.palette.flat[1 + int(rng.integers(4))]
        tone = 1 + 0.2 * (rows * np.sin(angle) + columns * np.cos(angle))
        canvas.lay(mask, np.clip(0.9 * moved * tone + 0.1 * hint, 0, 1), 0.92)


def stained_glass(stage: Stage) -> None:
    """What is painted, as panes of one colour between dark lead."""
    canvas, rng = stage.canvas, stage.rng
    scale = 2 if canvas.unit > 256 else 1  # noqa: PLR2004 - small pictures are worked out whole
    height, width = canvas.height // scale, canvas.width // scale
    small = canvas.rgb[: height * scale : scale, : width * scale : scale].reshape(-1, 3)
    luminance = gaussian_filter(small.reshape(height, width, 3).mean(axis=2), 1.2)
    detail = np.hypot(*np.gradient(luminance)).ravel() ** 0.7 + 1e-4
    count = int(_PANES * canvas.width * canvas.height / canvas.unit**2)
    # Small panes where there is something to see, large ones in the sky.
    at = rng.choice(detail.size, min(count, detail.size), replace=False, p=detail / detail.sum())
    points = np.stack([at // width, at % width], axis=1) + rng.uniform(0, 1, (at.size, 2))
    count = at.size
    first, border, nearest = cells_of(points, height, width)
    flat = nearest.ravel()
    weight = np.maximum(np.bincount(flat, minlength=count), 1)[:, None]
    means = np.stack([np.bincount(flat, small[:, channel], count) for channel in range(3)], axis=1) / weight
    means = np.clip(means * (1 + 0.09 * rng.normal(size=(count, 1))), 0, 1)
    lead = resized(border, canvas.height, canvas.width) * scale
    panes = resized_panes(means[nearest].astype(np.float32), canvas.height, canvas.width)
    dome = np.clip(1.09 - 0.28 * resized(first, canvas.height, canvas.width) * scale / (canvas.unit * 0.03), 0.75, 1.12)
    glass = np.clip(panes * dome[:, :, None], 0, 1)
    edge = smooth(canvas.unit * 0.0006, canvas.unit * 0.0021, lead)[:, :, None]
    canvas.rgb[:] = stage.palette.flat[5] * 0.25 * (1 - edge) + glass * edge


def resized_panes(picture: Plane, height: int, width: int) -> Plane:
    return np.stack([resized(np.ascontiguousarray(picture[:, :, n]), height, width) for n in range(3)], axis=2)


def halftone(stage: Stage) -> None:
    """What is painted, as dots whose size is its darkness, on paper."""
    canvas = stage.canvas
    step = max(canvas.unit / 74, 4.0)
    soft = gaussian_filter(canvas.rgb, (step * 0.35, step * 0.35, 0))
    luminance = soft @ np.array([0.299, 0.587, 0.114], np.float32)
    low, high = np.percentile(luminance, [2, 98])
    dark = 1 - np.clip((luminance - low) / max(high - low, 0.05), 0, 1)
    rows, columns = np.mgrid[0 : canvas.height, 0 : canvas.width].astype(np.float32)
    turn = np.deg2rad(28)
    u, v = (columns * np.cos(turn) + rows * np.sin(turn)) / step, (rows * np.cos(turn) - columns * np.sin(turn)) / step
    far = np.hypot(u - np.round(u), v - np.round(v)) * step
    radius = np.sqrt(0.06 + 0.94 * dark) * step * 0.66
    dots = np.clip(radius - far + 0.5, 0, 1)[:, :, None]
    paper = mix(max(stage.palette.flat[0], stage.palette.flat[5], key=lambda c: lch_of(c)[0]), stage.palette.light, 0.1)
    vivid = np.clip(soft + (soft - luminance[:, :, None]) * 0.6, 0, 1) * 0.82
    canvas.rgb[:] = paper + dots * (vivid - paper)
