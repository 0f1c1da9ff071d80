"""The demo's melody, and what a WAV or FLAC file says of itself; no audio library is loaded for either."""

import io
import math
import struct
import wave
from dataclasses import dataclass

RATE_HZ = 48_000
NOTES_HZ = (261.63, 329.63, 392.00, 523.25)
NOTE_S = 0.5
FLAC_HEADER_BYTES = 42
LENGTH_S = NOTE_S * len(NOTES_HZ)


@dataclass(frozen=True, slots=True)
class Sound:
    """What the header of a file says."""

    kind: str
    rate_hz: int
    bits: int
    duration_s: float


def melody() -> bytes:
    """Four plucked notes as a WAV file: 48 kHz, mono, 16 bits."""
    frames = round(NOTE_S * RATE_HZ)
    samples = [
        round(16_000 * math.exp(-5 * n / frames) * min(n / 200, 1.0) * math.sin(2 * math.pi * hertz * n / RATE_HZ))
        for hertz in NOTES_HZ
        for n in range(frames)
    ]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def sound_of(content: bytes) -> Sound | None:
    """None for what is neither WAV nor FLAC."""
    if content.startswith(b"fLaC") and len(content) >= FLAC_HEADER_BYTES:
        # STREAMINFO: 20 bits rate, 3 bits channels - 1, 5 bits depth - 1, 36 bits frames (RFC 9639, section 8.2).
        packed = int.from_bytes(content[18:26], "big")
        rate_hz = packed >> 44
        return Sound("FLAC", rate_hz, (packed >> 36 & 31) + 1, (packed & (1 << 36) - 1) / max(rate_hz, 1))
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate_hz = file.getframerate()
            return Sound("WAV", rate_hz, file.getsampwidth() * 8, file.getnframes() / rate_hz)
    except (wave.Error, EOFError):
        return None
