"""Slack: Rasa's connector with checked signatures, direct messages only, and each event answered once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import ClassVar

from rasa.core.channels.slack import SlackInput
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.inbound import Inbound, pick
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared
from bot.channels.messaging.slack.reading import is_form, read_action, read_call, read_event
from bot.channels.messaging.slack.sending import SlackSender
from bot.channels.messaging.slack.signature import is_from_slack


class SlackChannel(MessagingChannel, SlackInput):
    """Receives direct messages to the clinic's Slack app and answers them."""

    title: ClassVar[str] = "Slack"
    api: ClassVar[str] = "https://slack.com/api/"
    api_variable: ClassVar[str] = "MARROW_SLACK_API_URL"
    needed: ClassVar[Mapping[str, str]] = {
        "slack_token": "MARROW_SLACK_TOKEN",
        "slack_signing_secret": "MARROW_SLACK_SIGNING_SECRET",
    }

    def __init__(self, token: str, signing_secret: str, api_url: str, shared: Shared) -> None:
        super().__init__(token, slack_signing_secret=signing_secret)
        self.prepare(shared)
        self._api_url = api_url

    def is_authentic(self, request: Request) -> bool:
        """The signing secret signs time and raw body."""
        headers = request.headers
        return is_from_slack(
            headers.get("X-Slack-Signature"),
            headers.get("X-Slack-Request-Timestamp"),
            self.slack_signing_secret,
            request.body,
            time.time(),
        )

    def read(self, request: Request) -> list[Inbound]:
        """One event or one pressed button a call."""
        call = read_call(request)
        if call.get("type") == "url_verification":
            request.ctx.challenge = pick(call, "challenge", kind=str)
        return read_action(call) if is_form(request) else read_event(call)

    def acknowledge(self, request: Request) -> HTTPResponse:
        """Empty; Slack's question whether this address is ours gets its own words back."""
        challenge = getattr(request.ctx, "challenge", None)
        if challenge:
            return response.json({"challenge": challenge})
        # The first delivery has been or is being answered.
        repeated = request.headers.get("X-Slack-Retry-Num") is not None
        return response.text("", headers={"X-Slack-No-Retry": "1"} if repeated else None)

    async def send(self, address: tuple[str, ...], message: Outgoing) -> None:
        """Into the direct message, in the thread that the person wrote in."""
        await SlackSender(self.slack_token, address, self._api_url, self.delivery.timeout).create(message)
