"""Sends to Slack, with failures in one form."""

from __future__ import annotations

import asyncio
import html
from typing import Any

import aiohttp
from rasa.core.channels.slack import SlackBot
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.messaging.delivery import DeliveryError, seconds_from
from bot.channels.messaging.render import Outgoing

# Slack says these with status 200; they pass.
PASSING = {
    "ratelimited": 429,
    "rate_limited": 429,
    "service_unavailable": 503,
    "internal_error": 500,
    "fatal_error": 500,
}


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
