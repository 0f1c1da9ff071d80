"""Roads, and the glowing grid of synthwave covers."""

import numpy as np

from models.pictures.canvas import stroke
from models.pictures.colour import mix, oklch
from models.pictures.stage import Stage, ramp
from models.pictures.things import LAMP, WHITE
from models.pictures.water import strip, winding


def paint_road(stage: Stage) -> None:
    """A road that winds to the horizon."""
    canvas, palette = stage.canvas, stage.palette
    path, widths = winding(stage, width=0.72, bends=stage.uniform(0.8, 2.0))
    tar = mix(oklch(0.36, 0.015, 270), palette.ambient, palette.dim * 0.7)
    canvas.lay(
        canvas.mask([strip(path, widths * 1.12)]), mix(palette.ground("beach"), palette.ground("road"), 0.4), 0.8
    )
    mask = canvas.mask([strip(path, widths)])
    if mask is not None:
        canvas.lay(mask, ramp(palette.away(tar, 0.5), tar, mask.alpha.shape[0]))
    for side in (-0.46, 0.46):
        edge = path + np.stack([side * widths, np.zeros(len(path))], axis=1)
        canvas.polygon(strip(edge, widths * 0.018), mix(WHITE, tar, 0.25), 0.8)
    step = 0
    while step < len(path) - 3:
        piece = slice(step, step + 3)
        canvas.polygon(strip(path[piece], widths[piece] * 0.026), mix(LAMP, WHITE, 0.4), 0.9)
        step += 6
    nearest = int(np.argmin(np.abs(path[:, 1] - (stage.horizon + (canvas.height - stage.horizon) * 0.7))))
    stage.ground_y = float(path[nearest, 1])


def paint_grid(stage: Stage) -> None:
    """The glowing floor of synthwave covers."""
    canvas, palette = stage.canvas, stage.palette
    floor = canvas.below(np.full(canvas.width, stage.horizon, np.float32))
    dark = palette.ground("grid")
    canvas.lay(floor, ramp(mix(dark, oklch(0.5, 0.22, 340), 0.45), dark, floor.alpha.shape[0]))
    glow, core = oklch(0.65, 0.25, 340), oklch(0.85, 0.13, 340)
    x = canvas.width / 2
    lines = [
        np.array([[x + n * canvas.unit * 0.018, stage.horizon], [x + n * canvas.unit * 0.32, canvas.height]])
        for n in range(-26, 27)
    ]
    room = canvas.height - stage.horizon
    lines += [
        np.array([[0.0, stage.horizon + room * t], [float(canvas.width), stage.horizon + room * t]])
        for t in 1.05 * 0.76 ** np.arange(16)
    ]
    for width, tone, opacity in ((0.011, glow, 0.2), (0.0055, glow, 0.45), (0.0022, core, 1.0)):
        for path in lines:
            share = (path[:, 1] - stage.horizon) / room
            canvas.polygon(stroke(path, np.maximum(canvas.unit * width * (0.25 + share), 0.8)), tone, opacity)
    canvas.glow(x, stage.horizon, canvas.unit * 0.06, glow, 0.5)
    stage.ground_y = stage.horizon + room * 0.55
