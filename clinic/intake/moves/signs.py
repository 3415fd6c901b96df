"""Danger signs that are no alarm: past or habitual ones are noted; of a picked answer it is asked whether it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clinic.intake.model.interview import Interview
from clinic.intake.model.language import Language
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.turn import Turn
from clinic.intake.moves.pending import SafetyCheck
from clinic.intake.reading.after_alarm import Alarm
from clinic.intake.saying import sentences


def with_signs(language: Language, outcome: Outcome, turn: Turn, question_id: str | None, number: str) -> Outcome:
    """Note the signs of a turn that the intake took, and say once for each whom to call if it happens now."""
    known = {sign["rule"] for sign in outcome.state.signs}
    new = {sign["rule"]: sign for sign in turn.quieted if sign.get("rule") and sign["rule"] not in known}
    if not new or outcome.status != "asking":
        return outcome
    noted = tuple(
        {"rule": rule, "kind": str(sign.get("kind")), "why": str(sign.get("why")), "question": question_id or ""}
        for rule, sign in new.items()
    )
    kinds = dict.fromkeys(sign["kind"] for sign in noted)
    said = tuple(Message(sentences.if_it_happens_now(language, kind, number)) for kind in kinds)
    return replace(
        outcome,
        state=outcome.state.with_changes(signs=(*outcome.state.signs, *noted)),
        messages=(*outcome.messages, *said),
    )


def with_check(before: Interview, outcome: Outcome, question_id: str) -> Outcome:
    """Ask whether it is happening now where a new answer to this question may be an emergency (`Choice.may_be`)."""
    question = before.questionnaire.get(question_id)
    told = [
        choice
        for choice in question.choices
        if choice.may_be is not None
        and choice.value in _values(outcome.state.answers.get(question_id))
        and choice.value not in _values(before.answers.get(question_id))
    ]
    if not told or outcome.status != "asking" or outcome.state.alarm is not None:
        return outcome
    alarm = Alarm(str(told[0].may_be), unclear=True).plain()
    pending = SafetyCheck(then=outcome.state.pending, about=told[0].label)
    return replace(outcome, state=outcome.state.with_changes(alarm=alarm, pending=pending))


def _values(answer: Any) -> set[str]:
    items = answer if isinstance(answer, list) else [answer]
    return {str(item.get("code") if isinstance(item, Mapping) else item) for item in items}
