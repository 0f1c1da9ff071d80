"""DeepFilterNet3 (Schröter et al. 2023, "DeepFilterNet: Perceptually Motivated Real-Time Speech Enhancement").

The official ONNX export is three networks; the transform around them and their inputs are made here.
"""

import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from models.base import Audio, Report, Samples
from models.denoise.deepfilter_features import Complex, Features, Real, Transform, band_widths

CHUNK_STEPS = 1000  # of 10 ms
WARM_STEPS = 300  # heard again before each chunk, since the export keeps no state between two calls
ENCODED = ("e0", "e1", "e2", "e3", "emb", "c0")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `config.ini` says of the network. Steps are hops of the transform."""

    rate_hz: int
    fft: int
    hop: int
    bands: int
    least_bins: int
    filtered_bins: int
    order: int
    lookahead: int
    filter_lookahead: int
    memory_s: float

    @classmethod
    def read(cls, path: Path) -> "Settings":
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(path, encoding="utf-8")
        both = {**parser["deepfilternet"], **parser["df"]}
        return cls(
            rate_hz=int(both["sr"]),
            fft=int(both["fft_size"]),
            hop=int(both["hop_size"]),
            bands=int(both["nb_erb"]),
            least_bins=int(both.get("min_nb_erb_freqs", both.get("min_nb_freqs", "2"))),
            filtered_bins=int(both["nb_df"]),
            order=int(both.get("df_order", "5")),
            lookahead=int(both.get("conv_lookahead", "0")),
            filter_lookahead=int(both.get("df_lookahead", "0")),
            memory_s=float(both.get("norm_tau", "1")),
        )


class DeepFilterNet3:
    """`Restorer` for speech of any rate and number of channels; every channel by itself.

    `folder` holds enc.onnx, erb_dec.onnx, df_dec.onnx and config.ini. Sound above 24 kHz is left out.
    """

    def __init__(self, folder: Path) -> None:
        self._settings = Settings.read(folder / "config.ini")
        self._encoder, self._band_decoder, self._filter_decoder = (
            _session(folder / name) for name in ("enc.onnx", "erb_dec.onnx", "df_dec.onnx")
        )

    def clean(self, audio: Audio, *, report: Report) -> Iterator[Samples]:
        """See the Protocol. Holds about 13 s at a time."""
        channels = [_Channel(self, self._settings, audio.rate_hz) for _ in range(audio.samples.shape[0])]
        frames = audio.samples.shape[1]
        block = CHUNK_STEPS * self._settings.hop * audio.rate_hz // self._settings.rate_hz
        done = 0
        for first in range(0, frames, block):
            part = audio.samples[:, first : first + block]
            is_last = first + block >= frames
            parts = [channel.feed(sound, is_last=is_last) for channel, sound in zip(channels, part, strict=True)]
            report(min(first + block, frames) / frames)
            out = np.array(parts)[:, : frames - done]
            if is_last:
                out = np.pad(out, ((0, 0), (0, frames - done - out.shape[1])))
            done += out.shape[1]
            if out.shape[1]:
                yield out

    def gains_and_filters(self, levels: Real, scaled: Complex) -> tuple[Real, Complex]:
        """Band gains (steps, bands) and filters (steps, bins, order), from as many steps of `Features`."""
        settings = self._settings
        steps = levels.shape[0]
        parts = np.stack([scaled.real, scaled.imag])[None].astype(np.float32)
        found = self._encoder.run(
            list(ENCODED), {"feat_erb": levels[None, None].astype(np.float32), "feat_spec": parts}
        )
        encoded = dict(zip(ENCODED, found, strict=True))
        (gains,) = self._band_decoder.run(["m"], {name: encoded[name] for name in ("emb", "e3", "e2", "e1", "e0")})
        (filters,) = self._filter_decoder.run(["coefs"], {name: encoded[name] for name in ("emb", "c0")})
        pairs = filters.reshape(steps, settings.filtered_bins, settings.order, 2)
        return gains.reshape(steps, settings.bands), pairs[..., 0] + 1j * pairs[..., 1]


class _Channel:
    """One channel on its way through: what waits for the sound after it, and what has to be heard again."""

    def __init__(self, networks: DeepFilterNet3, settings: Settings, rate_hz: int) -> None:
        self._networks = networks
        self._settings = settings
        self._widths = band_widths(settings.rate_hz, settings.fft, settings.bands, settings.least_bins)
        self._transform = Transform(settings.fft, settings.hop)
        self._features = Features(
            self._widths, settings.filtered_bins, settings.hop / settings.rate_hz, settings.memory_s
        )
        self._faster = soxr.ResampleStream(rate_hz, settings.rate_hz, 1) if rate_hz != settings.rate_hz else None
        self._back = soxr.ResampleStream(settings.rate_hz, rate_hz, 1) if rate_hz != settings.rate_hz else None
        bins = settings.fft // 2 + 1
        self._spectra = np.zeros((0, bins), np.complex64)  # of steps heard again and of those that wait
        self._levels = np.zeros((0, settings.bands), np.float32)
        self._scaled = np.zeros((0, settings.filtered_bins), np.complex64)
        self._heard_again = 0
        self._late = settings.fft - settings.hop

    def feed(self, sound: Samples, *, is_last: bool) -> Samples:
        if self._faster is not None:
            sound = np.asarray(self._faster.resample_chunk(np.ascontiguousarray(sound, np.float32), last=is_last))
        out = self._at_rate(sound, is_last=is_last)
        if self._back is not None:
            out = np.asarray(self._back.resample_chunk(out, last=is_last), np.float32)
        return out

    def _at_rate(self, sound: Samples, *, is_last: bool) -> Samples:
        settings = self._settings
        ahead = max(settings.lookahead, settings.filter_lookahead)
        if is_last:  # enough silence to push everything out
            sound = np.pad(sound, (0, settings.fft + ahead * settings.hop + settings.hop))
        spectra = self._transform.forward(sound)
        levels, scaled = self._features.of(spectra)
        self._spectra = np.concatenate([self._spectra, spectra])
        self._levels = np.concatenate([self._levels, levels])
        self._scaled = np.concatenate([self._scaled, scaled])
        ready = self._spectra.shape[0] - self._heard_again - ahead
        if ready <= 0:
            return np.zeros(0, np.float32)
        cleaned = self._filter()[self._heard_again : self._heard_again + ready]
        keep = max(self._heard_again + ready - WARM_STEPS, 0)
        self._heard_again += ready - keep
        self._spectra, self._levels, self._scaled = self._spectra[keep:], self._levels[keep:], self._scaled[keep:]
        out = self._transform.inverse(cleaned)
        skipped = min(self._late, out.size)
        self._late -= skipped
        return out[skipped:]

    def _filter(self) -> Complex:
        """All steps held, cleaned; those without what follows them are not right yet."""
        settings = self._settings
        ahead = settings.lookahead
        steps = self._spectra.shape[0]
        later = ((0, min(ahead, steps)), (0, 0))
        gains, filters = self._networks.gains_and_filters(
            np.pad(self._levels[ahead:], later), np.pad(self._scaled[ahead:], later)
        )
        out = self._spectra * np.repeat(gains, self._widths, axis=1)
        bins, order = settings.filtered_bins, settings.order
        before = order - 1 - settings.filter_lookahead
        padded = np.pad(self._spectra[:, :bins], ((before, settings.filter_lookahead), (0, 0)))
        out[:, :bins] = sum(padded[tap : tap + steps] * filters[:, :, tap] for tap in range(order))
        return np.asarray(out, np.complex64)


def _session(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
