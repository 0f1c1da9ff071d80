"""Download links: signed, expiring, made from a storage key."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from app.errors import LinkRefused
from app.settings import Settings

ROUTE = "/files"
SIGNATURE_CHARS = 43


class Links:
    """HMAC-SHA256 over key and expiry. Links made within the same hour are equal, so callers may compare and cache."""

    def __init__(self, secret: str, ttl: timedelta) -> None:
        self._secret = secret.encode()
        self._ttl = ttl

    def url(self, base_url: str, key: str, now: datetime) -> str:
        hour = int(now.timestamp()) // 3600 * 3600
        expires = hour + 3600 + int(self._ttl.total_seconds())
        return f"{base_url.rstrip('/')}{ROUTE}/{key}?expires={expires}&signature={self._sign(key, expires)}"

    def verify(self, key: str, expires: str, signature: str, now: datetime) -> None:
        """Raise LinkRefused unless this link was made here and has not expired."""
        if not expires.isascii() or not expires.isdecimal() or len(expires) > 12:  # noqa: PLR2004 - digits of a time
            raise LinkRefused("This link is not valid")
        if not hmac.compare_digest(self._sign(key, int(expires)).encode(), signature.encode()):
            raise LinkRefused("This link is not valid")
        if now.timestamp() > int(expires):
            raise LinkRefused("This link has expired; ask byId for a new one")

    def _sign(self, key: str, expires: int) -> str:
        digest = hmac.new(self._secret, f"{key}\n{expires}".encode(), hashlib.sha256)
        return digest.hexdigest()[:SIGNATURE_CHARS]


def link_secret(settings: Settings) -> str:
    """The configured secret, else one made once in the data folder and shared by all processes there."""
    configured = settings.link_secret.get_secret_value()
    if configured:
        return configured
    path: Path = settings.data_dir / "link.secret"
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"link.secret.{secrets.token_hex(4)}")
        part.touch(mode=0o600)
        part.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            path.hardlink_to(part)  # fails when another process was faster, and then its secret counts
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text(encoding="ascii").strip()
