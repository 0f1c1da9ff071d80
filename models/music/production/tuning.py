"""How far the notes of a soundfont are out of tune: small ones stretch few samples over the whole keyboard."""

from collections.abc import Iterable

import numpy as np

from models.base import Note, Samples
from models.synth.soundfont import Part, SoundfontSynth

NOTE_S, STEP_S = 0.5, 0.9
FROM_S = 0.1  # the attack has no pitch yet
PARTIALS = (1, 2, 3)
RANGE_CENTS = 90.0
LOWEST_HZ = 150.0  # of a partial that is measured: below, half a second does not tell
HEARD_CENTS, BIN_CENTS = 12.0, 15.0  # 13 steps within the range: no more than a synthesiser has channels
VELOCITY = 96


def off_cents(program: int, pitches: Iterable[int], synth: SoundfontSynth, rate_hz: int) -> dict[int, float]:
    """Pitch → how many cents too high it sounds, in steps of 15; 0 where that is too little to hear."""
    wanted = sorted(set(pitches))
    notes = [Note(number * STEP_S, number * STEP_S + NOTE_S, pitch, VELOCITY) for number, pitch in enumerate(wanted)]
    blocks = synth.render([Part(notes, program)], rate_hz=rate_hz, reverb_db=None)
    sound = np.concatenate([np.zeros(0, np.float32), *(block.mean(axis=0) for block in blocks)])
    found = {}
    for note in notes:
        first, last = (round((note.start_s + at_s) * rate_hz) for at_s in (FROM_S, NOTE_S))
        cents = _deviation(sound[first:last], 440 * 2 ** ((note.pitch - 69) / 12), rate_hz)
        found[note.pitch] = BIN_CENTS * round(cents / BIN_CENTS) if abs(cents) > HEARD_CENTS else 0.0
    return found


def _deviation(sound: Samples, hz: float, rate_hz: int) -> float:
    """Cents between `hz` and where the power around its strongest low partial lies; 0 for silence."""
    if sound.size == 0:
        return 0.0
    size = 1 << (4 * sound.size - 1).bit_length()
    power = np.square(np.abs(np.fft.rfft(sound * np.hanning(sound.size), size)))
    bins_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    most, cents = 1e-9, 0.0
    for partial in PARTIALS:
        if not LOWEST_HZ <= partial * hz < rate_hz / 3:
            continue
        off = 1200 * np.log2(np.maximum(bins_hz, 1e-6) / (partial * hz))
        near = np.abs(off) < RANGE_CENTS
        total = float(power[near].sum())
        if total > most:
            most, cents = total, float((off[near] * power[near]).sum() / total)
    return cents
