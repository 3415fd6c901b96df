"""Which answers still stand: those whose question applies and that contradict no other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from clinic.intake.model.questionnaire import Question, Questionnaire


def still_standing(
    questionnaire: Questionnaire, answers: Mapping[str, Any], today: date
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the answers that still stand, and the ids of those that no longer do."""
    left, dropped = dict(answers), []
    changed = True
    while changed:
        changed = False
        for question in questionnaire.questions:
            if question.id in left and not (question.applies(left, today) and _consistent(question, left)):
                del left[question.id]
                dropped.append(question.id)
                changed = True
    return left, tuple(dropped)


def _consistent(question: Question, answers: Mapping[str, Any]) -> bool:
    reference, value = question.validation.get("not_before"), answers.get(question.id)
    first = answers.get(reference) if reference else None
    return not (isinstance(first, str) and isinstance(value, int) and value < int(first[:4]))
