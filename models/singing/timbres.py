"""What makes the synthesiser's speaker the voice that was asked for."""

from collections.abc import Sequence

import numpy as np

from models.base import Voice
from models.singing.checks import Part
from models.singing.speaker import Speaker
from models.singing.spectra import Timbre
from models.voices.colour import change
from models.voices.pitch import load_detector
from models.voices.profile import measured

ENOUGH_S, MOST_PARTS = 5.0, 6


def timbre_of(voice: Voice, speaker: Speaker, parts: Sequence[Part]) -> Timbre:
    """From the voice's own parameters. One that has none is known by its profile: the speaker's is measured in what it
    says of the song, and its resonances and colour are moved towards the voice's.
    """
    if voice.parameters.get("speech"):
        manner = speaker.manner()
        return Timbre(manner.formant_ratio, manner.breath)
    heard, length_s, rate_hz = [], 0.0, 0
    for part in parts[:MOST_PARTS]:
        _, spoken = speaker.speak([word.text for word in part])[0]
        if rate_hz in {0, spoken.audio.rate_hz}:
            rate_hz = spoken.audio.rate_hz
            heard.append(spoken.audio.samples[0])
            length_s += spoken.audio.duration_s
        if length_s >= ENOUGH_S:
            break
    # A word or two, said again and again, is better than nothing.
    mono = np.tile(np.concatenate(heard), int(min(max(ENOUGH_S / max(length_s, 0.1), 1.0), 20.0)))
    try:
        return Timbre(change=change(measured(load_detector(), mono, rate_hz), voice.profile))
    except ValueError:  # no clear vowels
        return Timbre()
