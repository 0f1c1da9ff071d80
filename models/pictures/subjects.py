"""Where things go: on a third of the picture, on ground, water or in the air, or alone before a backdrop."""

import numpy as np

from models.pictures import emblem
from models.pictures.canvas import Canvas, Mask
from models.pictures.colour import Colour
from models.pictures.scene import Subject
from models.pictures.shapes import Thing, things
from models.pictures.stage import Stage
from models.pictures.things import Place, draw_thing, drop_shadow

WATERS = ("sea", "lake", "beach", "coast")
_WIDE = 1.25  # of width to height, from which a picture is a landscape


def place_subjects(stage: Stage) -> None:
    """The things of the scene, the first one where the eye goes first."""
    count = len(stage.scene.subjects)
    spots = _spots(stage, count)
    # Far ones first, so that near ones stand before them.
    for rank in reversed(range(count)):
        subject = stage.scene.subjects[rank]
        for copy in range(subject.count):
            shift = (copy - (subject.count - 1) / 2) * 0.24
            _place(stage, subject, spots[rank] + shift, rank, 1.0 if subject.count == 1 else 0.74)


def _spots(stage: Stage, count: int) -> list[float]:
    """Across the picture, 0 to 1."""
    if count == 1:
        alone = stage.canvas.width < stage.canvas.height * _WIDE and stage.chance(0.35)
        away = 0.64 if stage.light[0] < stage.canvas.width / 2 else 0.36
        return [0.5 if alone else away]
    first = 0.34 if stage.chance(0.5) else 0.66
    return [first, 1 - first, 0.5][:count]


def _place(stage: Stage, subject: Subject, across: float, rank: int, scale: float) -> None:
    canvas, thing = stage.canvas, things()[subject.name]
    size = canvas.unit * thing.size * scale * (stage.uniform(0.88, 1.14) if rank == 0 else 0.8)
    body = _tint(stage, subject)
    x = canvas.width * across
    flipped = (across > 0.5) != stage.chance(0.2)  # noqa: PLR2004 - the middle
    submerged = stage.palette.time == "underwater"
    if thing.place in {"sky", "under"} or submerged:
        low, high = (0.3, 0.6) if thing.place == "under" or submerged else (0.2, 0.42)
        reach = canvas.height if submerged or stage.palette.time == "space" else stage.horizon * 1.25
        y = reach * stage.uniform(low, high)
        if thing.place == "under" and not submerged:
            y = stage.horizon + (canvas.height - stage.horizon) * 0.3
        if thing.place == "ground" and submerged:
            y, size = stage.ground_y, size * 0.9
        if "planet" in stage.scene.sky:  # that stands on the side away from the light
            x = canvas.width * (0.3 if stage.light[0] < canvas.width / 2 else 0.7)
            y = canvas.height * stage.uniform(0.55, 0.72)
        y = max(y, size * 0.56)
        draw_thing(canvas, thing, Place(x, y, size, flipped, thing.angle_deg), stage.lighting(), body=body)
        return
    if thing.place == "water":
        _float(stage, thing, x, size, flipped, body)
        return
    if thing.place == "centre":
        y = min(stage.horizon * 0.86, canvas.height * 0.52)
        size *= 0.84
        emblem.paint_halo(stage, x, y, size)
        draw_thing(canvas, thing, Place(x, y, size, angle_deg=thing.angle_deg), stage.lighting(), body=body)
        return
    y = stage.ground_y - canvas.unit * 0.035 * rank
    if stage.river_x:  # on the wider bank
        x = canvas.width * (0.2 if stage.river_x > canvas.width / 2 else 0.8) + canvas.unit * 0.09 * rank
    place = Place(x, y, size, flipped)
    if "coast" in stage.scene.settings:
        left = stage.light[0] > canvas.width / 2
        place = Place(canvas.width * (0.25 if left else 0.75), y, size, flipped)
    drop_shadow(canvas, place, stage.lighting(), thing.shadow)
    draw_thing(canvas, thing, place, stage.lighting(), body=body)


def _tint(stage: Stage, subject: Subject) -> Colour | None:
    if subject.colour is not None:
        return subject.colour
    if stage.scene.monochrome:
        grey = float(things()[subject.name].body @ np.array([0.3, 0.59, 0.11]))
        return np.full(3, grey, np.float32)
    return None


def _float(stage: Stage, thing: Thing, x: float, size: float, flipped: bool, body: Colour | None) -> None:
    """On the water, with its mirror image."""
    canvas = stage.canvas
    wet = set(stage.scene.settings) & set(WATERS)
    y = stage.horizon + (canvas.height - stage.horizon) * (stage.uniform(0.1, 0.3) if wet else 0.6)
    if thing.name == "bridge":
        y, x, size = stage.horizon + canvas.unit * 0.17, canvas.width / 2, size * 0.8
    before = canvas.rgb.copy()
    mask = draw_thing(canvas, thing, Place(x, y, size, flipped), stage.lighting(), body=body)
    if mask is not None and wet:
        _mirror(canvas, before, mask, y)


def _mirror(canvas: Canvas, before: np.ndarray, mask: Mask, y: float) -> None:
    """Below the water line: what is above it, upside down, broken by ripples."""
    line = int(min(y, canvas.height - 1))
    above = mask.alpha[: max(line - mask.top, 0)][::-1]
    rows = min(above.shape[0], canvas.height - line)
    if rows <= 0:
        return
    canvas.rgb[line : line + rows, mask.columns] = before[line : line + rows, mask.columns]
    t = np.arange(rows)
    sway = (np.sin(t * 0.9) * (0.3 + t / rows * 2.2)).astype(int)
    columns = np.clip(np.arange(mask.alpha.shape[1])[None] + sway[:, None], 0, mask.alpha.shape[1] - 1)
    alpha = np.take_along_axis(above[:rows], columns, axis=1) * (0.62 * (1 - t / max(above.shape[0], 1)))[:, None]
    colour = np.take_along_axis(canvas.rgb[line - rows : line, mask.columns][::-1], columns[:, :, None], axis=1)
    part = canvas.rgb[line : line + rows, mask.columns]
    part += alpha[:, :, None] * (colour * 0.8 - part)


def paint_emblem(stage: Stage) -> None:
    """One to three things before a backdrop."""
    first = things()[stage.scene.subjects[0].name]
    own = _tint(stage, stage.scene.subjects[0])
    emblem.paint_backdrop(stage, first.body if own is None else own)
    stands = [subject for subject in stage.scene.subjects if things()[subject.name].place in {"ground", "water"}]
    if stands:
        emblem.paint_floor(stage, first.body)
    stage.report(0.5)
    total = sum(subject.count for subject in stage.scene.subjects)
    shrink = {1: 1.42, 2: 1.0, 3: 0.82}.get(total, 0.66)
    place = 0
    if stage.scene.mood in {"happy", "romantic", "energetic"} and not stage.flat:
        emblem.paint_confetti(stage)
    for subject in stage.scene.subjects:
        thing = things()[subject.name]
        for _ in range(subject.count):
            x = stage.canvas.width * (0.5 + (place - (total - 1) / 2) * 0.62 / max(total, 2) * 1.1)
            size = min(stage.canvas.unit * thing.size * shrink, stage.canvas.unit * 0.7)
            standing = thing.place in {"ground", "water"}
            at = Place(
                x, stage.ground_y if standing else stage.canvas.height * 0.46, size, place % 2 == 1, thing.angle_deg
            )
            if standing:
                drop_shadow(stage.canvas, at, stage.lighting(), thing.shadow)
            draw_thing(stage.canvas, thing, at, stage.lighting(), body=_tint(stage, subject))
            place += 1
