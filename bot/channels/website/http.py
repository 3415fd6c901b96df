"""HTTP as the website channel speaks it: one error format, strict bodies, exact CORS, safe headers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Set
from typing import Any

from sanic import response
from sanic.request import Request, RequestParameters
from sanic.response import HTTPResponse

PROBLEM = "application/problem+json"
MAXIMUM_BODY_BYTES = 16 * 1024
# A message that is longer than a message may be is still read, and answered when it holds an alarm.
MAXIMUM_MESSAGE_BYTES = 256 * 1024
MAXIMUM_TEXT_CHARACTERS = 2500
PREFLIGHT_SECONDS = 600
METHODS = "GET, POST, DELETE"
TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Session over",
    403: "Not allowed from this website",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported content type",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available just now",
}
API_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")

Check = Callable[[Any], "str | None"]


class ProblemError(Exception):
    """A call that is answered with an error; `detail` is shown to the caller and quotes nothing he sent."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        # The safety message, where the refused call held an emergency or a crisis.
        self.safety: Mapping[str, Any] | None = None

    def as_response(self) -> HTTPResponse:
        """The answer, as RFC 9457 describes it."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
        }
        if self.safety is not None:
            body["text"] = self.safety["text"]
            body["safety"] = self.safety["custom"]["safety"]
        headers = dict(self.headers)
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
            headers["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return response.json(body, status=self.status, headers=headers, content_type=PROBLEM)


class TooLongError(ProblemError):
    """A message whose text is longer than a message may be, and right otherwise."""

    def __init__(self) -> None:
        super().__init__(413, f"a message may have at most {MAXIMUM_TEXT_CHARACTERS} characters")


async def read_body(request: Request, most: int = MAXIMUM_BODY_BYTES) -> bytes:
    """The body of a streamed request; raises Problem 413 as soon as it has more than `most` bytes."""
    too_large = ProblemError(413, f"the body may have at most {most} bytes")
    if request.stream is None:
        return b""
    # Sanic lifts its own limit for streamed routes; this one also ends the reading of what is left.
    request.stream.request_max_size = most
    body = b""
    async for part in request.stream:
        body += part
        if len(body) > most:
            raise too_large
    return body


def check_content_type(value: str | None) -> None:
    """Raises Problem 415 unless `value` is JSON in UTF-8."""
    kind, _, parameters = (value or "").partition(";")
    charset = parameters.strip().lower().replace('"', "").replace(" ", "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise ProblemError(415, "send the body as application/json in UTF-8")


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; raises Problem 400 for anything that two readers could read differently."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ProblemError(400, "the body names a field twice")
        return result

    def no_constant(name: str) -> Any:
        raise ProblemError(400, "the body must be valid JSON")

    try:
        parsed = json.loads(body.decode("utf-8"), object_pairs_hook=unique, parse_constant=no_constant)
    except UnicodeDecodeError:
        raise ProblemError(400, "the body must be valid UTF-8") from None
    except (ValueError, RecursionError):
        raise ProblemError(400, "the body must be valid JSON") from None
    if not isinstance(parsed, dict):
        raise ProblemError(400, "the body must be a JSON object")
    return parsed


def check_fields(body: Mapping[str, Any], required: Mapping[str, Check], optional: Mapping[str, Check]) -> None:
    """Raises Problem 400 for a missing, an unknown or a wrong field."""
    known = {**required, **optional}
    if any(name not in known for name in body):
        raise ProblemError(400, f"the body may have only these fields: {', '.join(sorted(known)) or 'none'}")
    for name, check in known.items():
        if name not in body:
            if name in required:
                raise ProblemError(400, f"the field '{name}' is missing")
            continue
        wrong = check(body[name])
        if wrong:
            raise ProblemError(400, f"the field '{name}' {wrong}")


def matches(pattern: str, description: str) -> Check:
    """A check for texts that match all of `pattern`."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: Any) -> str | None:
        return None if isinstance(value, str) and compiled.fullmatch(value) else f"must be {description}"

    return check


def is_boolean(value: Any) -> str | None:
    """A check for true and false."""
    return None if isinstance(value, bool) else "must be true or false"


def is_message_text(value: Any) -> str | None:
    """A check for what a patient says; raises TooLongError when it is longer than a message may be."""
    if not isinstance(value, str):
        return "must be a text"
    if _SURROGATE.search(value):
        return "must be valid Unicode"
    if len(value) > MAXIMUM_TEXT_CHARACTERS:
        raise TooLongError
    return None if without_controls(value).strip() else "must not be empty"


def without_controls(text: str) -> str:
    """`text` without control characters, line breaks and tabs apart."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def bearer_token(value: str | None) -> str:
    """The token of an Authorization header; raises Problem 401 without one."""
    scheme, _, token = (value or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(401, "send the session's token as 'Authorization: Bearer <token>'")
    return token.strip()


def query(request: Request, allowed: Set[str]) -> RequestParameters:
    """The query's parameters, empty ones too; raises Problem 400 if there is any but the `allowed`."""
    parameters = request.get_args(keep_blank_values=True)
    if set(parameters) - allowed:
        names = " and ".join(f"'{name}'" for name in sorted(allowed))
        raise ProblemError(400, f"the query may have only {names}")
    return parameters


def query_number(parameters: RequestParameters, name: str, lowest: int, highest: int) -> int | None:
    """A number of the query, or None when it is not there; raises Problem 400 for anything else."""
    values = parameters.getlist(name) or []
    if not values:
        return None
    value = values[0]
    if len(values) > 1 or not re.fullmatch(r"[0-9]{1,9}", value) or not lowest <= int(value) <= highest:
        raise ProblemError(400, f"'{name}' must be given once, as a whole number from {lowest} to {highest}")
    return int(value)


def preflight() -> HTTPResponse:
    """The answer to a browser that asks whether it may call; `secure` adds what it may do."""
    return response.empty()


def secure(answer: HTTPResponse, origin: str | None, *, is_preflight: bool = False) -> None:
    """Puts the channel's headers on an answer, and exactly these CORS headers; none without an `origin`."""
    for name in [name for name in answer.headers if name.lower().startswith("access-control-")]:
        answer.headers.pop(name, None)
    answer.headers.popall("vary", None)
    cors = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"}
    if is_preflight:
        cors |= {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
    for name, value in {**API_HEADERS, "Vary": "Origin", **(cors if origin is not None else {})}.items():
        answer.headers[name] = value
