#!/usr/bin/env python3
"""Draws docs/songs/*.png: the notes and the spectrum of three songs of the embedded engine."""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
mpl.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402 - the backend comes first

from models.base import SongWish  # noqa: E402
from models.lyrics.embedded import EmbeddedLyrics  # noqa: E402
from models.music.compose import compose  # noqa: E402
from models.music.embedded import EmbeddedSongs  # noqa: E402
from workers.voices import shipped_shelf  # noqa: E402

SONGS = {
    "pop": ("A happy pop song about the sea", "linnea"),
    "house": ("Deep house for a summer night", ""),
    "folk": ("Folk song about a mountain village", "rowan"),
}
SEED = 2026
COLOURS = {"drums": "0.6", "bass": "tab:brown", "chords": "tab:blue", "pad": "tab:cyan", "lead": "tab:green"}
RATE_HZ, FRAME = 44_100, 4096


def main() -> int:
    out = ROOT / "docs" / "songs"
    out.mkdir(parents=True, exist_ok=True)
    for name, (prompt, voice_id) in SONGS.items():
        lyrics = EmbeddedLyrics().write(prompt, seed=SEED, report=lambda _: None).text if voice_id else ""
        voice = shipped_shelf(voice_id) if voice_id else None
        wish = SongWish(prompt=prompt, lyrics=lyrics, voice=voice)
        draw(name, wish, out / f"{name}.png")
        print(out / f"{name}.png")
    return 0


def draw(name: str, wish: SongWish, path: Path) -> None:
    score = compose(wish, seed=SEED)
    song = EmbeddedSongs().make(wish, seed=SEED, report=lambda _: None)
    figure, (notes, spectrum) = plt.subplots(2, 1, figsize=(14, 8), sharex=True)
    for track in score.tracks:
        spans = [(score.seconds(n.start), score.seconds(n.start + n.length), n.pitch) for n in track.notes]
        colour = COLOURS.get(track.role, "tab:purple")
        notes.hlines([s[2] for s in spans], [s[0] for s in spans], [s[1] for s in spans], colors=colour, linewidth=1.2)
    sung = [note for line in score.sung_lines() for word in line.words for note in word.notes]
    pitches = [note.pitch for note in sung]
    notes.hlines(pitches, [n.start_s for n in sung], [n.end_s for n in sung], colors="tab:red", linewidth=2.4)
    for section in score.sections:
        start_s = score.seconds(section.start)
        notes.axvline(start_s, color="0.85", linewidth=0.8, zorder=0)
        notes.text(start_s, 105, section.tag, fontsize=7, rotation=30)
    notes.set_ylim(24, 115)
    notes.set_ylabel("MIDI pitch; red: sung, grey: drums")
    notes.set_title(f"{name}: {wish.prompt} - {score.key.name}, {score.bpm:g} BPM", pad=24)
    frames = song.audio.samples.shape[1]
    mono = song.audio.samples.mean(axis=0) + 1e-7 * np.random.default_rng(0).standard_normal(frames)
    spectrum.specgram(mono, NFFT=FRAME, noverlap=FRAME // 2, Fs=RATE_HZ, vmin=-130)
    spectrum.set_yscale("symlog", linthresh=500)
    spectrum.set_ylim(30, 20_000)
    spectrum.set_ylabel("Hz")
    spectrum.set_xlabel("s")
    figure.tight_layout()
    figure.savefig(path, dpi=70)
    plt.close(figure)


if __name__ == "__main__":
    raise SystemExit(main())
