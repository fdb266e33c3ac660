"""Every setting of Hedgerow, typed, with its default and meaning.

One `Settings` object is made at start by `load_settings`; nothing else reads the environment. Each field is the
environment variable `HEDGEROW_<NAME>`. `docs/configuration.md` is printed from this module
(`python -m hedgerow.settings`), and a test holds the two together.

This module is imported by the capture processes, so it must stay light: no Django, no chDB.
"""

import contextlib
import json
import os
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, computed_field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024
MOST_QUERY_MEMORY = 4 * 1024 * MEBIBYTE
"""A query gets no more memory than this unless a setting says so."""

_CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


class Settings(BaseSettings):
    """All settings; sizes are bytes, durations seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="HEDGEROW_", extra="ignore", frozen=True)

    # Where it listens and keeps its data
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the server listens on.")
    data_dir: Path = Field(Path("data"), description="Directory of the embedded stores, the spool and the secret key.")
    site_url: str = Field("", description="Address people and SDKs reach the server at. Empty: `http://<host>:<port>`.")
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description=(
            "JSON list of addresses or networks whose `X-Forwarded-For`, `-Proto` and `-Host` headers are believed, "
            'for example `["10.0.0.0/8"]`.'
        ),
    )

    # Processes
    capture_workers: int = Field(1, ge=1, le=64, description="Number of capture processes sharing the port.")
    web_threads: int = Field(16, ge=1, le=256, description="Threads answering pages and API calls in the app process.")
    cohorts_per_minute: int = Field(
        5, ge=0, le=1_000, description="Cohorts that are calculated anew each minute because they are old; 0: none."
    )
    work_threads: int = Field(
        4, ge=1, le=64, description="Jobs done in the background of the app process at the same time."
    )
    shutdown_seconds: float = Field(30.0, gt=0, description="Time a process gets to drain after SIGTERM.")
    log_level: str = Field("info", description="`debug`, `info`, `warning` or `error`.")
    log_json: bool = Field(False, description="Write logs as JSON lines instead of readable text.")

    # Stores
    database_url: str = Field(
        "", description="Records: `postgres://user:password@host:port/name`. Empty: SQLite in the data directory."
    )
    clickhouse_url: str = Field(
        "", description="Event store: `http(s)://user:password@host:port/database`. Empty: embedded chDB."
    )
    blobs_url: str = Field(
        "",
        description=(
            "Where exported files are kept: `s3://bucket/folder` for S3-compatible storage. "
            "Empty: in the data directory."
        ),
    )
    blobs_endpoint: str = Field("", description="Address of the S3-compatible storage, if it is not Amazon's.")
    blobs_region: str = Field("", description="Region of the storage.")
    blobs_access_key: str = Field("", description="Access key of the storage. Empty: as `AWS_ACCESS_KEY_ID` says.")
    blobs_secret_key: str = Field("", description="Secret key of the storage. Empty: as `AWS_SECRET_ACCESS_KEY` says.")
    secret_key: str = Field(
        "", description="Key that signs sessions and tokens. Empty: made once and kept in the data directory."
    )

    # Talking to others
    outgoing_allowed_hosts: list[str] = Field(
        default_factory=list,
        description=(
            "JSON list of hosts, addresses or networks inside of your network that webhooks may be sent to, "
            'for example `["hooks.lan", "10.1.0.0/16"]`. All others that are not public are refused.'
        ),
    )
    slack_api_url: str = Field("https://slack.com/api/", description="Where Slack's API is.")

    # Capture and spool
    capture_max_body: int = Field(20 * MEBIBYTE, gt=0, description="Largest capture body, compressed and expanded.")
    replay_max_body: int = Field(25 * MEBIBYTE, gt=0, description="Largest session recording body.")
    event_max_bytes: int = Field(1_000_000, gt=0, description="Largest single event in its stored form.")
    body_timeout: float = Field(30.0, gt=0, description="How long a client may stall while sending a body.")
    spool_segment_bytes: int = Field(16 * MEBIBYTE, gt=0, description="A spool segment is closed at this size.")
    spool_segment_seconds: float = Field(
        0.2, gt=0, description="A spool segment is closed at this age, so that the loader sees it."
    )
    spool_max_bytes: int = Field(
        8 * 1024 * MEBIBYTE, gt=0, description="Back-pressure: with more than this waiting, capture answers 503."
    )
    spool_min_free_bytes: int = Field(
        256 * MEBIBYTE, ge=0, description="Capture answers 503 when the disk has less free space than this."
    )
    recording_spool_max_bytes: int = Field(
        4 * 1024 * MEBIBYTE,
        gt=0,
        description="With more than this waiting of session recordings, they are answered with 503, and only they.",
    )
    recording_block_seconds: float = Field(
        10.0, gt=0, description="What comes in of a session recording within this time is kept as one block."
    )
    recording_retention_days: int = Field(
        0, ge=0, description="Session recordings are kept so many days at most, whatever projects say; 0: as they say."
    )
    spool_retention_seconds: float = Field(0.0, ge=0, description="How long loaded segments are kept before deletion.")
    sdk_dist_dir: Path | None = Field(
        None,
        description=(
            "The `dist` directory of an installed npm package `posthog-js`, served under `/static/` to browsers. "
            "Empty: the copy that `scripts/vendor_frontend.py sdk` has fetched, where there is one."
        ),
    )

    # Loader
    loader_batch_events: int = Field(50_000, gt=0, description="Most events stored by one insert.")
    loader_batch_bytes: int = Field(48 * MEBIBYTE, gt=0, description="Most spool bytes stored by one insert.")
    override_fold_seconds: float = Field(
        60.0, gt=0, description="How often merged persons' past events are rewritten to the surviving person."
    )
    duplicate_window_days: int = Field(7, ge=1, description="A repeated event uuid is ignored for this many days.")

    # Queries
    query_max_seconds: float = Field(60.0, gt=0, description="Time limit of a query that its caller waits for.")
    query_max_background_seconds: float = Field(600.0, gt=0, description="Time limit of a query in the background.")
    query_max_memory: int = Field(
        0, ge=0, description="Memory limit of a query; 0: half of the machine's (or container's) memory, at most 4 GiB."
    )
    query_max_rows_read: int = Field(0, ge=0, description="Most rows a query may read; 0 is no limit.")
    query_concurrency: int = Field(4, ge=1, description="Queries of one project that are computed at the same time.")
    query_line: int = Field(
        8, ge=0, description="Queries of one project that wait for others to end; further ones are answered with 429."
    )
    query_line_seconds: float = Field(30.0, gt=0, description="How long a query waits for others of its project.")
    export_max_rows: int = Field(300_000, ge=1, description="Most rows of an exported table.")
    export_wait_seconds: float = Field(
        10.0, ge=0, description="How long the request for an export waits for it to be ready, before it answers."
    )
    browser_path: str = Field(
        "",
        description=(
            "Chromium, for pictures and films of session recordings, for example `/usr/bin/chromium`. "
            "Empty: there are none."
        ),
    )
    ffmpeg_path: str = Field("", description="ffmpeg, for the same. Empty: there are none.")
    event_store_threads: int = Field(0, ge=0, description="Threads of the embedded event store; 0: one per core.")

    # Mail
    smtp_host: str = Field("", description="SMTP server that sends mails. Empty: none are sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server.")
    smtp_user: str = Field("", description="Account at the SMTP server. Empty: none is needed.")
    smtp_password: str = Field("", description="Password of the account.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the SMTP server is spoken to: `starttls`, `tls` from the first byte on, or `none`."
    )
    smtp_sender: str = Field(
        "", description="Who mails are from: `Name <address>`. Empty: `hedgerow@` and the host of `site_url`."
    )

    # Subscriptions
    subscription_max_insights: int = Field(6, ge=1, le=50, description="Most insights of a dashboard in one delivery.")
    summary_url: str = Field(
        "",
        description=(
            "OpenAI-compatible address that writes the summaries of subscriptions, for example "
            "`https://api.example.com/v1`. Empty: they are made of the numbers alone, and nothing leaves the server."
        ),
    )
    summary_key: str = Field("", description="Key for that address.")
    summary_model: str = Field("", description="Model asked there.")

    # Accounts
    allow_signup: bool = Field(False, description="Whether people may make further organizations after the first one.")
    require_email_verification: bool = Field(
        False,
        description="Whether new people have to confirm their e-mail before they get in, where mails can be sent.",
    )
    rate_limit_enabled: bool = Field(False, description="Whether calls with a personal API key are rate limited.")
    rate_limit_exempt_projects: list[int] = Field(
        default_factory=list, description="JSON list of ids of projects whose calls are never rate limited."
    )
    api_query_rate_limits: dict[int, PositiveInt] = Field(
        default_factory=dict,
        description=(
            "JSON object of how many queries written in HogQL a key may send in an hour, by the project's id, "
            'for example `{"7": 500}`. All other projects: 120.'
        ),
    )
    session_days: int = Field(14, ge=1, description="How long a login lasts.")
    dns_server: str = Field(
        "",
        description=(
            "DNS server that is asked whether a domain is its organization's: `address`, `address:port` or "
            "`[IPv6 address]:port`. Empty: as the machine is set up."
        ),
    )
    trust_domains: bool = Field(
        False,
        description=(
            "Whether domains count as verified when they are added, without a look at the DNS. Only where everybody "
            "who is an admin of an organization may take in whoever has an address of any domain."
        ),
    )

    # Single sign-on
    google_client_id: str = Field("", description="OAuth client of Google. Empty: nobody logs in by Google.")
    google_client_secret: str = Field("", description="Secret of that client.")
    github_client_id: str = Field("", description="OAuth app of GitHub. Empty: nobody logs in by GitHub.")
    github_client_secret: str = Field("", description="Secret of that app.")
    github_url: str = Field("https://github.com", description="Where GitHub is; another one for GitHub Enterprise.")
    gitlab_client_id: str = Field("", description="Application of GitLab. Empty: nobody logs in by GitLab.")
    gitlab_client_secret: str = Field("", description="Secret of that application.")
    gitlab_url: str = Field("https://gitlab.com", description="Where GitLab is.")
    oidc_issuer: str = Field(
        "", description="Address of any other provider that speaks OpenID Connect, as its tokens name it."
    )
    oidc_client_id: str = Field("", description="Client at that provider.")
    oidc_client_secret: str = Field("", description="Secret of that client.")
    oidc_name: str = Field("single sign-on", description="What people call that provider.")
    oidc_trusts_email: bool = Field(
        False,
        description=(
            "Whether an e-mail address of that provider counts although it does not call it verified. Only for "
            "providers where nobody can enter an address of their own."
        ),
    )

    @field_validator("dns_server")
    @classmethod
    def _is_address(cls, value: str) -> str:
        server_address(value)
        return value

    @computed_field(repr=False)  # type: ignore[prop-decorator]
    @property
    def base_url(self) -> str:
        """`site_url` without a trailing slash, or the address the server listens on."""
        return (self.site_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def query_memory(self) -> int:
        """Bytes of memory a query may use."""
        return self.query_max_memory or min(memory_of_machine() // 2, MOST_QUERY_MEMORY)

    @property
    def spool_dir(self) -> Path:
        """Directory of the spool's lanes."""
        return self.data_dir / "spool"

    @property
    def blobs_dir(self) -> Path:
        """Folder of the exported files that are kept on this machine."""
        return self.data_dir / "blobs"

    @property
    def event_store_dir(self) -> Path:
        """Directory of the embedded event store."""
        return self.data_dir / "events"

    @property
    def projects_file(self) -> Path:
        """File that tells the capture processes which project tokens exist."""
        return self.data_dir / "projects.json"

    def as_environment(self) -> dict[str, str]:
        """The environment variables that give a child process these settings."""
        texts = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None:
                texts[f"HEDGEROW_{name.upper()}"] = json.dumps(value) if isinstance(value, (list, dict)) else str(value)
        return texts


def server_address(text: str, port: int = 0) -> tuple[str, int]:
    """Address and port of `address`, `address:port` or `[IPv6 address]:port`; both empty for an empty text.

    Raises ValueError for anything else, such as a name.
    """
    if not text:
        return "", port
    parts = urlsplit(f"//{text}")
    return str(ip_address(parts.hostname or "")), parts.port or port


def memory_of_machine() -> int:
    """Bytes of memory there are: the machine's, or what the container this runs in may use of it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit_file in _CONTAINER_LIMITS:
        # Without a limit there is no file, or it says `max` or a number beyond all memory.
        with contextlib.suppress(OSError, ValueError):
            memory = min(memory, int(limit_file.read_text()))
    return memory


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment; `overrides` (from the command line, None is ignored) win.

    Raises pydantic's `ValidationError` naming each setting that cannot be read.
    """
    return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]


def settings_table() -> str:
    """`docs/configuration.md`: every setting as a row of a Markdown table."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = (
            ""
            if default in ("", None)
            else f"`{json.dumps(default) if isinstance(default, (list, dict)) else default}`"
        )
        rows.append(f"| `HEDGEROW_{name.upper()}` | {shown} | {field.description} |")
    return _PREFACE + "\n".join(rows) + "\n"


_PREFACE = """# Configuration

Every setting is an environment variable. The most common ones are also options of `hedgerow serve`, and an option wins
over the variable. Sizes are bytes, durations seconds, unless the name says otherwise.

This page is printed from `hedgerow/settings.py` by `python -m hedgerow.settings > docs/configuration.md`.

"""

if __name__ == "__main__":
    print(settings_table(), end="")  # noqa: T201
