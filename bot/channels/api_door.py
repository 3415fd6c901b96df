"""Shuts Rasa's own addresses and the REST channel to pages in a browser: they trust whoever calls them.

Any page that a developer has open could otherwise write into conversations, or read them.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

# Have rules of their own: the website channel's guard, the signatures of messaging platforms, public files.
OTHER_CHANNELS = "/webhooks/"
TRUSTING = "/webhooks/rest"
PUBLIC = ("/widget/", "/demo/")
# What a page cannot send elsewhere without asking first.
BODY_TYPES = frozenset({"application/json", "application/yaml", "application/x-yaml"})


def is_ours(path: str) -> bool:
    """Whether the door stands before this path."""
    if path.startswith(OTHER_CHANNELS):
        return f"{path}/".startswith(f"{TRUSTING}/")
    return path != "/" and not path.startswith(PUBLIC)


def is_own_name(host: str) -> bool:
    """Whether a Host header names this machine: no page elsewhere can be served under such a name."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost") or "." not in name.strip("."):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def refusal_of(request: Request) -> tuple[int, str] | None:
    """The status and the reason with which a request is refused, or None."""
    hosts = request.headers.getall("host", [])
    try:
        known = len(hosts) < 2 and all(is_own_name(host) for host in hosts)
    except ValueError:
        return 400, "the Host header cannot be read"
    if not known:
        return 403, "the API answers only under this machine's own names, such as localhost"
    own = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    if any(origin not in own for origin in request.headers.getall("origin", [])):
        return 403, "the API may not be used from another origin"
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return 403, "the API may not be used from another origin"
    types = request.headers.getall("content-type", [])
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if request.method in ("POST", "PUT", "PATCH") and (types or has_body) and not _is_data(types):
        return 415, "the body must be application/json"
    return None


def _is_data(types: list[str]) -> bool:
    return len(types) == 1 and types[0].partition(";")[0].strip().lower() in BODY_TYPES


async def before(request: Request) -> HTTPResponse | None:
    """Answers what is refused; comes before Sanic-CORS, which would answer preflights."""
    if not is_ours(request.path):
        return None
    refused = refusal_of(request)
    if refused is None:
        return None
    status, detail = refused
    problem = {"title": "Refused", "status": status, "detail": detail}
    return response.json(problem, status=status, content_type="application/problem+json")


def shut_to_pages(blueprint: Blueprint) -> Blueprint:
    """`blueprint`, which now puts the door before the whole server that it becomes a part of (once)."""

    @blueprint.listener("before_server_start")
    async def install(app: Sanic, loop: Any) -> None:
        if before not in app.request_middleware:
            app.request_middleware.appendleft(before)

    return blueprint
