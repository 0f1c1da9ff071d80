"""The voice library: voices that come with the server, the operator's for all, and those of one key for that key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.contract.voices import shipped_voices
from app.errors import BadInput, Conflict, NotFound
from app.infra.db import Database
from app.infra.ids import new_id
from app.infra.storage import Storage
from app.jobs.tables import VoiceRow

MOST_VOICES = 200  # of one owner
SHORTEST_S, LONGEST_S = 3.0, 600.0
NO_VOICE = "There is no voice {voice_id}; GET /v1/getAllVoices lists those you can use"


@dataclass(frozen=True, slots=True)
class Listed:
    """A voice as callers see it. owner: `woodshed`, `server`, or `you`."""

    id: str
    name: str
    gender: str
    language: str
    owner: str


@dataclass(frozen=True, slots=True)
class NewVoice:
    """consent: who may be imitated agreed to it, in the words of whoever adds the voice."""

    name: str
    gender: str
    language: str
    consent: str
    duration_s: float
    file_name: str
    info: dict[str, Any]


def reference_key(voice_id: str) -> str:
    """Where the recording of a voice lies in storage."""
    return f"voices/{voice_id}/reference"


def list_voices(session: Session, key_id: str, query: str = "") -> list[Listed]:
    """All that a key may use, whose name contains the query in any case: its own, the operator's, the server's."""
    rows = session.scalars(
        select(VoiceRow)
        .where((VoiceRow.key_id == key_id) | VoiceRow.key_id.is_(None))
        .order_by(VoiceRow.created_at, VoiceRow.id)
    ).all()
    own = [_listed(row) for row in rows if row.key_id is not None]
    others = [_listed(row) for row in rows if row.key_id is None]
    shipped = [Listed(v.id, v.name, v.gender, v.language, "woodshed") for v in shipped_voices().values()]
    wanted = query.strip().casefold()
    return [voice for voice in (*own, *others, *shipped) if wanted in voice.name.casefold()]


def _listed(row: VoiceRow) -> Listed:
    return Listed(row.id, row.name, row.gender, row.language, "server" if row.key_id is None else "you")


def check_voice(session: Session, voice_id: str, key_id: str) -> None:
    """Raise BadInput for a voice that is not there, or not this key's: the two look the same."""
    if voice_id not in shipped_voices() and find_voice(session, voice_id, key_id) is None:
        raise BadInput(NO_VOICE.format(voice_id=voice_id))


def find_voice(session: Session, voice_id: str, key_id: str) -> VoiceRow | None:
    """An added voice this key may use."""
    row = session.get(VoiceRow, voice_id)
    return row if row is not None and row.key_id in {None, key_id} else None


def add_voice(session: Session, new: NewVoice, key_id: str | None, now: datetime) -> VoiceRow:
    """Store a voice; `key_id` None: the operator's. Without its recording: see `store_voice`."""
    if not SHORTEST_S <= new.duration_s <= LONGEST_S:
        message = f"A voice needs a recording of {SHORTEST_S:g} to {LONGEST_S:g} seconds, not {new.duration_s:.1f}"
        raise BadInput(message)
    mine = VoiceRow.key_id.is_(None) if key_id is None else VoiceRow.key_id == key_id
    if (session.scalar(select(func.count()).select_from(VoiceRow).where(mine)) or 0) >= MOST_VOICES:
        message = f"There are {MOST_VOICES} voices already; remove one first"
        raise Conflict(message)
    row = VoiceRow(
        id=new_id(),
        key_id=key_id,
        name=new.name,
        gender=new.gender,
        language=new.language,
        consent=new.consent,
        duration_s=new.duration_s,
        file_name=new.file_name,
        info=new.info,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def store_voice(
    db: Database, storage: Storage, new: NewVoice, recording: Path, key_id: str | None, now: datetime
) -> Listed:
    """Add a voice and take its recording away from where it is; neither stays without the other."""
    key = ""
    try:
        with db.transaction() as session:
            row = add_voice(session, new, key_id, now)
            key = reference_key(row.id)
            storage.put(key, recording, "application/octet-stream")
            return _listed(row)
    except BaseException:
        if key:
            storage.delete(key)
        raise


def remove_voice(session: Session, voice_id: str, key_id: str | None) -> None:
    """Remove the owner's voice. Raises NotFound for any other."""
    row = session.get(VoiceRow, voice_id)
    if row is None or row.key_id != key_id:
        raise NotFound(NO_VOICE.format(voice_id=voice_id))
    session.delete(row)


def operator_voices(session: Session) -> Sequence[VoiceRow]:
    return session.scalars(select(VoiceRow).where(VoiceRow.key_id.is_(None)).order_by(VoiceRow.created_at)).all()


def keep_profile(session: Session, voice_id: str, profile: dict[str, Any]) -> None:
    """What was measured of a voice, once for all its uses."""
    row = session.get(VoiceRow, voice_id)
    if row is not None:
        row.profile = profile
