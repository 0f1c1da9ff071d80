"""Skies: the gradient from zenith to horizon, stars, the Milky Way, nebulae."""

import numpy as np

from models.pictures.airborne import paint_aurora
from models.pictures.canvas import ellipse
from models.pictures.colour import Plane, gradient, mix, oklch, shade
from models.pictures.noise import coarse_fbm
from models.pictures.stage import Stage, smooth
from models.pictures.things import WHITE


def paint_sky(stage: Stage) -> None:
    """The whole canvas as sky, with what the scene has in it."""
    canvas, palette, scene = stage.canvas, stage.palette, stage.scene
    depth = int(max(min(stage.horizon * 1.02, canvas.height), 2))
    zenith, middle, low = palette.sky
    if stage.flat:
        zenith, middle = mix(zenith, middle, 0.6), mix(middle, low, 0.35)
    rows = gradient([zenith, middle, low], depth, (0.0, 0.55, 1.0))
    canvas.rgb[:depth] = rows[:, None]
    canvas.rgb[depth:] = rows[-1]
    if stage.flat:
        return
    if palette.is_night or "stars" in scene.sky:
        _stars(stage, depth)
    x, y = stage.light
    strength = {"day": 0.5, "overcast": 0.25, "storm": 0.12, "night": 0.25, "space": 0.2}.get(palette.time, 0.62)
    canvas.glow(x, y, canvas.unit * 0.16, palette.light, strength)
    if "aurora" in scene.sky:
        paint_aurora(stage, depth)


def _stars(stage: Stage, depth: int) -> None:
    canvas, rng = stage.canvas, stage.rng
    shown = {"night": 1.0, "space": 1.6, "neon": 0.35, "dusk": 0.45}.get(stage.palette.time, 0.4)
    if stage.palette.time == "storm" or stage.scene.weather and stage.palette.time != "night":  # noqa: RUF021
        shown *= 0.15
    if "stars" in stage.scene.sky:
        shown = max(shown, 0.8) * 1.5
    if shown >= 1 and stage.palette.time in {"night", "space"}:
        _milky_way(stage, depth)
    count = int(420 * shown * canvas.width * depth / canvas.unit**2)
    at_x, at_y = rng.uniform(0, canvas.width, count), depth * rng.uniform(0, 1, count) ** 1.25
    sizes = canvas.unit * 0.0009 * (0.5 + rng.pareto(2.6, count))
    tints = [mix(WHITE, oklch(0.85, 0.08, hue), 0.5) for hue in (30, 90, 250, 280)]
    for n in range(count):
        fade = 1 - (at_y[n] / depth) ** 3
        radius = float(min(sizes[n], canvas.unit * 0.0042))
        canvas.lay(
            canvas.mask([ellipse(at_x[n], at_y[n], max(radius, 0.55), max(radius, 0.55), corners=10)]),
            tints[n % 4], fade * min(0.35 + radius / (canvas.unit * 0.002), 1),
        )  # fmt: skip
        if radius > canvas.unit * 0.0028:
            canvas.glow(float(at_x[n]), float(at_y[n]), radius * 1.6, tints[n % 4], 0.5 * fade)


def _milky_way(stage: Stage, depth: int) -> None:
    canvas, rng = stage.canvas, stage.rng
    rows, columns = np.mgrid[0:depth, 0 : canvas.width].astype(np.float32)
    angle = stage.uniform(0.35, 1.1) * (1 if stage.chance(0.5) else -1)
    distance = (rows - depth * stage.uniform(0.2, 0.6)) * np.cos(angle) + (columns - canvas.width / 2) * np.sin(angle)
    cloud = coarse_fbm(rng, depth, canvas.width, 3.5)
    band = np.exp(-((distance / (canvas.unit * 0.2)) ** 2)) * np.clip(0.55 + cloud, 0, 1.3)
    dust = np.exp(-((distance / (canvas.unit * 0.06)) ** 2)) * smooth(0.0, 0.6, coarse_fbm(rng, depth, canvas.width, 7))
    strength = np.zeros((canvas.height, canvas.width), np.float32)
    strength[:depth] = np.clip(band * 0.34 * (1 - 0.75 * dust), 0, 1) * (1 - (rows / depth) ** 4)
    canvas.add_light(mix(stage.palette.sky[2], oklch(0.82, 0.07, 310), 0.6), strength)


def nebula(stage: Stage) -> None:
    """Clouds of two colours between the stars."""
    canvas, rng = stage.canvas, stage.rng
    hue = float(stage.rng.choice([190, 230, 260, 285, 320, 345, 20]))
    for n in range(3):
        tone = oklch(0.58, 0.19, hue + n * stage.uniform(20, 45))
        if stage.scene.colours:
            tone = shade(stage.scene.colours[n % len(stage.scene.colours)], 0.0)
        cloud: Plane = coarse_fbm(rng, canvas.height, canvas.width, stage.uniform(1.3, 2.4), octaves=6, gain=0.55)
        canvas.add_light(tone, smooth(-0.05, 0.75, cloud) * 0.62)
