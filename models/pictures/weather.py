"""What falls, drifts and flashes in front of a picture."""

import numpy as np
from scipy.ndimage import gaussian_filter

from models.pictures.canvas import Mask, Points, ellipse, spline, stroke
from models.pictures.colour import mix, oklch
from models.pictures.noise import coarse_fbm
from models.pictures.stage import Stage, smooth
from models.pictures.things import LAMP, WHITE

_LEAST_FORKS = 3  # points of a branch of lightning


def paint_fog(stage: Stage, y: float, thickness: float, opacity: float) -> None:
    """A bank of mist around height y; thickness in pixels."""
    canvas = stage.canvas
    top, bottom = int(max(y - 1.6 * thickness, 0)), int(min(y + 1.6 * thickness, canvas.height))
    if bottom - top < 4:  # noqa: PLR2004 - nothing to see
        return
    rows = (np.arange(top, bottom, dtype=np.float32) - y) / thickness
    veil = np.exp(-2.2 * rows**2)[:, None] * np.clip(
        0.75 + 0.7 * coarse_fbm(stage.rng, bottom - top, canvas.width, 2, octaves=4, stretch=3), 0, 1
    )
    canvas.lay(Mask(veil.astype(np.float32), 0, top), mix(stage.palette.sky[2], stage.palette.light, 0.25), opacity)


def paint_rain(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    lean = stage.uniform(0.08, 0.2) * (1 if stage.chance(0.5) else -1)
    tone = mix(stage.palette.sky[2], WHITE, 0.6)
    for count, length, width, opacity in (
        (420, 0.03, 0.0012, 0.28),
        (170, 0.06, 0.0018, 0.34),
        (45, 0.11, 0.0027, 0.3),
    ):
        streaks: list[Points] = []
        for _ in range(int(count * canvas.width * canvas.height / canvas.unit**2)):
            x, y = rng.uniform(-0.1, 1.1) * canvas.width, rng.uniform(-0.1, 1) * canvas.height
            size = canvas.unit * length * rng.uniform(0.6, 1.3)
            streaks.append(
                stroke(np.array([[x, y], [x + lean * size, y + size]]), [0.2, max(canvas.unit * width, 0.8)])
            )
        canvas.lay(canvas.mask(streaks), tone, opacity)


def paint_snowfall(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    for count, size, soft, opacity in ((300, 0.0022, 0.0, 0.8), (110, 0.0048, 0.0012, 0.85), (26, 0.012, 0.005, 0.55)):
        flakes = []
        for _ in range(int(count * canvas.width * canvas.height / canvas.unit**2)):
            radius = max(canvas.unit * size * rng.uniform(0.6, 1.3), 0.6)
            flakes.append(
                ellipse(rng.uniform(0, canvas.width), rng.uniform(0, canvas.height), radius, radius, corners=14)
            )
        mask = canvas.mask(flakes)
        if mask is not None:
            if soft:
                mask.alpha = gaussian_filter(mask.alpha, soft * canvas.unit)
            canvas.lay(mask, WHITE, opacity)


def paint_petals(stage: Stage) -> None:
    """Blossoms in the wind; leaves in autumn light."""
    canvas, rng = stage.canvas, stage.rng
    autumn = stage.palette.time == "sunset" and "flowers" not in stage.scene.settings
    fallen: list[list[Points]] = [[], [], [], []]
    for n in range(int(70 * canvas.width * canvas.height / canvas.unit**2)):
        size = canvas.unit * 0.006 * (1 + 2.2 * rng.random() ** 3)
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        fallen[n % 4].append(ellipse(x, y, size, size * rng.uniform(0.3, 0.7), rng.uniform(0, 180), 20))
    for n, petals in enumerate(fallen):
        tone = oklch(0.66, 0.16, 40 + 12 * n) if autumn else oklch(0.87 - 0.025 * n, 0.08, 0)
        canvas.lay(canvas.mask(petals), tone, 0.9)


def paint_sparks(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    for _ in range(int(34 * canvas.width * canvas.height / canvas.unit**2)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0.3, 1) * canvas.height
        size = canvas.unit * rng.uniform(0.0018, 0.0045)
        canvas.glow(x, y, size * 2.4, LAMP, 0.7)
        canvas.polygon(ellipse(x, y, size, size, corners=16), mix(LAMP, WHITE, 0.6))


def paint_lightning(stage: Stage) -> None:
    canvas = stage.canvas
    x = canvas.width * stage.uniform(0.25, 0.75)
    path = _bolt(stage, x, 0.0, stage.horizon * stage.uniform(0.97, 1.03), canvas.unit * 0.05)
    canvas.glow(
        float(path[len(path) // 2][0]), float(path[len(path) // 2][1]), canvas.unit * 0.2, oklch(0.85, 0.08, 280), 0.4
    )
    branches = [(path, 1.0)]
    for _ in range(4):
        start = path[int(stage.rng.integers(len(path) // 6, len(path) - 4))]
        reach = start[1] + (stage.horizon - start[1]) * stage.uniform(0.25, 0.6)
        branches.append((_bolt(stage, start[0], start[1], reach, canvas.unit * 0.09), 0.45))
    for points, share in branches:
        if len(points) < _LEAST_FORKS:
            continue
        for width, tone, opacity in (
            (0.018, oklch(0.75, 0.12, 285), 0.22),
            (0.008, oklch(0.85, 0.1, 280), 0.5),
            (0.0035, WHITE, 1.0),
        ):
            canvas.polygon(
                stroke(points, np.linspace(1, 0.3, len(points)) * max(canvas.unit * width * share, 0.8)), tone, opacity
            )


def _bolt(stage: Stage, x: float, top: float, bottom: float, jag: float) -> Points:
    steps = max(int((bottom - top) / (stage.canvas.unit * 0.022)), _LEAST_FORKS)
    wander = np.cumsum(stage.rng.normal(0, jag * 0.28, steps))
    return np.stack([x + wander - wander[0], np.linspace(top, bottom, steps)], axis=1)


def light_rays(stage: Stage, strength: float) -> None:
    """Shafts of light from sun or moon through leaves, clouds or water."""
    canvas, rng = stage.canvas, stage.rng
    x, y = stage.light
    veil = np.zeros((canvas.height, canvas.width), np.float32)
    reach = float(np.hypot(canvas.width, canvas.height))
    middle = np.arctan2(canvas.height - y, canvas.width / 2 - x)
    for _ in range(9):
        angle = middle + rng.uniform(-0.75, 0.75)
        spread = rng.uniform(0.015, 0.06)
        wedge = np.array([
            [x, y], [x + reach * np.cos(angle - spread), y + reach * np.sin(angle - spread)],
            [x + reach * np.cos(angle + spread), y + reach * np.sin(angle + spread)],
        ])  # fmt: skip
        mask = canvas.mask([wedge])
        if mask is not None:
            veil[mask.rows, mask.columns] = np.maximum(veil[mask.rows, mask.columns], mask.alpha * rng.uniform(0.4, 1))
    rows, columns = np.ogrid[0 : canvas.height, 0 : canvas.width]
    fade = np.exp(-np.hypot(columns - x, rows - y) / (0.6 * reach)).astype(np.float32)
    canvas.add_light(stage.palette.light, gaussian_filter(veil, canvas.unit * 0.012) * fade * strength)


def bubbles(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    for _ in range(24):
        x = canvas.width * rng.uniform(0, 1)
        y, size = canvas.height * rng.uniform(0.15, 0.95), canvas.unit * rng.uniform(0.004, 0.016)
        canvas.polygon(ellipse(x, y, size, size), WHITE, 0.16)
        canvas.polygon(stroke(spline(ellipse(x, y, size, size, corners=24)), max(size * 0.16, 0.7)), WHITE, 0.5)
        canvas.polygon(ellipse(x - size * 0.35, y - size * 0.35, size * 0.22, size * 0.22), WHITE, 0.8)


def veil_of(stage: Stage) -> None:
    """Fog over everything that is far."""
    for share, opacity in ((0.0, 0.75), (0.35, 0.5)):
        y = stage.horizon + share * (stage.canvas.height - stage.horizon)
        paint_fog(stage, y, stage.canvas.height * 0.16, opacity)
    rows = np.arange(stage.canvas.height, dtype=np.float32)[:, None]
    haze = smooth(0.0, float(stage.horizon), rows) * 0.3
    stage.canvas.over(stage.palette.sky[2], np.broadcast_to(haze, (stage.canvas.height, stage.canvas.width)))
