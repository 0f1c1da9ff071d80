"""Speech to text by Whisper on CTranslate2 (faster-whisper, SYSTRAN): faster and smaller on a CPU."""

from pathlib import Path
from typing import Any

import ctranslate2
from faster_whisper import WhisperModel

from models.base import Audio, Report, Samples, Segment, Transcript, Word
from models.transcription.by_spans import transcribed

SEED = 0  # where the best path fails, it draws lots
NEEDED = ("config.json", "model.bin", "tokenizer.json")  # it would look for a missing tokenizer on the hub


class FasterWhisperRecogniser:
    """`SpeechRecogniser` with the folder of a converted checkpoint."""

    def __init__(self, folder: Path, *, translates: bool = True, compute_type: str = "auto") -> None:
        """`compute_type`: one of CTranslate2's; auto: float16 on a GPU, int8 without."""
        if missing := [name for name in NEEDED if not (folder / name).is_file()]:
            message = f"its folder lacks {', '.join(missing)}"
            raise ValueError(message)
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        if compute_type == "auto":
            compute_type = "float16" if device == "cuda" else "int8"
        self._model: Any = WhisperModel(str(folder), device=device, compute_type=compute_type, local_files_only=True)
        self._beams = 5 if device == "cuda" else 1
        self.languages = tuple(self._model.supported_languages)
        self.translates = translates

    def transcribe(self, audio: Audio, *, language: str | None, translate: bool, report: Report) -> Transcript:
        """As its Protocol says; it can be stopped between stretches of speech of up to 28 s."""
        return transcribed(self, audio, language=language, translate=translate, report=report)

    def likely_languages(self, mono: Samples) -> dict[str, float]:
        """Probabilities by ISO 639-1 code of up to 30 s of speech."""
        if len(self.languages) == 1:
            return dict.fromkeys(self.languages, 1.0)
        _, _, found = self._model.detect_language(audio=mono)
        return {str(code): float(probability) for code, probability in found}

    def heard(self, mono: Samples, *, language: str, translate: bool) -> list[Segment]:
        """Words of up to 30 s, with their times unless they are a translation."""
        ctranslate2.set_random_seed(SEED)
        found, _ = self._model.transcribe(
            mono,
            language=language,
            task="translate" if translate else "transcribe",
            beam_size=self._beams,
            word_timestamps=not translate,
            condition_on_previous_text=False,
        )
        return [_segment(segment) for segment in found]


def _segment(found: Any) -> Segment:  # noqa: ANN401 - the package has no types
    words = tuple(
        Word(word.word.strip(), float(word.start), float(word.end), float(word.probability))
        for word in found.words or ()
    )
    return Segment(found.text.strip(), float(found.start), float(found.end), words)
