"""A safety event is recorded after the turn, without the patient's words, and again until it is stored."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from aiohttp import web
from rasa.core.actions.action import action_for_name_or_text
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.safety import record
from bot.safety.record import CONTROL_SLOT, RECORD_ACTION, Record, Recorder, body_of

DOMAIN = Domain.from_dict(
    {
        "actions": [RECORD_ACTION, "action_other"],
        "slots": {CONTROL_SLOT: {"type": "any", "mappings": [{"type": "custom"}]}},
    }
)


def conversation(intake: bool = True) -> DialogueStateTracker:
    parse = {"intent": {"name": "emergency"}, "safety": {"rule": "chest_pain", "text": "chest hurts"}}
    told = UserUttered("my chest hurts", intent={"name": "emergency"}, parse_data=parse, timestamp=1_700_000_000.5)
    events = [SlotSet(CONTROL_SLOT, {"intake_id": "i1"} if intake else None), told]
    return DialogueStateTracker.from_events("someone", events, DOMAIN.slots, domain=DOMAIN)


class ActionServer:
    """Refuses the first calls, then takes them."""

    def __init__(self, refusals: int = 0, pause: float = 0.0) -> None:
        self.refusals, self.pause = refusals, pause
        self.bodies: list[dict] = []

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(self.pause)
        if self.refusals:
            self.refusals -= 1
            return web.json_response({"error": "not stored", "action_name": RECORD_ACTION}, status=400)
        self.bodies.append(body)
        return web.json_response({"events": [], "responses": []})

    async def __aenter__(self) -> EndpointConfig:
        app = web.Application()
        app.router.add_post("/webhook", self.handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return EndpointConfig(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/webhook")

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(record, "RECORDER", Recorder())


async def until(condition) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


def test_a_record_holds_kind_rule_and_time_and_no_word_of_the_patient() -> None:
    body = body_of(conversation())
    assert "hurts" not in json.dumps(body)
    assert body["sender_id"] == "someone"
    assert body["tracker"]["latest_message"]["intent"]["name"] == "emergency"
    assert body["tracker"]["latest_message"]["safety"] == {"rule": "chest_pain"}
    assert body["tracker"]["events"][0]["timestamp"] == 1_700_000_000.5
    assert body["tracker"]["slots"] == {CONTROL_SLOT: {"intake_id": "i1"}}


@pytest.mark.parametrize("intake", [True, False])
def test_the_turn_does_not_wait_for_an_action_server_that_hangs(intake: bool) -> None:
    async def run() -> None:
        record.install()
        server = ActionServer(pause=0.5)
        async with server as endpoint:
            action = action_for_name_or_text(RECORD_ACTION, DOMAIN, endpoint)
            began = time.monotonic()
            events = await action.run(CollectingOutputChannel(), None, conversation(intake), DOMAIN)
            assert time.monotonic() - began < 0.2
            assert events == ([SlotSet("intake_outcome", "paused")] if intake else [])
            await until(lambda: server.bodies)

    asyncio.run(run())


def test_what_is_refused_or_finds_nobody_is_sent_again_in_order(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        recorder, server = Recorder(), ActionServer(refusals=2)
        async with server as endpoint:
            for number in range(3):
                recorder.keep(Record(endpoint, {"number": number}))
            await until(lambda: len(server.bodies) == 3)
            await until(lambda: not len(recorder))
        assert [body["number"] for body in server.bodies] == [0, 1, 2]

    asyncio.run(run())
    assert "Safety events wait to be recorded: 3" in caplog.text


def test_other_actions_are_called_as_ever() -> None:
    async def run() -> None:
        record.install()
        server = ActionServer()
        async with server as endpoint:
            action = action_for_name_or_text("action_other", DOMAIN, endpoint)
            await action.run(CollectingOutputChannel(), None, conversation(), DOMAIN)
            assert [body["next_action"] for body in server.bodies] == ["action_other"]

    asyncio.run(run())
