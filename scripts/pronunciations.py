"""Builds models/lyrics/cmudict.txt.gz from the CMU Pronouncing Dictionary (BSD-2-Clause), file `cmudict.dict`.

Usage: scripts/pronunciations.py FOLDER, where FOLDER holds cmudict.dict and its LICENSE, as at
https://github.com/cmusphinx/cmudict. One pronunciation per word is kept. The first line lists the phonemes; every other
line is a word and its phonemes, one character each, counted from models.lyrics.pronunciation.FIRST_CODE.
"""

import gzip
import re
import shutil
import sys
from pathlib import Path

from models.lyrics.pronunciation import DICTIONARY, FIRST_CODE

# Words of which another pronunciation than the first is the usual one in songs: how they are sung, verbs and feelings
# rather than names and things.
CHOSEN = {
    "bow": 2, "camera": 2, "desert": 1, "different": 2, "every": 2, "everything": 1, "favorite": 2, "lead": 2,
    "live": 2, "our": 2, "perfect": 2, "prayer": 1, "read": 2, "record": 2, "tear": 2, "tears": 2, "use": 2,
    "wind": 2, "wound": 2, "the": 1, "a": 1,
}  # fmt: skip
WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*|'[a-z]+")
ENTRY = re.compile(r"(\S+?)(?:\((\d)\))? ([A-Z0-2 ]+)")


def main() -> None:
    folder = Path(sys.argv[1])
    entries: dict[str, str] = {}
    for line in (folder / "cmudict.dict").read_text(encoding="utf-8").splitlines():
        match = ENTRY.match(line)
        assert match is not None, line
        word, variant, phonemes = match[1], int(match[2] or 1), match[3].strip()
        if WORD.fullmatch(word) and variant == CHOSEN.get(word, 1):
            entries[word] = phonemes
    kept = {word: said for word, said in entries.items() if not _is_plain_possessive(word, said, entries)}
    alphabet = sorted({phoneme for said in kept.values() for phoneme in said.split()})
    codes = {phoneme: chr(FIRST_CODE + number) for number, phoneme in enumerate(alphabet)}
    lines = [" ".join(alphabet)]
    lines += [f"{word} {''.join(codes[phoneme] for phoneme in kept[word].split())}" for word in sorted(kept)]
    DICTIONARY.write_bytes(gzip.compress("\n".join(lines).encode("ascii"), 9, mtime=0))
    shutil.copyfile(folder / "LICENSE", DICTIONARY.parent / "CMUDICT-LICENSE.txt")
    print(f"{len(kept)} words, {DICTIONARY.stat().st_size} bytes")


def _is_plain_possessive(word: str, said: str, entries: dict[str, str]) -> bool:
    """Whether the word is another and 's, said as that one would be: such words need no entry of their own."""
    stem = word.removesuffix("'s")
    return stem != word and said in {f"{entries.get(stem)} {ending}" for ending in ("S", "Z", "IH0 Z", "AH0 Z")}


if __name__ == "__main__":
    main()
