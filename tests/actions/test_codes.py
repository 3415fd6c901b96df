"""An intake is kept with the clinic when it changed, and goes on in another chat with its code."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import event

from actions.codes import GiveCode
from actions.intake import ValidateIntakeForm
from actions.lookup import lookup_actions
from actions.submission import SubmitConsultationRequest
from clinic.domain.actors import Actor, Role
from clinic.intake.model.state import IntakeState
from clinic.service.requests import list_requests
from tests.patient import stored

LEAD = Actor("rosa", Role.LEAD)
GIVEN = {"version": "2026-11", "given_at": "2026-11-21T12:00:00+00:00", "answer": "yes"}


class Chat:
    """The action server's side of one chat: slots, and what was said."""

    def __init__(self, services, sender):
        self.services, self.sender = services, sender
        self.slots, self.events, self.said = {}, [], []

    def begun(self, answers, open_question, stage="asking"):
        """As if these answers had been given."""
        state = IntakeState(
            answers=answers, open_question=open_question, consents={"consent_privacy": GIVEN}, stage=stage
        )
        self.slots = {**answers, "intake_control": state.control(), "requested_slot": open_question}
        return self

    def run(self, action, text="", intent="inform"):
        """Calls an action after a message; returns what was said."""
        message = {"text": text, "intent": {"name": intent, "confidence": 0.97}, "entities": []}
        if text:
            self.events += [{"event": "user", "text": text, "parse_data": message}, {"event": "action", "name": "x"}]
        tracker = Tracker(
            self.sender,
            self.slots,
            message,
            self.events,
            False,
            None,
            {},
            "action_listen",
        )
        dispatcher = CollectingDispatcher()
        happened = action.act(dispatcher, tracker)
        self.slots = {**self.slots, **{each["name"]: each["value"] for each in happened if each["event"] == "slot"}}
        self.follow = [each["name"] for each in happened if each["event"] == "followup"]
        self.said = dispatcher.messages
        return " ".join(each.get("text") or "" for each in dispatcher.messages)

    def answers(self, text, intent="inform"):
        return self.run(ValidateIntakeForm(self.services), text, intent)

    def code(self):
        """The code that was said last."""
        return next(each["custom"]["resume"]["code"] for each in self.said if "resume" in (each.get("custom") or {}))

    def brings(self, code, born="14 May 1985"):
        """Types the code and the date of birth where the look-up asks for them."""
        actions = {action.name(): action for action in lookup_actions(self.services)}
        self.run(actions["action_set_code_lookup"], code, "have_code")
        self.slots["requested_slot"] = "lookup_date_of_birth"
        self.run(actions["validate_lookup_form"], born)
        self.slots["requested_slot"] = None
        return self.run(actions["action_lookup"])


def some(*until):
    """The answers of the made-up patient up to and without a question."""
    whole = stored(date_of_birth="1985-05-14")
    ids = ("consent_privacy", "for_whom", "full_name", "date_of_birth", "country", "preferred_contact")
    return {key: whole[key] for key in ids[: ids.index(*until)]}


@pytest.fixture
def commits(services):
    """How often the database was written to."""
    services.prepare_storage()
    counted = []
    event.listen(services.clinic.database.engine, "commit", lambda connection: counted.append(1))
    return counted


def test_a_turn_that_changes_no_answer_writes_nothing(services, commits):
    chat = Chat(services, "phone").begun(some("date_of_birth"), "date_of_birth")
    for text, intent in (("hmm hmm", "nlu_fallback"), ("why do you ask", "ask_why"), ("help", "inform")):
        assert chat.answers(text, intent)
    assert len(commits) == 0
    chat.answers("14 May 1985")
    assert len(commits) == 1
    chat.answers("help")
    assert len(commits) == 1


def test_who_pauses_gets_a_code_that_works_in_another_chat(services):
    phone = Chat(services, "phone").begun(some("country"), "country")
    said = phone.answers("pause")
    code = phone.code()
    assert code in said
    assert "date of birth" in said
    laptop = Chat(services, "laptop")
    assert "I have your answers" in laptop.brings(code)
    assert {key: laptop.slots[key] for key in some("country")} == some("country")
    assert laptop.follow == ["intake_form"]
    assert "Welcome back" in laptop.answers("14 May 1985")
    assert laptop.slots["requested_slot"] == "country"


def test_the_chat_before_says_that_the_intake_has_moved_and_keeps_nothing(services):
    phone = Chat(services, "phone").begun(some("country"), "country")
    phone.answers("pause")
    code = phone.code()
    Chat(services, "laptop").brings(code)
    assert "another chat" in phone.answers("resume", "resume_intake")
    assert phone.slots["intake_control"] is None
    assert phone.slots["full_name"] is None
    assert phone.slots["intake_outcome"] == "moved"
    assert "I have your answers" in phone.brings(code)
    assert phone.slots["full_name"] == some("country")["full_name"]


def test_an_old_review_sends_nothing_once_the_intake_has_moved(services):
    whole = stored(date_of_birth="1985-05-14")
    phone = Chat(services, "phone").begun(whole, "review")
    phone.answers("pause")
    code = phone.code()
    phone.begun(whole, "review")
    phone.slots["intake_control"]["intake_id"] = services_intakes(services)[0]
    Chat(services, "laptop").brings(code)
    phone.slots["intake_outcome"] = "confirmed"
    assert "another chat" in phone.run(SubmitConsultationRequest(services), "send")
    assert list_requests(LEAD, services.unit_of_work(), services.now()) == []


def services_intakes(services):
    """The ids of the intakes that are kept."""
    with services.clinic.database.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT intake_id FROM intake_drafts")]


def test_a_wrong_date_and_a_wrong_code_are_told_apart_by_nobody(services):
    phone = Chat(services, "phone").begun(some("country"), "country")
    phone.answers("pause")
    wrong_date = Chat(services, "laptop").brings(phone.code(), "15 May 1985")
    wrong_code = Chat(services, "tablet").brings("KWM76-2TRFY")
    assert wrong_date == wrong_code
    assert "could not find" in wrong_code


def test_tries_are_limited(services):
    laptop = Chat(services, "laptop")
    said = [laptop.brings("KWM76-2TRFY", f"{day} May 1985") for day in range(1, 12)]
    assert "several tries" in said[-1]


def test_answers_of_before_wait_under_their_own_code(services):
    phone = Chat(services, "phone").begun(some("country"), "country")
    phone.answers("pause")
    laptop = Chat(services, "laptop").begun({**some("country"), "full_name": "Berta Ruiz"}, "country")
    laptop.run(GiveCode(services), "continue on another device", "continue_elsewhere")
    other = laptop.code()
    assert other in laptop.brings(phone.code())
    assert laptop.slots["full_name"] == some("country")["full_name"]
    tablet = Chat(services, "tablet")
    tablet.brings(other)
    assert tablet.slots["full_name"] == "Berta Ruiz"


def test_a_code_that_is_asked_for_too_early_comes_with_the_date_of_birth(services):
    chat = Chat(services, "phone").begun(some("date_of_birth"), "date_of_birth")
    assert "as soon as I know" in chat.run(GiveCode(services), "continue on my laptop", "continue_elsewhere")
    chat.answers("14 May 1985")
    assert chat.code()
    chat.answers("Mexico")
    assert not any("resume" in (each.get("custom") or {}) for each in chat.said)


def test_who_pauses_before_the_date_of_birth_is_told_to_keep_the_chat(services):
    chat = Chat(services, "phone").begun(some("date_of_birth"), "date_of_birth")
    assert "this same chat" in chat.answers("pause")


def test_without_answers_there_is_nothing_to_take_along(services):
    assert "no answers yet" in Chat(services, "phone").run(GiveCode(services), "give me a code", "continue_elsewhere")


@pytest.mark.parametrize("question", ["consent_privacy", "full_name", "country", "question_for_doctor", "review"])
def test_a_code_is_no_answer_to_any_question(services, question):
    chat = Chat(services, "phone").begun(some("preferred_contact"), question)
    before = dict(chat.slots)
    assert chat.answers("KWM76-2TRFY", "have_code") == ""
    assert chat.slots == before
