"""What the endpoints that make whole songs share: words, cover, takes, and their delivery one by one."""

from dataclasses import dataclass

import numpy as np

from app.contract.enums import AudioFormat, Gender
from app.errors import JobFailed
from app.features.music_ai import SongParams
from models.base import Audio, Lyrics, LyricsWriter, Report, Song, SongMaker, SongWish, Voice, part_of
from models.speech.process import SpeechFailed
from workers.context import BLOCK_FRAMES, Blocks, Context, Encoding
from workers.pipelines._covers import draw_cover
from workers.voices import shipped_like

WRITTEN, DRAWN = 0.02, 0.04  # shares of the progress bar
MADE = 0.97  # of a take; the rest is encoding
INSTRUMENTAL = "[Instrumental]"
LANGUAGE = "en"
MOST_TITLE_WORDS = 6


@dataclass(frozen=True, slots=True)
class Order:
    """`pictured`: what a picture adds to the caller's words; `seed` None: that of the task."""

    takes: int
    cover: bool
    pictured: str = ""
    seed: int | None = None


def make_songs(params: SongParams, order: Order, ctx: Context) -> None:
    """Write the outputs and set the values that app.features._songs names, take by take."""
    seed = ctx.seed if order.seed is None else order.seed
    prompt = ", ".join(filter(None, (params.prompt, order.pictured)))
    words = _words(params, prompt, seed, part_of(ctx.report, 0.0, WRITTEN), ctx)
    if order.cover:
        look = ", ".join(filter(None, (prompt, params.music_style)))
        report = part_of(ctx.report, WRITTEN, DRAWN)
        style, key = params.music_style or "", params.key or ""
        draw_cover(ctx, title=words.title, prompt=look, seed=seed, report=report, genre=style, key=key)
        ctx.deliver()
    wish = _wish(params, prompt, words, seed, ctx)
    maker: SongMaker = ctx.engines.load("song")
    songs: list[dict[str, object]] = []
    for take in range(order.takes):
        share = (1 - DRAWN) / order.takes
        report = part_of(ctx.report, DRAWN + take * share, DRAWN + (take + 1) * share)
        song = _made(maker, wish, seed + take, part_of(report, 0.0, MADE))
        _write(song, take, words.title, ctx)
        report(1.0)
        songs.append(_described(song, words))
        ctx.set(songs=list(songs), seed=seed, duration_s=songs[0]["duration_s"])
        if take + 1 < order.takes:
            ctx.deliver()


def _words(params: SongParams, prompt: str, seed: int, report: Report, ctx: Context) -> Lyrics:
    """The caller's lyrics, or new ones; instrumental songs get a title alone."""
    text = "" if params.make_instrumental else (params.lyrics or "")
    if text:
        return Lyrics(params.title or _hook(text), text)
    writer: LyricsWriter = ctx.engines.load("lyrics")
    style = params.music_style or ""
    written = writer.write(prompt or style, genre=style, seed=seed, report=report)
    return Lyrics(params.title or written.title, "" if params.make_instrumental else written.text)


def _hook(lyrics: str) -> str:
    """The first line of the chorus, or the first of all."""
    lines = [line.strip() for line in lyrics.splitlines() if line.strip()]
    sung = [line for line in lines if not line.startswith("[")]
    tags = [number for number, line in enumerate(lines) if line.lower().startswith(("[chorus", "[hook", "[refrain"))]
    after = next((line for line in lines[tags[0] :] if not line.startswith("[")), "") if tags else ""
    words = (after or (sung[0] if sung else "Untitled")).split()[:MOST_TITLE_WORDS]
    return " ".join(words).strip(",.;:!?… ").title()


def _wish(params: SongParams, prompt: str, words: Lyrics, seed: int, ctx: Context) -> SongWish:
    return SongWish(
        prompt=prompt,
        style=params.music_style or "",
        avoid=params.negative_tags or "",
        lyrics=words.text,
        title=words.title,
        key=params.key,
        bpm=params.bpm or 0.0,
        length_s=float(params.output_length),
        vocal_only=params.vocal_only,
        voice=_voice(params, seed, ctx) if words.text else None,
    )


def _voice(params: SongParams, seed: int, ctx: Context) -> Voice:
    if params.voice_id:
        return ctx.voices(params.voice_id)
    either = (Gender.FEMALE, Gender.MALE)[int(np.random.default_rng(seed).integers(2))]
    return shipped_like(LANGUAGE, params.gender or either)


def _made(maker: SongMaker, wish: SongWish, seed: int, report: Report) -> Song:
    try:
        return maker.make(wish, seed=seed, report=report)
    except (ValueError, SpeechFailed) as error:
        raise JobFailed("song_impossible", str(error)) from None


def _write(song: Song, take: int, title: str, ctx: Context) -> None:
    name = f"song_{take + 1}"
    _encode(song.audio, name, AudioFormat.MP3, ctx)
    _encode(song.audio, f"{name}_wav", AudioFormat.WAV, ctx)
    outputs = [name, f"{name}_wav"]
    if song.midi:
        outputs.append(f"{name}_midi")
        ctx.output(outputs[-1], "mid").write_bytes(song.midi)
    ctx.shown_names.update(dict.fromkeys(outputs, title if take == 0 else f"{title} {take + 1}"))


def _encode(audio: Audio, name: str, kind: AudioFormat, ctx: Context) -> None:
    shape = Blocks(iter(()), audio.rate_hz, audio.samples.shape[0])
    with ctx.write_blocks(ctx.output(name, kind), Encoding(kind, audio.rate_hz), like=shape) as write:
        for first in range(0, audio.samples.shape[1], BLOCK_FRAMES):
            write(audio.samples[:, first : first + BLOCK_FRAMES])


def _described(song: Song, words: Lyrics) -> dict[str, object]:
    timed = [
        {"start": round(1000 * line.start_s), "end": round(1000 * line.end_s), "text": line.text, "index": index}
        for index, line in enumerate(song.lines)
    ]
    return {
        "title": words.title,
        "lyrics": words.text or INSTRUMENTAL,
        "lyrics_timestamped": timed,
        "duration_s": song.audio.duration_s,
        "key": song.key,
        "bpm": song.bpm,
        "genre": song.genre,
    }
