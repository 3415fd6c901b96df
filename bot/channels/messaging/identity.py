"""Names a conversation without naming the patient: a keyed hash stands where a phone number would."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

KEY_FILE = "messaging.key"
SHORTEST_KEY = 32


def read_key(data_dir: Path, environment: str, value: str) -> str | None:
    """The key of the conversation ids, or None when there is none to use.

    `value` is the setting. Without one, development makes a key once and keeps it in `data_dir`; elsewhere
    the clinic has to set it, because a lost key would cut every patient off from the conversation so far.
    """
    if value:
        return value if len(value) >= SHORTEST_KEY else None
    if environment != "development":
        return None
    file = data_dir / KEY_FILE
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(secrets.token_urlsafe(32))
    return file.read_text(encoding="ascii").strip()


def conversation_id(key: str, channel: str, user: str) -> str:
    """The sender id of `user` (a phone number, a chat id) on `channel`, as Rasa and the clinic see it."""
    digest = hmac.new(key.encode(), f"{channel}\n{user}".encode("utf-8", "replace"), hashlib.sha256)
    return f"{channel}-{digest.hexdigest()[:32]}"
