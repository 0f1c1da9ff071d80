"""Voices of the library as engines want them."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from app.contract.enums import Gender
from app.contract.voices import ShippedVoice, shipped_voices
from app.errors import JobFailed, NotFound
from app.infra.db import Database
from app.infra.media import Media, MediaInfo
from app.infra.storage import Storage, open_storage
from app.jobs.tables import VoiceRow
from app.jobs.voices import find_voice, keep_profile, reference_key
from app.settings import Settings
from models.base import Audio, Voice, VoiceProfile, finite

REFERENCE_RATE_HZ = 44_100
LOWEST_FEMALE_HZ = 155.0
NO_KEY = ""  # it has no voices of its own, but may use the operator's
GONE_TEXT = "The voice {voice_id} does not exist (any more)"
Shelf = Callable[[str], Voice]
"""Called with a voice_id; raises JobFailed when there is no such voice for the caller."""


def shipped_shelf(voice_id: str) -> Voice:
    """Only the voices that come along: what works without a server."""
    found = shipped_voices().get(voice_id)
    if found is None:
        raise JobFailed("no_voice", GONE_TEXT.format(voice_id=voice_id))
    return _shipped(found)


def shipped_like(language: str, gender: Gender | None = None, voice: Voice | None = None) -> Voice:
    """The shipped voice that is nearest: of the language, of the gender, of about the pitch of `voice`."""
    wanted = gender or Gender.FEMALE
    pitch_hz = None
    if voice is not None:
        pitch_hz = voice.profile.pitch_hz
        wanted = Gender.FEMALE if pitch_hz >= LOWEST_FEMALE_HZ else Gender.MALE
    base = language.partition("-")[0]

    def distance(one: ShippedVoice) -> tuple[bool, bool, bool, float]:
        apart = 0.0 if pitch_hz is None else abs(float(np.log2(one.profile["pitch_hz"] / pitch_hz)))
        return (one.language.partition("-")[0] != base, one.gender != wanted, one.language != language, apart)

    return shipped_shelf(min(shipped_voices().values(), key=distance).id)


@dataclasses.dataclass(frozen=True, slots=True)
class LibraryShelf:
    """The voices one key may use. What is decoded lies in `folder`, the work folder of one attempt."""

    db: Database
    storage: Storage
    media: Media
    key_id: str
    folder: Path

    def __call__(self, voice_id: str) -> Voice:
        if voice_id in shipped_voices():
            return shipped_shelf(voice_id)
        with self.db.read() as session:
            row = find_voice(session, voice_id, self.key_id)
            if row is None:
                raise JobFailed("no_voice", GONE_TEXT.format(voice_id=voice_id))
            info, kept = MediaInfo(**row.info), row.profile
            name, gender, language = row.name, row.gender, row.language
        reference = self._reference(voice_id, info)
        if kept is None:
            profile = measured(reference)
            with self.db.transaction() as session:
                keep_profile(session, voice_id, dataclasses.asdict(profile))
        else:
            profile = profile_of(kept)
        return Voice(voice_id, name, gender, language, profile, reference)

    def _reference(self, voice_id: str, info: MediaInfo) -> Audio:
        try:
            path = self.storage.fetch(reference_key(voice_id), self.folder)
        except NotFound:
            raise JobFailed("no_voice", GONE_TEXT.format(voice_id=voice_id)) from None
        raw = self.folder / f"voice.{voice_id}.f32"
        self.media.decode_to(path, info, raw, rate_hz=REFERENCE_RATE_HZ, channels=1, report=lambda _fraction: None)
        return Audio(finite(np.fromfile(raw, np.float32))[None], REFERENCE_RATE_HZ)


def operator_shelves(settings: Settings, media: Media) -> Callable[[Path], Shelf]:
    """By work folder: the shipped voices, and those that `woodshed voices add` has stored on this machine."""
    if not (settings.database_url or Path(make_url(settings.resolved_database_url).database or "").is_file()):
        return lambda _folder: shipped_shelf
    db = Database(settings.resolved_database_url)
    if not inspect(db.engine).has_table(VoiceRow.__tablename__):
        return lambda _folder: shipped_shelf
    storage = open_storage(settings.storage, settings.data_dir)
    return lambda folder: LibraryShelf(db, storage, media, NO_KEY, folder)


def measured(reference: Audio) -> VoiceProfile:
    """The profile of a recording; raises JobFailed where nobody speaks in it for long enough."""
    from models.voices.profile import measure

    try:
        return measure(reference)
    except ValueError as error:
        raise JobFailed("voice_unusable", f"The voice cannot be used: {error}") from None


def profile_of(kept: dict[str, Any]) -> VoiceProfile:
    return VoiceProfile(kept["pitch_hz"], kept["pitch_spread"], tuple(kept["formants_hz"]), tuple(kept["envelope_db"]))


def _shipped(voice: ShippedVoice) -> Voice:
    return Voice(
        voice.id, voice.name, voice.gender, voice.language, profile_of(voice.profile), parameters=voice.parameters
    )
