"""Separation without weights: place in the stereo image, percussion, repetition and the pitch of voice and bass."""

from collections.abc import Iterator, Sequence

import numpy as np

from models.base import Audio, Report, Samples
from models.dsp.chunks import in_chunks
from models.dsp.spectra import Spectra, power_of
from models.separation import medians
from models.separation.pitch import Pitch, PitchFinder, Values, best_of, partials
from models.separation.presence import alone, speaking, voiced_share
from models.separation.scene import SUSTAINED_FRAMES, TINY, Scene, seen

CHUNK_S, OVERLAP_S = 21.0, 3.0
SHORTEST = 8192  # frames; shorter recordings are analysed with silence behind them
VOICE_HZ, BASS_HZ = (60.0, 1200.0), (30.0, 200.0)
LEAST_VOICE_HZ = 80.0
KICK_HZ, SUBBASS_HZ, BASS_TOP_HZ = 200.0, 220.0, 1200.0
MIDDLE, GUESS_MIDDLE = 0.45, 0.25  # nepers
SUSTAINED = 1.7
VOICE_LOBE_HZ, LOBE_WIDENS, BASS_LOBE_HZ = 20.0, 0.006, 9.0
UNSURE, SURE = 0.2, 0.8  # confidence
BASS_UNSURE, BASS_SURE = 0.2, 0.6
UNVOICED, BETWEEN_PARTIALS = 0.15, 0.05
GUESS_UNVOICED, GUESS_BETWEEN, GUESS_BASS = 0.6, 0.3, 0.8  # gentler while the pitch is still sought
VOICE_POWER = 1.25
TRUST_IN_PITCH = 0.85
BASS_DECAY = 1.0  # nepers per partial
BELOW_PARTIALS = 0.6
KICK_UNDER_VOICE = 0.8
WEIGHTS = {"drums": 2.0, "bass": 1.6, "other": 0.5, "vocals": 2.0}
MIDDLE_IS_OTHER = 0.5
ALONE_WEIGHT = 30.0


class EmbeddedSeparator:
    """`Separator` of four stems by masks whose sum is 1: the stems add up to the mix."""

    stems: tuple[str, ...] = ("drums", "bass", "other", "vocals")
    rate_hz = 44_100

    def __init__(self) -> None:
        self._finder = PitchFinder()

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        """See the Protocol; all stems are made whatever is wanted, and nothing is random. Holds 24 s at a time.

        `quality`: a draft listens once for the voice and not for repetition. Raises ValueError for another rate or
        number of channels.
        """
        del wanted, seed
        channels = audio.samples.shape[0]
        if audio.rate_hz != self.rate_hz or channels != 2:  # noqa: PLR2004
            message = f"The embedded separator wants stereo at {self.rate_hz} Hz"
            raise ValueError(message)

        def process(chunk: Samples) -> Samples:
            return self._stems(chunk, is_draft=quality == "draft").reshape(-1, chunk.shape[1])

        for block in in_chunks(audio, process, chunk_s=CHUNK_S, overlap_s=OVERLAP_S, report=report):
            yield block.reshape(len(self.stems), channels, -1)

    def _stems(self, mix: Samples, *, is_draft: bool) -> Samples:
        """(2, frames) to (4, 2, frames)."""
        frames = mix.shape[1]
        mix = np.pad(mix, ((0, 0), (0, max(SHORTEST - frames, 0))))
        scene = seen(mix, self.rate_hz, is_draft=is_draft)
        masks = self._masks(scene, mix.shape[1], is_draft=is_draft)
        out = np.empty((len(self.stems), 2, frames), np.float32)
        for stem, mask in enumerate(masks):
            for channel, spectra in enumerate((scene.left, scene.right)):
                out[stem, channel] = scene.stft.inverse(spectra * mask, frames)
        return out

    def _masks(self, scene: Scene, frames: int, *, is_draft: bool) -> list[Values]:
        hz = scene.bins_hz
        strikes, kicks = _percussive(scene)
        bass = self._find_bass(scene, frames, np.maximum(strikes, kicks))
        voice = self._find_voice(scene, frames, bass, np.maximum(strikes, kicks), is_draft=is_draft)
        middle = scene.middle(MIDDLE)
        sure, lobes = _voice_comb(voice, hz)
        power = np.square(np.abs(scene.left)) + np.square(np.abs(scene.right))
        hop_s = scene.stft.hop_s
        heard = power_of(scene.guide)
        speaks = speaking(voice, heard * np.square((1 - strikes) * lobes), middle, float(heard.sum()), hz)
        sings = np.maximum(voiced_share(voice, power.sum(axis=1), hop_s), speaks)[:, None].astype(np.float32)
        solo = alone(voice, power, hz, hop_s)[:, None] * sings
        drums = np.maximum(strikes, kicks * (1 - KICK_UNDER_VOICE * sure * lobes * sings))
        comb = sure * (BETWEEN_PARTIALS + (1 - BETWEEN_PARTIALS) * lobes) + (1 - sure) * UNVOICED
        texture = TRUST_IN_PITCH + (1 - TRUST_IN_PITCH) * np.sqrt(scene.wavers * scene.stands_out)
        sung = sings * (comb * texture) ** VOICE_POWER * (hz > LEAST_VOICE_HZ)
        low = _bass_comb(bass, hz)
        rest = 1 - drums
        weights = {
            "drums": drums,
            "bass": middle * low * rest,
            "other": rest * (1 - middle + MIDDLE_IS_OTHER * middle * (1 - np.maximum(sung, low))),
            "vocals": middle * sung * np.sqrt(rest),
        }
        parts = [np.asarray(WEIGHTS[name] * weights[name], np.float32) for name in self.stems]
        parts[3] += ALONE_WEIGHT * solo**2
        total = parts[0] + parts[1] + parts[2] + parts[3] + np.float32(1e-6)
        masks = [part / total for part in parts]
        masks[2] = 1 - masks[0] - masks[1] - masks[3]  # where there is nothing at all, it is other
        return masks

    def _find_bass(self, scene: Scene, frames: int, drums: Values) -> Pitch:
        below = _low_pass(scene.bins_hz, 350, 8)
        sound = _sound(scene, scene.middle(GUESS_MIDDLE) * np.sqrt(1 - drums) * below, frames)
        return self._finder.find(sound, self.rate_hz, scene.times_s, low_hz=BASS_HZ[0], high_hz=BASS_HZ[1], octaves=1)

    def _find_voice(self, scene: Scene, frames: int, bass: Pitch, strikes: Values, *, is_draft: bool) -> Pitch:
        """What wavers shows speech and vibrato; what neither strikes nor repeats shows held notes as well.

        Then once more in what this leaves of the mix.
        """
        middle = scene.middle(GUESS_MIDDLE) * (scene.bins_hz > LEAST_VOICE_HZ)
        track = self._heard(scene, middle * np.sqrt(np.maximum(scene.wavers, np.float32(1e-4))), frames)
        if is_draft:
            return track
        held = self._heard(scene, middle * (1 - scene.strikes) * np.sqrt(scene.stands_out), frames)
        track = best_of([track, held])
        sure, lobes = _voice_comb(track, scene.bins_hz)
        comb = sure * (GUESS_BETWEEN + (1 - GUESS_BETWEEN) * lobes) + (1 - sure) * GUESS_UNVOICED
        left = scene.middle(MIDDLE) * comb * (1 - strikes) * (1 - GUESS_BASS * _bass_comb(bass, scene.bins_hz))
        return best_of([track, self._heard(scene, left * (scene.bins_hz > LEAST_VOICE_HZ), frames)])

    def _heard(self, scene: Scene, mask: Values, frames: int) -> Pitch:
        low_hz, high_hz = VOICE_HZ
        sound = _sound(scene, mask, frames)
        return self._finder.find(sound, self.rate_hz, scene.times_s, low_hz=low_hz, high_hz=high_hz)


def _percussive(scene: Scene) -> tuple[Values, Values]:
    """What strikes over all frequencies, and below KICK_HZ what is shorter than a note of the bass."""
    magnitude = np.abs(scene.guide) * scene.middle(GUESS_MIDDLE)
    held = np.minimum(medians.along_time(magnitude, SUSTAINED_FRAMES), magnitude)
    short = np.square(magnitude - held)
    share = short / (short + np.square(SUSTAINED * held) + np.float32(TINY))
    return scene.strikes, np.asarray(share * _low_pass(scene.bins_hz, KICK_HZ, 6), np.float32)


def _voice_comb(voice: Pitch, hz: Values) -> tuple[Values, Values]:
    """How sure there is a pitch, (frames, 1), and the lobes of its partials, (frames, bins)."""
    sure = np.clip((voice.confidence - UNSURE) / (SURE - UNSURE), 0, 1)[:, None]
    return sure, partials(voice.hz, hz, VOICE_LOBE_HZ + LOBE_WIDENS * hz)


def _bass_comb(bass: Pitch, hz: Values) -> Values:
    sure = np.clip((bass.confidence - BASS_UNSURE) / (BASS_SURE - BASS_UNSURE), 0, 1)[:, None]
    number = np.maximum(hz[None] / bass.hz[:, None] - 1, 0)
    lobes = partials(bass.hz, hz, np.full(hz.shape, BASS_LOBE_HZ, np.float32))
    lobes *= _low_pass(hz, BASS_TOP_HZ, 4) * np.exp(-BASS_DECAY * number)
    below = _low_pass(hz, SUBBASS_HZ, 8)
    return np.asarray(sure * np.maximum(lobes, BELOW_PARTIALS * below) + (1 - sure) * below, np.float32)


def _low_pass(hz: Values, edge_hz: float, order: int) -> Values:
    return np.asarray(1 / (1 + (hz / edge_hz) ** order), np.float32)


def _sound(scene: Scene, mask: Values, frames: int) -> Samples:
    masked: Spectra = scene.guide * mask
    return scene.stft.inverse(masked, frames)
