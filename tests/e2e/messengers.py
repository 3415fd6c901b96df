"""The messaging platforms as far as a running bot sees them: signed calls to it, and one server that it answers to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlencode

PUBLIC_URL = "https://chat.clinic.example"
TELEGRAM_TOKEN, TELEGRAM_SECRET = "123456789:AAF-fake_token-of-a-telegram-bot-00", "a-secret_for-telegram-0123456789"
TWILIO_SID, TWILIO_TOKEN = "AC" + "0f" * 16, "1234567890abcdef1234567890abcdef"
PAGE_TOKEN, APP_SECRET, VERIFY_TOKEN = "EAAfakepagetoken", "0123456789abcdef0123456789abcdef", "a-verify-token-0123"
SLACK_TOKEN, SLACK_SECRET = "xoxb-0000000000-fake", "8f742231b10e8888abcd99yyyzzz85a5"

Call = tuple[str, bytes, dict[str, str]]
_numbers = count(int(time.time()) * 1000)


class Platforms:
    """Takes what the bot sends and notes each text with its time."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, str]] = []
        sent = self.sent

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                text = _text_in(body, self.headers.get("Content-Type", ""))
                if text:
                    sent.append((time.monotonic(), text))
                answer = json.dumps(
                    {
                        "ok": True,
                        "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}},
                        "sid": "SM1",
                        "message_id": "m",
                        "recipient_id": "r",
                    }
                ).encode()
                self.send_response(201 if "/Accounts/" in self.path else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> dict[str, str]:
        """The bot's variables for all channels."""
        return {
            "MARROW_MESSAGING_KEY": "k" * 40,
            "MARROW_PUBLIC_URL": PUBLIC_URL,
            "MARROW_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "MARROW_TELEGRAM_SECRET": TELEGRAM_SECRET,
            "MARROW_TELEGRAM_API_URL": self.url,
            "MARROW_TWILIO_ACCOUNT_SID": TWILIO_SID,
            "MARROW_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
            "MARROW_TWILIO_API_URL": self.url,
            "MARROW_MESSENGER_PAGE_TOKEN": PAGE_TOKEN,
            "MARROW_MESSENGER_APP_SECRET": APP_SECRET,
            "MARROW_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
            "MARROW_MESSENGER_API_URL": f"{self.url}/v23.0",
            "MARROW_SLACK_TOKEN": SLACK_TOKEN,
            "MARROW_SLACK_SIGNING_SECRET": SLACK_SECRET,
            "MARROW_SLACK_API_URL": f"{self.url}/api/",
        }


def _text_in(body: bytes, content_type: str) -> str:
    if content_type.startswith("application/json"):
        data = json.loads(body)
        return str(data.get("text") or (data.get("message") or {}).get("text") or "")
    if content_type.startswith("multipart/"):
        # aiogram sends its arguments as form parts.
        _, _, rest = body.partition(b'name="text"')
        return rest.partition(b"\r\n\r\n")[2].partition(b"\r\n--")[0].decode()
    fields = parse_qs(body.decode())
    return (fields.get("text") or fields.get("Body") or [""])[0]


def _telegram(user: int, text: str) -> Call:
    message = {
        "message_id": next(_numbers) % 10**9,
        "from": {"id": user, "is_bot": False, "first_name": "Ana"},
        "chat": {"id": user, "type": "private"},
        "date": int(time.time()),
        "text": text,
    }
    body = json.dumps({"update_id": next(_numbers), "message": message}).encode()
    return "telegram", body, {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET, "Content-Type": "application/json"}


def _twilio(prefix: str, user: int, text: str) -> Call:
    form = {
        "AccountSid": TWILIO_SID,
        "MessageSid": f"SM{next(_numbers):032x}",
        "From": f"{prefix}+49170{user:07d}",
        "To": f"{prefix}+15005550006",
        "Body": text,
        "NumMedia": "0",
        "SmsStatus": "received",
    }
    signed = f"{PUBLIC_URL}/webhooks/twilio/webhook" + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(TWILIO_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return "twilio", urlencode(form).encode(), headers


def _messenger(user: int, text: str) -> Call:
    message = {"mid": f"m_{next(_numbers)}", "text": text}
    event = {"sender": {"id": str(user)}, "recipient": {"id": "1"}, "timestamp": 1, "message": message}
    body = json.dumps({"object": "page", "entry": [{"id": "1", "time": 1, "messaging": [event]}]}).encode()
    signature = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return "messenger", body, {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}


def _slack(user: int, text: str) -> Call:
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": f"D{user}",
        "user": f"U{user}",
        "text": text,
        "ts": "1",
    }
    body = json.dumps({"type": "event_callback", "event_id": f"Ev{next(_numbers)}", "event": event}).encode()
    moment = str(int(time.time()))
    signature = "v0=" + hmac.new(SLACK_SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": moment, "Content-Type": "application/json"}
    return "slack", body, headers


# By channel: the webhook call that a platform makes for what a person (a number) wrote.
CALLS: Mapping[str, Callable[[int, str], Call]] = {
    "telegram": _telegram,
    "whatsapp": lambda user, text: _twilio("whatsapp:", user, text),
    "sms": lambda user, text: _twilio("", user, text),
    "messenger": _messenger,
    "slack": _slack,
}
