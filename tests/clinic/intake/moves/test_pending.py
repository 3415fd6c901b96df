"""What has to be settled before the next question: its JSON, its question and its replies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.model.conversation import Conversation
from clinic.intake.model.decisions import Answer, Command, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.result import Accepted, Option, Refused
from clinic.intake.moves.pending import Cancel, Choose, Minor, NoContact, Restart, SafetyCheck, Which, pending_of
from clinic.intake.stored import restored

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")
CONVERSATION = Conversation.load(Path(__file__).resolve().parents[4] / "data" / "conversation.yml")
# As conversations that were opened before these classes have it stored.
STORED = [
    ({"type": "cancel"}, Cancel()),
    ({"type": "restart"}, Restart()),
    ({"type": "no_contact"}, NoContact()),
    ({"type": "minor", "value": "2012-03-05"}, Minor("2012-03-05")),
    ({"type": "which", "options": ["full_name", "country"]}, Which(("full_name", "country"))),
    (
        {
            "type": "choose",
            "question": "email",
            "options": [["ana@gmail.com", "Yes, ana@gmail.com"], [None, "No"]],
            "problem": "Did you mean ana@gmail.com?",
            "yes_no": True,
        },
        Choose(
            "email",
            (Option("ana@gmail.com", "Yes, ana@gmail.com"), Option(None, "No")),
            "Did you mean ana@gmail.com?",
            yes_no=True,
        ),
    ),
    ({"type": "safety_check", "then": None}, SafetyCheck()),
    ({"type": "safety_check", "then": {"type": "cancel"}}, SafetyCheck(then=Cancel())),
]


@pytest.mark.parametrize(("stored", "pending"), STORED, ids=[json.dumps(stored) for stored, _ in STORED])
def test_what_was_stored_before_is_restored_and_stored_the_same(stored: dict[str, Any], pending: Any) -> None:
    state = restored({}, {"pending": stored})
    assert state.pending == pending
    assert json.loads(json.dumps(state.control()))["pending"] == stored


@pytest.mark.parametrize(
    "broken",
    [
        3,
        {},
        {"type": 3},
        {"type": "unheard_of"},
        {"type": "minor"},
        {"type": "minor", "value": 2012},
        {"type": "which", "options": [1]},
        {"type": "which"},
        {"type": "choose", "question": "email", "options": [["a"]]},
        {"type": "choose", "options": []},
        {"type": "safety_check", "then": {"type": "unheard_of"}},
    ],
)
def test_what_has_another_shape_is_left_out(broken: Any) -> None:
    assert pending_of(broken) is None


KOREA = Choose("country", (Option("KR", "South Korea"), Option("KP", "North Korea")), "Which country do you mean?")
GMAIL = Choose(
    "email", (Option("a@gmail.com", "Yes, a@gmail.com"), Option(None, "No")), "Did you mean it?", yes_no=True
)


@pytest.mark.parametrize(
    ("pending", "text", "decision"),
    [
        (Cancel(), "yes delete them", Answer("cancel", "yes delete them", Accepted("yes"))),
        (Cancel(), "stop", Answer("cancel", "stop", Accepted("yes"))),
        (Cancel(), "keep going", Answer("cancel", "keep going", Accepted("no"))),
        (Cancel(), "what does it cost", None),
        (Restart(), "start over", Answer("restart", "start over", Accepted("yes"))),
        (KOREA, "2", Answer("country", "2", Accepted("KP"))),
        (KOREA, "south", Answer("country", "south", Accepted("KR"))),
        (KOREA, "korea", None),
        (GMAIL, "yes", Answer("email", "yes", Accepted("a@gmail.com"))),
        (GMAIL, "no", Answer("email", "no", Refused("Please type it again.", retype=True))),
        (Which(("full_name", "country")), "2", "country"),
        (Which(("full_name", "country")), "never mind", Command("resume")),
        (NoContact(), "change my answer", Answer("no_contact", "change my answer", Accepted("change"))),
        (NoContact(), "no", Answer("no_contact", "no", Accepted("finish"))),
        (Minor("2012-03-05"), "yes", Answer("for_whom", "yes", Accepted("someone_else"))),
        (Minor("2012-03-05"), "blue", None),
        (SafetyCheck(), "no", None),
    ],
)
def test_a_reply_is_read_where_the_question_is_asked(
    questionnaire: Any, at: Any, pending: Any, text: str, decision: Any
) -> None:
    found = pending.read(Interview(questionnaire, at("review"), NOW, LANGUAGE, CONVERSATION), text)
    if isinstance(decision, str):
        assert isinstance(found, Correction)
        assert [change.question for change in found.changes] == [decision]
    else:
        assert found == decision


@pytest.mark.parametrize("pending", [stored for _, stored in STORED], ids=lambda pending: pending.type)
def test_the_engine_asks_what_is_pending_and_goes_on(engine: Any, at: Any, pending: Any) -> None:
    state = at("email", pending=pending)
    assert engine.prompt(state)[-1].custom is not None
    assert engine.prompt(restored(dict(state.answers), state.control())) == engine.prompt(state)
