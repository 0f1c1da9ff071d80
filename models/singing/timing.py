"""When each sound is sung: vowels begin with their notes, consonants keep their length and stand before them."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.base import SungLine, SungNote
from models.singing.phones import Phone

LONGEST_CONSONANT_S = 0.2
CONSONANTS_SHARE = 0.5  # at most, of the time from one vowel to the next
SHORTEST_VOWEL_S = 0.03
OVERLAP_S = 0.4  # a line may begin so long before its first note
LEGATO_GAP_S = 0.12  # shorter rests are sung through


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the speech [from_s, to_s] sung at [start_s, end_s]."""

    from_s: float
    to_s: float
    start_s: float
    end_s: float
    is_vowel: bool


@dataclass(frozen=True, slots=True)
class Nucleus:
    """A vowel and the time it is held."""

    phone: Phone
    start_s: float
    end_s: float


def notes_of(line: SungLine) -> list[list[SungNote]]:
    """The notes of each word in order; none begins before the one before it, or ends after the next begins."""
    flat = sorted(
        ((note, number) for number, word in enumerate(line.words) for note in word.notes),
        key=lambda pair: pair[0].start_s,
    )
    found: list[list[SungNote]] = [[] for _ in line.words]
    for index, (note, number) in enumerate(flat):
        next_s = flat[index + 1][0].start_s if index + 1 < len(flat) else note.end_s
        end_s = max(min(note.end_s, next_s), note.start_s + SHORTEST_VOWEL_S)
        if 0 < next_s - end_s < LEGATO_GAP_S:
            end_s = next_s
        found[number].append(SungNote(note.start_s, end_s, note.pitch))
    return found


def nuclei(phones: Sequence[Phone], notes: Sequence[Sequence[SungNote]]) -> list[Nucleus]:
    """The vowels of all words on their notes: several share one, or one goes over several."""
    found: list[Nucleus] = []
    for number, sung in enumerate(notes):
        own = [phone for phone in phones if phone.word == number]
        vowels = [phone for phone in own if phone.is_vowel] or own[len(own) // 2 : len(own) // 2 + 1]
        if not vowels or not sung:
            continue
        if len(vowels) <= len(sung):
            firsts = [index * len(sung) // len(vowels) for index in range(len(vowels))]
            lasts = [*firsts[1:], len(sung)]
            for vowel, first, last in zip(vowels, firsts, lasts, strict=True):
                found.append(Nucleus(vowel, sung[first].start_s, sung[last - 1].end_s))
        else:
            for index, vowel in enumerate(vowels):
                at, end = index * len(sung) / len(vowels), (index + 1) * len(sung) / len(vowels)
                found.append(Nucleus(vowel, _moment(sung, at), _moment(sung, end)))
    return found


def _moment(notes: Sequence[SungNote], place: float) -> float:
    """When the fractional note number `place` is reached."""
    number = min(int(place), len(notes) - 1)
    note = notes[number]
    return note.start_s + (place - number) * (note.end_s - note.start_s)


def pieces(phones: Sequence[Phone], held: Sequence[Nucleus]) -> list[Piece]:
    """The line in order of time. Consonants between two vowels: those that end a word follow it, others lead on."""
    if not held:
        return []
    found: list[Piece] = []
    order = {id(nucleus.phone): index for index, nucleus in enumerate(held)}
    groups: list[list[Phone]] = [[] for _ in range(len(held) + 1)]
    at = 0
    for phone in phones:
        if id(phone) in order:
            at = order[id(phone)] + 1
        else:
            groups[at].append(phone)
    first = held[0]
    found += _laid(groups[0], first.start_s - _length(groups[0], OVERLAP_S), first.start_s)
    for index, nucleus in enumerate(held):
        following = held[index + 1] if index + 1 < len(held) else None
        own = nucleus.phone.word
        coda = [
            phone
            for phone in groups[index + 1]
            if phone.word == own and (following is None or following.phone.word != own)
        ]
        onset = [phone for phone in groups[index + 1] if phone not in coda]
        next_s = following.start_s if following else nucleus.end_s + OVERLAP_S
        room = CONSONANTS_SHARE * (next_s - nucleus.start_s)
        onset_s = _length(onset, room)
        coda_s = _length(coda, max(room - onset_s, 0.0))
        latest = next_s - onset_s
        # A held vowel gives its end to the consonants after it; after a rest they come where the note ends.
        end_s = max(
            min(nucleus.end_s, latest) - (coda_s if following else coda_s * 0.6), nucleus.start_s + SHORTEST_VOWEL_S
        )
        found.append(Piece(nucleus.phone.start_s, nucleus.phone.end_s, nucleus.start_s, end_s, is_vowel=True))
        found += _laid(coda, end_s, min(end_s + coda_s, latest) if following else end_s + coda_s)
        found += _laid(onset, latest, next_s)
    return found


def _length(phones: Sequence[Phone], most_s: float) -> float:
    return min(sum(min(phone.end_s - phone.start_s, LONGEST_CONSONANT_S) for phone in phones), most_s)


def _laid(phones: Sequence[Phone], start_s: float, end_s: float) -> list[Piece]:
    """Consonants one after the other, in the time there is."""
    whole = sum(min(phone.end_s - phone.start_s, LONGEST_CONSONANT_S) for phone in phones)
    if whole <= 0 or end_s <= start_s:
        return []
    found, at = [], start_s
    for phone in phones:
        length = min(phone.end_s - phone.start_s, LONGEST_CONSONANT_S) * (end_s - start_s) / whole
        found.append(Piece(phone.start_s, phone.end_s, at, at + length, is_vowel=False))
        at += length
    return found
