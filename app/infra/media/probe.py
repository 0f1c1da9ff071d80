"""What ffmpeg says of a file, read from its log and from the first samples it decodes."""

import re
import struct
from dataclasses import dataclass

LOSSLESS = re.compile(r"(pcm_\w+|flac|alac|wavpack|tta|ape|truehd|mlp|s302m|als|wmalossless)")
LOSSY_PCM = {"pcm_mulaw", "pcm_alaw"}
INPUT = re.compile(r"^Input #0, (?P<container>[\w,]+), from ", re.MULTILINE)
DURATION = re.compile(r"^ {2}Duration: (?:(?P<h>\d{1,6}):(?P<m>\d\d):(?P<s>\d\d\.\d\d)|N/A)", re.MULTILINE)
STREAM = re.compile(
    r"^ {2}Stream #0:(?P<index>\d{1,5})(?:\[\w+\])?(?:\(\w+\))?: (?P<kind>Audio|Video|Subtitle|Data|Attachment): "
    r"(?P<codec>\w+)(?P<rest>.*)$",
    re.MULTILINE,
)
DEPTH = re.compile(r", (?P<format>u8|s16|s32|s64|flt|dbl)p?(?: \((?P<bits>\d+) bit\))?(?:,|$)")
ESTIMATED = "Estimating duration from bitrate"
END_OF_INPUT = "\nStream mapping:"
COVERS = {"mjpeg", "png"}
BITS = {"u8": 8, "s16": 16, "s32": 32, "s64": 32, "flt": 32, "dbl": 32}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """The first audio stream of a file.

    container        ffmpeg's name of it, e.g. "mp3", "wav", "mov,mp4,m4a,3gp,3g2,mj2"
    duration_s       as the file says, to about 0.01 s; 0.0 inside this package while unknown
    bits_per_sample  of a lossless source; of a lossy one, those of the decoder's output
    cover_stream     index of the cover art among all streams, None without one
    tags_in_stream   tags belong to the stream (Ogg) instead of the file
    """

    container: str
    codec: str
    duration_s: float
    rate_hz: int
    channels: int
    bits_per_sample: int
    is_lossless: bool
    streams: int
    cover_stream: int | None = None
    tags_in_stream: bool = False


NO_SOUND = MediaInfo("", "", 0.0, 0, 0, 0, is_lossless=True, streams=0)
"""Of an input that is a picture."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the log told; `duration_is_exact` is False where the file itself does not say how long it is."""

    info: MediaInfo
    duration_is_exact: bool


def read_log(log: str, header: bytes) -> Seen | None:
    """From ffmpeg's log of opening a file and the WAV header of its first samples; None when there is no audio."""
    opened = INPUT.search(log)
    shape = _wav_shape(header)
    if opened is None or shape is None:
        return None
    said = log[opened.start() :].split(END_OF_INPUT, maxsplit=1)[0]
    streams = list(STREAM.finditer(said))
    if len(DURATION.findall(said)) != 1 or {int(stream["index"]) for stream in streams} != set(range(len(streams))):
        return None  # names of tags may hold line ends, and forge these lines; no honest file does
    audio = next((stream for stream in streams if stream["kind"] == "Audio"), None)
    if audio is None:
        return None
    covers = [
        int(stream["index"])
        for stream in streams
        if stream["kind"] == "Video" and stream["codec"] in COVERS and stream["rest"].endswith("(attached pic)")
    ]
    channels, rate_hz = shape
    container = opened["container"]
    duration_s = _seconds(said)
    info = MediaInfo(
        container=container,
        codec=audio["codec"],
        duration_s=duration_s,
        rate_hz=rate_hz,
        channels=channels,
        bits_per_sample=_bits(audio["rest"]),
        is_lossless=LOSSLESS.fullmatch(audio["codec"]) is not None and audio["codec"] not in LOSSY_PCM,
        streams=len(streams),
        cover_stream=covers[0] if covers else None,
        tags_in_stream=container == "ogg",
    )
    return Seen(info, duration_is_exact=duration_s > 0 and ESTIMATED not in log)


def _wav_shape(header: bytes) -> tuple[int, int] | None:
    """Channels and rate from the start of a WAV file."""
    if len(header) < 28 or header[:4] != b"RIFF" or header[8:16] != b"WAVEfmt ":  # noqa: PLR2004 - up to the rate
        return None
    channels, rate_hz = struct.unpack_from("<HI", header, 22)
    return (channels, rate_hz) if channels and rate_hz else None


def _seconds(said: str) -> float:
    found = DURATION.search(said)
    if found is None or found["s"] is None:
        return 0.0
    return int(found["h"]) * 3600 + int(found["m"]) * 60 + float(found["s"])


def _bits(rest: str) -> int:
    found = DEPTH.search(rest)
    if found is None:
        return 16
    return int(found["bits"]) if found["bits"] else BITS[found["format"]]
