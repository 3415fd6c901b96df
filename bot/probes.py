"""Whether the bot is alive, and whether patients may be sent to it: `/live` and `/ready`."""

from __future__ import annotations

from typing import Any

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

LIVE, READY = "/live", "/ready"


def leave(app: Sanic) -> None:
    """This server shuts down: it answers what it has, and should get nothing more."""
    app.ctx.marrow_leaving = True


def is_leaving(app: Sanic) -> bool:
    """Whether this server shuts down."""
    return getattr(app.ctx, "marrow_leaving", False)


class Probes:
    """Both addresses. Readiness asks for the model and nothing shared.

    Without database, Redis and action server a bot still answers emergencies. Were it not ready then, every bot
    would be taken out at once, and an emergency would find nobody (docs/decisions/0025-more-than-one-machine.md).
    """

    def install(self, app: Sanic) -> None:
        """Adds the addresses to `app`."""
        app.add_route(self._live, LIVE, methods=["GET"], name="marrow_live")
        app.add_route(self._ready, READY, methods=["GET"], name="marrow_ready")
        app.register_listener(self._stopping, "before_server_stop")

    async def _stopping(self, app: Sanic, loop: Any) -> None:
        leave(app)

    async def _live(self, request: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    async def _ready(self, request: Request) -> HTTPResponse:
        agent = getattr(request.app.ctx, "agent", None)
        if is_leaving(request.app):
            return response.json({"status": "stopping"}, status=503)
        if agent is None or not agent.is_ready():
            return response.json({"status": "no model"}, status=503)
        return response.json({"status": "ok"})
