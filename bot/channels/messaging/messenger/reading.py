"""What a call of Messenger brings."""

from __future__ import annotations

from typing import Any

from bot.channels.messaging.inbound import Inbound, objects, pick

GET_STARTED = "GET_STARTED"
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
    return _read_message(pick(event, "message", kind=dict), what)


def _read_message(message: dict[str, Any] | None, what: dict[str, Any]) -> list[Inbound]:
    """A message that a person sent: a pressed quick reply, words, or only a picture."""
    identifier = pick(message, "mid", kind=str)
    if not identifier or pick(message, "is_echo", kind=bool) or pick(message, "is_deleted", kind=bool):
        return []
    payload = pick(message, "quick_reply", "payload", kind=str)
    if payload:
        return [Inbound(**what, key=identifier, kind="button", text=payload)]
    said = pick(message, "text", kind=str)
    attached = [item for item in objects(message, "attachments") if item.get("type") not in PREVIEWS]
    if said:
        return [Inbound(**what, key=identifier, kind="text", text=said, media=bool(attached))]
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
