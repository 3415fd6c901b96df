"""Refuses requests whose framing is ambiguous, before Sanic acts on it, for every path of the bot's server.

Sanic 21.12 (the version Rasa is tied to) takes a negative Content-Length as it is and then never stops
reading: one such request, from anybody, would hang the whole bot.
"""

from __future__ import annotations

import re
from typing import Any

from httptools import HttpParserInvalidURLError
from sanic.exceptions import InvalidUsage
from sanic.request import Request

# Sanic's stand-in for a request whose first lines it could not read.
UNREAD_METHOD = "NONE"
UNREAD_PATH = "*"

_LENGTH = re.compile(r"[0-9]{1,12}")


def framing_problem(lengths: list[str], encodings: list[str]) -> str | None:
    """What is wrong with a request's Content-Length and Transfer-Encoding headers, or None."""
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length.strip()) for length in lengths):
        return "Content-Length must be one number"
    if encodings and (lengths or encodings != ["chunked"]):
        return "Transfer-Encoding may only be 'chunked', and without Content-Length"
    return None


class StrictRequest(Request):
    """A request that can be read in one way only; anything else is answered with 400."""

    def __init__(self, url_bytes: bytes, headers: Any, version: str, method: str, *rest: Any, **named: Any) -> None:
        problem = None
        try:
            super().__init__(url_bytes, headers, version, method, *rest, **named)
        except HttpParserInvalidURLError:
            super().__init__(UNREAD_PATH.encode(), headers, version, method, *rest, **named)
            problem = "the address cannot be read"
        problem = problem or framing_problem(
            headers.getall("content-length", []), headers.getall("transfer-encoding", [])
        )
        # Sanic makes a request with this method itself in order to answer what it could not read.
        if problem and method != UNREAD_METHOD:
            raise InvalidUsage(problem)
