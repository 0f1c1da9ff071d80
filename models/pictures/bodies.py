"""Sun, moon and planets."""

import numpy as np

from models.pictures.canvas import ellipse, stroke
from models.pictures.colour import gradient, mix, oklch
from models.pictures.noise import fbm, line
from models.pictures.stage import Stage, smooth
from models.pictures.things import WHITE

_DISC = 0.055  # radius of the sun, of the smaller side


def paint_bodies(stage: Stage) -> None:
    """Sun or moon, and the planets."""
    canvas, palette, scene = stage.canvas, stage.palette, stage.scene
    if "planet" in scene.sky:
        _planets(stage)
    x, y = stage.light
    wants_moon = "moon" in scene.sky or "crescent" in scene.sky
    if wants_moon or (palette.time == "night" and "sun" not in scene.sky):
        if (
            wants_moon
            or stage.flat
            or (stage.chance(0.85) and "aurora" not in scene.sky and "fireworks" not in scene.sky)
        ):
            stage.shines = True
            _moon(stage, x, y, canvas.unit * (_DISC * 1.6 if wants_moon else _DISC) * (1.6 if stage.flat else 1))
    elif "grid" in scene.settings:
        stage.shines = True
        _striped_sun(stage, x, y, canvas.unit * 0.22)
    elif "sun" in scene.sky or palette.time in {"sunset", "dawn", "day"}:
        stage.shines = True
        big = stage.flat or stage.cel or "sun" in scene.sky
        _sun(stage, x, y, canvas.unit * _DISC * (2.4 if stage.flat else 1.35 if big else 1.0))


def _sun(stage: Stage, x: float, y: float, radius: float) -> None:
    canvas, palette = stage.canvas, stage.palette
    core = mix(palette.light, WHITE, 0.0 if stage.flat else 0.55)
    if stage.flat:
        canvas.polygon(
            ellipse(x, y, radius, radius, corners=160),
            mix(
                palette.light,
                oklch(0.72, 0.17, float(stage.rng.choice([30, 48, 75]))),
                0.75 * min(palette.tune.chroma, 1),
            ),
        )
        return
    canvas.glow(x, y, radius * 1.5, palette.light, 0.75)
    canvas.polygon(ellipse(x, y, radius, radius, corners=120), core)


def _striped_sun(stage: Stage, x: float, y: float, radius: float) -> None:
    """Of synthwave covers: a gradient cut by stripes that grow towards the horizon."""
    canvas = stage.canvas
    canvas.glow(x, y, radius * 0.9, stage.palette.light, 0.6)
    mask = canvas.mask([ellipse(x, y, radius, radius, corners=160)])
    if mask is None:
        return
    height = mask.alpha.shape[0]
    rows = np.arange(height, dtype=np.float32)[:, None] + mask.top - y
    down = rows / radius
    phase = (down * 7.0) % 1.0
    cut = (down + 0.1 > 0) & (phase < 0.12 + 0.3 * (down + 0.1))
    mask.alpha *= np.where(cut, 0.0, 1.0).astype(np.float32)
    canvas.lay(mask, gradient([oklch(0.9, 0.15, 95), oklch(0.76, 0.18, 50), oklch(0.63, 0.25, 355)], height)[:, None])


def _moon(stage: Stage, x: float, y: float, radius: float) -> None:
    canvas, rng = stage.canvas, stage.rng
    pale = mix(stage.palette.light, WHITE, 0.4)
    disc = ellipse(x, y, radius, radius, corners=140)
    crescent = "crescent" in stage.scene.sky or ("full" not in stage.scene.sky and stage.chance(0.3))
    if not stage.flat:
        canvas.glow(x, y, radius * 1.7, stage.palette.light, 0.4)
    mask = canvas.mask([disc])
    if mask is None:
        return
    if crescent:
        lean = radius * 0.55
        bite = canvas.mask([ellipse(x + lean, y - lean * 0.4, radius * 0.93, radius * 0.93, corners=140)], margin=2)
        if bite is not None:
            whole = np.zeros((canvas.height, canvas.width), np.float32)
            whole[bite.rows, bite.columns] = bite.alpha
            mask.alpha *= 1 - whole[mask.rows, mask.columns]
        canvas.lay(mask, pale)
        return
    if stage.flat:
        canvas.lay(mask, pale)
        return
    height, width = mask.alpha.shape
    seas = smooth(0.0, 0.35, fbm(rng, height, width, 2.4, octaves=5))[:, :, None]
    surface = pale * (1 - 0.15 * seas) + 0.15 * seas * stage.palette.ambient
    canvas.lay(mask, surface)


def _planets(stage: Stage) -> None:
    canvas = stage.canvas
    side = 1 if stage.light[0] < canvas.width / 2 else -1
    x = canvas.width * (0.5 + side * stage.uniform(0.12, 0.28))
    y = stage.horizon * stage.uniform(0.34, 0.5)
    radius = canvas.unit * stage.uniform(0.15, 0.24)
    planet(stage, x, y, radius, hue=stage.uniform(0, 360), ringed=stage.chance(0.6))
    if stage.chance(0.7):
        planet(
            stage, canvas.width - x, y * stage.uniform(0.5, 1.5), radius * 0.28, hue=stage.uniform(0, 360), ringed=False
        )


def planet(stage: Stage, x: float, y: float, radius: float, *, hue: float, ringed: bool) -> None:
    """A ball with cloud bands, lit from the side of the light."""
    canvas, rng = stage.canvas, stage.rng
    tilt = stage.uniform(-25, 25)
    if ringed:
        _rings(stage, x, y, radius, tilt, hue, behind=True)
    mask = canvas.mask([ellipse(x, y, radius, radius, corners=180)])
    if mask is None:
        return
    height, width = mask.alpha.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (columns + mask.left - x) / radius, (rows + mask.top - y) / radius
    bulge = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))
    turn = np.deg2rad(tilt)
    latitude = down * np.cos(turn) - across * np.sin(turn)
    wobble = fbm(rng, height, width, 3, octaves=5, stretch=2)
    bands = np.interp((latitude + 0.06 * wobble + 1) * 40, np.arange(82), line(rng, 82, 9, octaves=3)).astype(
        np.float32
    )
    tones = gradient([oklch(0.42, 0.1, hue), oklch(0.66, 0.13, hue + 25), oklch(0.86, 0.07, hue + 50)], 64)
    surface = tones[np.clip((bands * 0.9 + 0.5 + 0.15 * wobble) * 63, 0, 63).astype(int)]
    light = np.array([stage.light[0] - x, stage.light[1] - y, canvas.unit * 0.25])
    light /= np.linalg.norm(light)
    lambert = np.clip(across * light[0] + down * light[1] + bulge * light[2], 0, 1)[:, :, None]
    rim = ((1 - bulge) ** 3)[:, :, None] * oklch(0.85, 0.09, hue + 180) * 0.6
    dark = stage.palette.sky[0] * 0.5
    if stage.flat:
        canvas.lay(mask, oklch(0.66, 0.12, hue))
    else:
        canvas.lay(mask, np.clip(dark + (surface + rim - dark) * (0.06 + 0.94 * lambert), 0, 1))
    if ringed:
        _rings(stage, x, y, radius, tilt, hue, behind=False)


def _rings(stage: Stage, x: float, y: float, radius: float, tilt: float, hue: float, *, behind: bool) -> None:
    half = np.linspace(np.pi, 2 * np.pi, 90) if behind else np.linspace(0, np.pi, 90)
    turn = np.deg2rad(tilt)
    for reach, share, opacity in ((1.42, 0.10, 0.55), (1.62, 0.13, 0.75), (1.83, 0.07, 0.45)):
        along, down = radius * reach * np.cos(half), radius * reach * 0.26 * np.sin(half)
        points = np.stack(
            [x + along * np.cos(turn) - down * np.sin(turn), y + along * np.sin(turn) + down * np.cos(turn)], axis=1
        )
        widths = radius * share * (0.35 + 0.65 * np.abs(np.cos(half)))
        stage.canvas.polygon(stroke(points, widths), oklch(0.82, 0.06, hue + 40), opacity)
