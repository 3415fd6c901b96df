"""What a call of Telegram brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.channels.messaging.inbound import Inbound, pick
from bot.language import language

# Telegram's menu sends commands; each is what a person would have typed.
COMMANDS: Mapping[str, str] = {"start": "typed_start", "help": "typed_help", "privacy": "typed_privacy"}
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
    key = COMMANDS.get(match.group(1).lower()) if match else None
    return language().say(key) if key else text


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
        return [] if edited is not None or query is not None else [Inbound(**what, kind="group", text=_words(message))]
    if query is not None:
        data = pick(query, "data", kind=str)
        return [Inbound(**what, kind="button", text=data, token=pick(query, "id", kind=str))] if data else []
    if edited is not None:
        return [Inbound(**what, kind="edit", text=_words(message))]
    return _read_message(message, what)


def _read_message(message: dict[str, Any], what: dict[str, Any]) -> list[Inbound]:
    """A new message in a private chat: its text, the words under a picture, or only the picture."""
    text, words = pick(message, "text", kind=str), _words(message)
    if text:
        return [Inbound(**what, kind="text", text=plain_text(text))]
    if words:
        return [Inbound(**what, kind="text", text=words, media=True)]
    return [] if SERVICE & message.keys() else [Inbound(**what, kind="media")]


def _words(message: dict[str, Any]) -> str:
    """The text, or what is written under a picture."""
    return pick(message, "text", kind=str) or pick(message, "caption", kind=str) or ""
