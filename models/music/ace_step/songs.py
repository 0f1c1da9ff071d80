"""Songs by ACE-Step 1.5 (Gong et al. 2026), and other songs made of them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from models.base import Audio, Report, Song, SongWish, part_of
from models.music.ace_step import edits
from models.music.ace_step.checkpoints import pipeline_of, planner_of
from models.music.ace_step.finish import as_loud_as_others, cut
from models.music.ace_step.places import ALL, Places
from models.music.ace_step.planner import CODES_PER_S, Plan, Planner, written
from models.music.ace_step.quiet import quiet
from models.music.ace_step.sound import Sound
from models.music.ace_step.wishes import Request, fitted, genre_in, on_grid, request_of
from models.music.keys import key_of
from models.room.compute import checked_precision, compute
from models.room.ladder import descend

PLANNED, CODED, SOUNDED = 0.08, 0.4, 0.97  # shares of the progress
TURBO_STEPS = 8
Result = TypeVar("Result")


class AceStepSongs:
    """`SongMaker` with singing, from a folder as `checkpoints` describes it.

    It knows no times of the lyrics and writes no MIDI. Key and tempo are what the model was told, the tempo in whole
    beats per minute. Who sings is a description: the voice's gender is asked for, its sound is not imitated. "Vocals
    only" is asked for, too, and may be accompanied all the same.
    """

    def __init__(
        self,
        folder: Path,
        *,
        device: str | None = None,
        dtype: str = "bfloat16",
        steps: int = TURBO_STEPS,
        guidance: float = 7.0,
        shift: float = 3.0,
        offload: int = ALL,
        relieve: Callable[[], None] = lambda: None,
    ) -> None:
        """Load planner and pipeline.

        `dtype`: on a GPU; a CPU computes in float32. `steps`: of the diffusion, 8 for turbo models and 50 for others,
        which `guidance` is for. `offload`: a level of `Places` to begin with; less is held on the GPU when its memory
        does not suffice. Raises ValueError for a folder that is no ACE-Step.
        """
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        precision = getattr(torch, checked_precision(dtype)) if self._device.type == "cuda" else torch.float32
        with quiet():
            pipeline = pipeline_of(folder, precision)
            model, tokenizer = planner_of(folder, precision)
        self._planner = Planner(model, tokenizer, pipeline.audio_tokenizer.quantizer.codebook_size)
        self._places = Places(pipeline, model, self._device, offload)
        self._relieve = relieve
        self._sound = Sound(
            pipeline, self._places, self._device, steps=steps, guidance=guidance, shift=shift, relieve=relieve
        )

    def make(self, wish: SongWish, *, seed: int, report: Report) -> Song:
        """As the Protocol says; at 48 kHz, from 10 s to 10 minutes, without times of lines."""
        request = request_of(wish, self._sound.pipeline.tokenizer)
        with self._sound.held(report):
            of_plan, of_codes, of_sound = seeds_of(seed)
            plan = self._planned(request, of_plan, part_of(report, 0.0, PLANNED))
            length_s = request.length_s or float(plan.duration_s)
            made_s = on_grid(length_s)
            codes = self._coded(request, plan, round(made_s * CODES_PER_S), of_codes, part_of(report, PLANNED, CODED))
            sound = self._sound.made(
                round(made_s * self._sound.rate_hz),
                seed=of_sound,
                report=part_of(report, CODED, SOUNDED),
                prompt=fitted(plan.caption, self._sound.pipeline.tokenizer),
                lyrics=request.lyrics,
                vocal_language=plan.language,
                audio_duration=made_s,
                bpm=plan.bpm,
                keyscale=plan.key,
                timesignature=str(plan.metre),
                audio_codes=written(codes),
            )
        frames = round(length_s * self._sound.rate_hz)
        finished = as_loud_as_others(cut(sound, frames, self._sound.rate_hz), self._sound.rate_hz)
        report(1.0)
        key = key_of(plan.key).name
        return Song(Audio(finished, self._sound.rate_hz), (), key, float(plan.bpm), genre_in(wish))

    def repaint(
        self, audio: Audio, start_s: float, end_s: float, wish: SongWish, *, seed: int, report: Report
    ) -> Audio:
        """The recording with something new from `start_s` to `end_s`; see `edits.repainted`."""
        return edits.repainted(self._sound, audio, start_s, end_s, wish, seed=seed, report=report)

    def extend(
        self, audio: Audio, seconds: float, wish: SongWish, *, after_s: float | None = None, seed: int, report: Report
    ) -> Audio:
        """The recording going on for `seconds`; see `edits.extended`."""
        return edits.extended(self._sound, audio, seconds, wish, after_s=after_s, seed=seed, report=report)

    def cover(self, audio: Audio, wish: SongWish, *, strength: float = 1.0, seed: int, report: Report) -> Audio:
        """The music of a recording in another style; see `edits.covered`."""
        return edits.covered(self._sound, audio, wish, strength=strength, seed=seed, report=report)

    def lego(self, audio: Audio, track: str, wish: SongWish, *, seed: int, report: Report) -> Audio:
        """One more track to a recording; see `edits.added`."""
        return edits.added(self._sound, audio, track, wish, seed=seed, report=report)

    def _planned(self, request: Request, seed: int, report: Report) -> Plan:
        def run() -> Plan:
            return self._planner.plan(request.caption, request.lyrics, request.choices, seed=seed, report=report)

        return self._thinking(run)

    def _coded(self, request: Request, plan: Plan, count: int, seed: int, report: Report) -> tuple[int, ...]:
        def run() -> tuple[int, ...]:
            return self._planner.codes(
                plan, request.caption, request.lyrics, count, avoid=request.avoid, seed=seed, report=report
            )

        return self._thinking(run)

    def _thinking(self, run: Callable[[], Result]) -> Result:
        """The planner's work, with the pipeline out of the way where there is no room for both."""

        def at(level: int) -> Result:
            self._places.lower_to(level)
            with compute(self._device), self._places.planning():
                return run()

        found, _ = descend(self._places.levels, at, self._relieve)
        return found


def seeds_of(seed: int) -> tuple[int, int, int]:
    """Of plan, codes and sound: independent of each other."""
    first, second, third = (int(value) >> 1 for value in np.random.SeedSequence(seed).generate_state(3, np.uint64))
    return first, second, third
