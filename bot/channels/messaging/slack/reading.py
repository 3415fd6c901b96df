"""What a call of Slack brings."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import parse_qs

from rasa.core.channels.slack import SlackInput
from sanic.request import Request

from bot.channels.messaging.inbound import Inbound, UnreadableError, objects, pick, read_json

FORM = "application/x-www-form-urlencoded"


def plain_text(text: str) -> str:
    """What the person typed, without Slack's mark-up for mentions, links and the characters & < >."""
    return html.unescape(SlackInput._sanitize_user_message(text, []))


def read_event(call: dict[str, Any]) -> list[Inbound]:
    """What an Events API call brings: direct messages, and mentions elsewhere to be refused."""
    key, event = pick(call, "event_id", kind=str), pick(call, "event", kind=dict)
    channel = pick(event, "channel", kind=str)
    if call.get("type") != "event_callback" or event is None or not key or not channel:
        return []
    user = pick(event, "user", kind=str)
    thread = pick(event, "thread_ts", kind=str) or ""
    what: dict[str, Any] = {"key": key, "channel": "slack", "address": (channel, thread)}
    if event.get("type") == "app_mention" and user:
        thread = thread or pick(event, "ts", kind=str) or ""
        said = plain_text(pick(event, "text", kind=str) or "")
        return [Inbound(**{**what, "address": (channel, thread)}, user=channel, kind="group", text=said)]
    if event.get("type") != "message" or event.get("channel_type") != "im" or "bot_id" in event:
        return []
    return _read_message(event, user, what)


def _read_message(event: dict[str, Any], user: str | None, what: dict[str, Any]) -> list[Inbound]:
    """A direct message that a person wrote or changed."""
    subtype = pick(event, "subtype", kind=str)
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
