"""Stands before and behind every call under the channel's address, whatever other plug-ins do with it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.strict_request import UNREAD_METHOD, UNREAD_PATH, StrictRequest
from bot.channels.web_limits import client_address
from bot.channels.website.http import MAXIMUM_BODY_BYTES, ProblemError, preflight, secure
from bot.channels.website.settings import Settings

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5
DRAINED_BYTES = 512 * 1024

Counter = Callable[[Request], Awaitable[None]]


def address_of(request: Request, settings: Settings) -> str:
    """The address of the client that sent `request`."""
    return client_address(request.ip or "", request.headers.getall("x-forwarded-for", []), settings.trusted_proxies)


def problem_of(request: Request, error: BaseException) -> ProblemError:
    """The problem to answer with; a failure of ours is logged by its type, never by its words."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, SanicException) and 400 <= (error.status_code or 500) < 500:
        return ProblemError(error.status_code, _explanation(error.status_code), headers=_headers(error))
    if request.method == UNREAD_METHOD and not isinstance(error, SanicException):
        return ProblemError(400, "the request could not be read")
    logger.error("A call of the website channel failed: %s", _place_of(error))
    if isinstance(error, (SQLAlchemyError, SanicException)):
        return ProblemError(503, "please send this again in a moment", retry_after=RETRY_SECONDS)
    if isinstance(error, RasaException):
        return ProblemError(503, "the assistant is not set up correctly; its log says more")
    return ProblemError(500, "something went wrong here; please send this again in a moment")


def _place_of(error: BaseException) -> str:
    """The error's type and the line that raised it: enough to find it, and no word of a patient's."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else repr(type(error))


def _explanation(status: int) -> str:
    return {
        404: "there is nothing at this address",
        405: "this address does not take that method",
        413: "the request is too large",
    }.get(status, "the request could not be read")


def _headers(error: SanicException) -> dict[str, str]:
    allowed = (getattr(error, "headers", None) or {}).get("Allow")
    return {"Allow": allowed} if allowed else {}


class Guard:
    """Origin check, preflight, one error format and headers for every path under `prefix`.

    Sanic-CORS, which Rasa installs, answers preflights and adds headers for all paths by its own rules.
    The guard therefore runs before its request middleware and after its response middleware.
    """

    def __init__(self, settings: Settings, prefix: str, count: Counter) -> None:
        self._settings = settings
        self._prefix = prefix.rstrip("/")
        self._count = count

    def install(self, app: Sanic) -> None:
        """Puts the guard around `app`; Rasa's own paths stay as they are, but for requests nobody can read."""
        app.request_class = StrictRequest
        others = app.error_handler.response

        def respond(request: Request, error: BaseException) -> Any:
            return problem_of(request, error).as_response() if self._owns(request) else others(request, error)

        app.error_handler.response = respond

        async def take_places(app: Sanic, loop: Any) -> None:
            app.request_middleware.appendleft(self._before)
            app.response_middleware.append(self._after)

        app.register_listener(take_places, "before_server_start")

    def _owns(self, request: Request | None) -> bool:
        if request is None:
            return False
        return request.path == UNREAD_PATH or (request.path + "/").startswith(self._prefix + "/")

    async def _before(self, request: Request) -> HTTPResponse | None:
        if not self._owns(request):
            return None
        if request.stream is not None:
            request.stream.request_max_size = MAXIMUM_BODY_BYTES
        origin = request.headers.get("origin")
        try:
            if origin is not None and not self._settings.allows(origin):
                raise ProblemError(403, "the chat may not be used from this website")
            if request.method == "OPTIONS":
                return preflight()
            await self._count(request)
        except ProblemError as problem:
            return problem.as_response()
        return None

    async def _after(self, request: Request, answer: HTTPResponse) -> None:
        if self._owns(request) and answer is not None:
            origin = request.headers.get("origin")
            allowed = origin if origin is not None and self._settings.allows(origin) else None
            secure(answer, allowed, is_preflight=request.method == "OPTIONS")
            if request.stream is not None and request.stream.request_body:
                # What is left of a refused body is read and dropped, so that the answer arrives; then it ends.
                request.stream.request_max_size = DRAINED_BYTES
                request.stream.keep_alive = False
