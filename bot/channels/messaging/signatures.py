"""Proves that a call comes from the platform: pure checks of header and raw body, in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

# Slack's own advice: an older call may be a recorded one.
SLACK_WINDOW_SECONDS = 300


def same(given: str | None, expected: str) -> bool:
    """Whether both are equal and not empty, in a time that tells nothing about where they differ."""
    if not given or not expected:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def is_from_telegram(secret_header: str | None, secret: str) -> bool:
    """Telegram repeats the secret that the webhook was set with."""
    return same(secret_header, secret)


def twilio_signature(auth_token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """Base64 of HMAC-SHA1 over the URL and the form's names and values, sorted and without repetitions."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.new(auth_token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def _with_and_without_port(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return urlunsplit(parts._replace(netloc=host)), urlunsplit(parts._replace(netloc=f"{host}:{port}"))


def is_from_twilio(header: str | None, auth_token: str, url: str, form: Iterable[tuple[str, str]]) -> bool:
    """Whether `header` signs this call to the public `url`; Twilio signs with and without the port."""
    pairs = list(form)
    matches = [
        same(header, twilio_signature(auth_token, candidate, pairs)) for candidate in _with_and_without_port(url)
    ]
    return any(matches)


def is_from_messenger(header: str | None, app_secret: str, body: bytes) -> bool:
    """`header` is "sha256=" and the HMAC-SHA256 of the raw body under the app secret."""
    return same(header, f"sha256={hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}")


def is_from_slack(header: str | None, timestamp: str | None, signing_secret: str, body: bytes, now: float) -> bool:
    """Slack's v0 scheme: HMAC-SHA256 of "v0:timestamp:body", at most five minutes old."""
    if not timestamp or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now - int(timestamp)) > SLACK_WINDOW_SECONDS:
        return False
    signed = b"v0:" + timestamp.encode("ascii") + b":" + body
    return same(header, f"v0={hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()}")
