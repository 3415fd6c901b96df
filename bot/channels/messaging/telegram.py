"""Telegram: Rasa's connector with a secret, private chats only, and the webhook set in the background."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from aiogram.bot.api import TelegramAPIServer, check_token
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils import exceptions
from rasa.core.channels.telegram import TelegramInput, TelegramOutput
from sanic.request import Request

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.delivery import DeliveryError
from bot.channels.messaging.inbound import Inbound, pick, read_json
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import Shared, as_text, is_address
from bot.channels.messaging.signatures import is_from_telegram

logger = logging.getLogger(__name__)

API = "https://api.telegram.org"
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
UPDATES = ("message", "edited_message", "callback_query")
# Telegram's menu sends commands; each is what a person would have typed.
COMMANDS: Mapping[str, str] = {
    "start": "hello",
    "help": "what can you do",
    "privacy": "who can see my data?",
}
_COMMAND = re.compile(r"/(\w+)(?:@\w+)?(?:\s.*)?", re.DOTALL)
# Messages that no person wrote.
SERVICE = frozenset(
    {
        "boost_added",
        "chat_background_set",
        "connected_website",
        "delete_chat_photo",
        "group_chat_created",
        "left_chat_member",
        "message_auto_delete_timer_changed",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "pinned_message",
        "proximity_alert_triggered",
        "write_access_allowed",
    }
)


def plain_text(text: str) -> str:
    """`text` with a command turned into words."""
    match = _COMMAND.fullmatch(text.strip())
    return COMMANDS.get(match.group(1).lower(), text) if match else text


def read_update(update: dict[str, Any]) -> list[Inbound]:
    """What one update of the Bot API brings; nothing for what needs no answer."""
    number = pick(update, "update_id", kind=int)
    if number is None:
        return []
    query = pick(update, "callback_query", kind=dict)
    edited = pick(update, "edited_message", kind=dict)
    message = pick(query, "message", kind=dict) or edited or pick(update, "message", kind=dict)
    chat = pick(message, "chat", "id", kind=int)
    sender = query if query is not None else message
    if message is None or chat is None or pick(sender, "from", "is_bot", kind=bool):
        return []
    what: dict[str, Any] = {
        "key": str(number),
        "channel": "telegram",
        "user": str(chat),
        "address": (str(chat),),
    }
    if pick(message, "chat", "type", kind=str) != "private":
        said = pick(message, "text", kind=str) or pick(message, "caption", kind=str) or ""
        return [] if edited is not None or query is not None else [Inbound(**what, kind="group", text=said)]
    if query is not None:
        data = pick(query, "data", kind=str)
        return [Inbound(**what, kind="button", text=data, token=pick(query, "id", kind=str))] if data else []
    text = pick(message, "text", kind=str)
    if edited is not None:
        return [Inbound(**what, kind="edit", text=text or pick(message, "caption", kind=str) or "")]
    if text:
        return [Inbound(**what, kind="text", text=plain_text(text))]
    caption = pick(message, "caption", kind=str)
    if caption:
        return [Inbound(**what, kind="text", text=caption, media=True)]
    return [] if SERVICE & message.keys() else [Inbound(**what, kind="media")]


class TelegramSender(TelegramOutput):
    """Rasa's Telegram client, at a configurable address and with failures in one form."""

    def __init__(self, token: str, api_url: str, timeout: float) -> None:
        super().__init__(token)
        self.server = TelegramAPIServer.from_base(api_url)
        self.timeout = timeout

    async def call(self, method: str, **arguments: Any) -> Any:
        """One method of the Bot API; raises DeliveryError."""
        try:
            return await self.request(method, arguments)
        except exceptions.RetryAfter as error:
            raise DeliveryError(429, float(error.timeout)) from None
        except (exceptions.NetworkError, exceptions.RestartingTelegram):
            raise DeliveryError(None) from None
        except exceptions.Unauthorized:
            raise DeliveryError(403) from None
        except (
            exceptions.BadRequest,
            exceptions.NotFound,
            exceptions.ConflictError,
            exceptions.MigrateToChat,
        ):
            raise DeliveryError(400) from None
        except exceptions.TelegramAPIError:
            raise DeliveryError(500) from None


class TelegramChannel(MessagingChannel, TelegramInput):
    """Receives Telegram's updates and answers them."""

    title: ClassVar[str] = "Telegram"
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
        api_url = as_text(credentials, "api_url")
        return "" if not api_url or is_address(api_url) else "MARROW_TELEGRAM_API_URL is no http(s) address"

    @classmethod
    def create(cls, credentials: Mapping[str, Any], shared: Shared) -> MessagingChannel:
        """See `MessagingChannel`."""
        return cls(
            as_text(credentials, "access_token"),
            as_text(credentials, "webhook_secret"),
            as_text(credentials, "api_url") or API,
            shared,
        )

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

    def get_output_channel(self) -> None:
        """None: Rasa cannot start a conversation here, since it never knows a patient's address."""
        return
