"""The actions know questions by their roles: a copy of the content in which the residence has another id."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import server
from actions.safety import AfterAlarm
from actions.services import Services
from actions.submission import SubmitConsultationRequest
from clinic.bootstrap import bootstrap
from clinic.labels import Labels
from clinic.service.lookup import find_request

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, services: Any) -> Path:
    """The content directory of the test, in which `country` is called `residence`."""
    copy = tmp_path / "data"
    shutil.copytree(ROOT / "data", copy, ignore=shutil.ignore_patterns("nlu*", "evaluation", "*.jsonl"))
    path = copy / "intake.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("- id: country\n", "- id: residence\n"), encoding="utf-8")
    monkeypatch.setenv("MARROW_CONTENT_DIR", str(copy))
    return copy


def tracker(**slots: Any) -> Tracker:
    parse = {"intent": {"name": "emergency"}, "text": "my chest hurts"}
    alarm = {"event": "user", "timestamp": 1.0, "text": "my chest hurts", "parse_data": parse}
    message = {"text": "hello", "intent": {"name": "greet"}, "entities": []}
    events = [alarm, {"event": "user", "timestamp": 2.0, "text": "hello", "parse_data": message}]
    return Tracker.from_dict({"sender_id": "someone", "slots": slots, "latest_message": message, "events": events})


def test_the_server_warms_up_and_names_the_number_of_the_residence(content: Path) -> None:
    services = Services.build(bootstrap())
    try:
        services.warm_up()
        said = CollectingDispatcher()
        AfterAlarm(services).act(said, tracker(residence="MX"))
        assert services.number_to_call("MX") in said.messages[0]["text"]
    finally:
        services.clinic.database.dispose()


def test_only_the_residence_stays_known_after_sending(content: Path) -> None:
    services = Services.build(bootstrap())
    try:
        services.prepare_storage()
        answers = {"consent_privacy": "yes", "residence": "MX", "full_name": "Ana Ruiz", "date_of_birth": "1985-03-05"}
        yes = {"version": "2026-11", "given_at": "2026-11-21T12:00:00+00:00", "answer": "yes"}
        control = {"intake_id": "i1", "consents": {"consent_privacy": yes, "consent_contact": yes}}
        slots = {**answers, "intake_control": control, "intake_outcome": "confirmed"}
        events = SubmitConsultationRequest(services).act(CollectingDispatcher(), tracker(**slots))
        emptied = {event["name"] for event in events if event["value"] is None}
        assert "full_name" in emptied
        assert "residence" not in emptied
    finally:
        services.clinic.database.dispose()


def test_a_missing_role_stops_the_start_with_file_and_line(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = content / "intake.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("    role: residence\n", ""), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["actions"])
    with pytest.raises(SystemExit, match=r"cannot start: .*intake\.yml:\d+: no question has the role 'residence'"):
        server.main()


def test_a_request_is_found_again_whatever_the_birth_date_is_called(content: Path) -> None:
    path = content / "intake.yml"
    text = path.read_text(encoding="utf-8")
    for before, after in (("- id: ", "\n"), ("question: ", ","), ("not_before: ", "}")):
        text = text.replace(f"{before}date_of_birth{after}", f"{before}born_on{after}")
        text = text.replace(f"{before}consent_privacy{after}", f"{before}may_keep{after}")
    path.write_text(text, encoding="utf-8")
    services = Services.build(bootstrap())
    try:
        services.prepare_storage()
        answers = {"may_keep": "yes", "residence": "MX", "full_name": "Ana Ruiz", "born_on": "1950-03-05"}
        yes = {"version": "2026-11", "given_at": "2026-11-21T12:00:00+00:00", "answer": "yes"}
        control = {"intake_id": "i1", "consents": {"may_keep": yes, "consent_contact": yes}}
        slots = {**answers, "intake_control": control, "intake_outcome": "confirmed"}
        said = CollectingDispatcher()
        SubmitConsultationRequest(services).act(said, tracker(**slots))
        reference = said.messages[0]["custom"]["request"]["reference"]
        found = find_request(
            services.unit_of_work(), services.clinic.limiter, reference, date(1950, 3, 5), "chat", services.now()
        )
        assert found is not None
        assert "age_over_65" in [note.code for note in found.notes]
        assert "Date of birth" in [answer.label for answer in Labels(services.questionnaire).answers(found)]
    finally:
        services.clinic.database.dispose()
