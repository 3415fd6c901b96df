"""Danger signs that are no alarm, because they are past or come now and then: noted, with one line beside them."""

from __future__ import annotations

from dataclasses import replace

from clinic.intake.model.language import Language
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.turn import Turn
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
