"""The action server's figures: who may look, and what waits for the clinic, also while the database is away."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import CollectorRegistry, generate_latest
from sanic.request import Request

from actions.metrics import REQUESTS, Metrics, Outbox
from clinic.errors import StorageUnavailable

SECRET = "s" * 40


def look(header: str, secret: str = SECRET) -> Any:
    request = cast(Request, SimpleNamespace(headers={"authorization": header}))
    return asyncio.run(Metrics(secret).answer(request))


def test_only_who_knows_the_secret_sees_the_figures() -> None:
    for header in ("", "Bearer ", "Bearer wrong", f"Basic {SECRET}"):
        assert look(header).status == 401
    assert look("Bearer ", secret="").status == 401
    REQUESTS.inc()
    assert b"marrow_requests_total" in look(f"Bearer {SECRET}").body


def test_the_outbox_is_told_while_the_database_answers() -> None:
    def away() -> int:
        raise StorageUnavailable("away")

    for waiting, shown in ((lambda: 3, b"marrow_outbox_depth 3.0"), (away, b"")):
        registry = CollectorRegistry()
        registry.register(Outbox(waiting))
        assert shown in generate_latest(registry)
        assert (b"marrow_outbox_depth" in generate_latest(registry)) is bool(shown)
