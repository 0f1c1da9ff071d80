"""Skylines and streets."""

import numpy as np

from models.pictures.canvas import Points, ellipse, stroke
from models.pictures.colour import Colour, mix, oklch, shade
from models.pictures.noise import coarse_fbm
from models.pictures.stage import Stage, ramp
from models.pictures.things import LAMP, WHITE


def box(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _lamps(stage: Stage) -> list[Colour]:
    if stage.palette.time == "neon":
        return [oklch(0.8, 0.19, hue) for hue in (350, 200, 310, 80)]
    return [LAMP, mix(LAMP, WHITE, 0.5), mix(LAMP, oklch(0.7, 0.16, 55), 0.5)]


def paint_skyline(stage: Stage, foot: float) -> None:
    """Rows of towers that stand on y = `foot`; their windows are lit at night."""
    canvas, palette = stage.canvas, stage.palette
    wall = mix(palette.ground("city"), palette.sky[0], 0.25)
    if not palette.is_night:
        wall = mix(oklch(0.62, 0.04, 250), palette.ambient, palette.dim)
    rows = 2 if stage.flat else 3
    top = min(foot * 0.78, canvas.unit * 0.62)
    for n in range(rows):
        share = n / (rows - 1)
        tone = palette.away(shade(wall, -0.05 * share), 0.62 * (1 - share) ** 1.2)
        shapes: list[Points] = []
        panes: dict[int, list[Points]] = {0: [], 1: [], 2: [], 3: []}
        beacons: list[tuple[float, float]] = []
        x = -canvas.unit * stage.uniform(0, 0.05)
        while x < canvas.width:
            width = canvas.unit * stage.uniform(0.05, 0.115)
            centre = 1 - abs((x + width / 2) / canvas.width - 0.5) * 0.9
            height = top * (0.9 - 0.42 * share) * stage.uniform(0.35, 1.0) * centre
            shapes += _tower(stage, x, foot, width, height, beacons)
            _windows(stage, x, foot, width, height, share, panes)
            x += width * stage.uniform(0.82, 1.08)
        mask = canvas.mask(shapes)
        if mask is not None:
            surface = ramp(tone, palette.away(tone, 0.0 if stage.flat else 0.38), mask.alpha.shape[0])
            canvas.lay(mask, surface)
        lamps = _lamps(stage)
        for kind, boxes in panes.items():
            colour = (
                lamps[kind % len(lamps)]
                if palette.is_night or palette.time == "sunset"
                else shade(tone, 0.07 if kind % 2 else -0.05)
            )
            canvas.lay(canvas.mask(boxes), colour, (0.35 + 0.55 * share) if palette.is_night else 0.5)
        for at_x, at_y in beacons:
            if palette.is_night and not stage.flat:
                canvas.glow(at_x, at_y, canvas.unit * 0.006, oklch(0.65, 0.24, 25), 0.8)
    if palette.is_night and not stage.flat:
        canvas.glow(canvas.width / 2, foot, canvas.unit * 0.2, _lamps(stage)[0], 0.25)
    stage.ground_y = min(foot + (canvas.height - foot) * 0.6, canvas.height * 0.96)


def _tower(
    stage: Stage, x: float, foot: float, width: float, height: float, beacons: list[tuple[float, float]]
) -> list[Points]:
    top = foot - height
    shapes = [box(x, top, x + width, foot + 2)]
    kind = int(stage.rng.choice([0, 0, 1, 2, 3, 3, 4, 5, 5, 5]))
    if kind == 0:
        shapes.append(box(x + width * 0.2, top - height * 0.09, x + width * 0.8, top + 1))
        shapes.append(box(x + width * 0.35, top - height * 0.15, x + width * 0.65, top))
    elif kind == 1:
        shapes.append(np.array([[x, top + 1], [x + width, top + 1], [x + width, top - width * 0.42]]))
    elif kind == 2:  # noqa: PLR2004 - one kind of roof
        shapes.append(np.array([[x, top + 1], [x + width / 2, top - width * 0.9], [x + width, top + 1]]))
        shapes.append(stroke(np.array([[x + width / 2, top - width * 1.7], [x + width / 2, top]]), [1.0, width * 0.06]))
        beacons.append((x + width / 2, top - width * 1.7))
    elif kind == 3:  # noqa: PLR2004 - as above
        mast = x + width * stage.uniform(0.3, 0.7)
        shapes.append(stroke(np.array([[mast, top - height * 0.14], [mast, top]]), [1.0, width * 0.05]))
        beacons.append((mast, top - height * 0.14))
    elif kind == 4:  # noqa: PLR2004 - as above
        shapes.append(ellipse(x + width / 2, top, width / 2, width * 0.3))
    return shapes


def _windows(
    stage: Stage, x: float, foot: float, width: float, height: float, share: float, panes: dict[int, list[Points]]
) -> None:
    if stage.flat and share < 1:
        return
    size = max(stage.canvas.unit * (0.0065 + 0.004 * share), 2.0)
    across, down = int(width / (size * 2.1)), int(height / (size * 2.6))
    if across < 1 or down < 1:
        return
    lively = stage.uniform(0.15, 0.6) if stage.palette.is_night else 0.85
    strip = stage.chance(0.25)
    gap = width / across
    lit_ = stage.rng.random((down, across)) < lively
    tone = int(stage.rng.integers(4))
    for row in range(down):
        y = foot - height + (row + 0.7) * size * 2.6
        for column in range(across):
            if not lit_[row, column] or y + size * 1.4 > foot:
                continue
            left = x + (column + 0.5) * gap - size / 2
            kind = tone if stage.rng.random() < 0.8 else int(stage.rng.integers(4))  # noqa: PLR2004 - most alike
            panes[kind].append(
                box(
                    left - (size * 0.4 if strip else 0),
                    y,
                    left + size * (1.4 if strip else 1),
                    y + size * (0.7 if strip else 1.35),
                )
            )


def paint_street(stage: Stage) -> None:
    """A street between houses, seen along its middle; wet when it rains."""
    canvas, palette = stage.canvas, stage.palette
    vanish_x, vanish_y = canvas.width * stage.uniform(0.42, 0.58), stage.horizon
    road = palette.ground("street")
    foot = canvas.below(np.full(canvas.width, vanish_y, np.float32))
    canvas.lay(foot, ramp(palette.away(road, 0.45), road, foot.alpha.shape[0]))
    walls = [mix(oklch(0.5, 0.05, hue), palette.ambient, 0.25 + palette.dim) for hue in (40, 20, 75, 250, 300, 150)]
    depths = np.geomspace(0.1, 1.25, 9)
    for side in (-1, 1):
        for n in range(len(depths) - 1):
            far, near = depths[n], depths[n + 1]
            tone = palette.away(walls[int(stage.rng.integers(len(walls)))], 0.6 * (1 - far) ** 2)
            _facade(stage, (vanish_x, vanish_y), side, (far, near), tone)
    for side in (-1, 1):
        walk = np.array(
            [
                [vanish_x, vanish_y],
                [vanish_x + side * canvas.width * 0.72, canvas.height * 1.3],
                [vanish_x + side * canvas.width * 1.1, canvas.height * 1.3],
            ]
        )
        canvas.polygon(walk, shade(road, 0.07), 0.8)
    _dashes(stage, np.array([[vanish_x, vanish_y], [vanish_x, canvas.height * 1.05]]), canvas.unit * 0.03)
    if "rain" in stage.scene.weather or palette.time == "neon":
        rows = canvas.height - int(vanish_y)
        t = np.linspace(0, 1, rows, dtype=np.float32)
        smear = canvas.rgb[np.clip(int(vanish_y) - 1 - (np.arange(rows) * 0.8).astype(int), 0, canvas.height - 1)]
        gloss = (
            np.clip(0.5 + 0.5 * coarse_fbm(stage.rng, rows, canvas.width, 3, stretch=1.5), 0, 1)
            * (0.5 - 0.15 * t)[:, None]
        )
        part = canvas.rgb[int(vanish_y) :]
        part += gloss[:, :, None] * (smear - part)
    stage.ground_y = vanish_y + (canvas.height - vanish_y) * 0.66


def _facade(stage: Stage, vanish: tuple[float, float], side: int, span: tuple[float, float], tone: Colour) -> None:
    canvas, palette = stage.canvas, stage.palette
    x, y = vanish
    half, storeys = canvas.width * 0.55, int(stage.rng.integers(3, 7))
    height = canvas.height * stage.uniform(0.5, 1.0)

    def corner(depth: float, up: float) -> tuple[float, float]:
        return x + side * half * depth, y + (canvas.height * 0.42 - up * height) * depth

    far, near = span
    wall = np.array([corner(far, 0), corner(far, 1), corner(near, 1), corner(near, 0)])
    canvas.polygon(wall, tone)
    canvas.polygon(
        np.array([corner(far, 1), corner(far, 0.96), corner(near, 0.96), corner(near, 1)]), shade(tone, -0.08)
    )
    lamps = _lamps(stage)
    for storey in range(storeys):
        for column in range(3):
            left = far + (near - far) * (0.14 + 0.29 * column)
            right = left + (near - far) * 0.17
            low, high = (storey + 0.3) / (storeys + 0.4), (storey + 0.8) / (storeys + 0.4)
            pane = np.array([corner(left, low), corner(left, high), corner(right, high), corner(right, low)])
            shining = palette.dim > 0.25 and stage.chance(0.5)  # noqa: PLR2004 - dark enough for lamps
            colour = (
                lamps[int(stage.rng.integers(len(lamps)))] if shining else mix(shade(tone, -0.12), palette.sky[1], 0.25)
            )
            canvas.polygon(pane, colour, 0.92)
            if shining and storey == 0 and near > 0.4:  # noqa: PLR2004 - shop windows close by
                canvas.glow(float(pane[:, 0].mean()), float(pane[:, 1].mean()), canvas.unit * 0.03 * near, colour, 0.3)


def _dashes(stage: Stage, path: Points, width: float) -> None:
    """Marks along the middle of a way that ends at the horizon."""
    start, end = path[1], path[0]
    for n in range(9):
        first, last = 0.74**n, 0.74 ** (n + 0.5)
        a, b = end + (start - end) * first, end + (start - end) * last
        stage.canvas.polygon(stroke(np.array([a, b]), [width * first, width * last]), mix(LAMP, WHITE, 0.6), 0.75)
