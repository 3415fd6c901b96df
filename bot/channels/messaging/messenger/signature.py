"""Proves that a call comes from Messenger."""

from __future__ import annotations

import hashlib
import hmac

from bot.channels.messaging.signatures import same


def is_from_messenger(header: str | None, app_secret: str, body: bytes) -> bool:
    """`header` is "sha256=" and the HMAC-SHA256 of the raw body under the app secret."""
    return same(header, f"sha256={hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}")
