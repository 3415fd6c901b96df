"""Proves that a call comes from Twilio."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from bot.channels.messaging.signatures import same


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
