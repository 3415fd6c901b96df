"""What the bot counts of itself, at `/metrics` for Prometheus: how much, how long and how often, and never who or what.

Labels have few values, all known beforehand; nothing that a patient typed or is called can be one.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

PATH = "/metrics"
SCHEME = "Bearer "
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)

REGISTRY = CollectorRegistry()
TURNS = Counter("marrow_turns", "Messages of patients that were answered.", ["channel"], registry=REGISTRY)
TURN_SECONDS = Histogram(
    "marrow_turn_seconds", "From a message to its answer.", ["channel"], buckets=SECONDS, registry=REGISTRY
)
UNANSWERED = Counter(
    "marrow_turns_failed", "Messages whose sender was asked to send them again.", ["channel"], registry=REGISTRY
)
FALLBACKS = Counter("marrow_fallbacks", "Messages that were not understood.", ["channel"], registry=REGISTRY)
SAFETY = Counter("marrow_safety_events", "Answers to an emergency or a crisis.", ["channel", "kind"], registry=REGISTRY)
LOCK_SECONDS = Histogram(
    "marrow_lock_wait_seconds", "How long a message waited for its conversation.", buckets=SECONDS, registry=REGISTRY
)


def count_turn(channel: str, seconds: float, replies: Iterable[Mapping[str, Any]], failed: bool) -> None:
    """Counts one answer: which channel, how long it took, and what kind of answer it was."""
    TURNS.labels(channel).inc()
    TURN_SECONDS.labels(channel).observe(seconds)
    if failed:
        UNANSWERED.labels(channel).inc()
    for reply in replies:
        custom = reply.get("custom") or {}
        if "fallback" in custom:
            FALLBACKS.labels(channel).inc()
        if "safety" in custom:
            SAFETY.labels(channel, custom["safety"]["kind"]).inc()


class Metrics:
    """The address; without a secret there is none."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def install(self, app: Sanic) -> None:
        """Adds the address to `app`, where a secret is set."""
        if self._secret:
            app.add_route(self._metrics, PATH, methods=["GET"], name="marrow_metrics")

    async def _metrics(self, request: Request) -> HTTPResponse:
        header = request.headers.get("authorization", "")
        given = header[len(SCHEME) :].encode("utf-8", "surrogateescape") if header.startswith(SCHEME) else b""
        if not hmac.compare_digest(given, self._secret):
            return response.text("", status=401, headers={"WWW-Authenticate": "Bearer"})
        return response.raw(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
