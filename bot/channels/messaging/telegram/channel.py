"""Telegram: Rasa's connector with a secret, private chats only, and the webhook set in the background."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from aiogram.bot.api import check_token
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils import exceptions
from rasa.core.channels.telegram import TelegramInput
from sanic.request import Request

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import DeliveryError
from bot.channels.messaging.inbound import Inbound, read_json
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared, as_text
from bot.channels.messaging.telegram.reading import read_update
from bot.channels.messaging.telegram.sending import TelegramSender
from bot.channels.messaging.telegram.signature import is_from_telegram

logger = logging.getLogger(__name__)

SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
UPDATES = ("message", "edited_message", "callback_query")


class TelegramChannel(MessagingChannel, TelegramInput):
    """Receives Telegram's updates and answers them."""

    title: ClassVar[str] = "Telegram"
    api: ClassVar[str] = "https://api.telegram.org"
    api_variable: ClassVar[str] = "MARROW_TELEGRAM_API_URL"
    needed: ClassVar[Mapping[str, str]] = {
        "access_token": "MARROW_TELEGRAM_TOKEN",
        "webhook_secret": "MARROW_TELEGRAM_SECRET",
    }

    def __init__(self, token: str, secret: str, api_url: str, shared: Shared) -> None:
        super().__init__(token, verify=None, webhook_url=None)
        self.prepare(shared)
        self._secret = secret
        self._bot = TelegramSender(token, api_url, self.delivery.timeout)

    @classmethod
    def problem_in(cls, credentials: Mapping[str, Any], shared: Shared) -> str:
        """See `MessagingChannel`."""
        if not SECRET.fullmatch(as_text(credentials, "webhook_secret")):
            return "MARROW_TELEGRAM_SECRET must have 16 to 256 letters, digits, _ or -"
        try:
            check_token(as_text(credentials, "access_token"))
        except exceptions.ValidationError:
            return "MARROW_TELEGRAM_TOKEN is no token as BotFather gives them"
        return ""

    def is_authentic(self, request: Request) -> bool:
        """Telegram sends back the secret that the webhook was set with."""
        return is_from_telegram(request.headers.get("X-Telegram-Bot-Api-Secret-Token"), self._secret)

    def read(self, request: Request) -> list[Inbound]:
        """One update a call."""
        return read_update(read_json(request.body))

    async def send(self, address: tuple[str, ...], message: Outgoing) -> None:
        """Plain text without formatting or previews, each button in a row of its own."""
        arguments: dict[str, Any] = {
            "chat_id": address[0],
            "text": message.text,
            "disable_web_page_preview": "true",
        }
        if message.buttons:
            keyboard = InlineKeyboardMarkup(row_width=1)
            keyboard.add(*(InlineKeyboardButton(button.title, callback_data=button.data) for button in message.buttons))
            arguments["reply_markup"] = keyboard.as_json()
        await self._bot.call("sendMessage", **arguments)

    async def confirm_press(self, inbound: Inbound) -> None:
        """Ends the waiting sign on the button."""
        if inbound.token:
            await self._bot.call("answerCallbackQuery", callback_query_id=inbound.token)

    async def starting(self) -> None:
        """Tells Telegram where this bot listens; a failure is logged and keeps nothing from starting."""
        if not self.shared.public_url:
            logger.warning("Telegram: MARROW_PUBLIC_URL is not set, so the webhook was not set either")
            return
        try:
            await self.delivery.run(self._set_webhook)
            logger.info("Telegram: the webhook is set")
        except DeliveryError as error:
            logger.error("Telegram: the webhook could not be set: %s", error)

    async def _set_webhook(self) -> None:
        await self._bot.call(
            "setWebhook",
            url=f"{self.shared.public_url}/webhooks/{self.name()}/webhook",
            secret_token=self._secret,
            allowed_updates=json.dumps(UPDATES),
        )

    async def closing(self) -> None:
        """Closes the connections to Telegram."""
        await self._bot.session.close()
