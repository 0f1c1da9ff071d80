"""Which lead instrument plays which section: never two tunes at once."""

from collections.abc import Sequence

import numpy as np

from models.music.brief import Brief
from models.music.composing.band import MOST, Band, Player
from models.music.composing.parts import Part
from models.music.genre import Genre, instruments
from models.music.wanted import instruments_in

SECOND_CHANCE = 0.6


def leads_of(
    band: Band, parts: Sequence[Part], brief: Brief, genre: Genre, rng: np.random.Generator
) -> list[tuple[Player, frozenset[int]]]:
    """The leads and the numbers of their sections. "[Guitar Solo]" is played by a guitar."""
    leads = band.role("lead")
    if not leads:
        return []
    sings = any(part.lines for part in parts)
    room = MOST - len(band.players) - bool(band.kit) - len(band.percussion)
    second = _second(leads[0], band, brief, genre, rng)
    if second is not None and len(leads) == 1 and not sings and room > 0:
        leads, room = [*leads, second], room - 1
    who = {number: _usual(part, len(leads), sings=sings) for number, part in enumerate(parts)}
    for number, part in enumerate(parts):
        sound = _named(part, band, brief) if part.kind == "solo" else None
        if sound is None:
            continue
        known = next((place for place, lead in enumerate(leads) if lead.sound == sound), None)
        if known is None and room > 0:
            known, room = len(leads), room - 1
            leads = [*leads, Player("lead", sound, "", 0.0, 2.0, 0.1, leads[0].level_db, fills=False)]
        who[number] = who[number] if known is None else known
    return [
        (lead, frozenset(number for number, place in who.items() if place == mine)) for mine, lead in enumerate(leads)
    ]


def _usual(part: Part, count: int, *, sings: bool) -> int:
    """The first lead has the chorus, the second solo, bridge and every second verse, the third every second chorus."""
    if part.kind in {"solo", "bridge"}:
        return 1 % count
    if part.kind == "verse":
        return (1 if sings else part.number) % count
    if part.kind in {"chorus", "drop"}:
        return 2 * (part.number % 2) % count if count > 2 else 0  # noqa: PLR2004
    return 0


def _second(lead: Player, band: Band, brief: Brief, genre: Genre, rng: np.random.Generator) -> Player | None:
    """Another lead of the genre, for instrumental songs."""
    chance, taken = rng.random(), {player.sound for player in band.players}
    layer = next((layer for layer in genre.layers if layer.role == "lead"), None)
    options = [sound for sound in (layer.sounds if layer else ()) if sound not in taken and brief.allows(sound)]
    if brief.only or not options or chance > SECOND_CHANCE:
        return None
    return Player("lead", str(rng.choice(options)), "", 0.0, 2.0, -(lead.pan or 0.2), lead.level_db, fills=False)


def _named(part: Part, band: Band, brief: Brief) -> str | None:
    """The instrument in the tag of a solo; the one of that family that is in the band already."""
    named, _ = instruments_in(f" {part.tag.lower()} ", "")
    named = [sound for sound in named if sound in instruments() and brief.allows(sound)]
    if not named:
        return None
    told = instruments()[named[0]]
    alike = {sound for sound, other in instruments().items() if set(other.families) & {*told.words, *told.families}}
    taken = [player.sound for player in (*band.role("lead"), *band.players) if player.sound in {*alike, *named}]
    return taken[0] if taken else named[0]
