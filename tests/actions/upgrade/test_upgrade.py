"""Databases and conversations that the release before wrote (README.md) are taken over, and go on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from typer.testing import CliRunner

from actions.server import all_actions
from actions.services import Services
from clinic.bootstrap import bootstrap
from clinic.cli import app
from clinic.domain.actors import Actor, Role
from clinic.domain.statuses import RequestStatus
from clinic.service.audit import verify_audit
from clinic.service.lookup import find_request, withdraw_request
from clinic.service.requests import change_status, list_requests, view_request
from clinic.storage.schema import latest_revision
from tests.actions.conftest import ROOT
from tests.actions.upgrade.conversation import Conversation
from tests.clinic.conftest import postgres_url  # noqa: F401  a fixture
from tests.e2e.servers import bot_python
from tests.patient import STORED_AS_TYPED, TYPED

BEFORE = Path(__file__).with_name("before")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
# Questions that the release before did not have.
ASKED_SINCE = {"breastfeeding", "more_details", "risk_history", "risk_medicines"}
STAFF, AUDITOR = Actor("olga", Role.COORDINATOR), Actor("otto", Role.AUDITOR)
ANA_BORN, LUCIA_BORN = date(1985, 3, 5), date(2014, 6, 14)


def copied(place: Path) -> Path:
    """The files of the release before in a data directory, as its owner keeps them."""
    shutil.copytree(BEFORE, place)
    place.chmod(0o700)
    for file in place.iterdir():
        file.chmod(0o600)
    return place


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """This release, started on what the one before left."""
    for name in [name for name in os.environ if name.startswith("MARROW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MARROW_DATA_DIR", str(copied(tmp_path / "var")))
    monkeypatch.setenv("MARROW_CONTENT_DIR", str(ROOT / "data"))
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql((BEFORE / "clinic.sql").read_text(encoding="utf-8"))
        engine.dispose()
        monkeypatch.setenv("MARROW_DATABASE_URL", url)
    services = replace(Services.build(bootstrap()), now=lambda: NOW)
    services.prepare_storage()
    yield services
    services.clinic.database.dispose()


@pytest.fixture(scope="module")
def trackers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The stored conversations, as this release's bot hands them to the action server."""
    folder = copied(tmp_path_factory.mktemp("before") / "var")
    script = Path(__file__).with_name("stored_conversations.py")
    done = subprocess.run(
        [bot_python(), "-W", "ignore", str(script), str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def by_status(services: Services) -> dict[str, str]:
    """The reference of each request, by its status."""
    return {each.status.value: each.reference for each in list_requests(STAFF, services.unit_of_work(), NOW)}


def test_the_requests_are_listed_read_and_worked(upgraded: Services) -> None:
    assert upgraded.clinic.database.ready() is None
    references = by_status(upgraded)
    assert references.keys() == {"new", "in_review"}
    uow = upgraded.unit_of_work()
    case = view_request(STAFF, uow, references["new"], NOW)
    assert case.request.answers == {name: value for name, value in STORED_AS_TYPED.items() if name not in ASKED_SINCE}
    assert {consent.question_id: consent.answer for consent in case.request.consents} == {
        "consent_privacy": "yes",
        "consent_contact": "yes",
    }
    lucia = view_request(STAFF, uow, references["in_review"], NOW).request
    assert (lucia.answers["full_name"], lucia.answers["relationship"]) == ("Lucia Ortega", "child")
    found = find_request(uow, upgraded.clinic.limiter, references["new"], ANA_BORN, "somebody", NOW)
    assert found is not None
    moved = change_status(STAFF, uow, references["new"], RequestStatus.IN_REVIEW, NOW, expected=case.request.version)
    assert moved.status == RequestStatus.IN_REVIEW
    assert verify_audit(AUDITOR, uow, upgraded.clinic.database.trail, NOW).is_whole


def test_what_was_told_is_erased(upgraded: Services) -> None:
    reference = by_status(upgraded)["in_review"]
    uow = upgraded.unit_of_work()
    limiter = upgraded.clinic.limiter
    assert withdraw_request(uow, limiter, reference, ANA_BORN, "somebody", NOW) is None
    erased = withdraw_request(uow, limiter, reference, LUCIA_BORN, "somebody", NOW)
    assert erased is not None
    assert erased.conversations == ("sent-for-lucia",)
    left = view_request(STAFF, uow, reference, NOW).request
    assert (left.status, left.answers, left.consents) == (RequestStatus.WITHDRAWN, {}, ())


def go_on(services: Services, tracker: dict[str, Any]) -> Conversation:
    actions = {action.name(): action for action in all_actions(services)}
    return Conversation(tracker["sender_id"], actions, NOW, tracker["events"])


def finish(conversation: Conversation) -> str:
    """Answers what is asked as Ana does, and sends; returns the reference."""
    asked = []
    while (question := conversation.slots["requested_slot"]) != "review":
        asked.append(question)
        assert len(asked) < 40, asked
        conversation.say(TYPED[question], "skip" if TYPED[question] == "skip" else "nlu_fallback", 0.9)
    conversation.say("send", "affirm", 0.9)
    return str(next(told["request"]["reference"] for told in conversation.objects if "request" in told))


def test_an_intake_that_stopped_at_a_question_goes_on_from_there(upgraded: Services, trackers: dict[str, Any]) -> None:
    tracker = trackers["stopped-at-a-question"]
    assert tracker["country"] == "MX"
    earlier = {key: value for key, value in tracker["slots"].items() if key in STORED_AS_TYPED and value is not None}
    assert len(earlier) > 10
    conversation = go_on(upgraded, tracker)
    assert conversation.slots["requested_slot"] == "symptoms"
    reference = finish(conversation)
    request = view_request(STAFF, upgraded.unit_of_work(), reference, NOW).request
    assert request.answers == STORED_AS_TYPED
    assert request.answers == {**request.answers, **earlier}


def test_an_unclear_date_is_settled(upgraded: Services, trackers: dict[str, Any]) -> None:
    conversation = go_on(upgraded, trackers["stopped-at-an-unclear-date"])
    conversation.say("the second one")
    assert conversation.slots["date_of_birth"] == "1985-03-05"
    reference = finish(conversation)
    assert view_request(STAFF, upgraded.unit_of_work(), reference, NOW).request.answers == STORED_AS_TYPED


def test_an_intake_that_an_emergency_paused_comes_back_and_tells_the_clinic(
    upgraded: Services, trackers: dict[str, Any]
) -> None:
    conversation = go_on(upgraded, trackers["stopped-by-an-alarm"])
    conversation.say("I am fine now", "chitchat", 0.6)
    assert conversation.slots["requested_slot"] == "symptoms", conversation.texts
    reference = finish(conversation)
    request = view_request(STAFF, upgraded.unit_of_work(), reference, NOW).request
    assert [(event.kind, event.rule) for event in request.safety_events] == [("emergency", "chest_pain")]
    assert request.answers["full_name"] == "Ana Ruiz"


def test_the_command_line_upgrades_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MARROW_")]:
        monkeypatch.delenv(name)
    environment = {"MARROW_DATA_DIR": str(copied(tmp_path / "var")), "MARROW_CONTENT_DIR": str(ROOT / "data")}
    said = [CliRunner().invoke(app, words.split(), env=environment) for words in ("db upgrade", "requests list")]
    assert [result.exit_code for result in said] == [0, 0], [result.output for result in said]
    assert latest_revision() in said[0].output
    assert said[1].output.count("MR-") == 2
