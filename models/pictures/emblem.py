"""Backdrops for one thing alone: discs, rays, rings, arches and soft shapes in colours that go together."""

import numpy as np

from models.pictures.canvas import Points, ellipse, spline
from models.pictures.colour import Colour, lch_of, mix, oklch, shade
from models.pictures.noise import coarse_fbm
from models.pictures.stage import Stage, ramp
from models.pictures.things import WHITE

_KINDS = 5


def paint_backdrop(stage: Stage, subject: Colour) -> None:
    """Fill the canvas with something that `subject` stands out from."""
    canvas, palette = stage.canvas, stage.palette
    ground, figure, extra = _three(stage, subject)
    canvas.rgb[:] = ramp(shade(ground, 0.05), shade(ground, -0.07), canvas.height)
    if not stage.flat:
        drift = coarse_fbm(stage.rng, canvas.height, canvas.width, 1.6, octaves=4)[:, :, None]
        canvas.rgb += 0.05 * drift
    x, y = canvas.width / 2, canvas.height * 0.46
    kind = int(stage.rng.integers(2 if stage.flat else _KINDS))
    if kind == 0:
        _disc(stage, x, y, figure, extra)
    elif kind == 1:
        _blobs(stage, figure, extra)
    elif kind == 2:  # noqa: PLR2004 - one of the kinds
        _rays(stage, x, y, figure)
    elif kind == 3:  # noqa: PLR2004 - as above
        _rings(stage, x, y, figure)
    else:
        _arch(stage, x, figure, extra)
    floor = canvas.height * stage.uniform(0.78, 0.83)
    stage.ground_y = floor + (canvas.height - floor) * 0.35
    if not stage.flat:
        canvas.glow(x, y, canvas.unit * 0.22, mix(figure, palette.light, 0.5), 0.22)


def paint_floor(stage: Stage, subject: Colour) -> None:
    """Ground for what stands."""
    canvas = stage.canvas
    ground, _figure, extra = _three(stage, subject)
    t = np.linspace(-1, 1, canvas.width)
    edge = (canvas.height * 0.8 + canvas.unit * 0.03 * t**2).astype(np.float32)
    mask = canvas.below(edge)
    tone = mix(shade(ground, -0.12), extra, 0.25)
    canvas.lay(mask, tone if stage.flat else ramp(shade(tone, 0.04), shade(tone, -0.08), mask.alpha.shape[0]))
    stage.ground_y = canvas.height * 0.865


def _three(stage: Stage, subject: Colour) -> tuple[Colour, Colour, Colour]:
    """Ground, figure, extra: from the palette, unlike the subject in lightness or hue."""
    palette = stage.palette
    light, chroma, hue = lch_of(subject)
    dark_ground = (palette.is_night and light > 0.4) or (light > 0.75 and palette.time != "day")  # noqa: PLR2004 - a pale thing
    base_light, base_chroma, base_hue = lch_of(palette.sky[1])
    if chroma > 0.08 and abs((base_hue - hue + 180) % 360 - 180) < 35:  # noqa: PLR2004 - too much like it
        base_hue += 150
    dusky = palette.is_night and not dark_ground  # a dark thing at night: before the moon
    ground = oklch(
        0.24 if dark_ground else 0.46 if dusky else max(base_light, 0.72), min(max(base_chroma, 0.05), 0.1), base_hue
    )
    figure = oklch(0.46 if dark_ground else 0.78 if dusky else 0.89, 0.1 if dark_ground else 0.065, base_hue + 35)
    if palette.tune.chroma == 0:
        ground, figure = oklch(lch_of(ground)[0], 0, 0), oklch(lch_of(figure)[0], 0, 0)
    return ground, figure, mix(palette.accent, ground, 0.35)


def _disc(stage: Stage, x: float, y: float, figure: Colour, extra: Colour) -> None:
    canvas = stage.canvas
    radius = canvas.unit * stage.uniform(0.33, 0.4)
    canvas.polygon(ellipse(x, y, radius, radius, corners=200), figure)
    for n in range(3):
        angle = stage.uniform(0, 2 * np.pi)
        far = radius * stage.uniform(1.0, 1.25)
        size = canvas.unit * stage.uniform(0.012, 0.045)
        canvas.polygon(
            ellipse(x + far * np.cos(angle), y + far * np.sin(angle), size, size),
            extra if n % 2 else shade(figure, 0.08),
        )


def _blobs(stage: Stage, figure: Colour, extra: Colour) -> None:
    canvas = stage.canvas
    for n, tone in enumerate((mix(figure, extra, 0.5), figure)):
        count = 9
        t = np.arange(count) / count * 2 * np.pi
        reach = canvas.unit * (0.46 - 0.09 * n) * (1 + 0.18 * stage.rng.uniform(-1, 1, count))
        middle = (canvas.width * (0.5 + 0.06 * (1 - 2 * n) * (1 if stage.chance(0.5) else -1)), canvas.height * 0.47)
        points = np.stack([middle[0] + reach * np.cos(t), middle[1] + reach * np.sin(t)], axis=1)
        canvas.polygon(spline(points, closed=True, steps=14), tone, 0.85)


def _rays(stage: Stage, x: float, y: float, figure: Colour) -> None:
    canvas = stage.canvas
    count = int(stage.rng.integers(10, 19))
    reach = 1.5 * float(np.hypot(canvas.width, canvas.height))
    turn = stage.uniform(0, np.pi)
    wedges: list[Points] = []
    for n in range(count):
        a, b = turn + (n + 0.25) / count * 2 * np.pi, turn + (n + 0.75) / count * 2 * np.pi
        wedges.append(
            np.array(
                [[x, y], [x + reach * np.cos(a), y + reach * np.sin(a)], [x + reach * np.cos(b), y + reach * np.sin(b)]]
            )
        )
    canvas.lay(canvas.mask(wedges), figure, 0.42)


def _rings(stage: Stage, x: float, y: float, figure: Colour) -> None:
    canvas = stage.canvas
    for n in range(6, 0, -1):
        radius = canvas.unit * 0.1 * n
        canvas.polygon(ellipse(x, y, radius, radius, corners=180), mix(figure, canvas.rgb[0, 0], n / 7.5), 0.8)


def _arch(stage: Stage, x: float, figure: Colour, extra: Colour) -> None:
    canvas = stage.canvas
    for half, tone in ((0.4, mix(figure, extra, 0.45)), (0.34, figure)):
        half_px, top = canvas.unit * half, canvas.height * 0.47
        t = np.linspace(np.pi, 2 * np.pi, 80)
        points = np.concatenate([
            np.stack([x + half_px * np.cos(t), top + half_px * np.sin(t)], axis=1),
            [[x + half_px, canvas.height * 1.02], [x - half_px, canvas.height * 1.02]],
        ])  # fmt: skip
        canvas.polygon(points, tone)


def paint_confetti(stage: Stage) -> None:
    """Small shapes around what is celebrated or loved."""
    canvas = stage.canvas
    for n in range(26):
        angle, far = stage.uniform(0, 2 * np.pi), canvas.unit * stage.uniform(0.3, 0.6)
        x, y = canvas.width / 2 + far * np.cos(angle), canvas.height * 0.46 + far * np.sin(angle)
        size = canvas.unit * stage.uniform(0.004, 0.011)
        canvas.polygon(
            ellipse(x, y, size, size * stage.uniform(0.4, 1.0), stage.uniform(0, 180), 20),
            (stage.palette.accent, WHITE, stage.palette.light)[n % 3],
            0.8,
        )


def paint_halo(stage: Stage, x: float, y: float, size: float) -> None:
    """Light behind a thing that floats in a landscape."""
    canvas, palette = stage.canvas, stage.palette
    if stage.flat:
        canvas.polygon(ellipse(x, y, size * 0.72, size * 0.72, corners=160), mix(palette.sky[2], WHITE, 0.4), 0.8)
        return
    canvas.glow(x, y, size * 0.45, mix(palette.light, WHITE, 0.2), 0.5)
