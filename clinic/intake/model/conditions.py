"""Evaluates the questionnaire's declarative conditions (`ask_if`, `required_if`) over the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

Condition = Mapping[str, Any]


def age_on(born: date, today: date) -> int:
    """Return the age in whole years on `today` of somebody born on `born`."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def with_birth_date(condition: Condition, question_id: str) -> Condition:
    """Return the condition with the question that asks for the date of birth named wherever it looks at the age."""
    if "age_between" in condition:
        return {**condition, "of": question_id}
    if "not" in condition:
        return {"not": with_birth_date(condition["not"], question_id)}
    whole = dict(condition)
    for key in condition.keys() & {"all", "any"}:
        whole[key] = [with_birth_date(part, question_id) for part in condition[key]]
    return whole


def _age(born: Any, today: date) -> int | None:
    """Return the age in years of somebody born on this ISO date, or None when it is missing or unreadable."""
    if not isinstance(born, str):
        return None
    try:
        return age_on(date.fromisoformat(born), today)
    except ValueError:
        return None


def holds(condition: Condition | None, answers: Mapping[str, Any], today: date) -> bool:
    """Tell whether `condition` holds for `answers` on `today`; no condition always holds.

    An unanswered question equals nothing, and an unknown age lies in no range. For an answer that is a list,
    `equals` means that the list contains the value. Of whom the age is, `of` says (see `with_birth_date`).
    """
    if condition is None:
        return True
    if "all" in condition:
        return all(holds(part, answers, today) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, answers, today) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, today)
    if "age_between" in condition:
        low, high = condition["age_between"]
        age = _age(answers.get(condition["of"]), today)
        return age is not None and low <= age <= high
    if "answered" in condition:
        return answers.get(condition["answered"]) is not None
    answer = answers.get(condition["question"])
    wanted = condition["in"] if "in" in condition else [condition["equals"]]
    if isinstance(answer, list):
        return any(value in answer for value in wanted)
    return answer in wanted


def questions_in(condition: Condition | None) -> Iterator[str]:
    """Yield the ids of the questions a condition looks at."""
    if condition is None:
        return
    for key in ("all", "any"):
        for part in condition.get(key, ()):
            yield from questions_in(part)
    if "not" in condition:
        yield from questions_in(condition["not"])
    if "age_between" in condition:
        yield condition["of"]
    for key in ("question", "answered"):
        if key in condition:
            yield condition[key]
