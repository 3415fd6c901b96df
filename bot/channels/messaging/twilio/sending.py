"""Sends to Twilio, with failures in one form."""

from __future__ import annotations

from typing import Any

import requests
from rasa.core.channels.twilio import TwilioOutput
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from bot.channels.messaging.delivery import BLOCKING_TIMEOUT, DeliveryError, seconds_from

API = "https://api.twilio.com"


class TwilioHttp(TwilioHttpClient):
    """Twilio's own HTTP client, at a configurable address."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=BLOCKING_TIMEOUT[1])
        self._api_url = api_url.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """As `TwilioHttpClient.request`."""
        kwargs["timeout"] = BLOCKING_TIMEOUT[1]
        reply = super().request(method, url.replace(API, self._api_url, 1), *args, **kwargs)
        if reply.status_code == 429:
            # The client's own exception does not say how long to wait.
            raise DeliveryError(429, seconds_from((reply.headers or {}).get("Retry-After")))
        return reply


class TwilioSender(TwilioOutput):
    """Rasa's Twilio client, with failures in one form."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str) -> None:
        super().__init__(account_sid, auth_token, twilio_number=None)
        self.http_client = TwilioHttp(api_url)

    def create(self, receiver: str, sender: str, text: str) -> None:
        """Sends one message; blocks; raises DeliveryError."""
        try:
            self.messages.create(to=receiver, from_=sender, body=text)
        except TwilioRestException as error:
            raise DeliveryError(error.status) from None
        except (TwilioException, requests.RequestException, ValueError):
            raise DeliveryError(None) from None
