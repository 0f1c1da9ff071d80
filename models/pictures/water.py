"""Seas, lakes and rivers: they mirror what is painted above them."""

import numpy as np
from numpy.typing import NDArray

from models.pictures.canvas import Mask, stroke
from models.pictures.colour import Plane, mix, shade
from models.pictures.noise import fbm, line
from models.pictures.stage import Stage, smooth
from models.pictures.things import WHITE

_FARTHEST = 0.007  # length of a wave at the horizon, of the smaller side
_ROWS_PER_WAVE = 12


def ripples(stage: Stage, rows: int, *, calm: float) -> Plane:
    """Waves seen at a low angle, about -1 to 1, of shape (rows, width): fine at the horizon, long in front."""
    width, unit = stage.canvas.width, stage.canvas.unit
    t = np.linspace(0, 1, rows, dtype=np.float32)
    lengths = unit * (_FARTHEST + (0.05 - 0.02 * calm) * t**1.2)
    passed = np.cumsum(1 / lengths)
    down = int(np.clip(passed[-1] * _ROWS_PER_WAVE, 8, 4 * rows + 8))
    across = 7.0
    stretch = passed[-1] * min(down, width) / (across * down)
    field = fbm(stage.rng, down, width, across, octaves=4, gain=0.55, stretch=float(stretch))
    at = passed / passed[-1] * (down - 1.001)
    first = np.minimum(at.astype(int), down - 2)
    share = (at - first)[:, None]
    return np.asarray(field[first] * (1 - share) + field[first + 1] * share, np.float32)


def paint_water(stage: Stage, top: float, setting: str) -> None:
    """Everything below y = `top` becomes water; lakes are calmer than the sea."""
    canvas, palette = stage.canvas, stage.palette
    first = int(np.clip(top, 2, canvas.height - 1))
    rows = canvas.height - first
    deep = palette.ground(setting)
    if stage.flat:
        canvas.rgb[first:] = deep
        _flat_waves(stage, first, deep)
        return
    calm = 1.0 if setting in {"lake", "river"} else 0.0
    waves = ripples(stage, rows, calm=calm)
    t = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    sway = waves * (0.012 + 0.05 * t) * canvas.unit * (0.45 if calm else 1.0)
    source = np.clip(first - 1 - (np.arange(rows)[:, None] * 0.92 + np.abs(sway) * 1.6), 0, first - 1).astype(np.int64)
    columns = np.clip(np.arange(canvas.width)[None] + sway * 0.7, 0, canvas.width - 1).astype(np.int64)
    mirrored = canvas.rgb[source, columns]
    share = (0.25 + 0.5 * t**0.7) * (0.72 if calm else 1.0)
    surface = mirrored + share[:, :, None] * (deep - mirrored)
    bright, dark = mix(palette.sky[2], palette.light, 0.3), shade(deep, -0.1)
    crest = (smooth(0.12, 0.75, waves) * (0.10 + 0.22 * t) * (0.5 if calm else 1.0))[:, :, None]
    trough = (smooth(0.1, 0.8, -waves) * (0.14 + 0.3 * t) * (0.6 if calm else 1.0))[:, :, None]
    if stage.cel:
        crest, trough = np.where(crest > 0.1, 0.22, 0.0), np.where(trough > 0.2, 0.2, 0.0)  # noqa: PLR2004 - two tones
    surface = surface + crest * (bright - surface)
    surface = surface + trough * (dark - surface)
    canvas.rgb[first:] = surface
    _glitter(stage, first, waves, t)
    line_of_sight = Mask(
        np.clip(1 - t * rows / max(canvas.unit * 0.01, 1), 0, 1).repeat(canvas.width, axis=1), 0, first
    )
    canvas.lay(line_of_sight, palette.sky[2], 0.35)


def _glitter(stage: Stage, first: int, waves: Plane, t: Plane) -> None:
    """The path of light under sun or moon."""
    canvas, palette = stage.canvas, stage.palette
    strength = {"sunset": 1.0, "dawn": 0.9, "night": 0.9, "dusk": 0.6, "neon": 0.8, "day": 0.5}.get(palette.time, 0.0)
    if not strength or not (stage.shines or palette.time == "dusk"):
        return
    away = (np.arange(canvas.width, dtype=np.float32)[None] - stage.light[0]) / (canvas.unit * (0.035 + 0.16 * t))
    sparkle = smooth(0.05, 0.5, waves + 0.35 * (1 - t)) * np.exp(-(away**2)) * (1 - 0.45 * t)
    light = np.zeros((canvas.height, canvas.width), np.float32)
    light[first:] = sparkle * strength
    canvas.add_light(mix(palette.light, WHITE, 0.2), light)


def _flat_waves(stage: Stage, first: int, deep: Plane) -> None:
    canvas = stage.canvas
    for n in range(7):
        y = first + (canvas.height - first) * (0.1 + 0.13 * n)
        x, half = canvas.width * stage.uniform(0.1, 0.9), canvas.unit * stage.uniform(0.04, 0.12)
        canvas.polygon(stroke(np.array([[x - half, y], [x + half, y]]), canvas.unit * 0.006), shade(deep, 0.1))


def winding(stage: Stage, *, width: float, bends: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A way from the foot of the picture to the horizon: its middle (x, y) and its widths, near to far."""
    canvas = stage.canvas
    t = np.linspace(0, 1, 120)
    near = (1 - t) ** 2.2
    y = stage.horizon + (canvas.height * 1.05 - stage.horizon) * near
    start, end = canvas.width * stage.uniform(0.35, 0.65), canvas.width * stage.uniform(0.4, 0.6)
    swing = canvas.unit * stage.uniform(0.07, 0.17) * (1 if stage.chance(0.5) else -1)
    x = start + (end - start) * t + swing * np.sin(bends * np.pi * t) * (near + 0.12) ** 0.7
    return np.stack([x, y], axis=1), canvas.unit * width * (near + 0.006)


def strip(path: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """The outline of a way that lies flat on the ground: as wide as told, measured level."""
    half = np.stack([widths / 2, np.zeros(len(path))], axis=1)
    return np.concatenate([path + half, (path - half)[::-1]])


def paint_river(stage: Stage) -> None:
    """A river that winds to the horizon and mirrors the sky."""
    canvas, palette = stage.canvas, stage.palette
    path, widths = winding(stage, width=0.42, bends=2.4)
    stage.river_x = float(path[0, 0])
    bank = canvas.mask([strip(path, widths * 1.08)])
    canvas.lay(bank, shade(palette.ground("snow" if "snow" in stage.scene.settings else "river"), -0.12), 0.7)
    mask = canvas.mask([strip(path, widths)])
    if mask is None:
        return
    rows = mask.alpha.shape[0]
    t = np.linspace(0, 1, rows, dtype=np.float32)
    source = np.clip(stage.horizon * (1 - 0.85 * t), 0, canvas.height - 1).astype(int)
    mirrored = canvas.rgb[source, : min(canvas.width, 8)].mean(axis=1)[:, None]
    surface = mirrored + (0.15 + 0.3 * t)[:, None, None] * (palette.ground("lake") - mirrored)
    if not stage.flat:
        waves = ripples(stage, rows, calm=1.0)[:, mask.columns][:, :, None]
        surface = np.clip(surface * (1 + 0.13 * waves), 0, 1)
    canvas.lay(mask, surface)


def paint_waterfall(stage: Stage) -> None:
    """Water falling from a rock face into a pool at its foot."""
    canvas, palette = stage.canvas, stage.palette
    x, top, foot = canvas.width * stage.uniform(0.42, 0.58), stage.horizon * 0.42, stage.horizon + canvas.height * 0.06
    half = canvas.unit * stage.uniform(0.07, 0.11)
    left, right = int(max(x - half, 0)), int(min(x + half * 1.15, canvas.width))
    if right - left < 4:  # noqa: PLR2004 - nothing to see
        return
    rows = int(foot - top)
    threads = line(stage.rng, right - left, 16, octaves=4)[None] + 0.35 * fbm(
        stage.rng, rows, right - left, 2.5, octaves=4, stretch=0.25
    )
    tone = mix(palette.sky[2], WHITE, 0.7)
    water = mix(palette.ground("lake"), palette.sky[1], 0.4) + smooth(-0.5, 0.5, threads)[:, :, None] * (
        tone - mix(palette.ground("lake"), palette.sky[1], 0.4)
    )
    across = np.abs(np.linspace(-1, 1, right - left))[None] + 0.12 * line(stage.rng, rows, 14)[:, None]
    canvas.lay(Mask(smooth(0.0, 0.18, 1 - across.astype(np.float32)), left, int(top)), water, 0.96)
    for _ in range(26):
        size = canvas.unit * stage.uniform(0.015, 0.05)
        canvas.glow(
            x + float(stage.rng.normal(0, half * 0.9)),
            foot + canvas.unit * stage.uniform(-0.03, 0.02),
            size,
            tone,
            0.22,
        )
