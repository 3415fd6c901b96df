"""Proves that a call comes from Slack."""

from __future__ import annotations

import hashlib
import hmac

from bot.channels.messaging.signatures import same

# Slack's own advice: an older call may be a recorded one.
SLACK_WINDOW_SECONDS = 300


def is_from_slack(header: str | None, timestamp: str | None, signing_secret: str, body: bytes, now: float) -> bool:
    """Slack's v0 scheme: HMAC-SHA256 of "v0:timestamp:body", at most five minutes old."""
    if not timestamp or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now - int(timestamp)) > SLACK_WINDOW_SECONDS:
        return False
    signed = b"v0:" + timestamp.encode("ascii") + b":" + body
    return same(header, f"v0={hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()}")
