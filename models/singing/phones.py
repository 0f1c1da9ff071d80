"""Speech sounds, as flite (ARPAbet) and espeak-ng (International Phonetic Alphabet) name them, in five kinds."""

import unicodedata
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    VOWEL = "vowel"
    SONORANT = "sonorant"  # nasals, liquids, glides: can be held on a pitch
    VOICED = "voiced"  # plosives and fricatives with voice
    UNVOICED = "unvoiced"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Phone:
    """A sound of the spoken line.

    word     its number in the line
    stress   2 primary, 1 secondary, 0 none; of vowels
    glides   a diphthong, which moves at its end
    """

    name: str
    kind: Kind
    word: int
    start_s: float
    end_s: float
    stress: int = 0
    glides: bool = False

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def is_vowel(self) -> bool:
        return self.kind is Kind.VOWEL

    @property
    def is_sibilant(self) -> bool:
        return self.name[:2] in {"s", "z", "sh", "zh", "ch", "jh"} or self.name[:1] in set("szʃʒɕʑʂʐ")


ARPA_VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "axr", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)
ARPA_DIPHTHONGS = frozenset(["aw", "ay", "ey", "ow", "oy"])
ARPA_SONORANTS = frozenset(["m", "n", "ng", "l", "r", "w", "y", "em", "en", "el"])
ARPA_UNVOICED = frozenset(["p", "t", "k", "f", "th", "s", "sh", "hh", "ch"])
IPA_VOWELS = frozenset("aeiouyæɐɑɒɔəɚɛɜɝɪʊʌɨʉøœɯɤɵɘʏɞɶᵻ")
IPA_SONORANTS = frozenset("mnŋɲɳɴɱlɫɭʎʟrɹɻɾʀɽjwɥɰ")
IPA_UNVOICED = frozenset("ptkfθsʃxhçɕcqħʔχɸʂʈʍɬɧ")
STRESSES = {"ˈ": 2, "ˌ": 1}


def arpa_kind(name: str) -> Kind:
    if name in ARPA_VOWELS:
        return Kind.VOWEL
    if name in ARPA_SONORANTS:
        return Kind.SONORANT
    if name == "pau":
        return Kind.PAUSE
    return Kind.UNVOICED if name in ARPA_UNVOICED else Kind.VOICED


def ipa(name: str) -> tuple[str, Kind, int, bool]:
    """Letters, kind, stress and whether it glides, of a phoneme as espeak-ng writes it, such as ˈaɪ."""
    stress = max((STRESSES[sign] for sign in name if sign in STRESSES), default=0)
    letters = "".join(sign for sign in name if unicodedata.category(sign) in {"Ll", "Lo"})
    if not letters or name.startswith("("):  # a pause, or the name of another language
        return "", Kind.PAUSE, 0, False
    vowels = {sign for sign in letters if sign in IPA_VOWELS}
    if vowels or "\N{COMBINING VERTICAL LINE BELOW}" in unicodedata.normalize("NFD", name):
        return letters, Kind.VOWEL, stress, len(vowels) > 1
    if letters[0] in IPA_SONORANTS:
        return letters, Kind.SONORANT, 0, False
    return letters, Kind.UNVOICED if letters[0] in IPA_UNVOICED else Kind.VOICED, 0, False
