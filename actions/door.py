"""The action server's door: opens to who knows the secret and speaks JSON, and never to a page in a browser."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from clinic.logs import log_event

logger = logging.getLogger(__name__)

SCHEME = "Bearer "
# They tell no more than that the server is there, and whether it may be sent calls; `/metrics` has its own secret.
OPEN_PATHS = frozenset({"/health", "/live", "/ready", "/metrics"})
JSON_TYPES = frozenset({"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"})


def refusal(status: int, detail: str) -> HTTPResponse:
    """An answer that says what was wrong with a call."""
    return json_response({"error": detail}, status=status)


def problem_in(call: Any) -> str | None:
    """What is wrong with the body of an action call, or None."""
    if not isinstance(call, dict):
        return "the body must be a JSON object"
    if not isinstance(call.get("next_action"), str):
        return "'next_action' must be the name of an action"
    tracker = call.get("tracker")
    if not isinstance(tracker, dict) or not isinstance(tracker.get("sender_id"), str):
        return "'tracker' must be an object with a 'sender_id'"
    return None


class Door:
    """Stands before every call; one of `secrets` opens it (several while the secret is being changed)."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._leaving = False

    def install(self, app: Sanic[Any, Any]) -> None:
        """Puts the door before `app`, in front of the SDK's own rules for other origins and for errors."""
        app.register_middleware(self._before, "request", priority=1000)
        # The SDK answers any error with 500 and the body of the call, which holds a patient's words.
        app.error_handler.response = respond  # type: ignore[method-assign]
        app.add_route(self._is_there, "/live", name="marrow_live")
        app.add_route(self._is_ready, "/ready", name="marrow_ready")
        app.register_listener(self._leave, "before_server_stop")

    async def _is_there(self, request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    async def _is_ready(self, request: Request) -> HTTPResponse:
        # Not asked of the database: without it every action server would be taken out, and none could say so.
        return json_response({"status": "stopping"}, status=503) if self._leaving else json_response({"status": "ok"})

    async def _leave(self, *arguments: object) -> None:
        self._leaving = True

    def _knows(self, header: str) -> bool:
        given = header.removeprefix(SCHEME).encode("utf-8", "surrogateescape") if header.startswith(SCHEME) else b""
        return any(hmac.compare_digest(given, secret) for secret in self._secrets)

    async def _before(self, request: Request) -> HTTPResponse | None:
        refused = await self._refused(request)
        if refused is not None:
            log_event(logger, "action_call_refused", logging.WARNING, status=refused.status)
        return refused

    async def _refused(self, request: Request) -> HTTPResponse | None:
        if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") != "none":
            return refusal(403, "no page in a browser may call the action server")
        if request.method == "GET" and request.path in OPEN_PATHS:
            return None
        if not self._knows(request.headers.get("authorization", "")):
            return refusal(401, "the secret is missing or wrong (MARROW_ACTIONS_SECRET)")
        if request.method != "POST":
            return None
        if request.headers.get("content-type", "").lower() not in JSON_TYPES or "content-encoding" in request.headers:
            return refusal(415, "the body must be application/json, not compressed")
        await request.receive_body()  # type: ignore[no-untyped-call]
        try:
            problem = problem_in(json.loads(request.body))
        except (ValueError, RecursionError):
            problem = "the body cannot be read as JSON"
        return refusal(400, problem) if problem else None


def respond(request: Request, error: Exception) -> HTTPResponse:
    """The answer to a call that failed; the log has the error's kind, and neither has a word of the call."""
    if isinstance(error, SanicException) and 400 <= error.status_code < 500:
        return refusal(error.status_code, "the request could not be read")
    log_event(logger, "action_call_failed", logging.ERROR, error=type(error).__name__)
    return refusal(500, "something went wrong here; the log says what kind of error")
