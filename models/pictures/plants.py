"""Trees, forests and meadows in flower."""

from dataclasses import dataclass, field

import numpy as np

from models.pictures.canvas import Points, ellipse, spline, stroke
from models.pictures.colour import Colour, mix, oklch, shade
from models.pictures.noise import line
from models.pictures.stage import Stage, layer_colours, lit, shadowed
from models.pictures.things import WHITE
from models.pictures.weather import paint_fog

_BANDS = 12  # of a meadow, from far to near


def conifer(stage: Stage, x: float, foot: float, height: float) -> list[Points]:
    """A fir: a stack of ragged skirts."""
    half = height * stage.uniform(0.17, 0.24)
    tiers = int(stage.rng.integers(7, 11))
    left, right = [], []
    for n in range(tiers):
        t = (n + 1) / tiers
        y = foot - height * (1 - t) - height * 0.06
        reach = half * (0.12 + 0.88 * t) * stage.uniform(0.82, 1.12)
        left += [(x - reach * 0.45, y - height * 0.055), (x - reach, y + height * 0.022)]
        right += [(x + reach * 0.45, y - height * 0.055), (x + reach * stage.uniform(0.9, 1.08), y + height * 0.022)]
    crown = np.array([(x, foot - height), *left, *reversed(right)])
    trunk = np.array(
        [
            (x - half * 0.09, foot - height * 0.12),
            (x + half * 0.09, foot - height * 0.12),
            (x + half * 0.1, foot),
            (x - half * 0.1, foot),
        ]
    )
    return [crown, trunk]


def crown(stage: Stage, x: float, y: float, size: float) -> list[Points]:
    """The leaves of a broad tree."""
    blobs = []
    for _ in range(13):
        angle, far = stage.uniform(0, 2 * np.pi), stage.uniform(0, 0.62)
        radius = size * stage.uniform(0.26, 0.42)
        blobs.append(
            ellipse(
                x + size * far * 1.1 * np.cos(angle),
                y + size * far * 0.8 * np.sin(angle),
                radius,
                radius * 0.92,
                corners=26,
            )
        )
    return blobs


def paint_forest(stage: Stage) -> None:
    """Row behind row of trees with mist between; firs, or leaves in the colour of the season."""
    canvas, palette = stage.canvas, stage.palette
    autumn = "petals" in stage.scene.weather
    leafy = (autumn or stage.chance(0.4)) and "snow" not in stage.scene.settings
    near = palette.ground("forest")
    if leafy and (autumn or palette.time in {"sunset", "dawn"}) and not stage.scene.monochrome:
        near = mix(near, oklch(0.6, 0.15, stage.uniform(35, 85)), 0.65)
    rows = 3 if stage.flat else 5
    room = canvas.height - stage.horizon
    for n, colour in enumerate(layer_colours(palette, near, rows, haze=0.8)):
        share = n / (rows - 1)
        foot = stage.horizon + room * (0.06 + 0.6 * share**1.4)
        tall = canvas.unit * (0.16 + 0.34 * share**1.3)
        step = tall * (0.26 if leafy else 0.2) * (1 + 0.9 * share)
        far_line = canvas.unit * 0.02 * line(stage.rng, canvas.width, 3)
        shapes: list[Points] = []
        bright: list[Points] = []
        for x in np.arange(-step, canvas.width + step, step):
            if share == 1 and abs(x / canvas.width - 0.5) < 0.3:  # noqa: PLR2004 - the nearest trees frame the picture
                continue
            at = x + stage.uniform(-0.5, 0.5) * step
            y = foot + far_line[int(np.clip(at, 0, canvas.width - 1))] + stage.uniform(-0.02, 0.03) * tall
            height = tall * stage.uniform(0.65, 1.2)
            if leafy:
                shapes += crown(stage, at, y - height * 0.68, height * 0.34)
                shapes.append(stroke(np.array([[at, y - height * 0.6], [at, y]]), [height * 0.03, height * 0.06]))
                bright += crown(
                    stage, at + height * 0.05 * (1 if stage.light[0] > at else -1), y - height * 0.78, height * 0.2
                )
            else:
                shapes += conifer(stage, at, y, height)
        ground = (foot + far_line).astype(np.float32)
        canvas.lay(canvas.mask(shapes), colour)
        if leafy and not stage.flat:
            canvas.lay(canvas.mask(bright), lit(colour, palette, 0.3), 0.55)
        canvas.lay(canvas.below(ground), colour if share < 1 else shadowed(colour, palette, 0.3))
        if "snow" in stage.scene.settings and share > 0.5:  # noqa: PLR2004 - near enough to see
            canvas.lay(canvas.below(ground + 2), mix(palette.ground("snow"), palette.ambient, 0.12), 0.95)
        if not stage.flat and share < 1:
            paint_fog(stage, foot + tall * 0.05, tall * 0.45, 0.42 * (1 - share) + 0.08)
    stage.ground_y = stage.horizon + room * 0.78


def paint_treeline(stage: Stage, y: float, tall: float, distance: float) -> None:
    """A far row of trees."""
    canvas = stage.canvas
    shapes: list[Points] = []
    for x in np.arange(-tall, canvas.width + tall, tall * 0.34):
        height = tall * stage.uniform(0.5, 1.1)
        shapes += (
            conifer(stage, x, y, height) if stage.chance(0.5) else crown(stage, x, y - height * 0.4, height * 0.45)
        )
    edge = np.full(canvas.width, y - tall * 0.12, np.float32)
    band = canvas.below(edge)
    band.alpha[max(int(y + 2) - band.top, 0) :] = 0
    tone = stage.palette.away(stage.palette.ground("forest"), distance)
    canvas.lay(canvas.mask(shapes), tone)
    canvas.lay(band, tone)


def paint_flowers(stage: Stage) -> None:
    """A meadow in flower: dots that grow towards the viewer, whole flowers in front."""
    canvas, rng = stage.canvas, stage.rng
    room = canvas.height - stage.horizon
    hues = [stage.uniform(0, 40), stage.uniform(330, 360), 95.0, stage.uniform(290, 320)]
    named = [shade(colour, 0.05) for colour in stage.scene.colours]
    if stage.scene.ground is not None:
        named = [stage.scene.ground, shade(stage.scene.ground, 0.06)]
    tones: list[Colour] = named or [oklch(0.72, 0.17, hue) for hue in hues[: int(rng.integers(1, 4))]]
    tones = [mix(tone, stage.palette.ambient, stage.palette.dim * 0.5) for tone in tones]
    count = int((240 if stage.flat else 900) * canvas.width / canvas.unit)
    depths = np.sort(rng.uniform(0, 1, count) ** 1.1)
    # Band by band from far to near, all flowers of a colour at once.
    for band in np.array_split(depths, _BANDS):
        distance = 0.45 * (1 - float(band.mean()))
        beds = [Bed() for _ in tones]
        for t in band:
            x, y = canvas.width * stage.uniform(-0.02, 1.02), stage.horizon + room * (0.12 + 0.9 * t)
            size = canvas.unit * (0.002 + 0.017 * t**2.2) * stage.uniform(0.7, 1.3)
            beds[int(rng.integers(len(tones)))].plant(stage, x, y, size)
        for bed, tone in zip(beds, tones, strict=True):
            bed.paint(stage, stage.palette.away(tone, distance), shade(stage.palette.ground("flowers"), -0.1))


@dataclass(slots=True)
class Bed:
    """Flowers of one colour, gathered and then painted together."""

    stems: list[Points] = field(default_factory=list)
    petals: list[Points] = field(default_factory=list)
    hearts: list[Points] = field(default_factory=list)
    gleams: list[Points] = field(default_factory=list)

    def plant(self, stage: Stage, x: float, y: float, size: float, *, stem: bool = True) -> None:
        if size < stage.canvas.unit * 0.006:
            self.petals.append(ellipse(x, y, size, size * 0.75, corners=10))
            return
        if stem:
            path = spline([[x, y + size * 5], [x + size * 0.3, y + size * 2], [x, y]], steps=4)
            self.stems.append(stroke(path, size * 0.22))
        turn = stage.uniform(0, 72)
        for angle in range(0, 360, 72):
            way = np.deg2rad(turn + angle)
            self.petals.append(
                ellipse(
                    x + size * 0.6 * np.cos(way),
                    y + size * 0.5 * np.sin(way),
                    size * 0.55,
                    size * 0.36,
                    turn + angle,
                    18,
                )
            )
        self.hearts.append(ellipse(x, y, size * 0.3, size * 0.27, corners=14))
        self.gleams.append(ellipse(x - size * 0.35, y - size * 0.35, size * 0.2, size * 0.14, corners=10))

    def paint(self, stage: Stage, tone: Colour, green: Colour) -> None:
        canvas = stage.canvas
        canvas.lay(canvas.mask(self.stems), green)
        canvas.lay(canvas.mask(self.petals), tone)
        canvas.lay(canvas.mask(self.hearts), mix(oklch(0.84, 0.16, 90), tone, 0.15))
        canvas.lay(canvas.mask(self.gleams), mix(tone, WHITE, 0.5), 0.5)


def paint_branch(stage: Stage, tone: Colour) -> None:
    """A branch in blossom that reaches in from a corner above."""
    canvas = stage.canvas
    left = stage.chance(0.5)
    side = 1 if left else -1
    x, y = (0.0 if left else float(canvas.width)), canvas.height * stage.uniform(0.04, 0.12)
    main = spline(
        [
            [x - side * 10, y],
            [x + side * canvas.unit * 0.22, y + canvas.unit * 0.05],
            [x + side * canvas.unit * 0.42, y + canvas.unit * 0.02],
            [x + side * canvas.unit * 0.62, y + canvas.unit * 0.1],
        ]
    )
    wood = mix(oklch(0.3, 0.04, 40), stage.palette.ambient, 0.3)
    canvas.polygon(stroke(main, np.linspace(canvas.unit * 0.022, canvas.unit * 0.004, len(main))), wood)
    beds = [Bed(), Bed(), Bed()]
    for n in range(9):
        start = main[int((n + 1) / 10 * len(main)) - 1]
        reach = np.array([side * stage.uniform(0.04, 0.12), stage.uniform(-0.1, 0.13)]) * canvas.unit
        tip = start + reach
        twig = np.array([start, (start + tip) / 2 + canvas.unit * 0.01, tip])
        canvas.polygon(stroke(spline(twig), canvas.unit * 0.004), wood)
        for blossom in range(9):
            at = start + (tip - start) * stage.uniform(0.2, 1.1) + stage.rng.normal(0, canvas.unit * 0.014, 2)
            beds[blossom % 3].plant(
                stage, float(at[0]), float(at[1]), canvas.unit * stage.uniform(0.007, 0.014), stem=False
            )
    for bed, by in zip(beds, (-0.04, 0.0, 0.04), strict=True):
        bed.paint(stage, shade(tone, by), wood)
