"""Clouds: heaps in flat shades, and drifting ones of noise."""

import numpy as np
from scipy.ndimage import gaussian_filter

from models.pictures.canvas import Mask, ellipse, stroke
from models.pictures.colour import mix
from models.pictures.noise import fbm, resized
from models.pictures.stage import Stage, smooth
from models.pictures.things import WHITE


def paint_clouds(stage: Stage, amount: float) -> None:
    """Clouds up to the horizon: heaps in flat shades, or drifting ones of noise."""
    if stage.flat:
        _flat_clouds(stage)
    elif stage.cel or (stage.palette.time == "day" and stage.chance(0.45)):
        _heaps(stage, amount)
    else:
        _drifting(stage, amount)


def _drifting(stage: Stage, amount: float) -> None:
    canvas, palette, rng = stage.canvas, stage.palette, stage.rng
    depth = int(max(min(stage.horizon, canvas.height), 8))
    field = fbm(
        rng, max(depth // 2, 8), max(canvas.width // 2, 8), stage.uniform(1.6, 2.6), octaves=6, gain=0.55, stretch=2.4
    )
    # Perspective: rows come closer together towards the horizon.
    t = np.linspace(0, 1, field.shape[0]) ** 1.7 * (field.shape[0] - 1)
    first = np.minimum(t.astype(int), field.shape[0] - 2)
    share = (t - first)[:, None].astype(np.float32)
    field = resized(field[first] * (1 - share) + field[first + 1] * share, depth, canvas.width)
    density = (
        smooth(0.3 - 0.5 * amount, 0.75 - 0.4 * amount, field)
        * np.linspace(0.85, 0.9, depth, dtype=np.float32)[:, None]
    )
    reach = max(int(canvas.unit * 0.02), 1)
    side = 1 if stage.light[0] > canvas.width / 2 else -1
    rows, columns = np.arange(depth), np.arange(canvas.width)
    rise = -reach if stage.light[1] > depth * 0.6 else reach
    moved = np.clip(rows - rise, 0, depth - 1)[:, None], np.clip(columns + side * reach, 0, canvas.width - 1)[None]
    towards = gaussian_filter(field, 2)[moved]
    bright = smooth(-0.32, 0.4, field - towards)[:, :, None]
    under = mix(palette.sky[1], palette.ambient, 0.45)
    top = mix(mix(palette.sky[2], palette.light, 0.6), WHITE, 0.12 if palette.is_night else 0.45)
    if palette.is_night:
        top, under = mix(palette.sky[1], palette.light, 0.42), mix(palette.sky[0], palette.ambient, 0.5)
    cover = Mask(density, 0, 0)
    canvas.lay(cover, under + bright * (top - under), 0.55 + 0.4 * amount)


def _heaps(stage: Stage, amount: float) -> None:
    canvas, palette = stage.canvas, stage.palette
    top = mix(palette.light, WHITE, 0.75)
    if palette.is_night:
        top = mix(palette.sky[2], palette.light, 0.35)
    middle, under = mix(palette.sky[1], top, 0.62), mix(palette.sky[1], top, 0.3)
    count = int(3 + 4 * amount)
    side = 1 if stage.light[0] > canvas.width / 2 else -1
    for n in range(count):
        near = (n + 0.5) / count
        base = stage.horizon * (0.98 - 0.72 * near + stage.uniform(-0.06, 0.06))
        width = canvas.unit * stage.uniform(0.2, 0.42) * (0.5 + 0.8 * near)
        x = canvas.width * ((n * 0.618 + stage.uniform(-0.1, 0.1)) % 1.0)
        circles = _heap(stage, x, base, width)
        for tone, lift, shrink in ((under, 0.0, 1.0), (middle, 0.10, 0.94), (top, 0.26, 0.82)):
            mask = canvas.mask([
                ellipse(cx + side * r * lift * 0.7, cy - r * lift, r * shrink, r * shrink, corners=40)
                for cx, cy, r in circles
            ])  # fmt: skip
            if mask is None:
                continue
            rows = np.arange(mask.alpha.shape[0])[:, None] + mask.top
            mask.alpha *= np.clip((base - rows) / max(width * 0.012, 1), 0, 1).astype(np.float32)
            canvas.lay(mask, tone, 0.96)


def _heap(stage: Stage, x: float, base: float, width: float) -> list[tuple[float, float, float]]:
    """Circles that pile up to a cloud with a flat foot."""
    circles = []
    count = int(stage.rng.integers(9, 15))
    for n in range(count):
        t = (n + 0.5) / count * 2 - 1
        tall = (1 - t * t) ** 0.7
        radius = width * (0.1 + 0.15 * tall) * stage.uniform(0.75, 1.2)
        circles.append((x + t * width * 0.8, base - tall * width * stage.uniform(0.05, 0.42), radius))
        circles.append((x + t * width * 0.8, base, radius * 0.8))
    return circles


def _flat_clouds(stage: Stage) -> None:
    tone = mix(stage.palette.sky[2], WHITE, 0.5)
    for _ in range(2):
        x, y = stage.canvas.width * stage.uniform(0.1, 0.9), stage.horizon * stage.uniform(0.15, 0.55)
        width = stage.canvas.unit * stage.uniform(0.1, 0.2)
        thick = width * 0.16
        for shift, length in ((0.0, 1.0), (0.35, 0.6)):
            row = y - shift * thick * 2.2
            stage.canvas.lay(
                stage.canvas.mask([
                    stroke(np.array([[x - width * length / 2, row], [x + width * length / 2, row]]), thick),
                    ellipse(x - width * length / 2, row, thick / 2, thick / 2),
                    ellipse(x + width * length / 2, row, thick / 2, thick / 2),
                ]), tone, 0.9,
            )  # fmt: skip
