"""Facebook Messenger: Rasa's connector with SHA-256 signatures, quick replies and time-outs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import requests
from fbmessenger import MessengerClient
from fbmessenger.elements import Text
from fbmessenger.quick_replies import QuickReplies, QuickReply
from rasa.core.channels.facebook import FacebookInput, MessengerBot
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import BLOCKING_TIMEOUT, DeliveryError, in_thread, seconds_from
from bot.channels.messaging.inbound import Inbound, objects, pick, read_json
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared, as_text, is_address
from bot.channels.messaging.signatures import is_from_messenger, same

logger = logging.getLogger(__name__)

API = "https://graph.facebook.com/v23.0"
GET_STARTED = "GET_STARTED"
SHORTEST_VERIFY_TOKEN = 16
# Graph API error codes that mean "too many calls".
RATE_LIMITS = frozenset({4, 32, 613, 80006})
# A link's preview is no picture that the patient sent.
PREVIEWS = frozenset({"fallback"})


def read_event(event: dict[str, Any]) -> list[Inbound]:
    """What one messaging event brings; nothing for receipts, reactions, echoes and the like."""
    sender = pick(event, "sender", "id", kind=str)
    if not sender:
        return []
    what: dict[str, Any] = {"channel": "messenger", "user": sender, "address": (sender,)}
    edited = pick(event, "message_edit", "mid", kind=str)
    if edited:
        count = pick(event, "message_edit", "num_edit", kind=int) or 0
        text = pick(event, "message_edit", "text", kind=str) or ""
        return [Inbound(**what, key=f"{edited}:{count}", kind="edit", text=text)]
    postback = pick(event, "postback", "payload", kind=str)
    if postback:
        time = pick(event, "timestamp", kind=int) or 0
        key = pick(event, "postback", "mid", kind=str) or f"{sender}:{time}"
        return [Inbound(**what, key=key, kind="button", text="hello" if postback == GET_STARTED else postback)]
    message = pick(event, "message", kind=dict)
    identifier = pick(message, "mid", kind=str)
    if not identifier or pick(message, "is_echo", kind=bool) or pick(message, "is_deleted", kind=bool):
        return []
    payload = pick(message, "quick_reply", "payload", kind=str)
    if payload:
        return [Inbound(**what, key=identifier, kind="button", text=payload)]
    text = pick(message, "text", kind=str)
    attached = [item for item in objects(message, "attachments") if item.get("type") not in PREVIEWS]
    if text:
        return [Inbound(**what, key=identifier, kind="text", text=text, media=bool(attached))]
    return [Inbound(**what, key=identifier, kind="media")]


def read_page_events(call: dict[str, Any]) -> list[Inbound]:
    """Everything in one call; Messenger may put many events into one."""
    if call.get("object") != "page":
        return []
    return [
        inbound
        for entry in objects(call, "entry")
        for event in objects(entry, "messaging")
        for inbound in read_event(event)
    ]


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


class MessengerChannel(MessagingChannel, FacebookInput):
    """Receives what people write to the clinic's page and answers it."""

    title: ClassVar[str] = "Messenger"
    needed: ClassVar[Mapping[str, str]] = {
        "page_access_token": "MARROW_MESSENGER_PAGE_TOKEN",
        "app_secret": "MARROW_MESSENGER_APP_SECRET",
        "verify_token": "MARROW_MESSENGER_VERIFY_TOKEN",
    }

    def __init__(self, page_token: str, app_secret: str, verify_token: str, api_url: str, shared: Shared) -> None:
        super().__init__(verify_token, app_secret, page_token)
        self.prepare(shared)
        self._client = MessengerSender(page_token, app_secret, api_url)

    @classmethod
    def name(cls) -> str:
        """The channel's name, as in its address."""
        return "messenger"

    @classmethod
    def problem_in(cls, credentials: Mapping[str, Any], shared: Shared) -> str:
        """See `MessagingChannel`."""
        if len(as_text(credentials, "verify_token")) < SHORTEST_VERIFY_TOKEN:
            return f"MARROW_MESSENGER_VERIFY_TOKEN must have at least {SHORTEST_VERIFY_TOKEN} characters"
        api_url = as_text(credentials, "api_url")
        return "" if not api_url or is_address(api_url) else "MARROW_MESSENGER_API_URL is no http(s) address"

    @classmethod
    def create(cls, credentials: Mapping[str, Any], shared: Shared) -> MessagingChannel:
        """See `MessagingChannel`."""
        return cls(
            as_text(credentials, "page_access_token"),
            as_text(credentials, "app_secret"),
            as_text(credentials, "verify_token"),
            as_text(credentials, "api_url") or API,
            shared,
        )

    def add_routes(self, blueprint: Blueprint) -> None:
        """The question by which Meta checks, once, that this address is ours."""

        @blueprint.get("/webhook")
        async def verify(request: Request) -> HTTPResponse:
            challenge = request.args.get("hub.challenge", "")
            known = same(request.args.get("hub.verify_token"), self.fb_verify)
            if request.args.get("hub.mode") != "subscribe" or not known or not challenge:
                return response.text("", status=403)
            return response.text(challenge)

    def is_authentic(self, request: Request) -> bool:
        """The app secret signs the raw body."""
        return is_from_messenger(request.headers.get("X-Hub-Signature-256"), self.fb_secret, request.body)

    def read(self, request: Request) -> list[Inbound]:
        """All events of all entries."""
        return read_page_events(read_json(request.body))

    def acknowledge(self, request: Request) -> HTTPResponse:
        """The words that Meta's documentation asks for."""
        return response.text("EVENT_RECEIVED")

    async def send(self, address: tuple[str, ...], message: Outgoing) -> None:
        """Text, with buttons as quick replies."""
        await in_thread(lambda: self._client.create(address[0], message))

    def get_output_channel(self) -> None:
        """None: Rasa cannot start a conversation here, since it never knows a patient's address."""
        return
