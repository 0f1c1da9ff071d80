"""Every named sound against what is known of it: where its spectrum lies, whether it has lines, how fast it beats."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt, stft, welch

from models.base import Samples
from models.dsp.true_peak import true_peak_dbtp
from models.effects.catalogue import lexicon, sounds
from models.effects.embedded import EmbeddedEffects
from models.effects.prompt import understood
from tests.support.media import level_db

BANDS = tomllib.loads((Path(__file__).parent / "effects_bands.toml").read_text())
RATE_HZ = 44_100
SECONDS = 2.5


def phrase_for(name: str) -> str:
    """Words that mean this sound and no other."""
    firm = [phrase for phrase, (sound, rank) in lexicon().sounds.items() if sound == name and rank == 0]
    for phrase in firm or [phrase for phrase, (sound, _) in lexicon().sounds.items() if sound == name]:
        found = understood(" ".join(phrase))
        if found.wishes[0].sound.name == name and not found.unknown:
            return " ".join(phrase)
    raise AssertionError(name)


@cache
def recording(name: str, seconds: float = SECONDS, seed: int = 7):
    return EmbeddedEffects().make(phrase_for(name), duration_s=seconds, seed=seed, report=lambda _: None).audio


def spectrum(samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    hz, power = welch(samples.mean(axis=0), RATE_HZ, nperseg=8192)
    kept = (hz >= 40) & (hz <= 16_000)
    return hz[kept], power[kept]


def beats(name: str, low_hz: float, high_hz: float, slowest: float, fastest: float, seconds: float = 6.0) -> float:
    """How often a second the level in a band repeats itself, by autocorrelation."""
    band = sosfilt(
        butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos"),
        recording(name, seconds).samples.mean(axis=0),
    )
    level = np.sqrt(np.add.reduceat(band**2, np.arange(0, band.size - 100, 100)))
    level -= level.mean()
    size = 2 ** int(np.ceil(np.log2(2 * level.size)))
    again = np.fft.irfft(np.abs(np.fft.rfft(level, size)) ** 2)[: level.size]
    rate = RATE_HZ / 100
    first, last = int(rate / fastest), int(rate / slowest)
    return rate / (first + int(np.argmax(again[first : last + 1])))


def test_the_table_covers_all_sounds() -> None:
    assert set(BANDS) == set(sounds())
    assert len(BANDS) >= 200


@pytest.mark.parametrize("name", sorted(BANDS))
def test_a_sound_is_clean_and_lies_where_it_should(name: str) -> None:
    low_hz, high_hz, kind = BANDS[name]
    audio = recording(name)

    assert audio.samples.shape == (2, round(SECONDS * RATE_HZ))
    assert audio.samples.dtype == np.float32
    assert np.isfinite(audio.samples).all()
    assert true_peak_dbtp(audio) <= -0.99
    assert level_db(audio.samples) > -52
    both = level_db(audio.samples.mean(axis=0)) - level_db(audio.samples)
    assert both > -4.5, "hollow in mono"
    assert abs(float(audio.samples.mean())) < 0.01
    assert np.abs(audio.samples[:, [0, -1]]).max() < 0.003
    hz, power = spectrum(audio.samples)
    assert power.sum() > 0
    assert low_hz <= (hz * power).sum() / power.sum() <= high_hz
    if kind == "tonal":
        assert lines_db(audio.samples) > 16
    elif kind == "noise":
        assert lines_db(audio.samples) < 16


def lines_db(samples: Samples) -> float:
    """How far lines stand out: dB from the median to the peak of the strongest half octave, in the loudest frames."""
    return max(lines_in(samples.mean(axis=0), size) for size in (512, 1024, 4096, 8192))  # for sweeps, tones, hum


def lines_in(mono: Samples, size: int) -> float:
    _, _, frames = stft(mono, RATE_HZ, nperseg=size, noverlap=size // 2)
    power = np.abs(frames) ** 2
    loud = power[:, np.argsort(power.sum(axis=0))[-max(power.shape[1] // 5, 4) :]]
    found = []
    for frame in loud.T:
        peak = 15 + int(np.argmax(frame[15 : 16_000 * size // RATE_HZ]))
        inside = frame[int(peak / 1.19) : int(peak * 1.19) + 2]
        found.append(10 * np.log10(frame[peak] / (np.median(inside) + 1e-20)))
    return float(np.median(found))


@pytest.mark.parametrize(
    ("name", "band", "slowest", "fastest", "expected"),
    [
        ("footsteps", (40, 4000), 1.2, 3.0, (1.6, 2.0)),  # 100 to 120 steps a minute
        ("running", (40, 4000), 2.0, 5.0, (2.7, 3.4)),  # 160 to 200
        ("heartbeat", (40, 300), 0.8, 1.8, (1.0, 1.4)),  # 60 to 85 beats a minute
        ("clock", (500, 9000), 1.3, 3.0, (1.9, 2.1)),
        ("helicopter", (40, 900), 7.0, 22.0, (10.0, 14.0)),  # blades a second
        ("purr", (60, 1500), 15.0, 40.0, (22.0, 30.0)),  # Remmers and Gautier 1972
        ("jackhammer", (800, 8000), 10.0, 40.0, (16.0, 25.0)),
        ("machine_gun", (400, 8000), 6.0, 20.0, (9.0, 13.0)),  # 540 to 780 rounds a minute
        ("steam_train", (200, 4000), 3.0, 8.0, (4.0, 5.5)),
        ("alarm_clock", (1500, 5000), 5.0, 12.0, (7.5, 8.5)),
        ("reversing", (800, 2000), 0.7, 1.6, (0.95, 1.05)),
        ("projector", (600, 6000), 12.0, 30.0, (16.0, 24.0)),
        ("crossing", (400, 6000), 1.8, 4.5, (2.4, 3.2)),
        ("frog", (400, 3000), 25.0, 60.0, (28.0, 56.0)),
        ("rattlesnake", (3000, 12000), 35.0, 90.0, (50.0, 66.0)),
        ("gallop", (40, 300), 1.5, 3.2, (2.0, 2.4)),  # strides
    ],
)
def test_what_beats_beats_at_its_rate(name, band, slowest, fastest, expected) -> None:
    assert expected[0] <= beats(name, *band, slowest, fastest) <= expected[1]


def pitch_track(samples: Samples, low_hz: float, high_hz: float) -> np.ndarray:
    """The strongest frequency within a band, in steps of 50 ms, of what is loud enough."""
    mono = samples.mean(axis=0)
    step = 2205
    found = []
    for first in range(0, mono.size - 8192, step):
        part = np.abs(np.fft.rfft(mono[first : first + 8192] * np.hanning(8192)))
        hz = np.fft.rfftfreq(8192, 1 / RATE_HZ)
        inside = (hz > low_hz) & (hz < high_hz)
        found.append(hz[inside][np.argmax(part[inside])])
    return np.array(found)


def test_sirens_move_as_they_are_built() -> None:
    two_tones = pitch_track(recording("ambulance").samples, 380, 640)
    assert np.mean(np.minimum(abs(two_tones - 435), abs(two_tones - 580)) < 15) > 0.75
    assert {*np.round(two_tones / 145)} >= {3.0, 4.0}

    wail = pitch_track(recording("police").samples, 500, 1600)
    assert wail.max() / wail.min() > 2


@pytest.mark.parametrize("name", ["race_car", "jet"])
def test_what_passes_sinks_in_pitch(name: str) -> None:
    """Doppler: the centroid of the last second lies below that of the first, as far as the speeds say."""
    samples = recording(name, 6.0).samples
    low_hz, high_hz = (600, 1500) if name == "race_car" else (900, 2400)
    track = pitch_track(samples, low_hz, high_hz)
    assert np.median(track[-12:]) < 0.85 * np.median(track[:12])


def test_rain_and_applause_are_wide_and_a_heartbeat_is_not() -> None:
    def likeness(name: str) -> float:
        return float(np.corrcoef(recording(name).samples)[0, 1])

    assert likeness("rain") < 0.8
    assert likeness("applause") < 0.8
    assert likeness("heartbeat") > 0.9


def test_a_church_bell_has_its_minor_third() -> None:
    hz, power = welch(recording("church_bell").samples[0, RATE_HZ // 3 :], RATE_HZ, nperseg=32768)
    prime = hz[(hz > 200) & (hz < 300)][np.argmax(power[(hz > 200) & (hz < 300)])]
    tierce = power[np.abs(hz / prime - 1.2) < 0.01].max()
    major = power[np.abs(hz / prime - 1.26) < 0.01].max()
    assert tierce > 20 * major


def test_thunder_from_afar_has_lost_its_crack() -> None:
    def bright(prompt: str) -> float:
        audio = EmbeddedEffects().make(prompt, duration_s=6.0, seed=3, report=lambda _: None).audio
        hz, power = spectrum(audio.samples)
        return float(power[hz > 1500].sum() / power.sum())

    assert bright("loud close thunder") > 20 * bright("distant thunder")
