"""The view through a window, from a dark room."""

import numpy as np

from models.pictures.canvas import Mask
from models.pictures.colour import mix, oklch, shade
from models.pictures.stage import Stage, lit, ramp, shadowed
from models.pictures.town import box


def paint_window(stage: Stage) -> None:
    """A dark room around what is painted, with a sill to put things on."""
    canvas, palette = stage.canvas, stage.palette
    width, height, unit = canvas.width, canvas.height, canvas.unit
    wall = mix(oklch(0.25, 0.05, 40), palette.ambient, 0.35)
    left, right = width * 0.5 - min(unit * 0.38, width * 0.4), width * 0.5 + min(unit * 0.38, width * 0.4)
    top, sill = height * 0.1, height * 0.76
    inside = canvas.mask([box(left, top, right, sill)])
    if inside is None:
        return
    room = np.ones((height, width), np.float32)
    room[inside.rows, inside.columns] -= inside.alpha
    canvas.lay(Mask(room, 0, 0), ramp(lit(wall, palette, 0.05), shade(wall, -0.1), height))
    wood = mix(oklch(0.47, 0.075, 55), palette.ambient, 0.2 + palette.dim * 0.5)
    bar = unit * 0.022
    middle = (left + right) / 2
    crossbar = top + (sill - top) * 0.36
    frame = [
        box(left - bar, top - bar, right + bar, top),
        box(left - bar, top, left, sill),
        box(right, top, right + bar, sill),
        box(middle - bar * 0.4, top, middle + bar * 0.4, sill),
        box(left, crossbar, right, crossbar + bar * 0.7),
    ]
    canvas.lay(canvas.mask(frame), wood)
    canvas.polygon(box(left - bar * 3, sill, right + bar * 3, sill + bar * 1.8), lit(wood, palette, 0.2))
    canvas.polygon(
        box(left - bar * 3, sill + bar * 1.8, right + bar * 3, sill + bar * 2.6), shadowed(wood, palette, 0.4)
    )
    for side in (-1, 1):
        edge = left - bar * 2 if side < 0 else right + bar * 2
        for n in range(5):
            fold = edge + side * unit * (0.012 + 0.034 * n)
            above, below = top - bar * 2, height * 0.95
            cloth = np.array(
                [
                    [fold - side * unit * 0.03, above],
                    [fold + side * unit * 0.03, above],
                    [fold + side * unit * 0.045, below],
                    [fold - side * unit * 0.02, below],
                ]
            )
            canvas.polygon(cloth, shade(mix(palette.accent, wall, 0.62), 0.035 * (-1) ** n))
    stage.ground_y = sill + bar * 1.2
