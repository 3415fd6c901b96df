"""The website channel's settings, read from credentials.yml and refused with a clear message when unsafe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import RateLimitItem
from rasa.shared.exceptions import RasaException
from sqlalchemy.engine import URL

from bot import encryption
from bot.channels.web_limits import Network, read_limits, read_networks
from bot.encryption import MAKE_KEY, SESSION_KEY
from bot.tracker_store import database_url, read_keys

ORIGINS_VARIABLE = "MARROW_WEBSITE_ORIGINS"
HOURS_VARIABLE = "MARROW_SESSION_HOURS"
MINIMUM_KEY_CHARACTERS = 32
LEASE_SECONDS = 20.0
WAIT_SECONDS = 40.0
# Each kind of limit: its setting in credentials.yml, its variable and its default.
LIMITS: Mapping[str, tuple[str, str, str]] = {
    "address": ("address_limit", "MARROW_WEBSITE_ADDRESS_LIMIT", "300/minute"),
    "start": ("start_limit", "MARROW_WEBSITE_START_LIMIT", "60/minute;1000/hour"),
    "session": ("session_limit", "MARROW_WEBSITE_SESSION_LIMIT", "60/minute;1000/hour"),
}
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?", re.ASCII)
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Settings:
    """Everything the channel needs to know.

    `lease_seconds` is how long a message stays taken after its process died; `wait_seconds` how long
    a retry waits for the first call of the same message.
    """

    development: bool
    database: URL
    tracker_keys: tuple[str, ...]
    session_keys: tuple[str, ...]
    session_seconds: int
    origins: frozenset[str]
    trusted_proxies: tuple[Network, ...]
    limits: Mapping[str, tuple[RateLimitItem, ...]]
    redis_url: str
    metrics_secret: str = ""
    lease_seconds: float = LEASE_SECONDS
    wait_seconds: float = WAIT_SECONDS

    @classmethod
    def read(cls, credentials: Mapping[str, Any] | None) -> Settings:
        """The settings of the channel's section in credentials.yml; empty values mean the default.

        Raises RasaException that names the variable, what is wrong with it and what to do.
        """
        given = {key: str(value).strip() for key, value in (credentials or {}).items() if value is not None}
        environment = given.get("environment") or "development"
        data_dir = Path(given.get("data_dir") or "var")
        development = environment == "development"
        return cls(
            development=development,
            database=database_url(given.get("tracker_url", ""), data_dir),
            tracker_keys=tuple(read_keys(data_dir, environment, given.get("tracker_key"))),
            session_keys=_session_keys(data_dir, environment, given.get("session_key")),
            session_seconds=_hours(given.get("session_hours") or "12") * 3600,
            origins=_origins(given.get("origins", ""), development),
            trusted_proxies=read_networks(given.get("trusted_proxies", ""), "MARROW_TRUSTED_PROXIES"),
            limits={
                kind: read_limits(given.get(key) or default, variable)
                for kind, (key, variable, default) in LIMITS.items()
            },
            redis_url=given.get("redis_url", ""),
            metrics_secret=given.get("metrics_secret", ""),
        )

    def allows(self, origin: str) -> bool:
        """Whether a page of `origin` may call; in development this machine's pages may, at any port."""
        if origin in self.origins:
            return True
        return self.development and bool(_ORIGIN.fullmatch(origin)) and _host(origin) in _LOCAL_HOSTS


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _session_keys(data_dir: Path, environment: str, value: str | None) -> tuple[str, ...]:
    keys = encryption.read_keys(data_dir, environment, value, SESSION_KEY)
    if any(len(key) < MINIMUM_KEY_CHARACTERS for key in keys):
        raise RasaException(
            f"{SESSION_KEY.variable} is too short to be safe (it needs {MINIMUM_KEY_CHARACTERS} characters). "
            f"Make a key with: {MAKE_KEY}"
        )
    return tuple(keys)


def _hours(value: str) -> int:
    if not re.fullmatch(r"\d{1,3}", value) or not 1 <= int(value) <= 720:
        raise RasaException(f"{HOURS_VARIABLE} is '{value}'; it must be a whole number from 1 to 720")
    return int(value)


def _origins(value: str, development: bool) -> frozenset[str]:
    origins = [origin.strip() for origin in value.split(",") if origin.strip()]
    for origin in origins:
        match = _ORIGIN.fullmatch(origin)
        if match is None:
            raise RasaException(
                f"{ORIGINS_VARIABLE} names '{origin}'; write origins such as https://www.clinic.example "
                "(lower case, no path, no closing slash, no wildcard), separated by commas"
            )
        if match[1] == "http" and not development:
            raise RasaException(f"{ORIGINS_VARIABLE} names '{origin}'; outside development pages must use https")
    if not origins and not development:
        raise RasaException(
            f"{ORIGINS_VARIABLE} is not set: name the websites that may show the chat, such as "
            "https://www.clinic.example, separated by commas"
        )
    return frozenset(origins)
