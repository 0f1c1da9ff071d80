"""Hills, dunes, meadows, snow, beaches and cliffs."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from models.pictures.canvas import Points, spline, stroke
from models.pictures.colour import Colour, Plane, gradient, mix, shade
from models.pictures.mountains import relief, ridge
from models.pictures.noise import fbm, line
from models.pictures.plants import conifer, crown
from models.pictures.stage import Stage, layer_colours, lit, ramp, shadowed, smooth
from models.pictures.things import WHITE


def paint_hills(stage: Stage, setting: str) -> None:
    """Rolling land from the horizon to the foot of the picture, and where things may stand on it."""
    canvas, palette = stage.canvas, stage.palette
    near = palette.ground(setting)
    count = 3 if stage.flat else 4
    room = canvas.height - stage.horizon
    for n, colour in enumerate(layer_colours(palette, near, count, haze=0.62)):
        share = n / count
        y = stage.horizon + room * share**1.25 * 1.02
        edge = ridge(stage, y + canvas.unit * 0.02, canvas.unit * (0.11 - 0.05 * share), 1.0 + 0.5 * share, sharp=0.0)
        side = 1 if stage.light[0] > canvas.width / 2 else -1
        tone = mix(colour, shade(colour, 0.05 * (-1) ** n), 0.6)
        mask = canvas.below(edge)
        if stage.flat:
            canvas.lay(mask, tone)
            continue
        height, width = mask.alpha.shape
        below = np.arange(height, dtype=np.float32)[:, None] + mask.top - edge[None]
        slope = gaussian_filter1d(np.gradient(edge), canvas.unit * 0.02)[None] * side
        texture = 0.07 * fbm(stage.rng, height, width, 40, octaves=3, stretch=3.5) * (0.3 + share)
        facing = np.clip(0.62 + 1.5 * slope + texture - 0.62 * smooth(0.0, canvas.unit * 0.3, below), 0, 1)[:, :, None]
        if stage.cel:
            facing = np.where(facing > 0.42, 0.85, 0.25)  # noqa: PLR2004 - two tones
        high, low = lit(tone, palette, 0.22), shadowed(tone, palette, 0.28)
        canvas.lay(mask, low + facing * (high - low))
        if 0 < n < count - 1 and stage.chance(0.8):
            _copses(stage, edge, canvas.unit * (0.035 + 0.05 * share), 0.55 * (1 - share))
    stage.ground_y = stage.horizon + room * 0.62


def _copses(stage: Stage, edge: Plane, tall: float, distance: float) -> None:
    """Trees in loose groups along the top of a hill."""
    canvas = stage.canvas
    shapes: list[Points] = []
    bright: list[Points] = []
    for _ in range(int(stage.rng.integers(2, 5))):
        middle = canvas.width * stage.uniform(0.02, 0.98)
        pointed = stage.chance(0.4)
        for _tree in range(int(stage.rng.integers(1, 7))):
            x = middle + float(stage.rng.normal(0, tall * 1.3))
            if not 0 <= x < canvas.width:
                continue
            y, height = float(edge[int(x)]) + tall * 0.12, tall * stage.uniform(0.6, 1.2)
            if pointed:
                shapes += conifer(stage, x, y, height)
                continue
            shapes += crown(stage, x, y - height * 0.62, height * 0.36)
            shapes.append(stroke(np.array([[x, y - height * 0.5], [x, y]]), height * 0.08))
            side = height * 0.06 * (1 if stage.light[0] > x else -1)
            bright += crown(stage, x + side, y - height * 0.72, height * 0.2)
    tone = stage.palette.away(stage.palette.ground("forest"), distance)
    canvas.lay(canvas.mask(shapes), tone)
    canvas.lay(canvas.mask(bright), lit(tone, stage.palette, 0.25), 0.5)


def paint_dunes(stage: Stage) -> None:
    canvas, palette = stage.canvas, stage.palette
    near = palette.ground("desert")
    room = canvas.height - stage.horizon
    count = 3 if stage.flat else 4
    for n in range(count):
        share = n / count
        y = stage.horizon + room * share**1.2
        edge = ridge(
            stage, y + canvas.unit * 0.03, canvas.unit * (0.12 + 0.04 * share), 0.9 + 0.5 * (1 - share), sharp=0.35
        )
        edge = gaussian_filter1d(edge, canvas.unit * 0.012).astype(np.float32)
        relief(stage, edge, near, distance=0.5 * (1 - share) ** 1.3, roughness=0.1, lean=1.6, depth=0.9)
    stage.ground_y = stage.horizon + room * 0.7


def paint_plain(stage: Stage, setting: str) -> None:
    """Flat ground with a fine texture."""
    canvas, palette = stage.canvas, stage.palette
    near = palette.ground(setting)
    rows = int(canvas.height - stage.horizon) + 1
    edge = np.full(canvas.width, stage.horizon, np.float32) + canvas.unit * 0.006 * line(stage.rng, canvas.width, 6)
    mask = canvas.below(edge)
    if stage.flat:
        canvas.lay(mask, near)
    else:
        top = palette.away(near, 0.45)
        surface = ramp(top, shadowed(near, palette, 0.2), rows + 8)[: mask.alpha.shape[0]]
        grain = fbm(stage.rng, mask.alpha.shape[0], mask.alpha.shape[1], 30, octaves=3, stretch=3.5)[:, :, None]
        canvas.lay(mask, np.clip(surface * (1 + 0.08 * grain), 0, 1))
    stage.ground_y = stage.horizon + (canvas.height - stage.horizon) * 0.66


def paint_snowfield(stage: Stage) -> None:
    """Soft white ground with blue shadows."""
    canvas, palette = stage.canvas, stage.palette
    near = palette.ground("snow")
    if palette.is_night:
        near = mix(near, palette.ambient, 0.25)
    room = canvas.height - stage.horizon
    for n in range(3):
        share = n / 3
        edge = ridge(
            stage, stage.horizon + room * share * 1.1 + canvas.unit * 0.015, canvas.unit * 0.06, 1.0, sharp=0.0
        )
        relief(stage, edge, near, distance=0.25 * (1 - share), roughness=0.06, lean=1.0, depth=1.5)
    stage.ground_y = stage.horizon + room * 0.66


def paint_beach(stage: Stage) -> None:
    """Sand in front of water that is painted already, with foam where they meet."""
    canvas, palette = stage.canvas, stage.palette
    sand = palette.ground("beach")
    room = canvas.height - stage.horizon
    tilt = stage.uniform(0.06, 0.2) * room * (1 if stage.chance(0.5) else -1)
    t = np.linspace(-1, 1, canvas.width)
    edge = stage.horizon + room * 0.5 + tilt * t + canvas.unit * 0.022 * line(stage.rng, canvas.width, 3, octaves=4)
    for lift, tone, opacity in (
        (0.05, mix(palette.sky[2], WHITE, 0.55), 0.3), (0.026, mix(palette.sky[2], WHITE, 0.85), 0.8),
        (0.012, shade(sand, -0.13), 1.0), (-0.012, shade(sand, -0.07), 1.0),
    ):  # fmt: skip
        wave = canvas.unit * 0.01 * line(stage.rng, canvas.width, 9, octaves=4)
        canvas.lay(canvas.below((edge - canvas.unit * lift + wave).astype(np.float32)), tone, opacity)
    mask = canvas.below(
        (edge + canvas.unit * 0.035 + canvas.unit * 0.008 * line(stage.rng, canvas.width, 6)).astype(np.float32)
    )
    surface = ramp(lit(sand, palette, 0.2), shadowed(sand, palette, 0.2), mask.alpha.shape[0])
    if not stage.flat:
        rows, columns = mask.alpha.shape
        surface = surface * (1 + 0.05 * fbm(stage.rng, rows, columns, 40, octaves=3, stretch=2.4)[:, :, None])
    canvas.lay(mask, np.clip(surface, 0, 1))
    stage.ground_y = min(stage.horizon + room * 0.8, canvas.height * 0.95)


def paint_cliff(stage: Stage) -> None:
    """A headland above the water, at the side away from the light."""
    canvas = stage.canvas
    left = stage.light[0] > canvas.width / 2
    x = np.linspace(0, 1, canvas.width) if left else np.linspace(1, 0, canvas.width)
    top = stage.horizon + canvas.height * 0.02
    drop = smooth(0.46, 0.6, (x + 0.03 * line(stage.rng, canvas.width, 8)).astype(np.float32))
    edge = top + canvas.unit * 0.03 * line(stage.rng, canvas.width, 5) + canvas.height * drop * 1.1
    relief(
        stage, edge.astype(np.float32), stage.palette.ground("coast"), distance=0.02, roughness=0.3, lean=0.2, depth=2.0
    )
    grass = np.where(drop < 0.15, edge, canvas.height * 2).astype(np.float32)  # noqa: PLR2004 - where the top is level
    turf = canvas.below(grass)
    below = np.arange(turf.alpha.shape[0])[:, None] + turf.top - grass[None]
    turf.alpha *= np.clip(1 - below / (canvas.unit * 0.04), 0, 1).astype(np.float32)
    canvas.lay(turf, lit(stage.palette.ground("hills"), stage.palette, 0.15), 0.9)
    stage.ground_y = top + canvas.unit * 0.02


def foreground_grass(stage: Stage, base: Colour) -> None:
    """Blades at the foot of the picture."""
    canvas = stage.canvas
    tones = gradient([shade(base, -0.16), shade(base, 0.03)], 5)
    for n in range(5):
        blades = []
        for _ in range(int(46 * canvas.width / canvas.unit)):
            x, foot = canvas.width * stage.uniform(-0.02, 1.02), canvas.height * (1.02 - 0.012 * n)
            height = canvas.unit * stage.uniform(0.03, 0.085)
            bend = canvas.unit * stage.uniform(-0.03, 0.03)
            blade = spline([[x, foot], [x + bend * 0.3, foot - height * 0.6], [x + bend, foot - height]], steps=5)
            blades.append(stroke(blade, np.linspace(canvas.unit * 0.006, 0.4, len(blade))))
        canvas.lay(canvas.mask(blades), tones[n] if n % 2 else tones[4 - n], 0.9)
