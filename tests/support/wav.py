"""WAV files as bytes, made without any audio library."""

import io
import math
import struct
import wave


def wav_bytes(seconds: float = 1.0, rate_hz: int = 8000, channels: int = 1, tone_hz: float = 440.0) -> bytes:
    """A 16-bit sine at half level."""
    frames = round(seconds * rate_hz)
    one = [round(16384 * math.sin(2 * math.pi * tone_hz * n / rate_hz)) for n in range(min(frames, rate_hz))]
    samples = (one * (frames // max(len(one), 1) + 1))[:frames]
    packed = b"".join(struct.pack("<h", value) * channels for value in samples)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(packed)
    return buffer.getvalue()
