"""From espeak-ng's phonemes to those Kokoro was trained on: one sign per diphthong and affricate."""

import re
import unicodedata

from models.speech.espeak import TIE, Espeak

PUNCTUATION = re.compile(r"\s*([;:,.!?–()\"]+)\s*")
KEPT_AS = {"–": "—", '"': ""}
# Longer ones first; TIE joins the letters of one phoneme.
COMMON = {
    "a^ɪ": "I", "a^ʊ": "W", "e^ɪ": "A", "ɔ^ɪ": "Y", "d^ʒ": "ʤ", "t^ʃ": "ʧ", "t^s": "ʦ", "d^z": "ʣ", "ʲ": "",
}  # fmt: skip
ENGLISH = {"ə^l": "ᵊl", "ɚ": "əɹ", "e": "A", "r": "ɹ", "x": "k", "ç": "k", "ɐ": "ə", "ɬ": "l"}
AMERICAN = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪ^ə": "iə", "ː": ""}
BRITISH = {"e^ə": "ɛː", "ə^ʊ": "Q", "i^ə": "ɪə"}
OTHER = {"o^ʊ": "O", "ə^ʊ": "Q"}
SYLLABIC, NASAL = "\u0329", "\u0303"


def phonemes(text: str, tag: str, process: Espeak) -> str:
    """One sentence, with its punctuation. `tag`: en-us, en-gb or another language of espeak-ng."""
    said = []
    for number, part in enumerate(PUNCTUATION.split(text)):
        if number % 2:
            said.append("".join(KEPT_AS.get(sign, sign) for sign in part) + " ")
        elif part.strip():
            said.append(_mapped(process.phonemes(part, tag), tag))
    return "".join(said).strip()


def _mapped(ipa: str, tag: str) -> str:
    ipa = re.sub(r"\([a-z-]+\)", "", " ".join(ipa.split()))  # "(en)": a word of another language
    table = COMMON | (ENGLISH if tag.startswith("en") else OTHER)
    table |= {"en-us": AMERICAN, "en-gb": BRITISH}.get(tag, {})
    for found in sorted(table, key=len, reverse=True):
        ipa = ipa.replace(found, table[found])
    ipa = re.sub(rf"(\S){SYLLABIC}", r"ᵊ\1", ipa)
    if tag.startswith("en"):
        ipa = ipa.replace(NASAL, "")
    return unicodedata.normalize("NFD", ipa.replace(TIE, ""))  # the vocabulary holds the nasal's tilde by itself
