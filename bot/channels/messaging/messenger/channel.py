"""Facebook Messenger: Rasa's connector with SHA-256 signatures, quick replies and time-outs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rasa.core.channels.facebook import FacebookInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import in_thread
from bot.channels.messaging.inbound import Inbound, read_json
from bot.channels.messaging.messenger.reading import read_page_events
from bot.channels.messaging.messenger.sending import MessengerSender
from bot.channels.messaging.messenger.signature import is_from_messenger
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared, as_text
from bot.channels.messaging.signatures import same

SHORTEST_VERIFY_TOKEN = 16


class MessengerChannel(MessagingChannel, FacebookInput):
    """Receives what people write to the clinic's page and answers it."""

    title: ClassVar[str] = "Messenger"
    api: ClassVar[str] = "https://graph.facebook.com/v23.0"
    api_variable: ClassVar[str] = "MARROW_MESSENGER_API_URL"
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
        return ""

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
