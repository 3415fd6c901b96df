"""Local servers that speak the platforms' real protocols: paths, authentication, limits, errors, rate limits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from aiohttp import web

TELEGRAM_TOKEN = "123456789:AAF-fake_token-of-a-telegram-bot-00"
TWILIO_SID, TWILIO_TOKEN = "AC" + "0f" * 16, "1234567890abcdef1234567890abcdef"
PAGE_TOKEN, APP_SECRET = "EAAfakepagetoken", "0123456789abcdef0123456789abcdef"
SLACK_TOKEN = "xoxb-0000000000-fake"


class Platform:
    """Base: keeps what was sent, and fails as often as a test wants."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.failures: list[web.Response | str] = []
        self.url = ""

    def planned_failure(self) -> web.Response | None:
        """The next failure a test asked for."""
        return self.failures.pop(0) if self.failures else None

    def routes(self) -> list[web.RouteDef]:
        """The platform's paths."""
        raise NotImplementedError


class Telegram(Platform):
    """api.telegram.org: POST /bot<token>/<method>, form fields, {"ok": ...}."""

    webhook: dict[str, str] | None = None

    @staticmethod
    def error(status: int, description: str, **parameters: Any) -> web.Response:
        """An error as the Bot API words it."""
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        if parameters:
            body["parameters"] = parameters
        return web.json_response(body, status=status)

    @classmethod
    def too_many(cls, seconds: int) -> web.Response:
        """Flood control."""
        return cls.error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/bot{token}/{method}", self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        fields = {key: str(value) for key, value in (await request.post()).items()}
        failure = self.planned_failure()
        if failure is not None:
            return failure
        if request.match_info["token"] != TELEGRAM_TOKEN:
            return self.error(401, "Unauthorized")
        if method == "setWebhook":
            self.webhook = fields
            return web.json_response({"ok": True, "result": True, "description": "Webhook was set"})
        if method == "answerCallbackQuery":
            return web.json_response({"ok": True, "result": True})
        if method != "sendMessage":
            return self.error(404, "Not Found: method not found")
        return self.send_message(fields)

    def send_message(self, fields: dict[str, str]) -> web.Response:
        text = fields.get("text", "")
        if not text.strip():
            return self.error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return self.error(400, "Bad Request: message is too long")
        rows = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
        for button in [button for row in rows for button in row]:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                return self.error(400, "Bad Request: BUTTON_DATA_INVALID")
        self.sent.append({"to": fields["chat_id"], "text": text, "rows": rows, "fields": fields})
        chat = {"id": int(fields["chat_id"]), "type": "private"}
        result = {"message_id": len(self.sent), "date": 1700000000, "chat": chat, "text": text}
        return web.json_response({"ok": True, "result": result})


class Twilio(Platform):
    """api.twilio.com: POST /2010-04-01/Accounts/<sid>/Messages.json with basic authentication."""

    @staticmethod
    def error(status: int, code: int, message: str, **headers: str) -> web.Response:
        """An error as Twilio's REST API words it."""
        body = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return web.json_response(body, status=status, headers=headers)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/2010-04-01/Accounts/{sid}/Messages.json", self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        fields = {key: str(value) for key, value in (await request.post()).items()}
        failure = self.planned_failure()
        if failure is not None:
            return failure
        expected = base64.b64encode(f"{TWILIO_SID}:{TWILIO_TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return self.error(401, 20003, "Authenticate")
        if len(fields.get("Body", "")) > 1600:
            return self.error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if not fields.get("Body"):
            return self.error(400, 21602, "Message body is required.")
        self.sent.append({"to": fields["To"], "from": fields["From"], "text": fields["Body"]})
        sid = f"SM{len(self.sent):032x}"
        body = {"sid": sid, "status": "queued", "to": fields["To"], "from": fields["From"], "body": fields["Body"]}
        return web.json_response({**body, "account_sid": TWILIO_SID, "direction": "outbound-api"}, status=201)


class Messenger(Platform):
    """graph.facebook.com: POST /v23.0/me/messages?access_token=...&appsecret_proof=..."""

    @staticmethod
    def error(status: int, code: int, message: str, **more: Any) -> web.Response:
        """An error as the Graph API words it."""
        body = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Afake", **more}
        return web.json_response({"error": body}, status=status)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v23.0/me/messages", self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        body = await request.json()
        failure = self.planned_failure()
        if failure is not None:
            return failure
        proof = hmac.new(APP_SECRET.encode(), PAGE_TOKEN.encode(), hashlib.sha256).hexdigest()
        if request.query.get("access_token") != PAGE_TOKEN:
            return self.error(400, 190, "Invalid OAuth access token - Cannot parse access token")
        if request.query.get("appsecret_proof") != proof:
            return self.error(400, 100, "Invalid appsecret_proof provided in the API argument")
        text, replies = body["message"].get("text", ""), body["message"].get("quick_replies", [])
        if not text or len(text) > 2000:
            return self.error(400, 100, "(#100) Length of param message[text] must be less than or equal to 2000")
        if len(replies) > 13 or any(len(reply["payload"]) > 1000 for reply in replies):
            return self.error(400, 100, "(#100) Param message[quick_replies] is not valid")
        if body["messaging_type"] != "RESPONSE":
            return self.error(400, 10, "(#10) This message is sent outside of allowed window.")
        self.sent.append({"to": body["recipient"]["id"], "text": text, "replies": replies})
        return web.json_response({"recipient_id": body["recipient"]["id"], "message_id": f"m_{len(self.sent)}"})


class Slack(Platform):
    """slack.com/api: POST chat.postMessage with a bearer token; refusals come with status 200."""

    @staticmethod
    def error(name: str, status: int = 200, **headers: str) -> web.Response:
        """An error as Slack's Web API words it."""
        return web.json_response({"ok": False, "error": name}, status=status, headers=headers)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/chat.postMessage", self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append(request.path)
        body = await request.json()
        failure = self.planned_failure()
        if failure is not None:
            return failure
        if request.headers.get("Authorization") != f"Bearer {SLACK_TOKEN}":
            return self.error("invalid_auth")
        if "as_user" in body:
            return self.error("as_user_not_supported")
        if not body.get("text"):
            return self.error("no_text")
        problem = self.problem_in(body.get("blocks", []))
        if problem:
            return self.error(problem)
        self.sent.append({"to": body["channel"], "thread": body.get("thread_ts"), **body})
        return web.json_response({"ok": True, "channel": body["channel"], "ts": "1700000000.000100"})

    @staticmethod
    def problem_in(blocks: list[dict[str, Any]]) -> str:
        for block in blocks:
            elements = block.get("elements", [])
            names = [element["action_id"] for element in elements]
            if block["type"] == "section" and len(block["text"]["text"]) > 3000:
                return "invalid_blocks"
            if len(elements) > 25 or len(set(names)) != len(names):
                return "invalid_blocks"
            if any(len(e["text"]["text"]) > 75 or len(e["value"]) > 2000 for e in elements):
                return "invalid_blocks"
        return ""
