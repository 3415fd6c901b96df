"""Slack: Rasa's connector with checked signatures, direct messages only, and each event answered once."""

from __future__ import annotations

import asyncio
import html
import logging
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

import aiohttp
from rasa.core.channels.slack import SlackBot, SlackInput
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import DeliveryError, seconds_from
from bot.channels.messaging.inbound import Inbound, UnreadableError, objects, pick, read_json
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared, as_text, is_address
from bot.channels.messaging.signatures import is_from_slack

logger = logging.getLogger(__name__)

API = "https://slack.com/api/"
FORM = "application/x-www-form-urlencoded"
# Slack says these with status 200; they pass.
PASSING = {
    "ratelimited": 429,
    "rate_limited": 429,
    "service_unavailable": 503,
    "internal_error": 500,
    "fatal_error": 500,
}


def plain_text(text: str) -> str:
    """What the person typed, without Slack's mark-up for mentions, links and the characters & < >."""
    return html.unescape(SlackInput._sanitize_user_message(text, []))


def read_event(call: dict[str, Any]) -> list[Inbound]:
    """What an Events API call brings: direct messages, and mentions elsewhere to be refused."""
    key, event = pick(call, "event_id", kind=str), pick(call, "event", kind=dict)
    channel = pick(event, "channel", kind=str)
    if call.get("type") != "event_callback" or event is None or not key or not channel:
        return []
    subtype, user = pick(event, "subtype", kind=str), pick(event, "user", kind=str)
    thread = pick(event, "thread_ts", kind=str) or ""
    what: dict[str, Any] = {"key": key, "channel": "slack", "address": (channel, thread)}
    if event.get("type") == "app_mention" and user:
        thread = thread or pick(event, "ts", kind=str) or ""
        said = plain_text(pick(event, "text", kind=str) or "")
        return [Inbound(**{**what, "address": (channel, thread)}, user=channel, kind="group", text=said)]
    if event.get("type") != "message" or event.get("channel_type") != "im" or "bot_id" in event:
        return []
    if subtype == "message_changed":
        return _read_edit(event, what)
    if not user or subtype not in (None, "file_share", "thread_broadcast"):
        return []
    text, files = plain_text(pick(event, "text", kind=str) or ""), bool(objects(event, "files"))
    if not text:
        return [Inbound(**what, user=user, kind="media")]
    return [Inbound(**what, user=user, kind="text", text=text, media=files)]


def _read_edit(event: dict[str, Any], what: dict[str, Any]) -> list[Inbound]:
    """A changed message, if a person changed its words: Slack also "changes" a message to show a preview."""
    message, before = pick(event, "message", kind=dict), pick(event, "previous_message", "text", kind=str)
    user = pick(message, "user", kind=str)
    text = pick(message, "text", kind=str)
    if message is None or not user or "bot_id" in message or text == before:
        return []
    return [Inbound(**what, user=user, kind="edit", text=plain_text(text or ""))]


def read_action(payload: dict[str, Any]) -> list[Inbound]:
    """What a pressed button in a direct message brings."""
    user, channel = pick(payload, "user", "id", kind=str), pick(payload, "channel", "id", kind=str)
    action = next((item for item in objects(payload, "actions") if item.get("type") == "button"), None)
    value, moment = pick(action, "value", kind=str), pick(action, "action_ts", kind=str)
    if payload.get("type") != "block_actions" or not user or not value or not moment:
        return []
    if not channel or not channel.startswith("D"):
        return []
    thread = pick(payload, "container", "thread_ts", kind=str) or ""
    return [
        Inbound(
            key=f"{channel}:{user}:{moment}",
            channel="slack",
            user=user,
            address=(channel, thread),
            kind="button",
            text=value,
        )
    ]


def is_form(request: Request) -> bool:
    """Whether the call is about a button; events come as JSON."""
    return str(request.headers.get("content-type", "")).lower().startswith(FORM)


def read_call(request: Request) -> dict[str, Any]:
    """The JSON object of a call: the body, or a form's field `payload`; raises UnreadableError."""
    if not is_form(request):
        return read_json(request.body)
    try:
        values = parse_qs(request.body.decode("utf-8"), max_num_fields=20).get("payload", [""])
    except ValueError as error:
        raise UnreadableError("not a form") from error
    return read_json(values[0].encode("utf-8", "replace"))


class SlackSender(SlackBot):
    """Rasa's Slack client with the arguments that today's bot tokens allow, at a configurable address."""

    def __init__(self, token: str, address: tuple[str, ...], api_url: str, timeout: float) -> None:
        channel, thread = address
        super().__init__(token, channel, thread or None)
        self.client = AsyncWebClient(token, base_url=api_url, timeout=int(timeout), retry_handlers=[])

    async def create(self, message: Outgoing) -> None:
        """Sends one message; raises DeliveryError."""
        arguments: dict[str, Any] = {
            "text": html.escape(message.text, quote=False),
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if message.buttons:
            arguments["blocks"] = _blocks(message)
        try:
            await self._post_message(channel=self.slack_channel, **arguments)
        except SlackApiError as error:
            raise _failure(error) from None
        except (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
            raise DeliveryError(None) from None


def _blocks(message: Outgoing) -> list[dict[str, Any]]:
    buttons = [
        {
            "type": "button",
            "action_id": f"choice_{number}",
            "text": {"type": "plain_text", "text": button.title, "emoji": False},
            "value": button.data,
        }
        for number, button in enumerate(message.buttons, 1)
    ]
    text = {"type": "plain_text", "text": message.text, "emoji": False}
    return [{"type": "section", "text": text}, {"type": "actions", "elements": buttons}]


def _failure(error: SlackApiError) -> DeliveryError:
    reply = error.response
    name = reply.get("error") if isinstance(getattr(reply, "data", None), dict) else None
    status = int(getattr(reply, "status_code", 500))
    # A refusal comes with status 200 and its name.
    status = PASSING.get(str(name), 400 if status < 400 else status)
    headers = {str(key).lower(): value for key, value in (getattr(reply, "headers", None) or {}).items()}
    return DeliveryError(status, seconds_from(headers.get("retry-after")))


class SlackChannel(MessagingChannel, SlackInput):
    """Receives direct messages to the clinic's Slack app and answers them."""

    title: ClassVar[str] = "Slack"
    needed: ClassVar[Mapping[str, str]] = {
        "slack_token": "MARROW_SLACK_TOKEN",
        "slack_signing_secret": "MARROW_SLACK_SIGNING_SECRET",
    }

    def __init__(self, token: str, signing_secret: str, api_url: str, shared: Shared) -> None:
        super().__init__(token, slack_signing_secret=signing_secret)
        self.prepare(shared)
        self._api_url = api_url

    @classmethod
    def problem_in(cls, credentials: Mapping[str, Any], shared: Shared) -> str:
        """See `MessagingChannel`."""
        api_url = as_text(credentials, "api_url")
        return "" if not api_url or is_address(api_url) else "MARROW_SLACK_API_URL is no http(s) address"

    @classmethod
    def create(cls, credentials: Mapping[str, Any], shared: Shared) -> MessagingChannel:
        """See `MessagingChannel`."""
        return cls(
            as_text(credentials, "slack_token"),
            as_text(credentials, "slack_signing_secret"),
            as_text(credentials, "api_url") or API,
            shared,
        )

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

    def get_output_channel(self, channel: str | None = None, thread_id: str | None = None) -> None:
        """None: Rasa cannot start a conversation here, since it never knows a patient's address."""
        return
