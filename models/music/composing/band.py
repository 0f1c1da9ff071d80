"""Who plays: the layers of the genre with what the caller wants added and what the caller does not want left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.music.brief import Brief
from models.music.composing.parts import Part
from models.music.genre import DrumPattern, Genre, Instrument, Layer, genres, instruments
from models.music.wanted import DRUMS

MOST = 12  # tracks
WANTED_ENTERS = 0.34
KITLESS = {"classical": "cinematic", "ambient": "lo-fi"}  # whose drums they borrow where drums are asked for
LONE_PATTERNS = {"grand piano": ("ballad", "alberti", "stride"), "steel guitar": ("picked", "boomchick")}
DOUBLED = ("distorted guitar", "strings")  # may be there twice


@dataclass(frozen=True, slots=True)
class Player:
    """Someone of the band. play: the name of a pattern."""

    role: str
    sound: str
    play: str
    enters: float
    leaves: float
    pan: float
    level_db: float
    fills: bool

    @property
    def instrument(self) -> Instrument:
        return instruments()[self.sound]

    def plays(self, energy: float) -> bool:
        return self.enters <= energy + 1e-9 < self.leaves


@dataclass(frozen=True, slots=True)
class Band:
    """kit: empty for none; drums, percussion: patterns to play, the song's first."""

    players: tuple[Player, ...]
    kit: str
    drums: tuple[DrumPattern, ...]
    percussion: tuple[DrumPattern, ...]
    percussion_kit: str = "latin percussion"

    def role(self, role: str) -> list[Player]:
        return [player for player in self.players if player.role == role]


def band_of(brief: Brief, genre: Genre, rng: np.random.Generator) -> Band:
    wanted = [sound for sound in brief.wanted if sound != DRUMS]
    layers = [layer for layer in genre.layers if not layer.flavour or layer.flavour == brief.flavour]
    players: list[Player] = []
    for layer in layers:
        chance, fresh = rng.random(), np.random.default_rng(rng.integers(2**32))
        is_wanted = any(sound in wanted for sound in layer.sounds)
        if chance < layer.chance or is_wanted:
            player = _player(layer, brief, wanted, players, genre, fresh)
            if player is not None:
                players.append(player)
    players = _with_wanted(players, wanted, rng)
    if brief.only:
        players = _alone(players, wanted, rng)
    kit, drums, percussion = _drums(brief, genre, rng)
    most = MOST - bool(kit) - bool(percussion)
    return Band(tuple(_fewer(players, wanted, most)), kit, drums, percussion)


def _player(
    layer: Layer,
    brief: Brief,
    wanted: Sequence[str],
    players: Sequence[Player],
    genre: Genre,
    rng: np.random.Generator,
) -> Player | None:
    """A layer with one of its sounds: a wanted one, else one that is new in the band. None where none is allowed."""
    taken = {player.sound for player in players}
    allowed = [sound for sound in layer.sounds if brief.allows(sound)]
    if not allowed:
        allowed = [
            sound
            for sound, told in instruments().items()
            if brief.allows(sound) and told.does[0] == layer.role and sound not in taken
        ][:3]
    asked = [sound for sound in allowed if sound in wanted and sound not in taken]
    new = [sound for sound in allowed if sound not in taken] or [
        sound for sound in allowed if layer.role == "lead" or sound in DOUBLED
    ]
    options = asked or new
    if not options:
        return None
    sound = str(rng.choice(options))
    told = genre.flavours.get(brief.flavour, {})
    names = layer.play
    if layer.role == "bass" and "bass" in told:
        names = told["bass"]
    elif layer.role == "chords" and "comp" in told:
        names = told["comp"]
    if sound not in layer.sounds or not names:
        names = instruments()[sound].play if layer.role not in {"pad", "strings"} else ("pad",)
    enters = min(layer.enters, WANTED_ENTERS) if asked else layer.enters
    leaves = 2.0 if asked else layer.leaves
    return Player(layer.role, sound, str(rng.choice(names)), enters, leaves, layer.pan, layer.level_db, layer.fills)


def _with_wanted(players: list[Player], wanted: Sequence[str], rng: np.random.Generator) -> list[Player]:
    """Wanted sounds that nobody plays yet: in the place of one of the same role, else beside the others."""
    for sound in wanted:
        if any(player.sound == sound for player in players):
            continue
        told = instruments()[sound]
        role = told.does[0]
        play = str(rng.choice(told.play))
        same = [number for number, player in enumerate(players) if player.role == role and player.sound not in wanted]
        if role in {"lead", "bass"} and same:
            players[same[0]] = replace(players[same[0]], sound=sound, play=play)
        else:
            pan = float(rng.choice([-0.3, 0.3]))
            if role == "chords" and same:
                players[same[-1]] = replace(players[same[-1]], sound=sound, play=play, enters=0.0, leaves=2.0)
            else:
                players.append(Player(role, sound, play, WANTED_ENTERS, 2.0, pan, -1.0, fills=role == "lead"))
    return players


def _alone(players: list[Player], wanted: Sequence[str], rng: np.random.Generator) -> list[Player]:
    """Only what is wanted; someone plays the chords, someone the tune."""
    kept = [replace(player, enters=0.0, leaves=2.0) for player in players if player.sound in wanted]
    able = [sound for sound in wanted if instruments()[sound].does != ("bass",)]
    if not able:
        return kept  # bass or drums alone
    if not any(player.role in {"chords", "arpeggio", "pad"} for player in kept):
        first = able[0]
        play = str(rng.choice(LONE_PATTERNS.get(first, instruments()[first].play)))
        kept.insert(0, Player("chords", first, play, 0.0, 2.0, 0.0, 0.0, fills=False))
    else:
        kept = [
            replace(player, play=str(rng.choice(LONE_PATTERNS[player.sound])))
            if player.role == "chords" and player.sound in LONE_PATTERNS
            else player
            for player in kept
        ]
    if not any(player.role == "lead" for player in kept):
        leads = [sound for sound in able if "lead" in instruments()[sound].does] or able
        kept.append(Player("lead", leads[0], "", 0.0, 2.0, 0.0, 0.0, fills=False))
    return kept


def _fewer(players: list[Player], wanted: Sequence[str], most: int) -> list[Player]:
    """As many as there are tracks for; those that enter last go first."""
    while len(players) > most:
        spare = [player for player in players if player.sound not in wanted and player.role not in {"bass", "lead"}]
        players.remove(max(spare or players, key=lambda player: player.enters))
    return players


def _drums(
    brief: Brief, genre: Genre, rng: np.random.Generator
) -> tuple[str, tuple[DrumPattern, ...], tuple[DrumPattern, ...]]:
    chance = rng.random()
    if not brief.allows(DRUMS) or (brief.only and DRUMS not in brief.wanted):
        return "", (), ()
    if not genre.kits and DRUMS in brief.wanted:
        genre = genres()[KITLESS[genre.name]]
    if not genre.kits:
        return "", (), ()
    flavoured = [pattern for pattern in genre.drums if pattern.flavour and pattern.flavour == brief.flavour]
    patterns = flavoured or [pattern for pattern in genre.drums if not pattern.flavour] or list(genre.drums)
    order = [patterns[number] for number in rng.permutation(len(patterns))]
    kit = str(genre.kits[int(rng.integers(len(genre.kits)))])
    percussion = [genre.percussion[number] for number in rng.permutation(len(genre.percussion))]
    return kit, tuple(order), tuple(percussion[:1]) if chance < 0.8 else ()  # noqa: PLR2004


def energy_at(part: Part, bar: int) -> float:
    """How full a bar is: beginnings and builds grow, endings thin out, verses are fuller in their second half."""
    through = bar / max(part.bars, 1)
    if part.kind == "intro":
        return part.energy - 0.1 + 0.22 * (through >= 0.5)  # noqa: PLR2004
    if part.kind == "outro" and not part.lines:
        return part.energy + 0.3 * (through < 0.5)  # noqa: PLR2004
    if part.kind in {"build", "prechorus"}:
        return part.energy + 0.14 * (through >= 0.5)  # noqa: PLR2004
    if part.kind == "verse" and part.bars >= 8:  # noqa: PLR2004
        return part.energy + 0.05 * (through >= 0.5)  # noqa: PLR2004
    return part.energy
