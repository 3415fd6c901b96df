"""What was said by the way: collects it over several messages, and stores what may be stored of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from clinic.intake.kinds import kind_of
from clinic.intake.model.interview import Interview, Stored
from clinic.intake.model.questionnaire import SOMEONE_ELSE, Question
from clinic.intake.model.turn import Turn
from clinic.intake.reading.facts import Facts, facts_of, joined


def facts_beside(interview: Interview, question: Question, value: Any, turn: Turn, unread: Sequence[Turn]) -> Facts:
    """Return the facts that are read with a valid answer: in its own message, and in those nobody read before."""
    if question.role == "privacy_consent":
        return _before_consent(interview, unread)
    if question.consent is not None:
        return {}
    answered = interview.changed(answers={**interview.answers, question.id: value})
    # What the patient would rather not say is not taken from earlier messages either.
    earlier = _facts_in(answered, unread).items()
    facts = {key: value for key, value in earlier if key not in interview.state.skipped}
    # What stands in free text is the answer to that question, and nothing else is read out of it.
    return facts if kind_of(question).is_free else _facts_in(answered, (turn,), facts)


def _facts_in(interview: Interview, turns: Sequence[Turn], known: Mapping[str, Any] = MappingProxyType({})) -> Facts:
    facts: Facts = dict(known)
    for turn in turns:
        so_far = interview.changed(answers={**interview.answers, **facts})
        for key, value in facts_of(so_far, turn.as_typed()).items():
            facts[key] = joined(interview.questionnaire.get(key), facts.get(key), value)
    return facts


def _before_consent(interview: Interview, turns: Sequence[Turn]) -> Facts:
    facts = _facts_in(interview.changed(answers={}), turns)
    if facts.get(interview.questionnaire.with_role("who").id) == SOMEONE_ELSE:
        return {key: value for key, value in facts.items() if interview.questionnaire.get(key).tells_who}
    return facts


def with_facts(interview: Interview, also: Facts, beside: Facts) -> tuple[Stored, tuple[str, ...]]:
    """Store the facts that may be stored, and return the ids of these as well.

    also: parts of the answer itself that belong elsewhere, added to lists that are answered already.
    beside: what is only taken where nothing is answered yet.
    """
    usable = {**_usable(interview, also, merge=True), **_usable(interview, beside, merge=False)}
    dropped: tuple[str, ...] = ()
    for key, value in usable.items():
        stored = interview.stored(interview.questionnaire.get(key), value)
        interview = still_asked(interview, as_understood(stored.interview, key), key)
        dropped = (*dropped, *stored.dropped)
    return Stored(interview, dropped), tuple(usable)


def as_understood(interview: Interview, question_id: str) -> Interview:
    """Note that an answer was understood from other words than an answer to its question."""
    others = (item for item in interview.state.prefilled if item != question_id)
    return interview.changed(prefilled=(*others, question_id))


def still_asked(before: Interview, after: Interview, question_id: str) -> Interview:
    """Note that a list told by the way is asked all the same: a medicine in passing is not all that somebody takes."""
    told_only = question_id not in before.answers or question_id in before.state.revisit
    if after.questionnaire.get(question_id).codes is None or not told_only or before.state.open_question == question_id:
        return after
    return after.changed(revisit=tuple(dict.fromkeys((*after.state.revisit, question_id))))


def _usable(interview: Interview, facts: Facts, *, merge: bool) -> Facts:
    """The facts that apply and are not answered yet (or lists to merge), and no consent."""
    usable: Facts = {}
    for question in interview.questionnaire.questions:
        value = facts.get(question.id)
        if value is None or question.consent:
            continue
        # In the questionnaire's order: "for my son" says for whom it is, and only then does the relationship apply.
        so_far = interview.changed(answers={**interview.answers, **usable})
        if not so_far.applies(question):
            continue
        if question.id in interview.answers:
            before = interview.answers[question.id]
            new = joined(question, before, value) if merge else before
            if new != before:
                usable[question.id] = new
        elif not (question.role == "birth_date" and not so_far.for_other and interview.is_minor(value)):
            usable[question.id] = value
    return usable


def without_own_facts(interview: Interview) -> Interview:
    """What was understood before was about the person typing, who turns out not to be the patient."""
    known = interview.questionnaire
    own = {item for item in interview.state.prefilled if item not in known or not known.get(item).tells_who}
    answers = {key: value for key, value in interview.answers.items() if key not in own}
    left = interview.changed(answers=answers, prefilled=()).pruned().interview
    return left.changed(revisit=tuple(item for item in left.state.revisit if item not in own))
