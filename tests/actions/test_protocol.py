"""Contract of the action protocol: the action server takes what Rasa posts, Rasa reads what it answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import validate

from tests.e2e.servers import ROOT, ActionServer, bot_python

RASA_SIDE = Path(__file__).with_name("rasa_side.py")


def rasa_says(*arguments: str) -> Any:
    """Runs rasa_side.py in the bot's runtime and returns what it prints."""
    result = subprocess.run(
        [bot_python(), str(RASA_SIDE), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def action_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServer]:
    """A running action server without a bot."""
    server = ActionServer(tmp_path_factory.mktemp("protocol"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def call() -> dict[str, Any]:
    """One action call in the shape of the Rasa that the bot runs."""
    return rasa_says("call", "validate_intake_form", "start my consultation request")


def test_the_call_is_the_one_of_the_version_in_use(call: dict[str, Any]) -> None:
    assert call["version"].startswith("3.6.")
    assert set(call) == {"next_action", "sender_id", "tracker", "version"}, "the domain must not travel along"


def test_the_action_server_takes_rasas_call_and_rasa_reads_the_answer(
    action_server: ActionServer, call: dict[str, Any], tmp_path: Path
) -> None:
    answer = httpx.post(action_server.url, json=call, headers=action_server.key, timeout=30)

    assert answer.status_code == httpx.codes.OK, answer.text
    validate(answer.json(), rasa_says("spec"))
    slots = {event["name"]: event["value"] for event in answer.json()["events"] if event["event"] == "slot"}
    assert slots["requested_slot"] == "consent_privacy"
    path = tmp_path / "answer.json"
    path.write_text(answer.text)
    assert set(rasa_says("read", str(path))) == {"slot"}


def test_an_unknown_action_is_refused_as_rasa_expects(action_server: ActionServer, call: dict[str, Any]) -> None:
    unheard = {**call, "next_action": "action_unheard_of"}
    answer = httpx.post(action_server.url, json=unheard, headers=action_server.key, timeout=30)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.json()["action_name"] == "action_unheard_of"


def test_every_action_of_the_trained_domain_is_served(action_server: ActionServer) -> None:
    rows = httpx.get(action_server.actions_url, headers=action_server.key, timeout=30).json()
    served = {row["name"] for row in rows}
    assert {"validate_intake_form", "action_submit_consultation_request", "action_fallback"} <= served
    assert "action_ask_intake_form_review" in served
