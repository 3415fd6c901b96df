"""What the action server answers is checked as Rasa would, but against a schema that is made once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import rasa
from aiohttp import web
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction, action_for_name_or_text
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import answer_schema
from bot.answer_schema import check_answer
from bot.safety import record
from scripts.environment import with_defaults

ROOT = Path(__file__).resolve().parents[2]
SLOT = {"event": "slot", "name": "answers", "value": {"name": "A"}, "timestamp": None}
GOOD: list[Any] = [
    {"events": [SLOT], "responses": [{"text": "Thank you"}]},
    {"events": [], "responses": []},
    {},
    {"events": [{"event": "active_loop", "name": None}, {"event": "followup", "name": "action_listen"}]},
]
BAD: list[Any] = [
    None,
    [],
    "thank you",
    {"events": SLOT},
    {"events": [{"event": "slot"}]},
    {"events": [{"name": "answers"}]},
    {"events": [{"event": "unheard of"}]},
    {"events": ["slot"]},
    {"responses": {"text": "Thank you"}},
    {"responses": ["Thank you"]},
]


def rasa_accepts(answer: Any) -> bool:
    try:
        return RemoteAction("action_any", None)._validate_action_result(answer)
    except ValidationError:
        return False


@pytest.mark.parametrize("answer", GOOD)
def test_a_good_answer_passes_as_it_does_with_rasa(answer: Any) -> None:
    assert rasa_accepts(answer)
    check_answer(answer)


@pytest.mark.parametrize("answer", BAD)
def test_a_malformed_answer_is_refused_as_it_is_by_rasa(answer: Any) -> None:
    assert not rasa_accepts(answer)
    with pytest.raises(ValidationError, match="malformed"):
        check_answer(answer)


def test_the_schema_is_made_once() -> None:
    check_answer(GOOD[0])
    began = time.perf_counter()
    for _ in range(10):
        check_answer(GOOD[0])
    # Rasa takes about 50 ms for each.
    assert time.perf_counter() - began < 0.2


def run_action(answer: Any) -> list[Any]:
    """The events of an action whose server answers with `answer`, called as Rasa calls it."""
    domain = Domain.from_dict(
        {"actions": ["action_any"], "slots": {"answers": {"type": "any", "mappings": [{"type": "custom"}]}}}
    )

    async def handle(request: web.Request) -> web.Response:
        return web.json_response(answer)

    async def run() -> list[Any]:
        app = web.Application()
        app.router.add_post("/webhook", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            endpoint = EndpointConfig(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/webhook")
            action = action_for_name_or_text("action_any", domain, endpoint)
            tracker = DialogueStateTracker.from_events("someone", [], domain.slots, domain=domain)
            return await action.run(CollectingOutputChannel(), None, tracker, domain)
        finally:
            await runner.cleanup()

    record.install()
    return asyncio.run(run())


def test_an_action_gets_its_answer_and_refuses_a_malformed_one() -> None:
    said, slot = run_action(GOOD[0])
    assert isinstance(said, BotUttered)
    assert slot == SlotSet("answers", {"name": "A"})
    with pytest.raises(ValidationError, match="malformed"):
        run_action({"events": [{"event": "slot"}]})


def test_another_rasa_checks_for_itself(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    monkeypatch.setattr(answer_schema, "_validator", None)
    with pytest.raises(ValidationError, match="Failed to validate"):
        run_action({"events": [{"event": "slot"}]})
    assert "has not been tried with 3.7.0" in caplog.text


def test_the_bot_calculates_in_one_thread() -> None:
    code = "import numpy, scipy.linalg, threadpoolctl as t; print({p['num_threads'] for p in t.threadpool_info()})"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=with_defaults(), capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "{1}"
