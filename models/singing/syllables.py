"""The notes of each word given to its vowels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.base import SungNote
from models.singing.phones import Kind, Phone

HELD = (Kind.VOWEL, Kind.SONORANT, Kind.VOICED, Kind.UNVOICED)  # what is held where there is no vowel, best first
PLOSIVES = frozenset("pbtdkgɡqʔ")


@dataclass(frozen=True, slots=True)
class Syllable:
    """What is sung on the notes of one vowel.

    onset    before the vowel, and thus before the first note
    nucleus  from the first vowel on; `head` is the number of the one that is held
    coda     after the last vowel of a word
    """

    onset: tuple[Phone, ...]
    nucleus: tuple[Phone, ...]
    head: int
    coda: tuple[Phone, ...]
    notes: tuple[SungNote, ...]

    @property
    def start_s(self) -> float:
        return self.notes[0].start_s

    @property
    def end_s(self) -> float:
        return self.notes[-1].end_s

    @property
    def held(self) -> Phone:
        return self.nucleus[self.head]


def syllables(phones: Sequence[Phone], notes: Sequence[SungNote]) -> list[Syllable]:
    """The syllables of one word. More notes than vowels: a melisma on the stressed one; fewer: the weakest vowels are
    sung along with a neighbour. Both arguments hold something.
    """
    vowels = [number for number, phone in enumerate(phones) if phone.is_vowel]
    if not vowels:
        vowels = [_held(phones)]
    heads = _heads(phones, vowels, len(notes))
    shares = _shares(phones, heads, notes)
    firsts = _firsts(vowels, heads)
    lasts = [max(vowel for vowel in vowels if vowel < after) for after in [*firsts[1:], len(phones)]]
    found, begin = [], 0
    for first, last, head, share in zip(firsts, lasts, heads, shares, strict=True):
        found.append(
            Syllable(tuple(phones[begin:first]), tuple(phones[first : last + 1]), head - first, (), tuple(share))
        )
        begin = last + 1
    return [*found[:-1], replace(found[-1], coda=tuple(phones[begin:]))]


def _held(phones: Sequence[Phone]) -> int:
    """Of a word without a vowel: a sound that lasts, as in hmm and shh."""

    def fitness(number: int) -> tuple[bool, int, float]:
        phone = phones[number]
        return (phone.name[:1] in PLOSIVES, HELD.index(phone.kind), -phone.length_s)

    return min(range(len(phones)), key=fitness)


def _heads(phones: Sequence[Phone], vowels: Sequence[int], notes: int) -> list[int]:
    """The vowels that are held, in order, no more than there are notes."""
    strongest = sorted(vowels, key=lambda number: (-phones[number].stress, -phones[number].length_s, number))
    return sorted(strongest[:notes])


def _firsts(vowels: Sequence[int], heads: Sequence[int]) -> list[int]:
    """Where each group of vowels begins: what is not held follows the one before, at the start of a word the next."""
    return [vowels[0], *heads[1:]]


def _shares(phones: Sequence[Phone], heads: Sequence[int], notes: Sequence[SungNote]) -> list[Sequence[SungNote]]:
    """One note for each, the rest for the vowel with the most stress, the last of equals."""
    more = len(notes) - len(heads)
    longest = max(range(len(heads)), key=lambda number: (phones[heads[number]].stress, number))
    found, first = [], 0
    for number in range(len(heads)):
        count = 1 + (more if number == longest else 0)
        found.append(notes[first : first + count])
        first += count
    return found
