"""The settings of the messaging channels, as credentials.yml hands them over, and what is wrong with them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL

from bot.channels.messaging.identity import SHORTEST_KEY, read_key
from bot.tracker_store import database_url
from bot.tracker_store import read_keys as read_tracker_keys

logger = logging.getLogger(__name__)

LINK, CHAT = "link", "chat"
KEY_VARIABLE = "MARROW_MESSAGING_KEY"


@dataclass(frozen=True)
class Shared:
    """What all channels have in common.

    `key` names conversations, `intake` is "link" or "chat", `public_url` is this server as patients'
    platforms reach it (no slash at the end). In `database`, under `tracker_keys`, messages are noted until they are
    answered; None where no database is named.
    """

    key: str
    intake: str = LINK
    widget_url: str = ""
    public_url: str = ""
    redis_url: str = ""
    database: URL | None = None
    tracker_keys: tuple[str, ...] = ()


def is_address(value: str) -> bool:
    """Whether `value` is an http(s) address with a host and without white space."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in value)
    except ValueError:
        return False


def as_text(credentials: Mapping[str, Any] | None, name: str) -> str:
    """A setting without the white space around it; empty when it is not set."""
    value = (credentials or {}).get(name)
    return "" if value is None else str(value).strip()


def intake_mode(value: str) -> str:
    """ "chat" only when the setting says exactly that; anything else is the careful "link"."""
    if value not in ("", LINK, CHAT):
        logger.warning("MARROW_MESSAGING_INTAKE is neither 'link' nor 'chat': 'link' is used")
    return CHAT if value == CHAT else LINK


def read_shared(credentials: Mapping[str, Any] | None) -> tuple[Shared | None, str]:
    """The common settings, or None and what is wrong with them."""
    common = (credentials or {}).get("messaging") or {}
    public_url, widget_url = as_text(common, "public_url").rstrip("/"), as_text(common, "widget_url")
    for variable, address in (("MARROW_PUBLIC_URL", public_url), ("MARROW_WIDGET_URL", widget_url)):
        if address and not is_address(address):
            return None, f"{variable} is no http(s) address"
    data_dir = Path(as_text(common, "data_dir") or "var")
    # Set to nothing it is the default; not there at all, it was forgotten, and the careful one counts.
    environment = as_text(common, "environment") or ("development" if "environment" in common else "production")
    key = read_key(data_dir, environment, as_text(common, "key"))
    if key is None:
        return None, f"{KEY_VARIABLE} must be set to at least {SHORTEST_KEY} characters"
    database = None
    tracker_keys: tuple[str, ...] = ()
    if "tracker_key" in common:
        database = database_url(as_text(common, "tracker_url"), data_dir)
        tracker_keys = tuple(read_tracker_keys(data_dir, environment, as_text(common, "tracker_key") or None))
    shared = Shared(
        key=key,
        intake=intake_mode(as_text(common, "intake")),
        widget_url=widget_url,
        public_url=public_url,
        redis_url=as_text(common, "redis_url"),
        database=database,
        tracker_keys=tracker_keys,
    )
    return shared, ""
