"""Puts the words that the patient saw beside the codes that are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from clinic.domain.asked import BIRTH_DATE
from clinic.domain.requests import ConsultationRequest
from clinic.intake.kinds.country import country_name
from clinic.intake.model.questionnaire import Question, Questionnaire, QuestionnaireError

# Nothing is known of these: neither is a "no".
NOT_ASKED, LEFT_OUT = "not asked", "left out by the patient"


@dataclass(frozen=True)
class LabelledAnswer:
    """One answer for staff: the question's id and label, and the answer with its labels."""

    question_id: str
    label: str
    text: str

    @property
    def name(self) -> str:
        """Label and id together."""
        return f"{self.label} ({self.question_id})" if self.label else self.question_id


class Labels:
    """The labels of a questionnaire. A question that it no longer asks keeps its codes alone."""

    def __init__(self, questionnaire: Questionnaire | None) -> None:
        self._questionnaire = questionnaire

    @classmethod
    def read(cls, path: Path) -> "tuple[Labels, str]":
        """Read the labels from the questionnaire at `path`.

        Returns:
            The labels, and what to tell staff when there are none (otherwise an empty text): a request has to
            be readable also while the questionnaire is being edited.
        """
        try:
            return cls(Questionnaire.load(path)), ""
        except (OSError, QuestionnaireError) as error:
            return cls(None), (
                f"codes are shown without labels, because the questionnaire cannot be read ({error}). "
                "Set MARROW_CONTENT_DIR to the content directory, or mend the file."
            )

    def answers(self, request: ConsultationRequest) -> list[LabelledAnswer]:
        """Return the answers of a request in the order of asking."""
        found = []
        for question_id, value in request.answers.items():
            question = self.question(question_id)
            found.append(LabelledAnswer(question_id, question.label if question else "", _text(question, value)))
        return found

    def left_open(self, request: ConsultationRequest) -> list[LabelledAnswer]:
        """Return what the request does not say, as "not asked" or "left out"."""
        if request.left_open is None:
            return []
        known = ((request.left_open.not_asked, NOT_ASKED), (request.left_open.skipped, LEFT_OUT))
        found = []
        for ids, text in known:
            for question_id in ids:
                question = self.question(question_id)
                found.append(LabelledAnswer(question_id, question.label if question else "", text))
        return found

    def words(self, request: ConsultationRequest) -> list[LabelledAnswer]:
        """Return what the patient wrote, in the order of asking, where it is more than the answer tells."""
        answers = self.answers(request)
        said = [(answer, request.words.get(answer.question_id, "")) for answer in answers]
        return [
            LabelledAnswer(answer.question_id, answer.label, words)
            for answer, words in said
            if words.casefold() not in answer.text.casefold()
        ]

    def question(self, question_id: str) -> Question | None:
        """Return the question with this id, if it is still asked."""
        known = self._questionnaire
        if known is None or question_id in known:
            return known.get(question_id) if known is not None else None
        return known.with_role("birth_date") if question_id == BIRTH_DATE else None

    def applicable(self, answers: Mapping[str, Any], today: date) -> frozenset[str]:
        """Return the ids of the questions that these answers left to be asked."""
        known = self._questionnaire
        return frozenset(question.id for question in known.applicable(answers, today)) if known else frozenset()

    def names(self) -> list[LabelledAnswer]:
        """Return every question in the order of asking, without an answer."""
        questions = self._questionnaire.questions if self._questionnaire else ()
        return [LabelledAnswer(question.id, question.label, "") for question in questions]


def _text(question: Question | None, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(question, item) for item in value) or "none"
    if isinstance(value, Mapping):
        return _coded(question, value)
    return "" if value is None else _with_label(question, str(value))


def _coded(question: Question | None, value: Mapping[str, Any]) -> str:
    code, text = value.get("code"), value.get("text")
    rest = [f"{key}: {_text(None, part)}" for key, part in value.items() if key not in ("code", "text") and part]
    if not code:
        said = str(text or "")
    elif question is not None and question.choice(code) is not None:
        said = _with_label(question, str(code)) + (f": {text}" if text else "")
    else:
        said = f"{code} ({text})" if text and text != code else str(code)
    return "; ".join(part for part in [said, *rest] if part)


def _with_label(question: Question | None, code: str) -> str:
    if question is None:
        return code
    if choice := question.choice(code):
        return f"{choice.label} ({code})"
    if question.format in ("country", "countries"):
        name = country_name(code)
        return f"{name} ({code})" if name != code else code
    return code
