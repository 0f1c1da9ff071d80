"""The composer: a wish becomes a score. The same wish and seed give the same, another seed another song."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from models.base import SongWish
from models.music.brief import Brief, brief_of
from models.music.composing.band import Band, band_of
from models.music.composing.basslines import bass_of
from models.music.composing.clock import Clock
from models.music.composing.comping import comped
from models.music.composing.drumming import drummed, percussed
from models.music.composing.form import form_of
from models.music.composing.harmony import harmony_of
from models.music.composing.human import played
from models.music.composing.leading import doubled, led
from models.music.composing.parts import Part
from models.music.composing.singing import sung
from models.music.composing.soloists import leads_of
from models.music.composing.words import blocks_of
from models.music.genre import Genre, genres, instruments, kits
from models.music.score import PlayedNote, Score, Section, Track, WrittenLine
from models.music.wanted import DRUMS

CHORDAL = ("chords", "arpeggio", "pad", "strings")


def compose(wish: SongWish, *, seed: int) -> Score:
    """The score of a song.

    Raises ValueError, with a text for the caller, for a key that is none, a tempo outside 40 to 240 bpm, a length
    beyond 600 s, more than 5000 characters of lyrics, and voices alone without lyrics.
    """
    brief_seed, form_seed, chord_seed, band_seed, voice_seed, play_seed = np.random.SeedSequence(seed).spawn(6)
    brief = brief_of(wish, np.random.default_rng(brief_seed))
    genre = genres()[brief.genre]
    parts = form_of(brief, genre, blocks_of(wish.lyrics), np.random.default_rng(form_seed))
    harmony = harmony_of(parts, genre, brief.key, brief.beats_per_bar, np.random.default_rng(chord_seed))
    clock = Clock.of(parts, harmony.chords, brief.beats_per_bar)
    lines = sung(parts, clock, brief, genre, np.random.default_rng(voice_seed))
    rng = np.random.default_rng(play_seed)
    swing = float(rng.uniform(*genre.swing))
    tracks: tuple[Track, ...] = ()
    if not brief.vocal_only:
        band = band_of(brief, genre, np.random.default_rng(band_seed))
        tracks = _tracks(band, parts, clock, brief, genre, lines, rng)
    return Score(
        title=wish.title,
        genre=genre.name,
        key=brief.key,
        bpm=brief.bpm,
        beats_per_bar=brief.beats_per_bar,
        swing=swing,
        sections=tuple(
            Section(part.tag, part.kind, start, part.bars * brief.beats_per_bar, part.energy)
            for part, start in zip(parts, clock.starts, strict=False)
        ),
        chords=harmony.chords,
        tracks=tracks,
        lines=lines,
    )


def _tracks(
    band: Band,
    parts: Sequence[Part],
    clock: Clock,
    brief: Brief,
    genre: Genre,
    lines: Sequence[WrittenLine],
    rng: np.random.Generator,
) -> tuple[Track, ...]:
    found: list[Track] = []
    kicks: tuple[float, ...] = ()
    names: Counter[str] = Counter()

    def add(role: str, sound: str, program: int, notes: Sequence[PlayedNote], pan: float, level_db: float) -> None:
        if notes:
            names[sound] += 1
            name = sound.capitalize() if names[sound] == 1 else f"{sound.capitalize()} {names[sound]}"
            ready = played(notes, clock.length, sixteenths=genre.sixteenths, human=genre.human, rng=rng)
            found.append(Track(name, role, sound, program, ready, pan, level_db))

    if band.kit:
        beat = drummed(parts, clock.starts, band.drums, genre.fills, brief.beats_per_bar, rng)
        kicks = beat.kicks
        add(DRUMS, band.kit, kits()[band.kit], beat.notes, 0.0, 0.0)
        for pattern in band.percussion:
            notes = percussed(parts, clock.starts, pattern, brief.beats_per_bar)
            add(DRUMS, band.percussion_kit, kits()[band.percussion_kit], notes, 0.25, -3.0)
    chordal = [player for player in band.players if player.role in CHORDAL]
    first = min(chordal, key=lambda player: (CHORDAL.index(player.role) > 1, player.enters), default=None)
    for player in band.players:
        program = instruments()[player.sound].program
        if player.role == "bass":
            notes = bass_of(player, parts, clock, brief.key, kicks, rng)
        elif player.role == "lead":
            continue
        else:
            notes = comped(player, parts, clock, rng, always=player is first)
        add(player.role, player.sound, program, notes, player.pan, player.level_db)
    seed = int(rng.integers(2**32))
    tune: tuple[PlayedNote, ...] = ()
    for player, sections in leads_of(band, parts, brief, genre, rng):
        notes = led(player, sections, parts, clock, brief, genre, lines, seed=seed) or doubled(player, tune)
        tune = tune or notes
        add("lead", player.sound, player.instrument.program, notes, player.pan, player.level_db)
    return tuple(found)
