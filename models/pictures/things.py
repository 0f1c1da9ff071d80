"""Puts drawings into a picture, with form, light and shadow."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from models.pictures.canvas import Canvas, Mask, Points, ellipse
from models.pictures.colour import Colour, Plane, lch_of, mix, oklch, parse_hex, shade
from models.pictures.shapes import BOX, CARVED, Thing

INK = parse_hex("#1b1a22")
WHITE = parse_hex("#fbf9f4")
LAMP = parse_hex("#ffd98a")
_DARKER, _LIGHTER = -0.13, 0.12
_ROUNDNESS = 0.07  # of the size: how far the edges are rounded
_OUTLINE = 0.010


@dataclass(frozen=True, slots=True)
class Lighting:
    """Where the light comes from and what the air does.

    direction  towards the light, a unit vector (x, y), y downwards
    colour     of the light
    ambient    of what lies in shadow
    haze       share of the air between, 0 to 1, in the colour `air`
    form       0: flat, 1: round
    lamps      whether windows and lamps shine
    outline    whether it is drawn around in ink
    """

    direction: tuple[float, float]
    colour: Colour
    ambient: Colour
    air: Colour
    haze: float = 0.0
    form: float = 1.0
    lamps: bool = True
    outline: bool = False
    cel: bool = False
    dim: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """x, y: the middle of the foot (centre drawings: of the whole), in pixels; size: height in pixels."""

    x: float
    y: float
    size: float
    flipped: bool = False
    angle_deg: float = 0.0


def moved(points: Points, place: Place, *, centred: bool) -> Points:
    """From the box of a drawing to the picture."""
    scale = place.size / BOX
    unit = points - (BOX / 2, BOX / 2 if centred else BOX)
    if place.flipped:
        unit = unit * (-1, 1)
    if place.angle_deg:
        turn = np.deg2rad(place.angle_deg)
        unit = unit @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return unit * scale + (place.x, place.y)


def draw_thing(
    canvas: Canvas, thing: Thing, place: Place, lighting: Lighting, *, body: Colour | None = None
) -> Mask | None:
    """Draw it; returns what it covers. `body`: its main colour, where that is not its own."""
    centred = thing.place in {"centre", "sky", "under"}
    colours = _tones(thing, body)
    placed = [(part.tone, [moved(p, place, centred=centred) for p in part.polygons]) for part in thing.parts]
    whole = canvas.mask([p for tone, polygons in placed if tone != CARVED for p in polygons], margin=3)
    if whole is None:
        return None
    for tone, polygons in placed:
        if tone == CARVED:
            _carve(whole, canvas.mask(polygons))
    before = canvas.rgb[whole.rows, whole.columns].copy()
    if lighting.outline:
        _ink_around(canvas, whole, place.size)
    shining: list[Mask] = []
    for tone, polygons in placed:
        mask = canvas.mask(polygons) if tone != CARVED else None
        if mask is None:
            continue
        lamp = tone == "glow"
        canvas.lay(mask, colours.get(tone, INK) if not tone.startswith("#") else parse_hex(tone))
        if lamp:
            shining.append(mask)
    _shape(canvas, whole, before, place.size, lighting)
    for mask in shining:
        if lighting.lamps:
            canvas.lay(mask, LAMP, 1 - 0.6 * lighting.haze)
            _shine(canvas, mask)
    return whole


def _tones(thing: Thing, body: Colour | None) -> dict[str, Colour]:
    main = thing.body if body is None else body
    light, chroma, hue = lch_of(main)
    return {
        "body": main,
        "dark": oklch(max(light + _DARKER, 0.08), chroma * 0.95, hue + 6),
        "light": oklch(min(light + _LIGHTER, 0.97), chroma * 0.9, hue - 6),
        "second": thing.second,
        "ink": INK,
        "white": WHITE,
        "glow": mix(LAMP, thing.second, 0.1),
    }


def _carve(whole: Mask, hole: Mask | None) -> None:
    if hole is None:
        return
    top, left = max(hole.top, whole.top), max(hole.left, whole.left)
    bottom = min(hole.top + hole.alpha.shape[0], whole.top + whole.alpha.shape[0])
    right = min(hole.left + hole.alpha.shape[1], whole.left + whole.alpha.shape[1])
    if bottom > top and right > left:
        cut = hole.alpha[top - hole.top : bottom - hole.top, left - hole.left : right - hole.left]
        whole.alpha[top - whole.top : bottom - whole.top, left - whole.left : right - whole.left] *= 1 - cut


def _ink_around(canvas: Canvas, whole: Mask, size: float) -> None:
    reach = max(_OUTLINE * size, 0.8)
    spread = np.clip(gaussian_filter(whole.alpha, reach) * 4.0, 0, 1)
    canvas.lay(Mask(spread.astype(np.float32), whole.left, whole.top), INK, 0.92)


def _shape(canvas: Canvas, whole: Mask, before: Plane, size: float, lighting: Lighting) -> None:
    """Light and shade as on a rounded body, the light of the surroundings, a lit rim, and the air in front."""
    part = canvas.rgb[whole.rows, whole.columns]
    inside = whole.alpha[:, :, None]
    painted = part.copy()
    if lighting.form > 0:
        soft = gaussian_filter(whole.alpha, max(_ROUNDNESS * size, 1.0))
        down, across = np.gradient(soft)
        towards = -(across * lighting.direction[0] + down * lighting.direction[1]) * _ROUNDNESS * size * 2.2
        if lighting.cel:
            towards = np.where(towards < -0.07, -0.34, np.where(towards > 0.32, 0.2, 0.0))  # noqa: PLR2004 - two steps
        lit = np.clip(towards, -0.6, 0.7)[:, :, None] * lighting.form
        painted = np.where(lit < 0, painted * (1 + 0.85 * lit), painted + (1 - painted) * lit * 0.5 * lighting.colour)
        away = (-round(lighting.direction[1] * size * 0.012), -round(lighting.direction[0] * size * 0.012))
        behind = gaussian_filter(np.roll(whole.alpha, away, (0, 1)), max(size * 0.004, 0.5))
        edge = np.clip(whole.alpha - behind, 0, 1)
        painted = painted + (1 - painted) * edge[:, :, None] * lighting.colour * 0.55 * lighting.form
    painted = painted * (1 - lighting.dim * (1 - lighting.ambient))
    painted = painted + lighting.haze * (lighting.air - painted)
    outside = part if lighting.outline else before
    part[...] = outside + inside * (painted - outside)


def _shine(canvas: Canvas, mask: Mask) -> None:
    height, width = mask.alpha.shape
    x, y = mask.left + width / 2, mask.top + height / 2
    canvas.glow(x, y, 0.55 * max(height, width) + 1, LAMP, 0.33)


def drop_shadow(canvas: Canvas, place: Place, lighting: Lighting, strength: float) -> None:
    """What a standing thing throws on the ground."""
    if strength <= 0:
        return
    size = place.size
    lean = -lighting.direction[0] * size * 0.22
    for grow, opacity in ((1.0, 0.18), (0.8, 0.2), (0.6, 0.22)):
        oval = ellipse(place.x + lean * grow, place.y - size * 0.004, size * 0.42 * grow, size * 0.055 * grow)
        canvas.polygon(oval, shade(lighting.ambient, -0.25) * 0.4, opacity * strength)
