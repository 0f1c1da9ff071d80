"""Our variants of espeak-ng's voices: Klatt's synthesiser with formants placed so that words are understood best.

Found by a search over pitch, formants, their widths and the strength of consonants for the fewest words that a speech
recogniser trained on people gets wrong. For the man it is half-way between where the search began and what it found,
which fitted the sentences of the search too closely. They go with every language: `de+shed-man`.
"""

from dataclasses import dataclass

Formant = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Variant:
    """pitch_hz: lowest and highest of a sentence; formants: frequency, height, width of F1 to F4 in percent."""

    gender: str
    klatt: int
    pitch_hz: tuple[int, int]
    voicing: int
    consonants: tuple[int, int]
    formants: tuple[Formant, ...]

    def lines(self, name: str) -> str:
        """As espeak-ng reads it (docs/voices.md of espeak-ng)."""
        formants = (
            f"formant {number} {frequency:g} {height:g} {width:g}"
            for number, (frequency, height, width) in enumerate(self.formants, start=1)
        )
        return "\n".join([
            "language variant",
            f"name {name}",
            f"gender {self.gender}",
            f"klatt {self.klatt}",
            f"pitch {self.pitch_hz[0]} {self.pitch_hz[1]}",
            f"voicing {self.voicing}",
            f"consonants {self.consonants[0]} {self.consonants[1]}",
            *formants,
            "",
        ])  # fmt: skip


VARIANTS = {
    "shed-man": Variant(
        "male", 6, (82, 118), 114, (70, 80), ((91, 100, 111), (102, 100, 88), (103, 100, 70), (117, 100, 70))
    ),
    "shed-woman": Variant(
        "female", 6, (141, 205), 115, (70, 80), ((99, 100, 92), (105, 100, 97), (111, 100, 60), (122, 112, 86))
    ),
}
