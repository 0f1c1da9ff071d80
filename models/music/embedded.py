"""Whole songs without weights: composed, sung, played, mixed and mastered."""

from dataclasses import dataclass, field

from models.base import Report, Samples, Singer, Song, SongWish, part_of
from models.music.compose import compose
from models.music.midi_file import midi_of
from models.music.production.produce import produce
from models.music.score import Score
from models.singing.embedded import EmbeddedSinger

COMPOSED, SUNG = 0.03, 0.45  # shares of the progress


@dataclass(slots=True)
class EmbeddedSongs:
    """`SongMaker` for any machine; `singer` sings what has lyrics."""

    singer: Singer = field(default_factory=EmbeddedSinger)

    def make(self, wish: SongWish, *, seed: int, report: Report) -> Song:
        """As the Protocol says."""
        score = compose(wish, seed=seed)
        report(COMPOSED)
        vocal = self._vocal(score, wish, seed, part_of(report, COMPOSED, SUNG)) if score.lines else None
        audio = produce(score, vocal, vocal_only=wish.vocal_only, seed=seed, report=part_of(report, SUNG, 1.0))
        return Song(audio, score.timed_lines(), score.key.name, score.bpm, score.genre, midi_of(score))

    def _vocal(self, score: Score, wish: SongWish, seed: int, report: Report) -> Samples:
        if wish.voice is None:
            message = "Lyrics need a voice that sings them"
            raise ValueError(message)
        lines, duration_s = score.sung_lines(), score.duration_s
        return self.singer.sing(lines, voice=wish.voice, duration_s=duration_s, seed=seed, report=report)
