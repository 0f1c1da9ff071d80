"""Paint: a picture, painted again with brush strokes that follow its forms."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from models.pictures.colour import Plane
from models.pictures.noise import fbm
from models.pictures.stage import Stage

_LAYERS = ((0.030, 0.011, 1.0), (0.017, 0.0062, 0.6), (0.009, 0.0034, 0.3))
"""Length and width of the strokes, of the smaller side, and the share of the picture that is painted over."""


def paint_over(stage: Stage) -> None:
    """Coarse strokes everywhere, finer ones where there is detail; the paint stands up from the canvas a little."""
    canvas, rng = stage.canvas, stage.rng
    height, width = canvas.height, canvas.width
    luminance = canvas.rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    soft = gaussian_filter(luminance, canvas.unit * 0.006)
    down, across = np.gradient(soft)
    # The structure tensor tells along what a stroke runs; where there is nothing, a slow current does.
    reach = canvas.unit * 0.012
    xx, yy, xy = (gaussian_filter(part, reach) for part in (across * across, down * down, across * down))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    strong = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    current = 0.5 * fbm(rng, height, width, 1.5, octaves=2)
    angle = np.where(strong > np.quantile(strong, 0.3), angle, current)
    detail = np.hypot(*np.gradient(gaussian_filter(luminance, canvas.unit * 0.0022)))
    picture = Image.fromarray(_bytes(canvas.rgb))
    height_map = np.zeros((height, width), np.float32)
    source = canvas.rgb
    for length, thick, share in _LAYERS:
        picture, bristle = _layer(
            stage, picture, source, angle, detail, length * canvas.unit, thick * canvas.unit, share
        )
        height_map = height_map * (1 - share) + bristle
    painted = np.asarray(picture, np.float32) / 255
    rise_down, rise_across = np.gradient(gaussian_filter(height_map, 0.6))
    gleam = np.clip((-rise_across - rise_down) * 0.2, -0.07, 0.07)[:, :, None]
    canvas.rgb[:] = np.clip(painted * (1 + gleam), 0, 1)


def _layer(
    stage: Stage,
    picture: Image.Image,
    source: Plane,
    angle: Plane,
    detail: Plane,
    length: float,
    thick: float,
    share: float,
) -> tuple[Image.Image, Plane]:
    rng = stage.rng
    height, width = detail.shape
    if thick < 1:
        return picture, np.zeros((height, width), np.float32)
    count = int(1.5 * width * height / (length * thick))
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    if share < 1:
        kept = detail[rows, columns] > np.quantile(detail, 1 - share)
        rows, columns = rows[kept], columns[kept]
    turn = angle[rows, columns] + rng.normal(0, 0.16, rows.size)
    reach = length * rng.uniform(0.55, 1.1, rows.size) / 2
    tones = source[rows, columns] * (1 + rng.normal(0, 0.035, (rows.size, 1))) + rng.normal(0, 0.012, (rows.size, 3))
    colours = _bytes(tones)
    bristle = Image.new("L", (width, height), 128)
    draw, rise = ImageDraw.Draw(picture), ImageDraw.Draw(bristle)
    across, down = reach * np.cos(turn), reach * np.sin(turn)
    levels = rng.integers(60, 200, rows.size)
    round_ = int(max(thick, 1))
    for n in range(rows.size):
        ends = [(columns[n] - across[n], rows[n] - down[n]), (columns[n] + across[n], rows[n] + down[n])]
        draw.line(ends, fill=tuple(int(v) for v in colours[n]), width=round_)
        rise.line(ends, fill=int(levels[n]), width=round_)
    return picture, np.divide(np.asarray(bristle), 128, dtype=np.float32) - np.float32(1)


def _bytes(rgb: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)
