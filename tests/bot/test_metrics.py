"""What the bot counts: answers, their time, what was not understood, alarms, waits; and who may look."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rasa.core.channels.channel import UserMessage
from sanic.request import Request

from bot.channels.replies import Replies, collect_replies
from bot.metrics import REGISTRY, Metrics

SECRET = "s" * 40


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def answer(custom: dict[str, Any] | None) -> None:
    async def handle(message: UserMessage) -> None:
        if custom is not None:
            channel = cast(Replies, message.output_channel)
            await channel.send_response(message.sender_id, {"text": "said", "custom": custom})

    message = UserMessage("hello", Replies(), "Ana Quillfeather", input_channel="counted")
    asyncio.run(collect_replies(handle, message))


@pytest.mark.parametrize(
    ("custom", "counted", "labels"),
    [
        ({}, "marrow_turns_total", {}),
        ({}, "marrow_turn_seconds_count", {}),
        ({"fallback": {"suggestions": []}}, "marrow_fallbacks_total", {}),
        ({"safety": {"kind": "crisis"}}, "marrow_safety_events_total", {"kind": "crisis"}),
        (None, "marrow_turns_failed_total", {}),
    ],
)
def test_an_answer_is_counted_once(custom: dict[str, Any] | None, counted: str, labels: dict[str, str]) -> None:
    before = value(counted, channel="counted", **labels)
    answer(custom)
    assert value(counted, channel="counted", **labels) == before + 1


def look(header: str) -> Any:
    request = cast(Request, SimpleNamespace(headers={"authorization": header}))
    return asyncio.run(Metrics(SECRET)._metrics(request))


def test_only_who_knows_the_secret_looks_and_sees_nobody() -> None:
    answer({})
    for header in ("", "Bearer ", "Bearer wrong", f"Basic {SECRET}", SECRET):
        assert look(header).status == 401
    shown = look(f"Bearer {SECRET}")
    assert shown.status == 200
    families = {family.name for family in text_string_to_metric_families(shown.body.decode())}
    assert {"marrow_turns", "marrow_turn_seconds", "marrow_lock_wait_seconds"} <= families
    assert b"Quillfeather" not in shown.body


def test_without_a_secret_there_is_no_such_address() -> None:
    added: list[str] = []
    app: Any = SimpleNamespace(add_route=lambda handler, path, **_: added.append(path))
    Metrics("").install(app)
    assert added == []
    Metrics(SECRET).install(app)
    assert added == ["/metrics"]
