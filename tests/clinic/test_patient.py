"""The made-up patient answers every question of the questionnaire, in both of her forms."""

from datetime import date
from pathlib import Path

import pytest

from clinic.intake.kinds import Context, parse
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Questionnaire
from clinic.intake.model.result import Accepted
from tests.patient import STORED, STORED_AS_TYPED, TYPED

DATA = Path(__file__).resolve().parents[2] / "data"
QUESTIONNAIRE = Questionnaire.load(DATA / "intake.yml")
LANGUAGE = Language.load(DATA / "language" / "en")
# Asked only of somebody who writes for another person.
NOT_ASKED = {"relationship", "guardian", "patient_agrees"}
ASKED = [question.id for question in QUESTIONNAIRE.questions if question.id not in NOT_ASKED]


def test_she_answers_every_question_that_she_is_asked() -> None:
    assert list(STORED) == ASKED
    assert list(TYPED) == ASKED


@pytest.mark.parametrize("question_id", ASKED)
def test_what_is_stored_of_her_is_what_she_typed(question_id: str) -> None:
    if TYPED[question_id] == "skip":
        assert question_id not in STORED_AS_TYPED
        return
    context = Context(today=date(2026, 11, 21), answers={"for_whom": "self", "sex": "female"}, language=LANGUAGE)
    read = parse(QUESTIONNAIRE.get(question_id), TYPED[question_id], context)
    assert isinstance(read, Accepted)
    assert read.value == STORED_AS_TYPED[question_id]
