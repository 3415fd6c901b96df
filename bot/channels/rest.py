"""The REST channel of development and tests: `POST /webhooks/rest/webhook`."""

from __future__ import annotations

import math
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.api_door import shut_to_pages
from bot.channels.replies import OnNewMessage, Replies, collect_replies
from bot.safety.watch import look_aside

MAXIMUM_SENDER = 128
MAXIMUM_MESSAGE = 10_000


def problem_in(body: Any, longest: float = MAXIMUM_MESSAGE) -> str | None:
    """What is wrong with a request's JSON body, whose message may have `longest` characters, or None."""
    if not isinstance(body, dict):
        return 'the body must be a JSON object such as {"sender": "you", "message": "hello"}'
    sender, message = body.get("sender", "default"), body.get("message")
    if not isinstance(sender, str) or not 0 < len(sender) <= MAXIMUM_SENDER:
        return f"'sender' must be a text of 1 to {MAXIMUM_SENDER} characters"
    if not isinstance(message, str):
        return "'message' must be a text"
    if len(message) > longest:
        return f"'message' may have at most {MAXIMUM_MESSAGE} characters"
    return None


class RestInput(InputChannel):
    """Rasa's REST channel with whole replies, checked input and an apology instead of silence.

    It trusts the sender id a client gives, so it is for development only: production credentials do
    not name it.
    """

    @classmethod
    def name(cls) -> str:
        """The channel's name, as in the address and in each request's `channel`."""
        return "rest"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The two routes: health and webhook."""
        blueprint = Blueprint("marrow_rest")

        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            problem, alarm = problem_in(body), None
            if problem and problem_in(body, longest=math.inf) is None:
                # Too long, but not to be refused when it holds an emergency or a crisis.
                alarm = await look_aside(body["message"])
            if problem and alarm is None:
                return response.json(
                    {"title": "Bad request", "status": 400, "detail": problem},
                    status=400,
                    content_type="application/problem+json",
                )
            message = UserMessage(body["message"], Replies(), body.get("sender", "default"), input_channel=self.name())
            return response.json(await collect_replies(on_new_message, message, alarm))

        return shut_to_pages(blueprint)
