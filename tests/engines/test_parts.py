"""Stems taken further apart: parts sum to the stem, each sound goes where it belongs, absent parts stay silent."""

import functools

import numpy as np
import pytest
import scipy.signal

from models.base import Audio, Samples
from models.catalogue import built_in
from models.separation import parts as parts_module
from models.separation.parts import PARTS, StemParts
from tests.support.media import chirp, no_report

RATE_HZ = 22_050
SPLITTER = StemParts()


def split(stem: str, sound: Samples, rate_hz: int = RATE_HZ) -> dict[str, Samples]:
    blocks = list(SPLITTER.split(stem, Audio(sound, rate_hz), report=no_report))
    return dict(zip(PARTS[stem], np.concatenate(blocks, axis=2), strict=True))


def level_db(part: Samples, whole: Samples) -> float:
    power = np.square(part, dtype=np.float64).sum() / np.square(whole, dtype=np.float64).sum()
    return float(10 * np.log10(power + 1e-15))


def hit(
    seconds: float, decay_s: float, band_hz: tuple[float, float] | None, tones_hz: tuple[float, ...] = ()
) -> Samples:
    """Noise in a band and tones, struck once; 10 dB quieter every `decay_s`."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    out = np.zeros(t.size)
    if band_hz:
        noise = np.random.default_rng(3).standard_normal(t.size)
        sos = scipy.signal.butter(2, band_hz, "bandpass", fs=RATE_HZ, output="sos")
        out += scipy.signal.sosfilt(sos, noise)
    for tone in tones_hz:
        out += 2 * np.sin(2 * np.pi * tone * t)
    out *= 10 ** (-t / decay_s / 2)
    return (0.5 * out / np.abs(out).max()).astype(np.float32)


@functools.cache
def drums(which: str) -> Samples:
    """Two bars: kick on 1 and 3, snare on 2 and 4, hat on all eighths, of which some may be left out."""
    sounds = {
        "kick": (hit(0.3, 0.06, (2000, 4000), ()) * 0.1 + hit(0.3, 0.06, None, (60.0,)), (0, 2, 4, 6)),
        "snare": (0.6 * hit(0.3, 0.08, (900, 7000)) + 0.5 * hit(0.3, 0.06, None, (190.0, 330.0)), (1, 3, 5, 7)),
        "hat": (0.3 * hit(0.2, 0.04, (7000, 10_800)), tuple(np.arange(0, 8, 0.5))),
        "tom": (hit(0.6, 0.3, None, (110.0,)), (0, 2, 4, 6)),
        "cymbal": (0.5 * hit(2.0, 0.7, (900, 9000)), (0,)),
    }
    out = np.zeros(5 * RATE_HZ, np.float32)
    for name in which.split("+"):
        sound, beats = sounds[name]
        for beat in beats:
            first = round((0.1 + beat / 2) * RATE_HZ)
            out[first : first + sound.size] += sound
    return out[None]


@functools.cache
def sung(pitches_hz: tuple[float, ...], seconds: float = 4.0, formants: float = 1.0) -> Samples:
    """A buzz through three formants, its pitch stepping through the given ones, a little vibrato, a breath between."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    place = t / seconds * len(pitches_hz)
    pitch = np.array(pitches_hz)[np.minimum(place.astype(int), len(pitches_hz) - 1)]
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.008 * np.sin(2 * np.pi * 5.5 * t))) / RATE_HZ
    buzz = sum(np.cos(n * phase) / n for n in range(1, int(5000 / max(pitches_hz))))
    out = np.zeros(t.size)
    for centre, size in ((600, 1.0), (1300, 0.6), (2600, 0.4)):
        b, a = scipy.signal.iirpeak(centre * formants, 4, fs=RATE_HZ)
        out += size * scipy.signal.lfilter(b, a, buzz)
    out *= np.clip(8 * np.sin(np.pi * (place % 1)), 0, 1)
    return (0.4 * out / np.abs(out).max()).astype(np.float32)[None]


@pytest.mark.parametrize("stem", list(PARTS))
@pytest.mark.parametrize(("rate_hz", "channels", "frames"), [
    (8_000, 1, 1), (44_100, 2, 1), (8_000, 2, 5000), (22_050, 1, 777), (44_100, 2, 60_000), (96_000, 1, 30_000),
])  # fmt: skip
def test_the_parts_sum_to_the_stem(stem: str, rate_hz: int, channels: int, frames: int) -> None:
    sound = chirp(frames / rate_hz, rate_hz, channels)[:, :frames] + np.float32(0.05)

    out = np.stack(list(split(stem, sound, rate_hz).values()))

    assert out.shape == (len(PARTS[stem]), channels, frames)
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert level_db(out.sum(axis=0) - sound, sound) < -100


@pytest.mark.parametrize("stem", list(PARTS))
@pytest.mark.parametrize("sound", ["silence", "clipped", "left only"])
def test_odd_stems(stem: str, sound: str) -> None:
    odd = np.zeros((2, 30_000), np.float32)
    if sound == "clipped":
        odd = np.sign(chirp(1.4, RATE_HZ, 2)).astype(np.float32)
    if sound == "left only":
        odd[0] = chirp(30_000 / RATE_HZ, RATE_HZ)[0, :30_000]

    out = np.stack(list(split(stem, odd).values()))

    assert np.isfinite(out).all()
    assert np.abs(out.sum(axis=0) - odd).max() < 1e-5
    assert not (sound == "silence" and out.any())
    assert not (sound == "left only" and np.abs(out[:, 1]).max() > 1e-4)


@pytest.mark.parametrize("stem", list(PARTS))
def test_seams_cannot_be_heard(stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = chirp(6.0, 8_000, 2)
    monkeypatch.setattr(parts_module, "CHUNK_S", 2.0)
    monkeypatch.setattr(parts_module, "OVERLAP_S", 0.5)

    out = np.stack(list(split(stem, sound, 8_000).values()))

    assert level_db(out.sum(axis=0) - sound, sound) < -100
    steps = np.abs(np.diff(out, axis=2)).max()
    assert steps < 2 * np.abs(np.diff(sound)).max()  # a click would be a step


def test_the_same_stem_gives_the_same_parts() -> None:
    once, again = (split("drums", drums("kick+snare+hat")) for _ in range(2))

    assert all(np.array_equal(once[name], again[name]) for name in once)


def test_an_unknown_stem_is_refused() -> None:
    with pytest.raises(ValueError, match="bass cannot be split"):
        list(SPLITTER.split("bass", Audio(np.zeros((1, 9), np.float32), 8_000), report=no_report))


def test_a_report_that_raises_stops_it() -> None:
    def stop(_fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(SPLITTER.split("guitar:kind", Audio(chirp(1.0, 8_000), 8_000), report=stop))


def test_drums_go_to_their_parts() -> None:
    out = split("drums", drums("kick+snare+hat"))

    for part, name in (("kick_drum", "kick"), ("snare_drum", "snare"), ("hi_hat", "hat")):
        truth = drums(name)
        gain = float((out[part] * truth).sum() / np.square(truth).sum())
        assert level_db(out[part] - gain * truth, gain * truth) < -4, part
        assert gain > 0.6, part


@pytest.mark.parametrize(("played", "part"), [
    ("kick", "kick_drum"), ("snare", "snare_drum"), ("hat", "hi_hat"), ("tom", "toms"), ("cymbal", "crash"),
])  # fmt: skip
def test_drums_that_are_not_played_stay_silent(played: str, part: str) -> None:
    stem = drums(played)

    out = split("drums", stem)

    assert level_db(out[part], stem) > -1.5
    for other in set(out) - {part}:
        assert level_db(out[other], stem) < -15, other


@pytest.mark.parametrize(("pitches_hz", "formants", "part", "other"), [
    ((105.0, 118.0, 98.0, 125.0), 1.0, "male_vocal", "female_vocal"),
    ((210.0, 235.0, 196.0, 250.0), 1.17, "female_vocal", "male_vocal"),
])  # fmt: skip
def test_a_man_or_a_woman_alone(pitches_hz: tuple[float, ...], formants: float, part: str, other: str) -> None:
    voice = sung(pitches_hz, formants=formants)

    out = split("vocals:gender", voice)

    assert level_db(out[part], voice) > -0.5
    assert level_db(out[other], voice) < -15


def test_a_man_and_a_woman_in_turn() -> None:
    man, woman = sung((110.0, 120.0)), sung((220.0, 240.0), formants=1.17)
    nothing = np.zeros_like(man)
    truth = {
        "male_vocal": np.concatenate([man, nothing, man], axis=1),
        "female_vocal": np.concatenate([nothing, woman, nothing], axis=1),
    }

    out = split("vocals:gender", sum(truth.values()))

    for part, voice in truth.items():
        assert level_db(out[part] - voice, voice) < -10, part


def choir() -> Samples:
    return np.asarray(sum(sung((pitch,), formants=1.1)[0] for pitch in (262.0, 330.0, 392.0)) / 6, np.float32)


@pytest.mark.parametrize("place", ["left", "wide"])
def test_the_lead_stands_before_the_choir(place: str) -> None:
    lead = np.repeat(sung((147.0, 165.0, 185.0, 165.0)), 2, axis=0)
    late = np.roll(choir(), round(0.011 * RATE_HZ))
    back = np.stack([choir(), 0.2 * choir()] if place == "left" else [choir(), late])

    out = split("vocals:role", lead + back)

    assert level_db(out["lead_vocal"] - lead, lead) < level_db(back, lead) - 2
    assert level_db(out["back_vocal"] - back, back) < 0


@pytest.mark.parametrize("channels", [1, 2])
def test_a_lead_alone_has_nobody_behind_it(channels: int) -> None:
    lead = np.repeat(sung((147.0, 165.0, 185.0, 165.0)), channels, axis=0)

    assert level_db(split("vocals:role", lead)["back_vocal"], lead) < -15


def plucked(pitches_hz: tuple[float, ...], decay_s: float = 0.5, top_hz: float = 4000.0) -> Samples:
    """Strings struck together every half second for 3 s."""
    t = np.arange(RATE_HZ // 2) / RATE_HZ
    tone = np.zeros(t.size)
    for pitch in pitches_hz:
        for partial in range(1, int(top_hz / pitch) + 1):
            tone += np.sin(2 * np.pi * partial * pitch * t + partial) / partial * 10 ** (-t / decay_s / 2)
    return np.tile(0.3 * tone / np.abs(tone).max(), 6).astype(np.float32)


def test_solo_and_rhythm_at_two_places() -> None:
    solo, chords = plucked((587.0,)), plucked((165.0, 208.0, 247.0, 311.0))
    rhythm, lead = np.stack([chords, 0.1 * chords]), np.stack([0.5 * solo, 0.5 * solo])

    out = split("guitar:role", rhythm + lead)

    assert level_db(out["solo_guitar"] - lead, lead) < level_db(rhythm, lead) - 3
    assert level_db(out["rhythm_guitar"] - rhythm, rhythm) < level_db(lead, rhythm) - 3


def test_a_bright_body_is_acoustic_and_a_speaker_electric() -> None:
    acoustic = plucked((165.0, 208.0, 247.0), top_hz=9000)[None]
    speaker = scipy.signal.butter(8, 4200, fs=RATE_HZ, output="sos")
    lifted = scipy.signal.butter(1, 2500, "highpass", fs=RATE_HZ, output="sos")
    driven = np.tanh(20 * acoustic) * 0.3
    electric = scipy.signal.sosfilt(speaker, scipy.signal.sosfilt(lifted, driven)).astype(np.float32)

    assert level_db(split("guitar:kind", acoustic)["acoustic_guitar"], acoustic) > -3
    assert level_db(split("guitar:kind", electric)["electric_guitar"], electric) > -3


def test_what_decays_is_no_wind_and_what_lasts_no_piano() -> None:
    struck = plucked((262.0, 330.0, 392.0), decay_s=0.4, top_hz=2500)[None]
    blown = sung((392.0, 440.0, 523.0, 494.0))

    assert level_db(split("other", struck)["winds"], struck) < -15
    assert level_db(split("other", blown)["piano"], blown) < -10


def test_its_manifest_names_it() -> None:
    manifest = built_in()["woodshed-parts"]

    assert manifest.tasks == ("stem_parts",) or list(manifest.tasks) == ["stem_parts"]
    assert manifest.engine == f"{StemParts.__module__.removeprefix('models.')}:StemParts"
