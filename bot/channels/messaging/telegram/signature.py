"""Proves that a call comes from Telegram."""

from __future__ import annotations

from bot.channels.messaging.signatures import same


def is_from_telegram(secret_header: str | None, secret: str) -> bool:
    """Telegram repeats the secret that the webhook was set with."""
    return same(secret_header, secret)
