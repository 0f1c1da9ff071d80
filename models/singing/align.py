"""Which word each sound of a spoken line belongs to: edit distance with the dictionary (Wagner and Fischer 1974)."""

from collections.abc import Sequence
from dataclasses import replace

from models.singing.phones import ARPA_VOWELS, Phone

GAP, OTHER_VOWEL, OTHER_CONSONANT, OTHER_KIND = 1.0, 0.5, 0.9, 3.0
Expected = tuple[str, int]


def words_of(heard: Sequence[str], expected: Sequence[Expected]) -> list[int]:
    """For each sound heard (ARPAbet, lower case) the number of its word; `expected`: sounds with those numbers.

    A sound that nobody expected goes with the one before it. Raises ValueError when nothing is expected.
    """
    if not expected:
        raise ValueError("No words to find")
    rows, columns = len(heard) + 1, len(expected) + 1
    cost = [[float(column) * GAP for column in range(columns)]]
    for row in range(1, rows):
        line = [row * GAP]
        above = cost[-1]
        for column in range(1, columns):
            change = above[column - 1] + _change(heard[row - 1], expected[column - 1][0])
            line.append(min(change, above[column] + GAP, line[-1] + GAP))
        cost.append(line)
    found = [-1] * len(heard)
    row, column = len(heard), len(expected)
    while row > 0:
        here = cost[row][column]
        if column and abs(here - cost[row - 1][column - 1] - _change(heard[row - 1], expected[column - 1][0])) < 1e-9:  # noqa: PLR2004 - rounding
            row, column = row - 1, column - 1
            found[row] = expected[column][1]
        elif column and abs(here - cost[row][column - 1] - GAP) < 1e-9:  # noqa: PLR2004 - as above
            column -= 1
        else:
            row -= 1
            found[row] = expected[max(column - 1, 0)][1]
    return found


def spread(phones: Sequence[Phone], count: int) -> list[Phone]:
    """The sounds of `count` words, where the synthesiser ran words together: one that has none gets its share of the
    vowels of the word before it, with the consonants before them, if there are enough.
    """
    found = list(phones)
    numbers = {phone.word for phone in phones}
    for word in sorted(numbers):
        after = word + 1
        while after < count and after not in numbers:
            after += 1
        places = [place for place, phone in enumerate(found) if phone.word == word]
        vowels = [place for place in places if found[place].is_vowel]
        if after == word + 1 or len(vowels) < after - word:
            continue
        # The last vowel of each share; what follows the very last stays with it.
        lasts = [vowels[len(vowels) * share // (after - word) - 1] for share in range(1, after - word)]
        for place in places:
            found[place] = replace(found[place], word=word + sum(place > last for last in lasts))
    return found


def _change(one: str, other: str) -> float:
    if one == other:
        return 0.0
    first, second = one in ARPA_VOWELS, other in ARPA_VOWELS
    if first != second:
        return OTHER_KIND
    return OTHER_VOWEL if first else OTHER_CONSONANT
