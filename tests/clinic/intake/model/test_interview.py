"""The pure steps of an interview."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.model.conversation import Conversation
from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.state import REVIEW

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")
CONVERSATION = Conversation.load(Path(__file__).resolve().parents[4] / "data" / "conversation.yml")


def interview_at(questionnaire: Any, at: Any, question: str, **changes: Any) -> Interview:
    return Interview(questionnaire, at(question, **changes), NOW, LANGUAGE, CONVERSATION)


def test_it_cannot_be_changed_in_place(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "email")
    with pytest.raises(FrozenInstanceError):
        interview.state = at("phone")  # type: ignore[misc]


def test_each_step_leaves_the_interview_before_as_it_was(questionnaire: Any, at: Any) -> None:
    before = interview_at(questionnaire, at, "email")
    after = before.stored(questionnaire.get("email"), "x@example.org").interview
    assert "email" not in before.answers
    assert after.answers["email"] == "x@example.org"
    assert after.state.history[-1] == "email"


def test_what_is_missing_comes_in_the_order_of_asking(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "lupus_type", answers={"country": None}, revisit=("full_name",))
    assert interview.missing[:3] == ("full_name", "country", "lupus_type")
    assert interview.moved_on().state.open_question == "full_name"


def test_the_review_comes_when_nothing_is_missing(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "review")
    assert interview.missing == ()
    assert interview.open is None
    assert interview.at_review
    assert interview.step[0] == interview.step[1]


def test_a_changed_answer_drops_what_no_longer_applies(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "review")
    stored = interview.stored(questionnaire.get("sex"), "male")
    assert stored.dropped == ("pregnancy", "breastfeeding")
    assert not {"pregnancy", "breastfeeding"} & set(stored.interview.answers)


def test_a_consent_is_recorded_with_version_and_time(questionnaire: Any, at: Any) -> None:
    stored = interview_at(questionnaire, at, "consent_privacy").stored(questionnaire.get("consent_privacy"), "yes")
    assert stored.interview.state.consents["consent_privacy"] == {
        "version": "2026-11-27",
        "given_at": NOW.isoformat(),
        "answer": "yes",
    }


def test_an_optional_answer_taken_out_counts_as_skipped(questionnaire: Any, at: Any) -> None:
    left = interview_at(questionnaire, at, "review").removed("language").interview
    assert "language" in left.state.skipped
    assert "language" not in left.missing


def test_a_question_that_is_unknown_gives_way_to_the_next(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "email")
    assert interview.changed(open_question="long_gone").settled().state.open_question == "email"


def test_back_to_a_question_unless_something_precedes_it(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "symptoms")
    assert interview.back_to("symptoms").state.open_question == "symptoms"
    assert interview.back_to(REVIEW).state.open_question == "symptoms"
    assert interview.changed(revisit=("full_name",)).back_to("symptoms").state.open_question == "full_name"


@pytest.mark.parametrize(
    ("born", "minor"), [("2008-11-22", True), ("2008-11-21", False), ("soon", False), (None, False)]
)
def test_who_is_under_age_is_a_minor(questionnaire: Any, at: Any, born: Any, minor: bool) -> None:
    assert interview_at(questionnaire, at, "email").is_minor(born) is minor


def test_an_interview_that_ended_unsent_keeps_no_answers(questionnaire: Any, at: Any) -> None:
    interview = interview_at(questionnaire, at, "email")
    ended = interview.ended("declined", keep_consents=True)
    assert (dict(ended.answers), ended.state.stage, ended.state.intake_id) == (
        {},
        "declined",
        interview.state.intake_id,
    )
    assert ended.state.consents == interview.state.consents
