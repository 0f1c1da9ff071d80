"""The voice in the mix: how loud it is against the band, section by section, and where it is heard."""

import numpy as np

from models.base import Samples
from models.dsp.loudness import KFilter
from models.music.production.curves import STEP, Curve, drawn, steps
from models.music.production.desk import Style
from models.music.production.echoes import Echo
from models.music.production.effects import blocks_of
from models.music.production.playing import RATE_HZ
from models.music.production.voice_chain import doubles
from models.music.score import Score
from models.synth.reverb import Reverb, Room

OVER_BAND_LU = 2.0
ALONE_LUFS = -17.0
RIDE_DB, RIDE_SHARE, RIDE_S = 3.0, 0.7, 0.5  # how far the hand goes after the band, and how fast
PLATE, PLATE_DB = Room(decay_s=1.6, damped_s=0.9, delay_s=0.045, low_cut_hz=300.0), -14.0
HALL_DB = -20.0
ECHO_DB, ECHO_BEATS, ECHO_FEEDBACK = -20.0, 0.75, 0.35
HEARD = 0.5
FAINT = 1e-9  # mean square of a band that is not there


def sing(vocal: Samples, score: Score, style: Style, out: Samples, hall: Samples, sung: Curve) -> None:
    """Add a polished voice of shape (1, frames) to the band in `out`, and send some to the hall; changes `vocal`."""
    ride = _ride(score, _loudness(out, sung), _loudness(vocal, sung) * 2, sung)
    plate = Reverb(RATE_HZ, PLATE_DB, PLATE)
    echo = Echo(ECHO_BEATS * 60 / score.bpm, ECHO_FEEDBACK, RATE_HZ)
    echo_gain = np.float32(10 ** ((ECHO_DB + style.echo_louder_db) / 20)) if style.echoes else np.float32(0)
    for first, block in blocks_of(vocal):
        last = first + block.shape[1]
        np.multiply(block, drawn(ride, first, block.shape[1]), out=block)
        both = np.repeat(block, 2, axis=0)
        out[:, first:last] += plate.add(both)
        if echo_gain:
            out[:, first:last] += echo_gain * echo.of(block)
        hall[:, first:last] += np.float32(10 ** (HALL_DB / 20)) * block
    for first, wide in doubles(vocal, score):
        out[:, first : first + wide.shape[1]] += wide
        hall[:, first : first + wide.shape[1]] += np.float32(10 ** (HALL_DB / 20)) * wide.mean(axis=0)


def _loudness(samples: Samples, sung: Curve) -> Curve:
    """K-weighted mean square of every STEP frames where somebody sings, 0 elsewhere."""
    meter = KFilter(RATE_HZ, samples.shape[0])
    found = np.zeros(steps(samples.shape[1]))
    for first, block in blocks_of(samples):
        power = meter.power(block)
        whole = power.size // STEP
        found[first // STEP : first // STEP + whole] = power[: whole * STEP].reshape(whole, STEP).mean(axis=1)
    return np.asarray(found * (sung > HEARD), np.float32)


def _ride(score: Score, band: Curve, voice: Curve, sung: Curve) -> Curve:
    """Gain that keeps the voice OVER_BAND_LU above the band, most of the way in every section."""
    is_sung = sung > HEARD
    of_voice = float(voice[is_sung].mean(dtype=np.float64)) if is_sung.any() else 0.0
    if of_voice <= 0:
        return np.ones(sung.size, np.float32)
    of_band = float(band[is_sung].mean(dtype=np.float64))
    over = 10 ** (OVER_BAND_LU / 10)
    alone = 10 ** (ALONE_LUFS / 10)
    middle_db = 10 * np.log10((of_band * over if of_band > FAINT else alone) / of_voice)
    edges_s, gains_db = [], []
    for section in score.sections:
        start_s, end_s = (score.seconds(at) for at in (section.start, section.start + section.length))
        first, last = (round(at * RATE_HZ / STEP) for at in (start_s, end_s))
        here = is_sung[first:last]
        gain_db = middle_db
        if here.any() and of_band > FAINT:
            of_both = (float(part[first:last][here].mean(dtype=np.float64)) for part in (band, voice))
            band_here, voice_here = of_both
            if band_here > FAINT and voice_here > 0:
                off_db = 10 * np.log10(band_here * over / voice_here) - middle_db
                gain_db += float(np.clip(RIDE_SHARE * off_db, -RIDE_DB, RIDE_DB))
        edges_s += [start_s + RIDE_S / 2, max(end_s - RIDE_S / 2, start_s + RIDE_S / 2)]
        gains_db += [gain_db] * 2
    curve_db = np.interp(np.arange(sung.size) * STEP / RATE_HZ, edges_s, gains_db)
    return np.asarray(10 ** (curve_db / 20), np.float32)
