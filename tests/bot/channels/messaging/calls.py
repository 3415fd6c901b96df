"""Webhook calls as the platforms make them: real payload shapes, signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from itertools import count
from typing import Any
from urllib.parse import urlencode

from tests.bot.channels.messaging.harness import PUBLIC_URL
from tests.bot.channels.messaging.platforms import APP_SECRET, TWILIO_SID, TWILIO_TOKEN

TELEGRAM_SECRET = "a-secret_for-telegram-0123456789"
VERIFY_TOKEN = "a-verify-token-for-messenger"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PHONE = "+491701234567"
_numbers = count(1000)

Call = tuple[bytes, dict[str, str]]


# Telegram


def telegram(update: dict[str, Any], secret: str | None = TELEGRAM_SECRET) -> Call:
    """One update."""
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    return json.dumps(update).encode(), headers


def telegram_update(kind: str = "private", chat: int = 99887766, number: int | None = None, **message: Any) -> dict:
    """An update with a message."""
    number = next(_numbers) if number is None else number
    person = {"id": 99887766, "is_bot": False, "first_name": "Ana", "language_code": "en"}
    body = {"message_id": number, "from": person, "chat": {"id": chat, "type": kind}, "date": int(time.time())}
    return {"update_id": number, "message": {**body, **message}}


def telegram_press(data: str, kind: str = "private") -> dict[str, Any]:
    """An update with a pressed inline button."""
    number = next(_numbers)
    chat = {"id": 99887766, "type": kind}
    return {
        "update_id": number,
        "callback_query": {
            "id": f"4382bfdwdsb{number}",
            "from": {"id": 99887766, "is_bot": False, "first_name": "Ana"},
            "message": {"message_id": 5, "chat": chat, "date": 1700000000, "text": "Do you agree?"},
            "chat_instance": "-3996391",
            "data": data,
        },
    }


# Twilio


def twilio(
    fields: dict[str, str] | None = None,
    token: str = TWILIO_TOKEN,
    url: str = f"{PUBLIC_URL}/webhooks/twilio/webhook",
    **more: str,
) -> Call:
    """One incoming message, signed."""
    form = {
        "ToCountry": "US",
        "SmsMessageSid": "",
        "NumMedia": "0",
        "SmsSid": "",
        "SmsStatus": "received",
        "Body": "hello",
        "To": "+15005550006",
        "NumSegments": "1",
        "MessageSid": f"SM{next(_numbers):032x}",
        "AccountSid": TWILIO_SID,
        "From": PHONE,
        "ApiVersion": "2010-04-01",
        **(fields or {}),
        **more,
    }
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return urlencode(form).encode(), headers


def whatsapp(**more: str) -> Call:
    """One incoming WhatsApp message, signed."""
    fields = {"From": f"whatsapp:{PHONE}", "To": "whatsapp:+14155238886"}
    fields |= {"ProfileName": "Ana", "WaId": PHONE[1:], "MessageType": "text"}
    return twilio(fields, **more)


# Messenger


def messenger(call: dict[str, Any], secret: str = APP_SECRET) -> Call:
    """One call, signed."""
    body = json.dumps(call).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}


def messenger_event(**content: Any) -> dict[str, Any]:
    """One messaging event of a page."""
    people = {"sender": {"id": "7317654321"}, "recipient": {"id": "1065432100"}}
    return {**people, "timestamp": 1700000000000 + next(_numbers), **content}


def messenger_page(*events: dict[str, Any]) -> dict[str, Any]:
    """A call with events."""
    return {"object": "page", "entry": [{"id": "1065432100", "time": 1700000000001, "messaging": list(events)}]}


def messenger_text(text: str, **more: Any) -> dict[str, Any]:
    """A call with a text message."""
    return messenger_page(messenger_event(message={"mid": f"m_{next(_numbers)}", "text": text, **more}))


# Slack


def slack_sign(body: bytes, content_type: str, secret: str = SIGNING_SECRET, at: float | None = None) -> Call:
    """`body`, signed with Slack's v0 scheme."""
    moment = str(int(time.time() if at is None else at))
    signed = b"v0:" + moment.encode() + b":" + body
    signature = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    headers = {"Content-Type": content_type, "X-Slack-Signature": signature, "X-Slack-Request-Timestamp": moment}
    return body, headers


def slack(call: dict[str, Any], **more: Any) -> Call:
    """An Events API call."""
    return slack_sign(json.dumps(call).encode(), "application/json", **more)


def slack_event(text: str = "hello", **event: Any) -> dict[str, Any]:
    """A message event of a direct message."""
    number = next(_numbers)
    moment = f"17000{number}.000100"
    inner = {
        "type": "message",
        "channel": "D024BE91L",
        "user": "U2147483697",
        "text": text,
        "ts": moment,
        "event_ts": moment,
        "channel_type": "im",
        "team": "T123ABC456",
        "client_msg_id": f"9a1f-{number}",
        **event,
    }
    return {
        "token": "legacy",
        "team_id": "T123ABC456",
        "api_app_id": "A0FFV41KK",
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{number}",
        "event_time": 1700000000,
        "authorizations": [{"team_id": "T123ABC456", "user_id": "UBOT00001", "is_bot": True}],
    }


def slack_press(value: str, channel: str = "D024BE91L") -> Call:
    """A pressed button."""
    number = next(_numbers)
    payload = {
        "type": "block_actions",
        "user": {"id": "U2147483697", "username": "ana", "team_id": "T123ABC456"},
        "api_app_id": "A0FFV41KK",
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": channel},
        "trigger_id": f"12321423423.333649436676.{number}",
        "channel": {"id": channel, "name": "directmessage"},
        "actions": [
            {
                "type": "button",
                "action_id": "choice_1",
                "block_id": "=qXel",
                "value": value,
                "action_ts": f"17000{number}.5",
                "text": {"type": "plain_text", "text": "Yes"},
            }
        ],
    }
    return slack_sign(urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded")
