"""Every setting, in one class. Environment variables are `WOODSHED_<GROUP>__<NAME>`; `REDIS_URL` works as it is.

Read once, in `create_app()` and at worker start, and handed down; no other module reads the environment.
"""

import hashlib
import tempfile
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ByteSize, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Network = IPv4Network | IPv6Network
MAX_SOCKET_PATH = 100
Positive = Annotated[timedelta, Field(gt=timedelta(0))]


class UploadLimits(BaseModel):
    """What one request may carry."""

    file_bytes: ByteSize = Field(ByteSize(1024**3), description="Largest audio upload.")
    body_bytes: ByteSize = Field(ByteSize(8 * 1024**2), description="Largest body without a file (JSON, urlencoded).")
    field_bytes: ByteSize = Field(ByteSize(64 * 1024), description="Largest single text field of a form.")
    fields: int = Field(64, ge=1, le=1000, description="Most fields of a form.")
    files: int = Field(4, ge=1, le=16, description="Most files of a form.")


class MediaLimits(BaseModel):
    """What the media layer accepts, checked before anything is decoded."""

    duration: Positive = Field(timedelta(hours=4), description="Longest input.")
    channels: int = Field(8, ge=1, le=64, description="Most channels.")
    min_rate_hz: int = Field(4_000, ge=1, description="Lowest sample rate.")
    max_rate_hz: int = Field(384_000, le=768_000, description="Highest sample rate.")
    streams: int = Field(16, ge=1, le=256, description="Most streams (audio, cover art, subtitles) of a file.")
    probe_timeout: Positive = Field(timedelta(seconds=10), description="Time to look at a file.")
    stall_timeout: Positive = Field(timedelta(minutes=1), description="Longest silence of an ffmpeg process.")
    fixed_cpu: Positive = Field(timedelta(minutes=2), description="CPU time an ffmpeg process may use in any case.")
    cpu_per_second: float = Field(2.0, ge=0, le=100, description="CPU seconds more per second of audio.")
    output_bytes: ByteSize = Field(ByteSize(16 * 1024**3), description="Largest file one step may write.")
    memory_bytes: ByteSize = Field(ByteSize(4 * 1024**3), description="Address space of one ffmpeg process.")


class EgressSettings(BaseModel):
    """Where the server may connect to on behalf of a caller."""

    allow_private: list[Network] = Field(
        default_factory=list, description="Private networks callers' URLs may reach (a NAS, a receiver). Empty: none."
    )
    allow_loopback: bool = Field(default=False, description="Let callers' URLs reach this machine. Development only.")
    allow_ports: list[int] = Field([80, 443], description="Ports callers' URLs may name; an empty list allows all.")
    max_redirects: int = Field(3, ge=0, le=10, description="Redirects followed on downloads (webhooks follow none).")
    connect_timeout: Positive = Field(timedelta(seconds=5), description="Time to connect.")
    download_timeout: Positive = Field(timedelta(minutes=10), description="Time for a whole download.")
    stall_timeout: Positive = Field(timedelta(seconds=20), description="Longest silence within a download.")


class WebhookSettings(BaseModel):
    """Delivery of results."""

    secrets: list[SecretStr] = Field(
        default_factory=list, description="`whsec_…` signing secrets; all of them sign, so a new one can be rolled in."
    )
    schedule: list[timedelta] = Field(
        [timedelta(seconds=s) for s in (0, 5, 60, 300, 1800, 7200, 28800, 64800)],
        description="Wait before each try (about 29 h in all).",
    )
    jitter: float = Field(0.2, ge=0, le=1, description="Random part of each wait.")
    timeout: Positive = Field(timedelta(seconds=15), description="Total time of one try.")
    connect_timeout: Positive = Field(timedelta(seconds=5), description="Time to connect.")
    response_bytes: ByteSize = Field(ByteSize(16 * 1024), description="How much of an answer is read.")
    per_host: int = Field(4, ge=1, description="Deliveries to one host at the same time.")


class JobSettings(BaseModel):
    """How jobs are run."""

    max_attempts: int = Field(3, ge=1, le=10, description="Tries before a job fails.")
    lease: Positive = Field(timedelta(seconds=30), description="A job whose worker is silent this long is run again.")
    heartbeat: Positive = Field(timedelta(seconds=5), description="How often a worker reports.")
    reap_every: Positive = Field(timedelta(seconds=5), description="How often lost jobs and due webhooks are sought.")
    ring_again_after: Positive = Field(timedelta(seconds=15), description="A queued job is announced again after this.")
    time_limit: Positive = Field(timedelta(hours=2), description="Longest run of one attempt.")
    canary_every: Positive = Field(timedelta(seconds=20), description="How often each lane proves that it consumes.")
    idempotency: Positive = Field(timedelta(hours=24), description="How long an Idempotency-Key is remembered.")
    parallel_per_category: int = Field(10, ge=1, description="Unfinished tasks of one key and category.")
    polls_per_minute: int = Field(500, ge=1, description="byId requests of one key per minute.")
    answer_within: Positive = Field(
        timedelta(seconds=30), description="How long a request waits whose answer holds the result (lyrics)."
    )
    retry_after: Positive = Field(timedelta(seconds=5), description="What a 429 tells the caller to wait.")


class StorageSettings(BaseModel):
    """Where files live."""

    kind: Literal["local", "s3"] = Field("local", description="`local` (data folder) or `s3`.")
    bucket: str = Field("", description="S3 bucket.")
    prefix: str = Field("", description="Key prefix within the bucket.")
    endpoint_url: str = Field("", description="S3-type endpoint; empty for AWS.")
    region: str = Field("us-east-1", description="S3 region.")
    access_key_id: SecretStr = Field(SecretStr(""), description="S3 key id; empty: the instance's own role.")
    secret_access_key: SecretStr = Field(SecretStr(""), description="S3 secret.")
    link_ttl: Positive = Field(timedelta(days=7), description="How long a download link works.")
    keep_mp3: Positive = Field(timedelta(days=90), description="Retention of compressed outputs and all small files.")
    keep_wav: Positive = Field(timedelta(days=7), description="Retention of WAV outputs.")
    keep_inputs: Positive = Field(timedelta(days=1), description="Retention of uploads.")


class EngineSettings(BaseModel):
    """What makes the sound."""

    weights_dir: Path | None = Field(
        None,
        description="Files of engines that need weights, a folder per engine; empty: `weights` in the data folder.",
    )
    pinned: dict[str, str] = Field(
        {}, description='Task to engine, as JSON, such as {"denoise": "deepfilternet3"}; others: the best that can run.'
    )


class CreditSettings(BaseModel):
    """What work costs. Prices are USD, from the price table of the hosted service."""

    price_file: Path | None = Field(None, description="TOML price table; empty: the built-in one.")
    plan: Literal["pro", "plus", "payg"] = Field("payg", description="Column of the price table.")


class Settings(BaseSettings):
    """All settings. `data_dir` is the only one most installations touch."""

    model_config = SettingsConfigDict(
        env_prefix="WOODSHED_", env_nested_delimiter="__", env_file=".env", extra="ignore", populate_by_name=True
    )

    environment: Literal["development", "production"] = Field(
        "development", description="`production` refuses to start without `link_secret` and a public URL."
    )
    data_dir: Path = Field(Path("data"), description="Files, SQLite database, embedded broker, secrets.")
    public_url: str = Field("", description="How callers reach the server, for links; empty: as the request came in.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder.")
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("REDIS_URL", "WOODSHED_REDIS_URL", "redis_url"),
        description="Redis-protocol server; empty: one started by `woodshed serve`.",
    )
    link_secret: SecretStr = Field(SecretStr(""), description="Signs links; empty: made once in the data folder.")
    strict_conversion_type: bool = Field(default=False, description="Answer 422 to byId without conversionType.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Log level.")
    ffmpeg: str = Field("", description="ffmpeg program; empty: the bundled one, else the one on PATH.")

    uploads: UploadLimits = UploadLimits()
    media: MediaLimits = MediaLimits()
    egress: EgressSettings = EgressSettings()
    webhooks: WebhookSettings = WebhookSettings()
    jobs: JobSettings = JobSettings()
    storage: StorageSettings = StorageSettings()
    engines: EngineSettings = EngineSettings()
    credits: CreditSettings = CreditSettings()

    def check(self) -> None:
        """Refuse to start in production with what is only good for development."""
        if self.environment != "production":
            return
        missing = [name for name in ("public_url", "redis_url") if not getattr(self, name)]
        if not self.link_secret.get_secret_value():
            missing.append("link_secret")
        if missing:
            names = ", ".join(missing)
            msg = f"In production these settings are needed: {names}"
            raise ValueError(msg)
        if self.egress.allow_loopback:
            raise ValueError("egress.allow_loopback is for development only")

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'woodshed.db'}"

    @property
    def weights_dir(self) -> Path:
        return self.engines.weights_dir or self.data_dir.resolve() / "weights"

    @property
    def broker_socket(self) -> Path:
        """Where the embedded broker listens. Socket paths are limited to about 100 characters."""
        path = self.data_dir.resolve() / "broker.sock"
        if len(str(path)) < MAX_SOCKET_PATH:
            return path
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"woodshed-{digest}.sock"

    @property
    def broker_url(self) -> str:
        return self.redis_url or f"redis+socket://{self.broker_socket}"
