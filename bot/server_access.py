"""What the bot shows to the action server so that it is let in: the secret that both know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.encryption import ACTIONS_SECRET, MAKE_KEY, read_keys

# Fits into a header as it is (clinic/settings.py asks for the same).
_SECRET = re.compile(r"[A-Za-z0-9_=-]{32,}")
# What an empty MARROW_ACTIONS_PORT leaves of the address in endpoints.yml.
NO_PORT = "//127.0.0.1:/"
DEFAULT_PORT = 5055
_secret: list[str] = []


def use(settings: Mapping[str, Any]) -> None:
    """Takes the secret from `actions_secret`, `data_dir` and `environment` of endpoints.yml, if it is there.

    Raises RasaException for one that is missing outside development, or too weak.
    """
    if "actions_secret" not in settings:
        return
    environment = str(settings.get("environment") or "development")
    given = str(settings["actions_secret"] or "").strip()
    secrets = read_keys(Path(settings.get("data_dir") or "var"), environment, given, ACTIONS_SECRET)
    if not all(_SECRET.fullmatch(secret) for secret in secrets):
        raise RasaException(
            f"{ACTIONS_SECRET.variable} needs 32 or more letters, digits, - _ or =. Make one with: {MAKE_KEY}"
        )
    _secret[:] = secrets[:1]


def show(endpoint: EndpointConfig) -> None:
    """Has every call of `endpoint` carry the secret, and an address without a port go to the action server's own."""
    endpoint.url = str(endpoint.url or "").replace(NO_PORT, f"//127.0.0.1:{DEFAULT_PORT}/")
    if _secret:
        endpoint.headers["Authorization"] = f"Bearer {_secret[0]}"
