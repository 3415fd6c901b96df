"""What the action server counts, at `/metrics` for Prometheus: requests, failures, and what waits to be delivered."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sanic.request import Request
from sanic.response import HTTPResponse, raw, text

from clinic.errors import MarrowError

PATH = "/metrics"
SCHEME = "Bearer "

REGISTRY = CollectorRegistry()
REQUESTS = Counter("marrow_requests", "Consultation requests that patients sent.", registry=REGISTRY)
NOT_STORED = Counter("marrow_requests_not_stored", "Requests that could not be stored when sent.", registry=REGISTRY)


class Outbox(Collector):
    """How many messages to the clinic wait, asked of the database at each look; nothing where it does not answer."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._waiting = waiting

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauge."""
        depth = GaugeMetricFamily("marrow_outbox_depth", "Messages to the clinic that wait to be delivered.")
        try:
            depth.add_metric([], self._waiting())
        except MarrowError:
            return
        yield depth


class Metrics:
    """The address, for who knows the secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    async def answer(self, request: Request) -> HTTPResponse:
        """All figures, or 401."""
        header = request.headers.get("authorization", "")
        given = header[len(SCHEME) :].encode("utf-8", "surrogateescape") if header.startswith(SCHEME) else b""
        if not self._secret or not hmac.compare_digest(given, self._secret):
            return text("", status=401, headers={"WWW-Authenticate": "Bearer"})
        return raw(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
