"""The bot shows its secret with every call of the action server, and does not start without one in production."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rasa
from aiohttp import web
from rasa.core.actions.action import action_for_name_or_text
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.lock_store import LockStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot import server_access
from bot.safety import record
from scripts.environment import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cret-of-at-least-thirty-two-letters"
DOMAIN = Domain.from_dict(
    {
        "actions": ["action_any", record.RECORD_ACTION, "validate_any_form"],
        "forms": {"any_form": {"required_slots": []}},
        "slots": {"intake_control": {"type": "any", "mappings": [{"type": "custom"}]}},
    }
)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """No secret of another test."""
    server_access._secret.clear()
    yield
    server_access._secret.clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Every variable that the endpoints files name, as development sets them."""
    for name, value in DEFAULTS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MARROW_ACTIONS_URL", "http://127.0.0.1:5055/webhook")
    monkeypatch.setenv("MARROW_DATA_DIR", str(tmp_path))
    return monkeypatch


def start(name: str) -> LockStore:
    """What a start of the bot makes of an endpoints file, through Rasa's own loader."""
    return LockStore.create(AvailableEndpoints.read_endpoints(str(ROOT / name)).lock_store)


def headers_of(*names: str) -> list[str | None]:
    """The Authorization headers of calls of some actions, as Rasa makes them."""
    seen: list[str | None] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({"events": [], "responses": []})

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/webhook", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/webhook"
        tracker = DialogueStateTracker.from_events("someone", [], DOMAIN.slots, domain=DOMAIN)
        for name in names:
            action: Any = action_for_name_or_text(name, DOMAIN, EndpointConfig(url))
            if isinstance(action, FormAction):
                await action.validate_slots({"intake_control": 1}, tracker, DOMAIN, CollectingOutputChannel(), None)
            else:
                await action.run(CollectingOutputChannel(), None, tracker, DOMAIN)
        while len(seen) < len(names):
            await asyncio.sleep(0.02)
        await runner.cleanup()

    record.install()
    asyncio.run(run())
    return seen


def test_every_kind_of_call_carries_the_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MARROW_ACTIONS_SECRET", f"{SECRET}, an-older-one-that-is-being-replaced-now")
    start("endpoints.yml")
    assert headers_of("action_any", record.RECORD_ACTION, "any_form") == [f"Bearer {SECRET}"] * 3


def test_no_part_of_rasa_keeps_its_own_way_of_calling() -> None:
    record.install()
    own = [
        name
        for name, module in list(sys.modules.items())
        if name.startswith("rasa.") and getattr(module, "RemoteAction", record.ServerAction) is not record.ServerAction
    ]
    assert own == []
    using = [
        path.name for path in Path(rasa.__file__).parent.rglob("*.py") if "RemoteAction" in path.read_text("utf-8")
    ]
    assert sorted(using) == ["action.py", "forms.py"]


def test_development_makes_the_secret_that_the_action_server_reads(environment: pytest.MonkeyPatch, tmp_path) -> None:
    start("endpoints.yml")
    kept = tmp_path / "actions.key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert headers_of("action_any") == [f"Bearer {kept.read_text().strip()}"]


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "MARROW_ACTIONS_SECRET is not set"),
        ("changeme", "MARROW_ACTIONS_SECRET needs 32"),
        ("12345678", "needs 32"),
    ],
)
def test_production_does_not_start_without_a_good_secret(
    environment: pytest.MonkeyPatch, secret: str, said: str
) -> None:
    environment.setenv("MARROW_ACTIONS_SECRET", secret)
    with pytest.raises(RasaException, match=said):
        start("endpoints.production.yml")


def test_production_starts_with_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MARROW_ACTIONS_SECRET", SECRET)
    start("endpoints.production.yml")
    assert headers_of("action_any") == [f"Bearer {SECRET}"]
