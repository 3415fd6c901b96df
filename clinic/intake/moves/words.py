"""Keeps the patient's own words for every answer, beside what is stored of it."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.intake.kinds import Accepted, Unclear
from clinic.intake.model.decisions import Answer, Command, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn
from clinic.intake.moves.pending import Choose
from clinic.intake.reading.facts import facts_of


def with_words(
    interview: Interview,
    state: IntakeState,
    turn: Turn,
    unread: Sequence[Turn] = (),
    decision: Answer | Command | Correction | None = None,
) -> IntakeState:
    """Return the state that a turn led to, with the words that its new answers stand on.

    A list that grew keeps the words of before; so does an answer that had to be asked back. Words that stood in an
    earlier message (`unread`) are that message's.
    """
    answered = decision.question if isinstance(decision, Answer) and isinstance(decision.result, Accepted) else None
    after, words = interview.at(state), dict(state.words)
    for item, value in state.answers.items():
        before = interview.answers.get(item)
        if item not in interview.questionnaire or (value == before and item != answered):
            continue
        said = _typed(interview, item, turn) if item == answered else _told(after, item, turn, unread)
        added = _grew(before, value) or (item == answered and _asked_back(interview, item))
        earlier = interview.state.words.get(item) if added else None
        words[item] = "\n".join(dict.fromkeys(filter(None, (earlier, said))))
    if isinstance(decision, Answer) and isinstance(decision.result, Unclear) and decision.question not in state.answers:
        words[decision.question] = turn.text
    return state.with_changes(words=words)


def _grew(before: object, value: object) -> bool:
    return (
        isinstance(before, list) and isinstance(value, list) and bool(before) and all(item in value for item in before)
    )


def _asked_back(interview: Interview, item: str) -> bool:
    return isinstance(interview.pending, Choose) and interview.pending.question == item


def _typed(interview: Interview, item: str, turn: Turn) -> str:
    """The words of an answer: a button sends a value, and says a label."""
    choice = interview.questionnaire.get(item).choice(turn.text.strip())
    if choice is not None:
        return choice.label
    options = interview.pending.options if isinstance(interview.pending, Choose) else ()
    return next((option.label for option in options if str(option.value) == turn.text.strip()), turn.text)


def _told(after: Interview, item: str, turn: Turn, unread: Sequence[Turn]) -> str:
    """The words of the messages that told something beside another answer."""
    told = [each.text for each in (*unread, turn) if item in facts_of(after, each.as_typed())]
    return "\n".join(told) or turn.text
