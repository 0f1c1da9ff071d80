"""The sounds of the band: instruments in tune, drums as loud and as bright as they should be."""

import numpy as np
import pytest

from models.base import Samples
from models.dsp.loudness import KFilter
from models.music.genre import instruments, kits
from models.music.production import drum_hits, oscillators
from models.music.production.drum_hits import DRUMS, Character, hit
from models.music.production.oscillators import Patch
from models.music.production.playing import RATE_HZ, library, stem
from models.music.production.tuning import off_cents
from models.music.score import PlayedNote, Score, Track
from tests.support.scores import bundled, score, track

SECONDS = 3
KICK, SNARE, CLAP, HAT, OPEN, RIDE, SHAKER = 36, 38, 39, 42, 46, 51, 70


def alone(one: Track, written: Score | None = None, seed: int = 5) -> Samples:
    return stem(one, written or score(one), SECONDS * RATE_HZ, bundled(), seed)


def note_of(sound: str, pitch: int, velocity: int = 100, beats: float = 4.0) -> Samples:
    program = instruments()[sound].program if sound in instruments() else 0
    return alone(track("lead", sound, (PlayedNote(0.0, beats, pitch, velocity),), program=program))


def struck(kit: str, drum: int, velocity: int = 110) -> Samples:
    return alone(track("drums", kit, (PlayedNote(0.0, 0.25, drum, velocity),)))


def band_share(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.shape[-1], 1 / RATE_HZ)
    return float(power[..., (hz >= low_hz) & (hz < high_hz)].sum() / power.sum())


def loudness_db(samples: Samples) -> float:
    return 10 * np.log10(KFilter(RATE_HZ, 2).power(samples).sum())


def cents_off(mono: Samples, pitch: int) -> float:
    """Where the power around the strongest of the first four partials lies."""
    power = np.square(np.abs(np.fft.rfft(mono * np.hanning(mono.size), 8 * mono.size)))
    hz = np.fft.rfftfreq(8 * mono.size, 1 / RATE_HZ)
    found = []
    for partial in (1, 2, 3, 4):
        off = 1200 * np.log2(np.maximum(hz, 1e-6) / (partial * 440 * 2 ** ((pitch - 69) / 12)))
        near = np.abs(off) < 75
        found.append((power[near].sum(), (off[near] * power[near]).sum() / power[near].sum()))
    assert max(found)[0] > 0.02 * power.sum()
    return float(max(found)[1])


def test_the_producer_knows_every_sound_of_the_composer() -> None:
    assert set(instruments()) == {*library()["synth"], *library()["played"]}
    assert set(kits()) == set(library()["kits"])


@pytest.mark.parametrize("sound", instruments())
def test_every_instrument_plays_the_pitch_that_is_written_low_and_high(sound: str) -> None:
    instrument = instruments()[sound]
    for pitch in (instrument.low, (instrument.low + instrument.high) // 2, instrument.high):
        sounding = note_of(sound, pitch)
        first = RATE_HZ // 20 if sound in {"muted guitar", "pluck", "marimba"} else RATE_HZ // 3  # it is over by then

        assert np.isfinite(sounding).all()
        assert np.abs(sounding).max() > 0.01
        assert abs(cents_off(sounding.mean(axis=0)[first : first + RATE_HZ], pitch)) < 20


@pytest.mark.parametrize("sound", ["grand piano", "saw lead", "warm pad", "distorted guitar", "sub bass"])
def test_a_note_begins_when_it_is_written_and_ends(sound: str) -> None:
    one = track("lead", sound, (PlayedNote(1.0, 1.0, 52, 100),))
    sounding = np.abs(alone(one)).max(axis=0)

    assert not sounding[: round(0.45 * RATE_HZ)].max() > 0.001  # takes of guitars lie a little before or after
    assert sounding[round(0.55 * RATE_HZ) : RATE_HZ].max() > 0.05 * sounding.max()
    assert sounding[-RATE_HZ // 4 :].max() < 0.1 * sounding.max()


def test_a_sound_nobody_knows_is_its_general_midi_program() -> None:
    def sound(name: str, program: int) -> Samples:
        return alone(track("lead", name, (PlayedNote(0.0, 2.0, 60, 100),), program=program))

    assert np.abs(sound("hurdy gurdy", 73)).max() > 0.01
    assert not np.allclose(sound("hurdy gurdy", 73), sound("hurdy gurdy", 56))


def test_notes_that_a_soundfont_has_out_of_tune_are_found() -> None:
    accordion, flute = 21, 73

    off = off_cents(accordion, (60, 79), bundled(), RATE_HZ)

    assert off[79] == pytest.approx(-54, abs=15)  # of the bundled one
    assert abs(off[60]) <= 15
    assert set(off_cents(flute, (75, 80), bundled(), RATE_HZ).values()) == {0.0}
    assert off_cents(accordion, (), bundled(), RATE_HZ) == {}


def test_harder_notes_are_louder_and_of_a_synthesiser_brighter() -> None:
    for sound in ("saw lead", "grand piano", "finger bass", "violin"):
        hard, soft = (note_of(sound, 50, velocity) for velocity in (120, 40))
        assert loudness_db(hard) > loudness_db(soft) + 3
    hard, soft = (note_of("saw lead", 60, velocity) for velocity in (120, 40))
    assert band_share(hard, 2000, 20_000) > 1.5 * band_share(soft, 2000, 20_000)


@pytest.mark.parametrize(("wave", "hz"), [("saw", 1865.0), ("square", 1865.0), ("saw", 987.0)])
def test_high_notes_of_the_synthesiser_do_not_alias(wave: str, hz: float) -> None:
    sound = oscillators.note(Patch(wave=wave, cutoff_hz=18_000, follow=0), hz, 0.0, 1.0, 127, RATE_HZ, np.zeros(1))
    power = np.square(np.abs(np.fft.rfft(sound[0, 4000:40_000] * np.hanning(36_000))))
    found_hz = np.fft.rfftfreq(36_000, 1 / RATE_HZ)

    away = np.abs(found_hz - hz * np.round(found_hz / hz)) > 0.05 * hz

    assert 10 * np.log10(power[away & (found_hz < 12_000)].sum() / power.sum()) < -35


def test_only_tied_notes_of_a_line_glide() -> None:
    def start_hz(*notes: PlayedNote) -> float:
        mono = alone(track("bass", "sub bass", notes)).mean(axis=0)
        first = round(1.0 * RATE_HZ)
        return band_share(mono[first : first + RATE_HZ // 12], 20, 70)

    low, tied, apart = PlayedNote(0.0, 2.0, 28, 110), PlayedNote(2.0, 1.5, 52, 110), PlayedNote(0.0, 1.0, 28, 110)

    assert start_hz(low, tied) > 1.5 * start_hz(apart, tied)


@pytest.mark.parametrize("kit", library()["kits"])
def test_kick_snare_and_hat_have_their_energy_where_it_belongs(kit: str) -> None:
    assert band_share(struck(kit, KICK), 20, 200) > 0.6
    assert band_share(struck(kit, SNARE), 120, 10_000) > 0.7
    assert band_share(struck(kit, HAT), 3000, 20_000) > 0.7


@pytest.mark.parametrize("kit", ["acoustic kit", "rock kit", "house kit", "808 kit"])
def test_the_drums_of_a_kit_are_as_loud_as_engineers_set_them(kit: str) -> None:
    over_snare = {drum: loudness_db(struck(kit, drum)) - loudness_db(struck(kit, SNARE)) for drum in
                  (KICK, CLAP, HAT, OPEN, RIDE, SHAKER)}  # fmt: skip

    assert -4 < over_snare[KICK] < 5
    assert -8 < over_snare[CLAP] < 0
    assert -22 < over_snare[HAT] < -11
    assert -16 < over_snare[OPEN] < -5
    assert over_snare[SHAKER] < over_snare[HAT]
    assert over_snare[RIDE] < -8


def test_kits_sound_different_and_two_hits_are_never_quite_the_same() -> None:
    kicks = {kit: struck(kit, KICK) for kit in ("acoustic kit", "808 kit", "house kit", "techno kit")}
    late = {kit: np.abs(sound[:, RATE_HZ // 4 :]).max() / np.abs(sound).max() for kit, sound in kicks.items()}
    assert late["808 kit"] > 1.3 * late["house kit"]
    twice = alone(track("drums", "house kit", tuple(PlayedNote(float(n), 0.25, SNARE, 100) for n in range(4))))
    hits = [twice[:, round(n * RATE_HZ / 2) :][:, : RATE_HZ // 4] for n in range(4)]
    assert any(not np.array_equal(hits[0], other) for other in hits[1:])
    assert loudness_db(hits[0]) == pytest.approx(loudness_db(hits[1]), abs=1.0)


@pytest.mark.parametrize("drum", [*DRUMS, 69])
def test_each_drum_is_struck_at_once_and_dies_away(drum: int) -> None:
    rng = np.random.default_rng(drum)

    hard, soft = (hit(Character(), drum, velocity, RATE_HZ, rng) for velocity in (120, 50))

    assert np.isfinite(hard).all()
    assert np.abs(hard[: RATE_HZ // 20]).max() > 0.7 * np.abs(hard).max()
    assert np.abs(hard[-20:]).max() < 0.01
    assert np.abs(soft).max() < 0.5 * np.abs(hard).max()


def test_a_closed_hat_ends_the_open_one() -> None:
    def rest(*notes: PlayedNote) -> float:
        return float(np.abs(alone(track("drums", "techno kit", notes))[:, RATE_HZ * 2 // 5 : RATE_HZ]).max())

    opened = PlayedNote(0.0, 0.25, OPEN, 120)

    assert rest(opened, PlayedNote(0.5, 0.25, HAT, 30)) < 0.5 * rest(opened)


def test_two_takes_of_a_guitar_stand_left_and_right() -> None:
    guitar = alone(track("chords", "distorted guitar", tuple(PlayedNote(0.0, 4.0, p, 100) for p in (40, 47, 52))))

    assert np.corrcoef(guitar)[0, 1] < 0.9


def test_low_keys_of_a_piano_stand_left_and_high_ones_right() -> None:
    def over_left_db(pitch: int) -> float:
        left, right = np.square(note_of("grand piano", pitch)).sum(axis=1)
        return float(10 * np.log10(right / left))

    assert over_left_db(36) < -2
    assert over_left_db(88) > 2


def test_hits_keep_to_the_swing_of_the_score() -> None:
    one = track("drums", "techno kit", (PlayedNote(0.5, 0.25, KICK, 120),))
    straight, swung = (
        np.flatnonzero(np.abs(alone(one, score(one, swing=swing))[0]) > 0.01)[0] / RATE_HZ for swing in (0.5, 0.66)
    )

    assert swung - straight == pytest.approx(0.16 * 0.5, abs=0.005)


def test_the_kit_stands_as_the_audience_sees_it() -> None:
    assert drum_hits.PANS[50] < drum_hits.PANS[45] < drum_hits.PANS[41]
    assert drum_hits.gains(0.0) == pytest.approx((1.0, 1.0))
    left, right = np.square(struck("house kit", HAT)).sum(axis=1)
    assert right > left
