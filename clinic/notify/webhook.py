"""Signed messages to a web address of the clinic's own system.

The header `Marrow-Signature: t=<seconds>,v1=<hex>` holds the HMAC-SHA-256 of `<seconds>.<body>` under the shared
secret; `Idempotency-Key` is the same at every attempt for one message.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from clinic.domain.events import OutboxMessage
from clinic.errors import DeliveryError
from clinic.settings import Settings, keys_of

_SECONDS = 15


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A message goes to the address in the settings and to no other."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


@dataclass(frozen=True)
class WebhookSender:
    """Posts messages to one address."""

    url: str
    secret: str
    clock: Callable[[], float] = time.time

    @classmethod
    def from_settings(cls, settings: Settings) -> "WebhookSender | None":
        """Return the sender that the settings describe; None when there is no address."""
        return cls(settings.webhook_url, keys_of(settings.webhook_secret)[0]) if settings.webhook_url else None

    def send(self, message: OutboxMessage) -> None:
        """Post one message.

        Raises:
            DeliveryError: it was not answered with a status from 200 to 299.
        """
        body = json.dumps(
            {
                "id": message.id,
                "kind": str(message.kind),
                "reference": message.reference,
                "urgent": message.urgent,
                "status": message.status,
                "created_at": message.created_at.isoformat(),
            }
        ).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
            "Marrow-Signature": signature(self.secret, int(self.clock()), body),
        }
        call = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310 - checked in the settings
        try:
            with urllib.request.build_opener(_NoRedirects).open(call, timeout=_SECONDS):
                return
        except urllib.error.HTTPError as error:
            error.close()
            raise DeliveryError(f"the web address answered {error.code}") from None
        except urllib.error.URLError as error:
            raise DeliveryError(f"the web address cannot be reached ({type(error.reason).__name__})") from None
        except (OSError, HTTPException) as error:
            raise DeliveryError(f"the web address did not answer ({type(error).__name__})") from None


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Return the value of the header that proves where a message comes from."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
