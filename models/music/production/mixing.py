"""The mix: levels by loudness, filters, places, rooms, and what makes room for kick and voice."""

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import butter, sosfilt

from models.base import Audio, Report, Samples
from models.dsp.loudness import integrated_lufs
from models.music.production.drum_hits import gains
from models.music.production.effects import Sections, bell, echoed, filtered, high_pass, taped
from models.music.production.playing import RATE_HZ, stem
from models.music.production.voice_chain import activity, doubled, polished
from models.music.score import Score, Track
from models.synth.reverb import Reverb
from models.synth.soundfont import SoundfontSynth

BLOCK = 65_536
KICKS = (35, 36)


@dataclass(frozen=True, slots=True)
class Desk:
    """How a role is mixed. lufs: loudness of the stem; high_pass_hz; mud_db: at 300 Hz; hall_db: sent to the room."""

    lufs: float
    high_pass_hz: float
    mud_db: float = 0.0
    hall_db: float = -18.0
    ducked: float = 0.0  # share that side-chain and voice take away


ROLES = {
    "drums": Desk(-19.0, 28.0, hall_db=-22.0),
    "bass": Desk(-21.0, 32.0, hall_db=-60.0, ducked=0.9),
    "chords": Desk(-25.0, 110.0, -2.5, -17.0, 0.8),
    "arpeggio": Desk(-27.5, 150.0, -1.5, -14.0, 0.8),
    "pad": Desk(-28.0, 160.0, -2.5, -12.0, 1.0),
    "strings": Desk(-26.5, 150.0, -2.0, -11.0, 0.8),
    "lead": Desk(-23.5, 150.0, -1.0, -14.0, 0.4),
    "effect": Desk(-29.0, 150.0, 0.0, -12.0, 0.5),
}
RHYTHMIC = ("drums", "bass")
# Genres whose mix breathes with the kick: how deep, dB, and over how many beats it comes back.
PUMPED = {
    "house": (9.0, 0.55), "techno": (8.0, 0.5), "synthwave": (5.0, 0.5), "trap": (4.0, 0.4),
    "drum & bass": (4.0, 0.3), "pop": (2.5, 0.4),
}  # fmt: skip
TAPED = ("lo-fi",)
ECHOES_DB = {"lead": -15.0, "voice": -19.0}
DRY = ("jazz", "classical", "folk", "country", "blues")  # genres without echoes
VOICE_OVER_BAND_LU = 1.5
VOICE_HALL_DB = -15.0
VOICE_BAND_HZ = (900.0, 4500.0)
VOICE_TAKES = 0.28  # of that band of the other instruments, while somebody sings
RIDE_DB = 3.0  # from the quietest section to the fullest


@dataclass(slots=True)
class Buses:
    """Stereo sums of shape (2, frames): what keeps time, what has harmony, and what goes to the room."""

    rhythm: Samples
    music: Samples
    hall: Samples
    pump: Samples = field(default_factory=lambda: np.zeros(0, np.float32))


def mixed(
    score: Score, vocal: Samples | None, frames: int, synth: SoundfontSynth, seed: int, report: Report
) -> Samples:
    """The mix before mastering, of shape (2, frames)."""
    buses = Buses(*(np.zeros((2, frames), np.float32) for _ in range(3)))
    buses.pump = _pump(score, frames)
    ride = _ride(score, frames)
    steps = len(score.tracks) + 2
    for number, track in enumerate(score.tracks):
        _place(track, stem(track, score, frames, synth, seed * 31 + number), score, ride, buses)
        report((number + 1) / steps)
    if vocal is not None and np.abs(vocal).max(initial=0.0) > 0:
        _sing(vocal, score, buses)
    out = buses.rhythm
    out += buses.music
    _room(out, buses.hall)
    report((steps - 1) / steps)
    if score.genre in TAPED and score.tracks:
        out = taped(out, RATE_HZ, np.random.default_rng(seed))
    report(1.0)
    return out


def _place(track: Track, sound: Samples, score: Score, ride: Samples, buses: Buses) -> None:
    desk = ROLES.get(track.role, ROLES["effect"])
    filters: list[Sections] = [high_pass(desk.high_pass_hz, RATE_HZ)]
    if desk.mud_db:
        filters.append(bell(300.0, desk.mud_db, 0.8, RATE_HZ))
    for channel in range(sound.shape[0]):  # in place: a long song is large
        sound[channel] = filtered(sound[channel : channel + 1], *filters)
    loudness = integrated_lufs(Audio(sound, RATE_HZ))
    if not np.isfinite(loudness):
        return
    sound *= np.float32(10 ** ((desk.lufs + track.level_db - loudness) / 20))
    sound *= ride
    if desk.ducked and buses.pump.size:
        sound *= 1 - np.float32(desk.ducked) * (1 - buses.pump)
    if track.pan and track.role not in RHYTHMIC:
        sound *= np.array(gains(track.pan), np.float32)[:, None]
    if track.role == "lead" and score.genre not in DRY:
        wet = echoed(sound, 0.75 * 60 / score.bpm, 0.6, RATE_HZ)
        wet *= np.float32(10 ** (ECHOES_DB["lead"] / 20))
        buses.music += wet
    bus = buses.rhythm if track.role in RHYTHMIC else buses.music
    bus += sound
    sound *= np.float32(10 ** (desk.hall_db / 20))
    buses.hall += sound


def _sing(vocal: Samples, score: Score, buses: Buses) -> None:
    """Set the voice on top of the band, and make a little room for it there."""
    sound = np.zeros((1, buses.music.shape[1]), np.float32)
    length = min(vocal.shape[1], sound.shape[1])
    sound[:, :length] = polished(vocal[:, :length])
    active = activity(sound)
    band = buses.rhythm + buses.music
    heard = active > 0.5  # noqa: PLR2004 - of 0 to 1
    of_band, of_voice = (_loudness(x[:, heard]) for x in (band, np.repeat(sound, 2, axis=0)))
    wanted = of_band + VOICE_OVER_BAND_LU if np.isfinite(of_band) else -17.0
    sound *= np.float32(10 ** ((wanted - of_voice) / 20)) if np.isfinite(of_voice) else np.float32(1)
    middle = sosfilt(butter(1, VOICE_BAND_HZ, "bandpass", fs=RATE_HZ, output="sos"), buses.music, axis=1)
    buses.music -= np.float32(VOICE_TAKES) * active * middle.astype(np.float32)
    wide = doubled(sound, score)
    voice = np.repeat(sound, 2, axis=0) + wide
    buses.music += voice
    buses.hall += np.float32(10 ** (VOICE_HALL_DB / 20)) * voice
    if score.genre not in DRY:
        wet = np.float32(10 ** (ECHOES_DB["voice"] / 20)) * echoed(
            voice, 0.75 * 60 / score.bpm, 0.55, RATE_HZ, repeats=3
        )
        buses.music += wet


def _loudness(samples: Samples) -> float:
    return integrated_lufs(Audio(np.ascontiguousarray(samples), RATE_HZ)) if samples.shape[1] else -np.inf


def _room(out: Samples, hall: Samples) -> None:
    """Add the room that the sends are heard in."""
    room = Reverb(RATE_HZ, 0.0)
    tail = filtered(hall, high_pass(200.0, RATE_HZ))
    for first in range(0, out.shape[1], BLOCK):
        part = tail[:, first : first + BLOCK]
        out[:, first : first + BLOCK] += room.add(part) - part


def _ride(score: Score, frames: int) -> Samples:
    """Gain over time: full sections are a little louder than thin ones."""
    energies = [section.energy for section in score.sections]
    low, high = min(energies), max(energies)
    edges_s, gains_db = [], []
    for section in score.sections:
        level = (section.energy - low) / (high - low) if high > low else 1.0
        edges_s += [score.seconds(section.start) + 0.02, score.seconds(section.start + section.length) - 0.02]
        gains_db += [RIDE_DB * (level - 1)] * 2
    curve = np.interp(np.arange(0, frames, 64) / RATE_HZ, edges_s, gains_db)
    return np.repeat((10 ** (curve / 20)).astype(np.float32), 64)[:frames]


def _pump(score: Score, frames: int) -> Samples:
    """1, and less where a kick is to be heard: the side-chain of dance music."""
    depth_db, beats = PUMPED.get(score.genre, (0.0, 0.0))
    kicks = [
        note.start for track in score.tracks if track.role == "drums" for note in track.notes if note.pitch in KICKS
    ]
    if not depth_db or not kicks:
        return np.zeros(0, np.float32)
    size = round(beats * 60 / score.bpm * RATE_HZ)
    attack = round(0.006 * RATE_HZ)
    back = 1 - np.linspace(0, 1, size) ** 1.6
    shape_db = (-depth_db * np.concatenate([np.linspace(0, 1, attack), back])).astype(np.float32)
    curve = np.zeros(frames, np.float32)
    for beat in kicks:
        first = max(round(score.seconds(beat) * RATE_HZ) - attack, 0)
        part = curve[first : first + shape_db.size]
        np.minimum(part, shape_db[: part.size], out=part)
    return np.asarray(np.power(np.float32(10), curve / np.float32(20)), np.float32)
