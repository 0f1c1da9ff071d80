"""What is read, and how each format is written."""

from dataclasses import dataclass

from app.contract.enums import AudioFormat
from app.infra.media.probe import MediaInfo

# Containers of sound. Not here on purpose: concat, hls, dash, sdp, image and subtitle readers, which open other files.
READABLE = (
    "aac", "ac3", "aiff", "amr", "ape", "asf", "au", "caf", "eac3", "flac", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2",
    "mp3", "mpegts", "mpc", "mpc8", "ogg", "rm", "tta", "w64", "wav", "wv", "xwma",
)  # fmt: skip
OPUS_RATES_HZ = {8_000, 12_000, 16_000, 24_000, 48_000}
OPUS_BITS_PER_CHANNEL = 96_000
AAC_BITS_PER_CHANNEL = 128_000
LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")  # by number of channels
AAC_FOUR = "4.0"  # its encoder knows no quad
MAX_CHANNELS = {AudioFormat.MP3: 2, AudioFormat.AAC: 6}
# Encoders write no shorter file, or one that no decoder knows: what is shorter gets silence.
SHORTEST_FRAMES = {AudioFormat.FLAC: 16, AudioFormat.OGG: 2048, AudioFormat.AAC: 2048}
SHORT_S = 0.5
LIMIT = 0.989  # −0.1 dB
FULL_BITS = 32
HIGH_BITS = 24
CD_BITS = 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is written. `bit_depth` counts for WAV (32: float) and FLAC; `channels` None: as many as fit."""

    format: AudioFormat
    rate_hz: int
    bit_depth: int = CD_BITS
    channels: int | None = None

    @property
    def is_float(self) -> bool:
        return self.format is AudioFormat.WAV and self.bit_depth == FULL_BITS

    def channels_for(self, source_channels: int) -> int:
        most = MAX_CHANNELS.get(self.format, len(LAYOUTS))
        return min(self.channels or source_channels, most)


def natural_encoding(info: MediaInfo, wanted: AudioFormat | None = None) -> Encoding:
    """The encoding that keeps most of a source: its own rate and depth, and its own format unless another is wanted.

    Containers that are not written here become their nearest: WAV for lossless sources, AAC for MP4, else MP3.
    """
    own = _OWN.get(info.container)
    if info.container == "mov,mp4,m4a,3gp,3g2,mj2" and info.is_lossless:
        own = None
    kind = wanted or own or (AudioFormat.WAV if info.is_lossless else AudioFormat.MP3)
    rate_hz = info.rate_hz
    if kind is AudioFormat.MP3:
        rate_hz = _nearest(rate_hz, MP3_RATES_HZ)
    if kind is AudioFormat.AAC:
        rate_hz = _nearest(rate_hz, AAC_RATES_HZ)
    return Encoding(kind, rate_hz, _depth(info, kind))


def lossless_encoding(info: MediaInfo) -> Encoding:
    """WAV at the source's own rate: 24 bits, which hold what 16 would round away; float where the source is float."""
    is_float = info.codec.startswith("pcm_f")
    return Encoding(AudioFormat.WAV, info.rate_hz, FULL_BITS if is_float else HIGH_BITS)


MP3_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
AAC_RATES_HZ = (*MP3_RATES_HZ, 64_000, 88_200, 96_000)
_OWN = {
    "mp3": AudioFormat.MP3,
    "wav": AudioFormat.WAV,
    "w64": AudioFormat.WAV,
    "flac": AudioFormat.FLAC,
    "ogg": AudioFormat.OGG,
    "aac": AudioFormat.AAC,
    "mov,mp4,m4a,3gp,3g2,mj2": AudioFormat.AAC,
    "matroska,webm": AudioFormat.WEBM,
}


def _nearest(rate_hz: int, rates_hz: tuple[int, ...]) -> int:
    """The same rate where it can be held, else the next one above, else the highest."""
    return next((rate for rate in rates_hz if rate >= rate_hz), rates_hz[-1])


def _depth(info: MediaInfo, kind: AudioFormat) -> int:
    """A lossy source is decoded to float and needs no more than 24 bits; 16 is what players expect of it."""
    if not info.is_lossless or info.bits_per_sample <= CD_BITS:
        return CD_BITS
    return HIGH_BITS if info.bits_per_sample <= HIGH_BITS or kind is AudioFormat.FLAC else FULL_BITS


def filters(info: MediaInfo, encoding: Encoding, expected_s: float) -> list[str]:
    """Channel layout, rate and dither between decoder and encoder."""
    channels = encoding.channels_for(info.channels)
    lowers_depth = encoding.format in {AudioFormat.WAV, AudioFormat.FLAC} and encoding.bit_depth == CD_BITS
    chain = []
    options = []
    if info.rate_hz != encoding.rate_hz:
        options += [f"osr={encoding.rate_hz}", "resampler=soxr", "precision=24"]
    if lowers_depth and info.is_lossless and info.bits_per_sample > CD_BITS:
        options += ["dither_method=triangular_hp"]  # TPDF: rounding noise stays free of distortion
    if options:
        chain.append("aresample=" + ":".join([*options, f"osf={_sample_format(encoding)}"]))
    if encoding.format not in _ANY_LAYOUT or channels != info.channels:
        # The lossy encoders know the usual layouts only; the lossless formats keep every channel as it is.
        layout = LAYOUTS[channels - 1]
        if encoding.format is AudioFormat.AAC and layout == "quad":
            layout = AAC_FOUR
        chain.append(f"aformat=channel_layouts={layout}")
    shortest = SHORTEST_FRAMES.get(encoding.format, 0)
    if expected_s < SHORT_S and shortest:
        chain += [f"apad=whole_len={shortest}", f"asetnsamples=n={shortest}:p=0"]
    return chain


def limiter(encoding: Encoding) -> list[str]:
    """A look-ahead limiter for processed sound, which may go beyond full scale; it keeps length and place."""
    if encoding.is_float:
        return []
    return [f"alimiter=limit={LIMIT}:attack=5:release=50:level=false:latency=true"]


def _sample_format(encoding: Encoding) -> str:
    if encoding.format is AudioFormat.WAV:
        return {CD_BITS: "s16", HIGH_BITS: "s32", FULL_BITS: "flt"}[encoding.bit_depth]
    if encoding.format is AudioFormat.FLAC:
        return "s16" if encoding.bit_depth == CD_BITS else "s32"
    return "fltp"


def encoder(encoding: Encoding, channels: int) -> list[str]:
    """Codec and container options of ffmpeg."""
    return ["-ar", str(encoding.rate_hz), "-c:a", *_codec(encoding, channels), "-f", _MUXERS[encoding.format]]


_ANY_LAYOUT = {AudioFormat.WAV, AudioFormat.FLAC}
_MUXERS = {kind: kind.value for kind in AudioFormat} | {AudioFormat.AAC: "adts"}


def _codec(encoding: Encoding, channels: int) -> list[str]:
    match encoding.format:
        case AudioFormat.WAV:
            codec = {CD_BITS: "pcm_s16le", HIGH_BITS: "pcm_s24le", FULL_BITS: "pcm_f32le"}[encoding.bit_depth]
            options = [codec, "-rf64", "auto"]  # files above 4 GiB
        case AudioFormat.FLAC if encoding.bit_depth == CD_BITS:
            options = ["flac", "-sample_fmt", "s16"]
        case AudioFormat.FLAC:
            options = ["flac", "-sample_fmt", "s32", "-bits_per_raw_sample", str(encoding.bit_depth)]
            options += ["-strict", "experimental"]  # what ffmpeg calls 32 bits
        case AudioFormat.MP3:
            options = ["libmp3lame", "-q:a", "0", "-id3v2_version", "3"]
        case AudioFormat.AAC:
            options = ["aac", "-b:a", str(AAC_BITS_PER_CHANNEL * channels), "-write_id3v2", "1"]
        case AudioFormat.WEBM if encoding.rate_hz in OPUS_RATES_HZ:
            options = ["libopus", "-b:a", str(OPUS_BITS_PER_CHANNEL * channels)]
        case AudioFormat.OGG | AudioFormat.WEBM:
            options = ["libvorbis", "-q:a", "6"]
    return options
