"""Whether patients may be sent to a bot depends on the bot alone."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sanic.request import Request

from bot.probes import Probes, leave


@pytest.mark.parametrize(
    ("agent", "stops", "said"),
    [
        (SimpleNamespace(is_ready=lambda: True), False, (200, "ok")),
        (SimpleNamespace(is_ready=lambda: False), False, (503, "no model")),
        (None, False, (503, "no model")),
        (SimpleNamespace(is_ready=lambda: True), True, (503, "stopping")),
    ],
)
def test_a_bot_is_ready_with_its_model_and_until_it_stops(agent: Any, stops: bool, said: tuple[int, str]) -> None:
    app: Any = SimpleNamespace(ctx=SimpleNamespace(agent=agent))
    if stops:
        leave(app)
    request = cast(Request, SimpleNamespace(app=app))
    answer = asyncio.run(Probes()._ready(request))
    assert (answer.status, json.loads(answer.body)["status"]) == said
    assert asyncio.run(Probes()._live(request)).status == 200
