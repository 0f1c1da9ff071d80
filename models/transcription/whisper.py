"""Speech to text by Whisper (Radford et al. 2023), from a checkpoint of OpenAI on disk."""

import base64
import gzip
import warnings
from pathlib import Path
from typing import Any

import torch
import whisper
from whisper.tokenizer import LANGUAGES, Tokenizer, get_tokenizer

from models.base import Audio, Report, Samples, Segment, Transcript, Word
from models.transcription.by_spans import transcribed

ENGLISH_ONLY = ("en",)
SEED = 0  # where greedy decoding fails, Whisper draws lots


class WhisperRecogniser:
    """`SpeechRecogniser` with a file as OpenAI publishes them: a dict of `dims` and `model_state_dict`.

    `size`: the name of the checkpoint in OpenAI's table of the heads that follow time; where it does not fit the
    checkpoint, the later half of all heads is taken. `translates`: whether it was trained to.
    """

    def __init__(self, folder: Path, size: str = "", *, translates: bool = True) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        file = next(iter(sorted(folder.glob("*.pt"))), None)
        if file is None:
            raise ValueError("its folder holds no .pt file")
        self._model: Any = whisper.load_model(str(file), device=self._device).eval()
        dims = self._model.dims
        if heads := alignment_heads(size, dims.n_text_layer * dims.n_text_head):
            self._model.set_alignment_heads(heads)
        many: bool = self._model.is_multilingual
        tokenizer(self._model.num_languages, is_multilingual=many)
        self.languages = tuple(LANGUAGES)[: self._model.num_languages] if many else ENGLISH_ONLY
        self.translates = translates

    def transcribe(self, audio: Audio, *, language: str | None, translate: bool, report: Report) -> Transcript:
        """As its Protocol says; it can be stopped between stretches of speech of up to 28 s."""
        return transcribed(self, audio, language=language, translate=translate, report=report)

    def likely_languages(self, mono: Samples) -> dict[str, float]:
        """Probabilities by ISO 639-1 code of up to 30 s of speech."""
        if len(self.languages) == 1:
            return dict.fromkeys(self.languages, 1.0)
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(mono), self._model.dims.n_mels)
        dtype = torch.float16 if self._is_fp16 else torch.float32
        with torch.inference_mode():
            _, found = self._model.detect_language(mel.to(self._device, dtype))
        return {str(code): float(probability) for code, probability in found.items()}

    def heard(self, mono: Samples, *, language: str, translate: bool) -> list[Segment]:
        """Words of up to 30 s, with their times unless they are a translation."""
        devices = [self._device] if self._is_fp16 else []
        with torch.random.fork_rng(devices), torch.inference_mode():
            torch.manual_seed(SEED)
            found = whisper.transcribe(
                self._model,
                mono,
                language=language,
                task="translate" if translate else "transcribe",
                word_timestamps=not translate,
                condition_on_previous_text=False,
                fp16=self._is_fp16,
                verbose=None,
            )
        return [_segment(segment) for segment in found["segments"]]

    @property
    def _is_fp16(self) -> bool:
        return self._device.type == "cuda"


def tokenizer(languages: int, *, is_multilingual: bool) -> Tokenizer:
    """Whisper's, which it keeps once it is read; it forgets to close the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return get_tokenizer(is_multilingual, num_languages=languages)


def alignment_heads(size: str, heads: int) -> bytes:
    """What `Whisper.set_alignment_heads` takes for a published checkpoint, which a file lacks; empty if unknown."""
    table: dict[str, bytes] = whisper._ALIGNMENT_HEADS  # noqa: SLF001 - load_model looks it up by name only
    dump = table.get(size, b"")
    return dump if dump and len(gzip.decompress(base64.b85decode(dump))) == heads else b""


def _segment(found: dict[str, Any]) -> Segment:
    words = tuple(
        Word(str(word["word"]).strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
        for word in found.get("words", ())
    )
    return Segment(str(found["text"]).strip(), float(found["start"]), float(found["end"]), words)
