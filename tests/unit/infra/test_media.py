"""The media layer: what it sees, what it writes, and that nothing is lost or moved on the way."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from app.contract.enums import AudioFormat
from app.errors import Cancelled, InputUnusable
from app.infra.media import Encoding, Media, natural_encoding
from app.settings import MediaLimits
from tests.support.media import MEDIA, chirp, ffmpeg, level_db, no_report, read, tags, write

RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000)
LOSSLESS = (AudioFormat.WAV, AudioFormat.FLAC)


def most_hz(kind: AudioFormat) -> int:
    return {AudioFormat.MP3: 48_000, AudioFormat.AAC: 96_000}.get(kind, 192_000)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 192_000])
def test_probe_sees_rate_channels_depth_and_length(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = write(tmp_path / "a.wav", chirp(1.0, rate_hz, channels), rate_hz, "PCM_24")

    info = MEDIA.probe(path)

    assert (info.container, info.codec) == ("wav", "pcm_s24le")
    assert (info.rate_hz, info.channels, info.bits_per_sample, info.is_lossless) == (rate_hz, channels, 24, True)
    assert info.duration_s == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("kind", list(AudioFormat))
@pytest.mark.parametrize("channels", [1, 2, 4, 6, 8])
def test_every_format_keeps_the_sound(tmp_path: Path, kind: AudioFormat, channels: int) -> None:
    sound = chirp(1.0, 44_100, channels)
    source = write(tmp_path / "a.wav", sound, 44_100)
    encoding = natural_encoding(MEDIA.probe(source), kind)
    target = tmp_path / f"b.{kind}"

    written = MEDIA.convert(source, MEDIA.probe(source), target, encoding, report=no_report)

    samples, info = read(target)
    assert written.duration_s == pytest.approx(1.0, abs=0.05)
    assert info.channels == encoding.channels_for(channels)
    assert np.isfinite(samples).all()
    if kind is not AudioFormat.AAC:  # an ADTS file cannot say where the encoder's padding ends
        assert samples.shape[1] / info.rate_hz == pytest.approx(1.0, abs=0.01)
    if info.channels == channels and kind in LOSSLESS:
        assert np.abs(samples - sound).max() < 1 / 32768
    elif info.channels == channels:
        assert level_db(samples) == pytest.approx(level_db(sound), abs=1.5)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("kind", list(AudioFormat))
def test_every_rate_is_written(tmp_path: Path, kind: AudioFormat, rate_hz: int) -> None:
    if rate_hz > most_hz(kind):
        pytest.skip("refused at submit")
    source = write(tmp_path / "a.wav", chirp(1.0, 44_100, 2), 44_100)
    target = tmp_path / f"b.{kind}"

    MEDIA.convert(source, MEDIA.probe(source), target, Encoding(kind, rate_hz), report=no_report)

    info = MEDIA.probe(target)
    # Opus runs at 48 kHz inside, whatever it is made from.
    assert info.rate_hz == (48_000 if info.codec == "opus" else rate_hz)


@pytest.mark.parametrize("bits", [16, 24, 32])
@pytest.mark.parametrize("kind", LOSSLESS)
def test_bit_depths(tmp_path: Path, kind: AudioFormat, bits: int) -> None:
    sound = chirp(0.5, 44_100, 2)
    source = write(tmp_path / "a.wav", sound, 44_100, "FLOAT")
    target = tmp_path / f"b.{kind}"

    MEDIA.convert(source, MEDIA.probe(source), target, Encoding(kind, 44_100, bits), report=no_report)

    samples, info = read(target)
    assert info.bits_per_sample == bits
    error_db = level_db(samples - sound)
    assert error_db < {16: -90, 24: -138, 32: -138}[bits]


def test_the_same_depth_and_rate_is_bit_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = rng.uniform(-1, 1, (2, 44_100)).astype(np.float32)
    source = write(tmp_path / "a.wav", noise, 44_100)

    MEDIA.convert(
        source, MEDIA.probe(source), tmp_path / "b.flac", Encoding(AudioFormat.FLAC, 44_100), report=no_report
    )

    assert np.array_equal(read(tmp_path / "b.flac")[0], read(source)[0])


def test_fewer_bits_are_dithered_so_that_quiet_sound_survives(tmp_path: Path) -> None:
    """A tone below half a step of 16 bits would be rounded to silence."""
    t = np.arange(44_100) / 44_100
    tone = (0.4 / 32768 * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)[None]
    source = write(tmp_path / "a.wav", tone, 44_100, "PCM_24")

    MEDIA.convert(source, MEDIA.probe(source), tmp_path / "b.wav", Encoding(AudioFormat.WAV, 44_100), report=no_report)

    spectrum = np.abs(np.fft.rfft(read(tmp_path / "b.wav")[0][0]))
    assert spectrum[1000] > 20 * np.median(spectrum)


def test_resampling_removes_what_the_new_rate_cannot_hold(tmp_path: Path) -> None:
    t = np.arange(96_000) / 96_000
    two = np.array([0.4 * np.sin(2 * np.pi * 1000 * t), 0.4 * np.sin(2 * np.pi * 30_000 * t)], np.float32)
    source = write(tmp_path / "a.wav", two, 96_000, "PCM_24")

    MEDIA.convert(
        source, MEDIA.probe(source), tmp_path / "b.wav", Encoding(AudioFormat.WAV, 44_100, 24), report=no_report
    )

    samples, _ = read(tmp_path / "b.wav")
    middle = samples[:, 4410:-4410]
    assert level_db(middle[0]) == pytest.approx(level_db(two[0]), abs=0.01)
    assert level_db(middle[1]) < -100  # 30 kHz would fold to 14.1 kHz


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", chirp(0.5, 44_100, 2), 44_100)
    info = MEDIA.probe(source)
    for kind in AudioFormat:
        files = [tmp_path / f"{n}.{kind}" for n in range(2)]
        for file in files:
            MEDIA.convert(source, info, file, natural_encoding(info, kind), report=no_report)
        assert files[0].read_bytes() == files[1].read_bytes(), kind


class TestCut:
    @pytest.mark.parametrize("kind", LOSSLESS)
    @pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
    @pytest.mark.parametrize(("first", "end"), [(0, 1), (0, 4410), (1, 7777), (39_999, 40_001), (120_000, 200_003)])
    def test_is_exact_to_the_sample(
        self, tmp_path: Path, kind: AudioFormat, rate_hz: int, first: int, end: int
    ) -> None:
        rng = np.random.default_rng(2)
        noise = (rng.integers(-30_000, 30_000, (2, 250_000)) / 32768).astype(np.float32)
        source = write(tmp_path / f"a.{kind}", noise, rate_hz)
        info = MEDIA.probe(source)

        MEDIA.convert(
            source,
            info,
            tmp_path / "b.wav",
            natural_encoding(info, AudioFormat.WAV),
            report=no_report,
            cut=(first, end),
        )

        assert np.array_equal(read(tmp_path / "b.wav")[0], noise[:, first:end])

    @pytest.mark.parametrize("kind", ["mp3", "ogg", "m4a", "webm"])
    def test_of_a_lossy_file_equals_the_part_of_its_full_decode(self, tmp_path: Path, kind: str) -> None:
        write(tmp_path / "a.wav", chirp(5.0, 48_000, 2), 48_000)
        source = tmp_path / f"a.{kind}"
        ffmpeg("-i", tmp_path / "a.wav", source)
        info = MEDIA.probe(source)
        whole, _ = read(source)

        MEDIA.convert(
            source, info, tmp_path / "b.wav", Encoding(AudioFormat.WAV, 48_000, 32), report=no_report,
            cut=(100_001, 150_002),
        )  # fmt: skip

        assert np.allclose(read(tmp_path / "b.wav")[0], whole[:, 100_001:150_002], atol=1e-6)

    def test_beyond_the_end_stops_there(self, tmp_path: Path) -> None:
        source = write(tmp_path / "a.wav", chirp(1.0, 8000), 8000)
        info = MEDIA.probe(source)

        MEDIA.convert(source, info, tmp_path / "b.wav", natural_encoding(info), report=no_report, cut=(4000, 10**9))

        assert read(tmp_path / "b.wav")[0].shape == (1, 4000)


class TestTags:
    @pytest.fixture(params=["mp3", "flac", "ogg"])
    def tagged(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        """A file of each kind with title, artist and a cover."""
        write(tmp_path / "plain.wav", chirp(0.5, 44_100, 2), 44_100)
        ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", tmp_path / "cover.png")
        first = tmp_path / "tagged.mp3"
        ffmpeg(
            "-i", tmp_path / "plain.wav", "-i", tmp_path / "cover.png", "-map", "0:a", "-map", "1:v", "-c:v", "copy",
            "-disposition:v", "attached_pic", "-metadata", "title=Sea; \\ = Song", "-metadata", "artist=Ünå", first,
        )  # fmt: skip
        if request.param == "mp3":
            return first
        path = tmp_path / f"tagged.{request.param}"
        info = MEDIA.probe(first)
        MEDIA.convert(first, info, path, Encoding(AudioFormat(request.param), 44_100), report=no_report)
        return path

    @pytest.mark.parametrize("kind", list(AudioFormat))
    def test_title_artist_and_cover_are_kept_where_the_format_can(
        self, tmp_path: Path, tagged: Path, kind: AudioFormat
    ) -> None:
        info = MEDIA.probe(tagged)
        assert info.cover_stream is not None
        target = tmp_path / f"b.{kind}"

        MEDIA.convert(tagged, info, target, Encoding(kind, 44_100), report=no_report)

        found = tags(target)
        assert found["title"].replace("\\", "") == "Sea;  = Song"
        assert found["artist"] == "Ünå"
        keeps_covers = kind in {AudioFormat.MP3, AudioFormat.FLAC, AudioFormat.OGG}
        assert (MEDIA.probe(target).cover_stream is not None) == keeps_covers
        assert not list(tmp_path.glob("*.tags"))

    def test_the_cover_is_copied_bit_by_bit(self, tmp_path: Path, tagged: Path) -> None:
        info = MEDIA.probe(tagged)
        target = tmp_path / "b.ogg"
        MEDIA.convert(tagged, info, target, Encoding(AudioFormat.OGG, 44_100), report=no_report)

        ffmpeg("-i", target, "-map", "0:v", "-c", "copy", "-f", "image2pipe", tmp_path / "out.png")

        assert (tmp_path / "out.png").read_bytes() == (tmp_path / "cover.png").read_bytes()


class TestBlocks:
    @pytest.mark.parametrize("frames", [16, 17, 65_535, 65_536, 65_537])
    def test_decode_and_encode_give_back_every_sample(self, tmp_path: Path, frames: int) -> None:
        rng = np.random.default_rng(3)
        noise = (rng.integers(-30_000, 30_000, (2, frames)) / 32768).astype(np.float32)
        source = write(tmp_path / "a.wav", noise, 44_100)
        info = MEDIA.probe(source)
        target = tmp_path / "b.flac"

        with (
            MEDIA.decode(source, info) as decoding,
            MEDIA.encode(
                target, Encoding(AudioFormat.FLAC, 44_100, 24), rate_hz=44_100, channels=2, like=(source, info)
            ) as encode,
        ):
            sizes = []
            for block in decoding.blocks(65_536):
                sizes.append(len(block) // 8)
                encode(block)

        assert sum(sizes) == frames
        assert all(size == 65_536 for size in sizes[:-1])
        assert np.array_equal(read(target)[0], noise)

    @pytest.mark.parametrize("kind", list(AudioFormat))
    def test_a_single_sample_is_written_in_every_format(self, tmp_path: Path, kind: AudioFormat) -> None:
        source = write(tmp_path / "a.wav", chirp(1 / 44_100, 44_100, 2), 44_100)
        info = MEDIA.probe(source)

        MEDIA.convert(source, info, tmp_path / f"b.{kind}", natural_encoding(info, kind), report=no_report)

        assert read(tmp_path / f"b.{kind}")[0].shape[1] >= 1

    def test_another_rate_and_mono(self, tmp_path: Path) -> None:
        source = write(tmp_path / "a.wav", chirp(2.0, 44_100, 2), 44_100)

        frames = MEDIA.decode_to(
            source, MEDIA.probe(source), tmp_path / "raw", rate_hz=22_050, channels=1, report=no_report
        )

        assert frames == pytest.approx(44_100, abs=2)
        assert (tmp_path / "raw").stat().st_size == frames * 4


class TestProgress:
    def test_never_goes_back_and_ends_at_one(self, tmp_path: Path) -> None:
        source = write(tmp_path / "a.wav", chirp(60.0, 44_100, 2), 44_100)
        seen: list[float] = []

        MEDIA.convert(
            source, MEDIA.probe(source), tmp_path / "b.mp3", Encoding(AudioFormat.MP3, 44_100), report=seen.append
        )

        assert seen == sorted(seen)
        assert seen[-1] == pytest.approx(1.0, abs=0.01)

    def test_a_cancel_ends_the_process_at_once(self, tmp_path: Path) -> None:
        source = write(tmp_path / "a.wav", chirp(120.0, 44_100, 2), 44_100)

        def cancelled(_fraction: float) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            MEDIA.convert(
                source, MEDIA.probe(source), tmp_path / "b.mp3", Encoding(AudioFormat.MP3, 44_100), report=cancelled
            )


class TestLength:
    @pytest.mark.parametrize("kind", ["flac", "aac", "mp3"])
    def test_is_measured_where_the_file_does_not_say(self, tmp_path: Path, kind: str) -> None:
        """A FLAC written to a pipe holds no length, an MP3 without its first frame and an ADTS file neither."""
        write(tmp_path / "a.wav", chirp(20.0, 44_100), 44_100)
        path = tmp_path / "b"
        muxer = "adts" if kind == "aac" else kind
        bare = ["-write_xing", "0"] if kind == "mp3" else []
        to_pipe = [MEDIA.ffmpeg, "-v", "error", "-i", tmp_path / "a.wav", *bare, "-f", muxer, "-"]
        with path.open("wb") as file:
            subprocess.run(to_pipe, stdout=file, check=True)

        assert MEDIA.probe(path).duration_s == pytest.approx(20.0, abs=0.1)

    def test_a_longer_input_than_allowed_is_refused_before_it_is_decoded(self, tmp_path: Path) -> None:
        path = tmp_path / "a.flac"
        ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", str(10 * 3600), "-c:a", "flac", path)

        with pytest.raises(InputUnusable, match="longer than 240 minutes"):
            MEDIA.probe(path)

    def test_a_length_that_lies_is_found_out_while_decoding(self, tmp_path: Path) -> None:
        """The header says less than there is: the walk stops at the limit, and so does the conversion."""
        path = tmp_path / "a.mp3"
        ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=30:r=22050", "-c:a", "libmp3lame", "-write_xing", "0", path)
        media = Media(MediaLimits(duration="PT10S"))  # type: ignore[arg-type]  # pydantic reads ISO 8601
        info = Media(MediaLimits()).probe(path)

        with pytest.raises(InputUnusable, match="longer than"):
            media.convert(path, info, tmp_path / "b.wav", Encoding(AudioFormat.WAV, 22_050), report=no_report)
        with pytest.raises(InputUnusable, match="longer than"), media.decode(path, info) as decoding:
            list(decoding.blocks(1000))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 192_000])
def test_one_sample_is_sound_at_every_rate(tmp_path: Path, rate_hz: int) -> None:
    source = write(tmp_path / "a.wav", np.full((1, 1), 0.5, np.float32), 44_100)

    frames = MEDIA.decode_to(
        source, MEDIA.probe(source), tmp_path / "a.f32", rate_hz=rate_hz, channels=1, report=no_report
    )

    assert frames >= 1
    assert np.fromfile(tmp_path / "a.f32", np.float32).any()
