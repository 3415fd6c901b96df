"""What a call of Twilio brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.channels.messaging.inbound import Inbound, UnreadableError

MOST_FIELDS = 300
_WHATSAPP = re.compile(r"whatsapp:\+?[\w.-]{3,64}")
_PHONE = re.compile(r"\+?\d{3,15}")
# A carrier or Twilio has acted on these already, and refuses any reply.
OPT_OUT = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
# Some carriers turn the @ of an e-mail address into this.
_BROKEN_AT = re.compile(r"(?<=\w)\u00a1(?=\w)")


def read_form(body: bytes) -> list[tuple[str, str]]:
    """The form's names and values, empty ones included, since Twilio signs them; raises UnreadableError."""
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise UnreadableError("not a form") from error


def read_message(form: Mapping[str, str]) -> list[Inbound]:
    """What an incoming message brings; nothing for status reports, opt-outs and other senders."""
    identifier, sender, receiver = form.get("MessageSid", ""), form.get("From", ""), form.get("To", "")
    if not identifier or not receiver or form.get("SmsStatus", "received") != "received":
        return []
    if _WHATSAPP.fullmatch(sender):
        channel = "whatsapp"
    elif _PHONE.fullmatch(sender):
        channel = "sms"
    else:
        return []
    text = form.get("Body", "").strip()
    if form.get("OptOutType") or (channel == "sms" and text.lower() in OPT_OUT):
        return []
    media = form.get("NumMedia", "0") not in ("", "0") or "Latitude" in form
    what: dict[str, Any] = {
        "key": identifier,
        "channel": channel,
        "user": sender,
        "address": (sender, receiver),
    }
    if "OtherRecipients0" in form:
        return [Inbound(**what, kind="group", text=text)]
    # Of a shared location the text is the place's name, which is no message.
    if not text or "Latitude" in form:
        return [Inbound(**what, kind="media")]
    return [Inbound(**what, kind="text", text=_BROKEN_AT.sub("@", text), media=media)]
