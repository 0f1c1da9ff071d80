"""Identifiers and secrets, handed down so that tests can fix them."""

import hashlib
import secrets
import uuid

KEY_PREFIX = "ws_"


def new_id() -> str:
    """A random UUID (version 4) as text: task ids, conversion ids."""
    return str(uuid.uuid4())


def new_api_key() -> str:
    """192 random bits; shown once, stored only as its hash."""
    return KEY_PREFIX + secrets.token_urlsafe(24)


def key_hash(api_key: str) -> str:
    """SHA-256 is enough for a random key: there is nothing to guess, so nothing to slow down."""
    return hashlib.sha256(api_key.encode()).hexdigest()
