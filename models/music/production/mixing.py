"""The mix: levels by loudness, filters, places, rooms, and what makes room for kick and voice."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.base import Audio, Report, Samples
from models.dsp.loudness import integrated_lufs
from models.mastering.clipper import SoftClipper
from models.mastering.compressor import Compressor
from models.music.production import curves
from models.music.production.curves import Curve, drawn
from models.music.production.desk import Strip, Style, strip_of, style_of
from models.music.production.drum_hits import gains
from models.music.production.echoes import Echo
from models.music.production.effects import Widener, blocks_of, tape
from models.music.production.filters import Filter, Sections, band_pass, bell, high_pass
from models.music.production.playing import RATE_HZ, stem
from models.music.production.singing import sing
from models.music.production.voice_chain import polished
from models.music.score import Score, Track
from models.synth.reverb import Reverb, Room
from models.synth.soundfont import SoundfontSynth

CENTRED = ("drums", "bass")
MUD_HZ, CLEAR_HZ = 300.0, 3000.0
SILENT_LUFS = -80.0
OF_THE_BAND = ("chords", "arpeggio", "pad", "strings")
MONO_SIDE, WIDENED = 0.01, 0.4  # power of the sides against the middle, and how much is added where there is none
MOST_SIDE = 0.6  # power of the sides against the middle: wider stems lose too much in mono
VEIL_HZ = (900.0, 4500.0)
VEIL = 0.3  # of that band of the others, while somebody sings
HIGHEST_BASS_DB = -20.0  # RMS: deep notes are hardly loud, but they fill the mix
QUIET = 1e-3  # power against the loudest block, below which a track is taken to rest
LEAD_ECHO_DB, ECHO_BEATS, ECHO_FEEDBACK = -15.0, 0.75, 0.45
DRUM_RATIO = 1.5
DRUM_ROOM, DRUM_ROOM_DB = Room(decay_s=0.45, damped_s=0.3, delay_s=0.006, low_cut_hz=260.0), -15.0
HALL_LOW_HZ = 200.0


@dataclass(slots=True)
class Mix:
    """Sums: `out` of shape (2, frames), and what goes to the hall, (1, frames). Gains over time: see `curves`."""

    out: Samples
    hall: Samples
    ride: Curve
    pump: Curve
    sung: Curve


def mixed(
    score: Score, vocal: Samples | None, frames: int, synth: SoundfontSynth, seed: int, report: Report
) -> Samples:
    """The mix before mastering, of shape (2, frames). `vocal`: dry, of shape (1, any)."""
    style = style_of(score.genre)
    mix = Mix(
        np.zeros((2, frames), np.float32),
        np.zeros((1, frames), np.float32),
        curves.ride(score, frames, RATE_HZ),
        curves.pump(score, style, frames, RATE_HZ),
        curves.activity(vocal, frames, RATE_HZ),
    )
    last = len(score.tracks) + 2
    for number, track in enumerate(score.tracks):
        track_seed = int(np.random.SeedSequence((seed, number)).generate_state(1)[0])
        Channel(track, score, style).play(stem(track, score, frames, synth, track_seed), mix)
        report((number + 1) / last)
    if vocal is not None:
        sing(polished(vocal, frames), score, style, mix.out, mix.hall, mix.sung)
    report((last - 1) / last)
    hall = Reverb(RATE_HZ, style.hall_louder_db, Room(decay_s=style.hall_s, damped_s=0.4 * style.hall_s))
    low = Filter(1, high_pass(HALL_LOW_HZ, RATE_HZ))
    for first, sent in blocks_of(mix.hall):
        both = np.repeat(low.process(sent), 2, axis=0)
        mix.out[:, first : first + sent.shape[1]] += hall.add(both) - both
    if style.taped and score.tracks:
        tape(mix.out, RATE_HZ, np.random.default_rng(seed))
    report(1.0)
    return mix.out


class Channel:
    """What the desk does to a track."""

    def __init__(self, track: Track, score: Score, style: Style) -> None:
        self.track, self.style = track, style
        self.strip: Strip = strip_of(track.role)
        pan = 0.0 if track.role in CENTRED else min(max(track.pan, -1.0), 1.0)
        self.places = np.array(gains(pan), np.float32)[:, None]
        self.veil = Filter(2, band_pass(*VEIL_HZ, RATE_HZ))
        has_echo = track.role == "lead" and style.echoes
        self.echo = Echo(ECHO_BEATS * 60 / score.bpm, ECHO_FEEDBACK, RATE_HZ) if has_echo else None

    def play(self, sound: Samples, mix: Mix) -> None:
        """Add a stem to the mix; the stem itself is changed."""
        side, rms_db = self._toned(sound)
        loudness = integrated_lufs(Audio(sound, RATE_HZ))
        if loudness < SILENT_LUFS:
            return
        widest = min(np.sqrt(MOST_SIDE / (side + 1e-20)), 1.0)
        is_mono = side < MONO_SIDE and self.track.role in OF_THE_BAND
        widener = Widener(WIDENED, RATE_HZ) if is_mono else None
        style, track = self.style, self.track
        gain_db = self.strip.lufs + style.louder.get(track.role, 0.0) - loudness
        if track.role == "bass":
            gain_db = min(gain_db, HIGHEST_BASS_DB + style.louder.get(track.role, 0.0) - rms_db)
        gain = np.float32(10 ** ((gain_db + track.level_db) / 20))
        blocks: Iterator[Samples] = (block for _, block in blocks_of(sound))
        if track.role == "drums":
            blocks = _drum_bus(blocks, loudness, style)
        hall = np.float32(10 ** (self.strip.hall_db / 20))
        first = 0
        for block in blocks:
            last = first + block.shape[1]
            if widener is not None:
                widener.widen(block)
            ready = self._moved(_narrowed(block, widest) * (gain * self.places), first, mix)
            mix.out[:, first:last] += ready
            mix.hall[:, first:last] += hall * ready.mean(axis=0)
            if self.echo is not None:
                echo_db = LEAD_ECHO_DB + style.echo_louder_db
                mix.out[:, first:last] += np.float32(10 ** (echo_db / 20)) * self.echo.of(ready)
            first = last

    def _toned(self, sound: Samples) -> tuple[float, float]:
        """Filter the stem; the power of its sides against the middle, and its RMS in dB while it plays."""
        strip = self.strip
        filters: list[Sections] = [high_pass(strip.high_pass_hz, RATE_HZ)]
        filters += [bell(MUD_HZ, strip.mud_db, 0.8, RATE_HZ)] if strip.mud_db else []
        filters += [bell(CLEAR_HZ, strip.clear_db, 0.7, RATE_HZ)] if strip.clear_db else []
        tone = Filter(2, *filters)
        powers, middle, side = [], 1e-20, 0.0
        for _, block in blocks_of(sound):
            tone.process(block)
            powers.append(float(np.square(block).mean()))
            middle += float(np.square(block[0] + block[1]).sum())
            side += float(np.square(block[0] - block[1]).sum())
        loud = [power for power in powers if power > QUIET * max(powers)]
        rms_db = 10 * np.log10(np.mean(loud)) if loud else -np.inf
        return side / middle, float(rms_db)

    def _moved(self, block: Samples, first: int, mix: Mix) -> Samples:
        """Ride it by section, duck it under the kick, and make room for the voice in it."""
        frames = block.shape[1]
        block *= drawn(mix.ride, first, frames)
        if self.strip.pumped and self.style.pump_db:
            block *= 1 - np.float32(self.strip.pumped) * (1 - drawn(mix.pump, first, frames))
        if self.strip.veiled:
            middle = self.veil.process(block.copy())
            block -= np.float32(VEIL * self.strip.veiled) * drawn(mix.sung, first, frames) * middle
        return block


def _narrowed(block: Samples, side: float) -> Samples:
    if side >= 1:
        return block
    middle = block.mean(axis=0)
    return np.asarray(middle + np.float32(side) * (block - middle), np.float32)


def _drum_bus(blocks: Iterator[Samples], loudness: float, style: Style) -> Iterator[Samples]:
    """Drums drawn together, their peaks bent where the genre is dense, in a small room."""
    blocks = Compressor(RATE_HZ, 2, DRUM_RATIO, loudness).process(blocks)
    if style.drum_peaks_lu:
        blocks = SoftClipper(RATE_HZ, 2, loudness + style.drum_peaks_lu).process(blocks)
    room = Reverb(RATE_HZ, DRUM_ROOM_DB, DRUM_ROOM)
    return (room.add(block) for block in blocks)
