"""A variable that is set to nothing means its default in the files that Rasa reads, through Rasa's own loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from rasa.core.actions import action as rasa_action
from rasa.core.lock_store import LockStore
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.run import create_http_input_channels
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain

from bot import server_access
from bot.safety import current
from scripts.environment import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
# A channel without its secrets is off, and what it has in common with the others is not looked at.
TELEGRAM = {"MARROW_TELEGRAM_TOKEN": "123456:" + "a" * 35, "MARROW_TELEGRAM_SECRET": "b" * 40}
KEYS = {name: Fernet.generate_key().decode() for name in ("MARROW_TRACKER_KEY", "MARROW_SESSION_KEY")}
REQUIRED = {
    **KEYS,
    "MARROW_MESSAGING_KEY": "m" * 40,
    "MARROW_ACTIONS_SECRET": "a" * 40,
    "MARROW_ACTIONS_URL": "http://actions.internal:5055/webhook",
    "MARROW_WEBSITE_ORIGINS": "https://www.clinic.example",
}


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Starts what the files name with an environment, and says how it is set."""
    monkeypatch.chdir(tmp_path)

    def started(environment: dict[str, str], kind: str = "") -> dict[str, Any]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        endpoints = AvailableEndpoints.read_endpoints(str(ROOT / f"endpoints{kind}.yml"))
        store: Any = TrackerStore.create(endpoints.tracker_store, domain=Domain.empty())
        locks = LockStore.create(endpoints.lock_store)
        NaturalLanguageGenerator.create(endpoints.nlg, Domain.empty())
        server_access.show(endpoints.action)
        channels = create_http_input_channels(None, str(ROOT / f"credentials{kind}.yml"))
        website = next(channel for channel in channels if channel.name() == "website")
        telegram = next(channel for channel in channels if channel.name() == "telegram")
        return {
            "conversations": (str(store.engine.url), store._keep_seconds),
            "locks": (type(locks), rasa_action.DEFAULT_REQUEST_TIMEOUT),
            "safety": (current._current.default_country, current._current.production),
            "actions": (endpoints.action.url, endpoints.action.headers),
            "website": website.settings,
            "messaging": telegram.shared,
        }

    yield started
    server_access._secret.clear()


@pytest.mark.parametrize("name", [name for name, default in DEFAULTS.items() if default])
def test_nothing_means_the_default_in_development(start, name: str) -> None:
    usual = start({**DEFAULTS, **TELEGRAM, **KEYS})
    assert start({name: ""}) == usual


def test_everything_may_be_empty_in_development(start, tmp_path: Path) -> None:
    start({**dict.fromkeys(DEFAULTS, ""), **TELEGRAM})
    assert {"conversations.db", "tracker.key", "session.key", "actions.key"} <= {
        path.name for path in (tmp_path / "var").iterdir()
    }


def test_everything_that_has_a_default_may_be_empty_in_production(start) -> None:
    set_up = start({**dict.fromkeys(DEFAULTS, ""), **TELEGRAM, **REQUIRED}, ".production")
    assert set_up["locks"][1] == 15
    assert set_up["actions"][0] == REQUIRED["MARROW_ACTIONS_URL"]
    assert set_up["conversations"][0].endswith("var/conversations.db")
