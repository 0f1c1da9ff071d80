"""Pictures of nothing: colour fields, flow, contours, geometry, rings."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from models.pictures.canvas import Points, ellipse, stroke
from models.pictures.colour import Colour, gradient, lch_of, mix, shade
from models.pictures.noise import coarse_fbm, fbm, resized, warped
from models.pictures.stage import Stage, smooth


def paint_abstract(stage: Stage) -> None:
    """One of the ways, by the seed."""
    ways: tuple[Callable[[Stage], None], ...] = (silk, contours, bauhaus, rings, ribbons, marbling)
    if stage.flat:
        ways = (bauhaus, rings, discs)
    if stage.style == "dark":
        ways = (silk, contours, ribbons, marbling)
    ways[int(stage.rng.integers(len(ways)))](stage)
    stage.ground_y = stage.canvas.height * 0.8


def _tones(stage: Stage) -> list[Colour]:
    return list(stage.palette.flat[1:5])


def silk(stage: Stage) -> None:
    """Folds of colour: noise displaced by noise, twice."""
    canvas, rng = stage.canvas, stage.rng
    height, width = max(canvas.height // 2, 8), max(canvas.width // 2, 8)
    unit = canvas.unit / 2
    first, second = (fbm(rng, height, width, 1.2, octaves=3) for _ in range(2))
    field = warped(fbm(rng, height, width, 1.1, octaves=3), first * unit * 0.55, second * unit * 0.55)
    field = warped(field, second * unit * 0.3, field * unit * 0.45)
    field = resized(field, canvas.height, canvas.width)
    low, high = np.percentile(field, [2, 98])
    t = np.clip((field - low) / (high - low), 0, 1)
    tones = (
        [stage.palette.flat[5], *_tones(stage)] if stage.palette.is_night else [stage.palette.flat[0], *_tones(stage)]
    )
    tones.sort(key=lambda colour: lch_of(colour)[0])
    canvas.rgb[:] = gradient(tones, 512)[(t * 511).astype(int)]
    down, across = np.gradient(gaussian_filter(t, canvas.unit * 0.003))
    sheen = (across * 0.7 - down) * canvas.unit * 0.16
    canvas.rgb[:] = np.clip(canvas.rgb * (1 + 0.5 * np.tanh(sheen))[:, :, None], 0, 1)


def contours(stage: Stage) -> None:
    """Terraces of cut paper, each with a shadow on the next."""
    canvas, rng = stage.canvas, stage.rng
    field = fbm(rng, canvas.height, canvas.width, 1.7, octaves=3, gain=0.38)
    levels = 8
    cuts = np.quantile(field, np.linspace(0.08, 0.95, levels))
    tones = gradient(sorted([*_tones(stage), stage.palette.flat[0]], key=lambda colour: -lch_of(colour)[0]), levels + 1)
    if stage.palette.is_night:
        tones = tones[::-1]
    canvas.rgb[:] = tones[0]
    reach = max(int(canvas.unit * 0.009), 1)
    for n, cut in enumerate(cuts):
        slope = np.maximum(np.hypot(*np.gradient(field)), 1e-6)
        above = np.clip((field - cut) / slope + 0.5, 0, 1).astype(np.float32)
        cast = gaussian_filter(np.roll(above, (reach, reach), (0, 1)), reach * 0.9)
        canvas.over(canvas.rgb * 0.0, cast * 0.34 * (1 - above))
        canvas.over(tones[n + 1], above)


def bauhaus(stage: Stage) -> None:
    """A grid of quarter circles, discs, bars and triangles."""
    canvas, rng = stage.canvas, stage.rng
    paper, *tones, ink = stage.palette.flat
    canvas.rgb[:] = paper
    cells = int(rng.integers(3, 6))
    size = canvas.unit / cells
    columns, rows = int(np.ceil(canvas.width / size)), int(np.ceil(canvas.height / size))
    for row in range(rows):
        for column in range(columns):
            left, top = column * size, row * size
            square = np.array([[left, top], [left + size, top], [left + size, top + size], [left, top + size]])
            back, front = (int(n) for n in rng.permutation(len(tones) + 1)[:2])
            palette = [*tones, ink]
            if rng.random() < 0.72:  # noqa: PLR2004 - most are filled
                canvas.polygon(square, palette[back])
            _tile(stage, left, top, size, palette[front], paper)


def _tile(stage: Stage, left: float, top: float, size: float, tone: Colour, paper: Colour) -> None:
    canvas, rng = stage.canvas, stage.rng
    kind, turn = int(rng.integers(6)), int(rng.integers(4))
    x, y = left + size / 2, top + size / 2
    corners = np.array([[left, top], [left + size, top], [left + size, top + size], [left, top + size]])
    if kind in {0, 1}:
        start = turn * np.pi / 2
        t = np.linspace(start, start + np.pi / 2, 60)
        for share, colour in ((1.0, tone), (0.5, paper))[: 1 + kind]:
            arc = corners[turn] + size * share * np.stack([np.cos(t), np.sin(t)], axis=1)
            canvas.polygon(np.concatenate([corners[turn][None], arc]), colour)
    elif kind == 2:  # noqa: PLR2004 - one of the kinds
        canvas.polygon(ellipse(x, y, size * 0.38, size * 0.38, corners=120), tone)
        if turn % 2:
            canvas.polygon(ellipse(x, y, size * 0.16, size * 0.16, corners=80), paper)
    elif kind == 3:  # noqa: PLR2004 - as above
        canvas.polygon(np.delete(corners, turn, axis=0), tone)
    elif kind == 4:  # noqa: PLR2004 - as above
        for n in range(4):
            at = (n + 0.5) / 4
            ends = (
                [[left + at * size, top], [left + at * size, top + size]]
                if turn % 2
                else [[left, top + at * size], [left + size, top + at * size]]
            )
            canvas.polygon(stroke(np.array(ends), size * 0.1), tone)
    else:
        half = np.linspace(turn * np.pi / 2, turn * np.pi / 2 + np.pi, 60)
        canvas.polygon(np.stack([x + size / 2 * np.cos(half), y + size / 2 * np.sin(half)], axis=1), tone)


def rings(stage: Stage) -> None:
    """Circles about a point on the thirds, broken and turned against each other."""
    canvas, rng = stage.canvas, stage.rng
    paper, *tones, ink = stage.palette.flat
    canvas.rgb[:] = paper
    x, y = canvas.width * rng.choice([0.36, 0.5, 0.64]), canvas.height * rng.choice([0.38, 0.5, 0.6])
    count = int(rng.integers(9, 15))
    for n in range(count, 0, -1):
        radius = canvas.unit * 0.68 * n / count
        start, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.9, 2.0) * np.pi
        t = np.linspace(start, start + min(length, 1.9 * np.pi), 160)
        arc = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], axis=1)
        width = canvas.unit * 0.68 / count * rng.choice([0.25, 0.5, 0.8])
        canvas.polygon(stroke(arc, width), [*tones, ink][int(rng.integers(len(tones) + 1))])
        for end in (arc[0], arc[-1]):
            canvas.polygon(
                ellipse(float(end[0]), float(end[1]), width / 2, width / 2, corners=40), tones[n % len(tones)]
            )
    core = canvas.unit * 0.06
    canvas.polygon(ellipse(x, y, core, core, corners=120), tones[0])


def ribbons(stage: Stage) -> None:
    """Thousands of fine lines that follow one current."""
    canvas, rng = stage.canvas, stage.rng
    paper, *tones, ink = stage.palette.flat
    dark = stage.palette.is_night
    back = ink if dark and lch_of(ink)[0] < lch_of(paper)[0] else paper
    canvas.rgb[:] = back
    grid = 96
    angle = 2.2 * np.pi * fbm(rng, grid, grid, stage.uniform(0.8, 1.5), octaves=2) + stage.uniform(0, np.pi)
    hue = coarse_fbm(rng, grid, grid, 1.6, octaves=2)
    colours = gradient(tones, 64)
    count = int(1500 * (canvas.width * canvas.height / canvas.unit**2) ** 0.5)
    at = rng.uniform(-0.05, 1.05, (count, 2)) * (canvas.width, canvas.height)
    steps = 46
    path = np.empty((count, steps, 2))
    for step in range(steps):
        path[:, step] = at
        cell = np.clip(at / (canvas.width, canvas.height) * grid, 0, grid - 1).astype(int)
        turn = angle[cell[:, 1], cell[:, 0]]
        at = at + canvas.unit * 0.0085 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    taper = np.sin(np.linspace(0.05, np.pi - 0.05, steps))
    groups: dict[int, list[Points]] = {}
    for n in range(count):
        cell = np.clip(path[n, 0] / (canvas.width, canvas.height) * grid, 0, grid - 1).astype(int)
        tone = int(np.clip((hue[cell[1], cell[0]] + 0.5 + 0.14 * rng.normal()) * 7, 0, 7))
        groups.setdefault(tone * 4 + n % 4, []).append(
            stroke(path[n], taper * canvas.unit * (0.002 + 0.009 * rng.random() ** 4))
        )
    order = rng.permutation(sorted(groups))
    for group in order:
        canvas.lay(
            canvas.mask(groups[int(group)]), shade(colours[int(group) // 4 * 9], 0.05 * (int(group) % 4 - 1.5)), 0.9
        )


def marbling(stage: Stage) -> None:
    """Veins of ink, as on marbled paper."""
    canvas, rng = stage.canvas, stage.rng
    first, second = coarse_fbm(rng, canvas.height, canvas.width, 1.5), coarse_fbm(rng, canvas.height, canvas.width, 1.5)
    field = 5.5 * first + 2.2 * second
    phase = (field + 0.25 * fbm(rng, canvas.height, canvas.width, 6, octaves=4)) % 1.0
    index = np.floor(field).astype(int)
    tones = np.stack([*_tones(stage), stage.palette.flat[0]])
    base = tones[np.mod(index, len(tones))]
    following = tones[np.mod(index + 1, len(tones))]
    canvas.rgb[:] = base + smooth(0.86, 1.0, phase)[:, :, None] * (following - base)
    vein = np.exp(-(((phase - 0.93) / 0.035) ** 2))
    canvas.over(mix(stage.palette.flat[5], stage.palette.light, 0.35), (0.5 * vein).astype(np.float32))
    canvas.rgb *= (0.9 + 0.14 * second)[:, :, None]
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)


def discs(stage: Stage) -> None:
    """A few large, see-through discs on paper."""
    canvas, rng = stage.canvas, stage.rng
    paper, *tones, _ink = stage.palette.flat
    canvas.rgb[:] = paper
    for n in range(int(rng.integers(2, 5))):
        radius = canvas.unit * rng.uniform(0.13, 0.32)
        x, y = canvas.width * rng.uniform(0.25, 0.75), canvas.height * rng.uniform(0.25, 0.75)
        canvas.polygon(ellipse(x, y, radius, radius, corners=180), tones[n % 4], 0.8)
