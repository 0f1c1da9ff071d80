"""What the painters of sky, land and things share while a picture is made."""

from dataclasses import dataclass

import numpy as np

from models.base import Report
from models.pictures.canvas import Canvas
from models.pictures.colour import Colour, Plane, gradient, mix, shade
from models.pictures.palette import Palette
from models.pictures.scene import Scene
from models.pictures.things import Lighting

STANDARD, ANIME, NATURE, ABSTRACT, MINIMAL, DARK = "standard", "anime", "nature", "abstract", "minimal", "dark"
STYLES = (STANDARD, ANIME, NATURE, ABSTRACT, MINIMAL, DARK)


@dataclass(slots=True)
class Stage:
    """horizon: its y in pixels; light: where sun or moon stands, in pixels; ground_y: where things stand;
    shines: whether sun or moon is to be seen; river_x: where a river leaves the picture, 0 without one.
    """

    canvas: Canvas
    scene: Scene
    palette: Palette
    style: str
    rng: np.random.Generator
    horizon: float
    light: tuple[float, float]
    report: Report
    ground_y: float = 0.0
    shines: bool = False
    river_x: float = 0.0

    @property
    def flat(self) -> bool:
        return self.style == MINIMAL

    @property
    def cel(self) -> bool:
        return self.style == ANIME

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def uniform(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def lighting(self, haze: float = 0.0) -> Lighting:
        """The light on a thing in the lower middle of the picture."""
        towards = np.array([self.light[0] - self.canvas.width / 2, self.light[1] - self.canvas.height * 0.75])
        towards /= max(float(np.hypot(*towards)), 1e-6)
        towards = np.array([towards[0], min(towards[1], -0.35)])
        towards /= float(np.hypot(*towards))
        colour = self.palette.light
        return Lighting(
            (float(towards[0]), float(towards[1])),
            colour,
            self.palette.ambient,
            self.palette.sky[2],
            haze,
            form=0.0 if self.flat else 1.0,
            lamps=True,
            outline=self.cel,
            cel=self.cel,
            dim=self.palette.dim * (0.5 if self.cel else 0.62),
        )


def smooth(low: float, high: float, values: Plane) -> Plane:
    """From 0 below `low` to 1 above `high`, without a bend."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def layer_colours(palette: Palette, near: Colour, count: int, *, haze: float = 0.8) -> list[Colour]:
    """The colours of `count` layers of land, from the farthest to the nearest."""
    return [palette.away(near, haze * (1 - n / max(count - 1, 1)) ** 1.2) for n in range(count)]


def ramp(top: Colour, bottom: Colour, rows: int) -> Plane:
    """A vertical gradient of shape (rows, 1, 3)."""
    return gradient([top, bottom], max(rows, 2))[:rows, None]


def lit(colour: Colour, palette: Palette, share: float = 0.25) -> Colour:
    """In the light of sun or moon."""
    return mix(shade(colour, 0.06), palette.light, share * (0.5 if palette.is_night else 1.0))


def shadowed(colour: Colour, palette: Palette, share: float = 0.35) -> Colour:
    return mix(shade(colour, -0.08), palette.ambient, share)
