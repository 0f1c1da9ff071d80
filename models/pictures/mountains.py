"""Ridges and what lies below them: mountains and volcanoes, hazier the farther away."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.pictures.canvas import ellipse, stroke
from models.pictures.colour import Colour, Plane, mix, oklch, shade
from models.pictures.noise import fbm, line
from models.pictures.stage import Stage, lit, shadowed, smooth
from models.pictures.things import WHITE


def relief(
    stage: Stage,
    edge: Plane,
    near: Colour,
    *,
    distance: float,
    roughness: float,
    lean: float = 0.8,
    snow: float = 0.0,
    depth: float = 0.35,
) -> None:
    """All below a ridge: sides that face the light and sides that do not.

    distance   0 to 1, how much air is between
    roughness  0: smooth as sand, 1: rock
    lean       how far the faces below a crest drift sideways as they go down
    snow       how far down it lies, of the smaller side
    depth      of the picture's height: where the base of the layer fades into the air
    """
    canvas, palette = stage.canvas, stage.palette
    mask = canvas.below(edge)
    base = palette.away(near, distance)
    if stage.flat:
        canvas.lay(mask, base)
        return
    height, width = mask.alpha.shape
    below = np.arange(height, dtype=np.float32)[:, None] + mask.top - edge[None]
    side = 1.0 if stage.light[0] > width / 2 else -1.0
    slope = gaussian_filter1d(np.gradient(edge), canvas.unit * 0.006) * side
    columns = np.arange(width)[None] + (side * lean * np.maximum(below, 0)).astype(int)
    faces = slope[np.clip(columns, 0, width - 1)] * np.exp(-np.maximum(below, 0) / (canvas.unit * 0.3))
    rock = fbm(stage.rng, height, width, 5 + 5 * roughness, octaves=7, gain=0.58, stretch=0.8)
    facing = smooth(-0.28, 0.5, faces * 1.1 + (0.5 if stage.cel else 0.75) * roughness * rock)
    if stage.cel:
        facing = np.where(facing > 0.5, 0.8, 0.15).astype(np.float32)  # noqa: PLR2004 - two tones
    high, low = lit(base, palette, 0.3 * (1 - 0.5 * distance)), shadowed(base, palette, 0.4 * (1 - distance))
    surface = low + facing[:, :, None] * (high - low)
    if snow:
        line_ = canvas.unit * snow * (0.55 + 0.5 * rock + 0.35 * facing)
        cover = smooth(0, 1, ((line_ - below) / (canvas.unit * 0.005)).astype(np.float32))[:, :, None]
        cap_lit = palette.away(mix(WHITE, palette.light, 0.35), distance * 0.75)
        cap_dark = palette.away(mix(shadowed(WHITE, palette, 0.5), palette.sky[1], 0.3), distance * 0.8)
        if palette.is_night:
            cap_lit, cap_dark = mix(cap_lit, palette.ambient, 0.55), mix(cap_dark, palette.ambient, 0.6)
        surface = surface + cover * (cap_dark + facing[:, :, None] * (cap_lit - cap_dark) - surface)
    fade = smooth(0.0, 1.0, below / (canvas.height * depth))[:, :, None] * 0.6 * (0.25 + distance)
    canvas.lay(mask, surface + np.clip(fade, 0, 1) * (palette.sky[2] - surface))


def ridge(stage: Stage, y: float, height: float, cells: float, *, sharp: float) -> Plane:
    """A skyline, as one y per column; sharp 0: hills, 1: peaks."""
    width = stage.canvas.width
    cells *= width / stage.canvas.unit
    soft = line(stage.rng, width, cells, octaves=3, gain=0.4)
    peaks = 1 - 2 * np.abs(line(stage.rng, width, cells * 0.7, octaves=7, gain=0.48)) ** 0.8
    shape = (1 - sharp) * soft + sharp * peaks
    return np.asarray(y - height * (0.5 + 0.5 * shape), np.float32)


def paint_mountains(stage: Stage) -> None:
    """Three or four ranges."""
    canvas, palette = stage.canvas, stage.palette
    near = palette.ground("mountains")
    count = 2 if stage.flat else int(stage.rng.integers(3, 5))
    wintry = "snow" in stage.scene.settings or "snow" in stage.scene.weather or stage.chance(0.5)
    highest = stage.uniform(0.26, 0.4) * min(canvas.height, canvas.unit * 1.35)
    for n in range(count):
        share = n / max(count - 1, 1)
        edge = ridge(
            stage,
            stage.horizon * (1.0 + 0.01 * n),
            highest * (1 - 0.5 * share),
            stage.uniform(1.6, 2.4) + share,
            sharp=0.92,
        )
        snow = 0.16 * (1 - 0.6 * share) if wintry else 0.0
        relief(stage, edge, near, distance=0.72 * (1 - share) + 0.1, roughness=0.85, snow=snow, depth=0.25)


def paint_volcano(stage: Stage) -> None:
    canvas = stage.canvas
    x = canvas.width * (0.36 if stage.light[0] > canvas.width / 2 else 0.64)
    top, reach = stage.horizon - canvas.unit * 0.42, canvas.unit * 0.62
    away = np.abs(np.arange(canvas.width, dtype=np.float32) - x) / reach
    rough = canvas.unit * 0.02 * line(stage.rng, canvas.width, 12)
    crater = canvas.unit * 0.05 / reach
    edge = (
        np.where(away < crater, top + 6, top + (stage.horizon - top) * np.clip((away - crater) * 1.02, 0, 4) ** 0.72)
        + rough
    )
    canvas.glow(x, top, canvas.unit * 0.13, oklch(0.65, 0.22, 40), 0.8)
    relief(
        stage,
        np.minimum(edge, stage.horizon + 2).astype(np.float32),
        stage.palette.ground("volcano"),
        distance=0.12,
        roughness=0.9,
    )
    for n in range(5):
        drift = np.cumsum(stage.rng.normal(0, canvas.unit * 0.008, 16)) + (n - 2) * np.linspace(
            0, canvas.unit * 0.1, 16
        )
        flow = np.stack(
            [x + (n - 2) * canvas.unit * 0.014 + drift - drift[0], np.linspace(top + 4, stage.horizon, 16)], axis=1
        )
        below = np.interp(flow[:, 0], np.arange(canvas.width), edge)
        flow[:, 1] = np.maximum(flow[:, 1], below)
        canvas.polygon(stroke(flow, np.linspace(0.012, 0.004, 16) * canvas.unit), oklch(0.68, 0.21, 45), 0.9)
    for n in range(40):
        rise = stage.uniform(0, 1) ** 1.2
        size = canvas.unit * (0.02 + 0.06 * rise) * stage.uniform(0.6, 1.2)
        at_x = x + canvas.unit * (0.16 * rise + float(stage.rng.normal(0, 0.02 + 0.05 * rise)))
        tone = mix(oklch(0.6, 0.15, 45), shade(stage.palette.sky[1], -0.12), min(rise * 2.2, 1))
        canvas.polygon(ellipse(at_x, top - canvas.unit * 0.3 * rise, size, size * 0.8), tone, 0.35)
        if n % 3 == 0:
            dot = canvas.unit * 0.003
            canvas.polygon(
                ellipse(x + float(stage.rng.normal(0, canvas.unit * 0.05)), top - canvas.unit * 0.16 * rise, dot, dot),
                oklch(0.8, 0.18, 60),
            )
