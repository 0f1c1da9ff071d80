"""Guitars apart, place by place in the panorama: solo by single notes, acoustic and electric by what an amplifier does.

Two guitars at the same place are not taken apart: the louder decides for both.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.separation.parts_pitch import panning, predominant, smoothed
from models.separation.parts_spectra import Chunk, Floats

ZONES = (-1.01, -0.25, 0.25, 1.01)  # of the panorama
AROUND_S = 0.6
MELODY = (0.6, 0.78)  # share of the energy that one pitch explains: a chord, a single note
LEAST_ZONE = 0.03  # of the energy: what is less goes with the whole
KIND_S = 3.0
# Pickups and drive bring out 2 to 4 kHz; an amplifier's speaker ends steeply above. A body does neither.
PRESENCE_DB, FALL_DB = -10.5, 15.0


def role(chunk: Chunk, detector: Any) -> Floats:  # noqa: ANN401
    """Shares of rhythm and solo guitar."""
    around = round(AROUND_S / chunk.stft.hop_s)

    def melody(power: Floats, spectra: NDArray[np.complex64]) -> Floats:
        comb = predominant(chunk, detector, spectra).comb(chunk)
        explained = smoothed((power * comb).sum(axis=1), around) / (smoothed(power.sum(axis=1), around) + 1e-20)
        return np.clip((explained - MELODY[0]) / (MELODY[1] - MELODY[0]), 0, 1)

    solo = np.zeros_like(chunk.power)
    mix = chunk.spectra.mean(axis=0)
    for inside in _zones(chunk):
        solo += melody(chunk.power * inside, mix * inside)[:, None] * inside
    return np.stack([1 - solo, solo]).astype(np.float32)


def kind(chunk: Chunk) -> Floats:
    """Shares of acoustic and electric guitar."""
    around = round(KIND_S / chunk.stft.hop_s)
    acoustic = np.zeros_like(chunk.power)
    for inside in _zones(chunk):
        power = chunk.power * inside

        def level_db(low_hz: float, high_hz: float, power: Floats = power) -> Floats:
            band = power[:, (chunk.hz >= low_hz) & (chunk.hz < high_hz)].sum(axis=1)
            return np.asarray(10 * np.log10(smoothed(band, around) + 1e-20))

        presence = level_db(2000, 4000) - level_db(0, chunk.rate_hz)
        fall = level_db(2000, 4000) - level_db(4000, 6000)
        odds = (PRESENCE_DB - presence) / 2 + np.clip((FALL_DB - fall) / 4, -1, 1)
        acoustic += (1 / (1 + np.exp(-2 * np.clip(odds, -8, 8))))[:, None] * inside
    return np.stack([acoustic, 1 - acoustic]).astype(np.float32)


def _zones(chunk: Chunk) -> Iterator[NDArray[np.bool_]]:
    """Where in the spectra (steps, bins) each place of the panorama is; almost empty ones go with the fullest."""
    place = panning(chunk)
    zones = [(place >= left) & (place < right) for left, right in pairwise(ZONES)]
    energy = [float(chunk.power[zone].sum(dtype=np.float64)) for zone in zones]
    fullest = int(np.argmax(energy))
    for number, zone in enumerate(zones):
        if number != fullest and energy[number] < LEAST_ZONE * sum(energy):
            zones[fullest] |= zone
            zone[:] = False
    yield from (zone for zone in zones if zone.any())
