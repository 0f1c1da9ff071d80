"""A program of its own: speaks through the espeak-ng library (GPL-3), which is loaded in this process only.

`python espeak_process.py LIBRARY DATA`. Reads one JSON object per line and answers each with a 4-byte length, little
end first, and so many bytes; a length of 2**32 - 1 says that it could not be done. Ends with its input.

    {"do": "speak", "voice", "text", "rate_wpm", "pitch", "range"} → 16-bit mono samples
    {"do": "timed", "voice", "text", "rate_wpm", "pitch", "range"} → JSON of [type, text position, sample, name] for
        words and phonemes (International Phonetic Alphabet), a zero byte, 16-bit mono samples
    {"do": "phonemes", "voice", "text"} → UTF-8, International Phonetic Alphabet, "^" within a phoneme
    {"do": "voices"} → JSON: language tags and the files of their voices
    {"do": "rate"} → JSON: the sampling rate in Hz

It imports nothing of the rest, so that it starts in some 30 ms.
"""

import contextlib
import ctypes
import json
import signal
import struct
import sys
from typing import Any, BinaryIO

SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, and Synth returns when all are there
UTF8 = 1  # espeakCHARS_UTF8; without 0x10 (SSML) and 0x100 (phonemes in brackets)
TIED_IPA = 0x02 | 0x80 | ord("^") << 8  # phoneme mode of TextToPhonemes
RATE, PITCH, RANGE = 1, 3, 4  # espeak_PARAMETER
FAILED = 2**32 - 1
PHONEME_EVENTS = 0x1 | 0x2  # espeakINITIALIZE_PHONEME_EVENTS, _IPA
END_OF_EVENTS, WORD, PHONEME = 0, 1, 7  # espeak_EVENT_TYPE
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Description(ctypes.Structure):
    """espeak_VOICE of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h; `name` is the union, of which phonemes use all eight bytes."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


Taker = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Espeak:
    def __init__(self, library: str, data: str) -> None:
        self._library: Any = ctypes.CDLL(library)
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(Description))
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._heard = bytearray()
        self._events: list[tuple[int, int, int, str]] = []
        self.rate_hz = int(self._library.espeak_Initialize(SYNCHRONOUS, 0, data.encode(), PHONEME_EVENTS | 1 << 15))
        if self.rate_hz <= 0:
            raise OSError("espeak-ng has no data")
        self._taker = Taker(self._take)
        self._library.espeak_SetSynthCallback(self._taker)

    def _take(self, wave: Any, count: int, events: Any) -> int:  # noqa: ANN401 - ctypes pointers
        if wave and count > 0:
            self._heard += ctypes.string_at(wave, 2 * count)
        number = 0
        while events and events[number].type != END_OF_EVENTS:
            event = events[number]
            if event.type in {WORD, PHONEME}:
                name = event.name.decode("utf-8", "replace") if event.type == PHONEME else ""
                self._events.append((event.type, event.text_position, event.sample, name))
            number += 1
        return 0

    def _choose(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) == 0:
            return
        # With a variant it knows the names of its files only: en for en-gb.
        tag, plus, variant = voice.partition("+")
        file = self.voices().get(tag)
        if file is None or self._library.espeak_SetVoiceByName(f"{file}{plus}{variant}".encode()) != 0:
            message = f"espeak-ng has no voice {voice}"
            raise ValueError(message)

    def speak(self, voice: str, text: str, rate_wpm: int, pitch: int, pitch_range: int) -> bytes:
        self._choose(voice)
        for parameter, value in ((RATE, rate_wpm), (PITCH, pitch), (RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._heard.clear()
        self._events.clear()
        data = text.encode()
        if self._library.espeak_Synth(data, len(data) + 1, 0, 0, 0, UTF8, None, None) != 0:
            raise ValueError("espeak-ng could not speak")
        self._library.espeak_Synchronize()
        return bytes(self._heard)

    def timed(self, voice: str, text: str, rate_wpm: int, pitch: int, pitch_range: int) -> bytes:
        said = self.speak(voice, text, rate_wpm, pitch, pitch_range)
        return json.dumps(self._events).encode() + b"\0" + said

    def phonemes(self, voice: str, text: str) -> bytes:
        self._choose(voice)
        kept = ctypes.create_string_buffer(text.encode())
        at = ctypes.c_void_p(ctypes.addressof(kept))
        parts = []
        while at.value:
            parts.append(self._library.espeak_TextToPhonemes(ctypes.byref(at), UTF8, TIED_IPA) or b"")
        return b" ".join(parts)

    def voices(self) -> dict[str, str]:
        """Language tags, such as en-us, and the names of their files; of several the one that fits best."""
        listed = self._library.espeak_ListVoices(None)
        found: dict[str, tuple[int, str]] = {}
        number = 0
        while listed[number]:
            file = (listed[number].contents.identifier or b"").decode().rpartition("/")[2]
            at = listed[number].contents.languages
            while at and ctypes.string_at(at, 1) != b"\0":  # a priority, then the tag
                priority, tag = ctypes.string_at(at, 1)[0], ctypes.string_at(at + 1)
                name = tag.decode()
                found[name] = min(found.get(name, (priority, file)), (priority, file))
                at += len(tag) + 2
            number += 1
        return {tag: file for tag, (_priority, file) in sorted(found.items()) if tag != "variant"}


def answer(espeak: Espeak, asked: dict[str, Any]) -> bytes:
    match asked["do"]:
        case "speak":
            return espeak.speak(asked["voice"], asked["text"], asked["rate_wpm"], asked["pitch"], asked["range"])
        case "timed":
            return espeak.timed(asked["voice"], asked["text"], asked["rate_wpm"], asked["pitch"], asked["range"])
        case "phonemes":
            return espeak.phonemes(asked["voice"], asked["text"])
        case "voices":
            return json.dumps(espeak.voices()).encode()
        case _:
            return json.dumps(espeak.rate_hz).encode()


def main(library: str, data: str, lines: BinaryIO, out: BinaryIO) -> None:
    espeak = Espeak(library, data)
    for line in lines:
        try:
            said = answer(espeak, json.loads(line))
        except ValueError:
            out.write(struct.pack("<I", FAILED))
        else:
            out.write(struct.pack("<I", len(said)) + said)
        out.flush()


def die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the end of the input ends it
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    die_with_parent()
    main(sys.argv[1], sys.argv[2], sys.stdin.buffer, sys.stdout.buffer)
