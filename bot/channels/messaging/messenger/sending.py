"""Sends to Messenger, with failures in one form."""

from __future__ import annotations

from typing import Any

import requests
from fbmessenger import MessengerClient
from fbmessenger.elements import Text
from fbmessenger.quick_replies import QuickReplies, QuickReply
from rasa.core.channels.facebook import MessengerBot

from bot.channels.messaging.delivery import BLOCKING_TIMEOUT, DeliveryError, seconds_from
from bot.channels.messaging.render import Outgoing

# Graph API error codes that mean "too many calls".
RATE_LIMITS = frozenset({4, 32, 613, 80006})


def check_reply(reply: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Raises DeliveryError for an answer of the Graph API that is no success."""
    if reply.ok:
        return
    try:
        error = reply.json().get("error", {})
        code, passing = error.get("code"), error.get("is_transient") is True
    except (ValueError, AttributeError):
        code, passing = None, False
    status = 429 if code in RATE_LIMITS else 503 if passing else reply.status_code
    raise DeliveryError(status, seconds_from(reply.headers.get("Retry-After")))


class TimedSession(requests.Session):
    """A session in which every call has a time-out and every refusal is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.hooks["response"] = [check_reply]

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As `requests.Session.request`."""
        return super().request(*args, **{**kwargs, "timeout": BLOCKING_TIMEOUT, "allow_redirects": False})


class MessengerSender(MessengerBot):
    """Rasa's Messenger client at the Graph API's current version, with a proof of the app secret."""

    def __init__(self, token: str, app_secret: str, api_url: str) -> None:
        client = MessengerClient(token, session=TimedSession(), app_secret=app_secret)
        client.graph_url = api_url.rstrip("/")
        super().__init__(client)

    def create(self, receiver: str, message: Outgoing) -> None:
        """Sends one message; blocks; raises DeliveryError."""
        replies = [QuickReply(title=button.title, payload=button.data) for button in message.buttons]
        try:
            self.send(receiver, Text(text=message.text, quick_replies=QuickReplies(replies) if replies else None))
        except (requests.RequestException, ValueError):
            raise DeliveryError(None) from None
