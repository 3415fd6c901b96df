"""Carries out the patient's commands: back, skip, pause, cancel, review, why and the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clinic.intake.model.commands import CommandName
from clinic.intake.model.interview import Interview
from clinic.intake.model.messages import Message, Outcome
from clinic.intake.model.questionnaire import Question
from clinic.intake.moves.pending import Cancel, Restart
from clinic.intake.saying.prompts import button, summary_message


def dropped_message(interview: Interview, dropped: Sequence[str]) -> list[Message]:
    """Return what to say about answers that no longer apply: one message, or none."""
    gone = [interview.questionnaire.get(item).label for item in dict.fromkeys(dropped) if item not in interview.answers]
    return [Message(interview.say("dropped", labels=", ".join(gone)))] if gone else []


def obey(interview: Interview, name: CommandName) -> Outcome:
    """Carry out a command of the patient."""
    anywhere = _ANYWHERE.get(name)
    if anywhere is not None:
        return anywhere(interview)
    settled = interview.changed(pending=None)
    question = settled.open
    if question is None:
        return Outcome(settled.state, (Message(interview.say("review_help")),) if name in ("help", "why") else ())
    at_question = _AT_QUESTION.get(name)
    if at_question is not None:
        return at_question(settled, question)
    # The question is explained, or only asked again: what was to be settled before stays to be settled.
    said = {"why": question.why or question.help, "help": f"{question.help} {interview.say('commands')}"}.get(name)
    state = settled.state if name == "resume" else interview.state
    return Outcome(state, (Message(said),) if said is not None else ())


def pause(interview: Interview) -> Outcome:
    """Stop for now; everything is kept."""
    return _paused(interview, interview.say("paused"))


def skip(interview: Interview, question: Question) -> Outcome:
    """Leave an optional question out; keep an answer already given; explain why a required one is needed."""
    state = interview.state
    optional = not interview.requires(question)
    if question.id in state.unconfirmed and optional:
        # Words that raised an alarm stay only where she stands by them.
        return Outcome(interview.removed(question.id).interview.moved_on().state)
    if question.id in state.answers and question.id == state.open_question:
        return _keep(interview, question)
    if not optional:
        why = f"{interview.say('required')} {question.why or question.help}"
        return Outcome(
            interview.changed(pending=None).state,
            (Message(why, buttons=(button(interview, "person"), button(interview, "pause"))),),
        )
    skipped = (*(item for item in state.skipped if item != question.id), question.id)
    return Outcome(interview.changed(skipped=skipped).moved_on().state)


def enough(interview: Interview) -> Outcome:
    """Leave out what is not needed and go to the review; where something needed is missing, say how much."""
    if interview.before_consent:
        return Outcome(interview.state, (Message(interview.say("consent_first")),))
    settled, offer = interview.changed(pending=None), interview.questionnaire.offers_more
    if offer is not None and settled.answers.get(offer.id) == "yes" and settled.missing:
        settled = settled.stored(offer, "no").interview
    if not settled.missing:
        return Outcome(settled.moved_on().state, (Message(interview.say("enough")),) if settled.not_asked else ())
    needed = len(settled.needed)
    if not needed:
        return Outcome(settled.stored(offer, "no").interview.moved_on().state) if offer else Outcome(settled.state)
    return Outcome(settled.back_to(settled.state.open_question).state, (Message(_needed_first(interview, needed)),))


def more(interview: Interview) -> Outcome:
    """Go on with the questions that were left out."""
    offer = interview.questionnaire.offers_more
    if offer is None or not interview.not_asked:
        return Outcome(interview.state, (Message(interview.say("all_asked")),))
    return Outcome(interview.stored(offer, "yes").interview.moved_on().state)


def _needed_first(interview: Interview, count: int) -> str:
    return interview.say("needed_first_one") if count == 1 else interview.say("needed_first", count=count)


def clear(interview: Interview, question: Question) -> Outcome:
    """Take an optional answer out."""
    if interview.requires(question):
        return Outcome(interview.state, (Message(interview.say("required_to_keep")),))
    removed = interview.removed(question.id)
    messages = [
        Message(interview.say("removed", label=question.label)),
        *dropped_message(removed.interview, removed.dropped),
    ]
    return Outcome(removed.interview.moved_on().state, tuple(messages))


def _paused(interview: Interview, said: str) -> Outcome:
    return Outcome(interview.changed(pending=None, stage="paused").state, (Message(said),), "paused")


def _back(interview: Interview) -> Outcome:
    if interview.pending is not None and interview.pending.left_by_back:
        return Outcome(interview.changed(pending=None).state)
    before = interview.previous
    if before is None:
        return Outcome(interview.state, (Message(interview.say("first_question")),))
    return Outcome(interview.opened(before).state)


def _review(interview: Interview) -> Outcome:
    settled = interview.changed(pending=None)
    return Outcome(settled.state, (summary_message(settled),))


def _keep(interview: Interview, question: Question) -> Outcome:
    again = {
        name: tuple(item for item in getattr(interview.state, name) if item != question.id)
        for name in ("revisit", "unconfirmed")
    }
    return Outcome(interview.changed(**again).moved_on().state, (Message(interview.say("kept")),))


_ANYWHERE: dict[CommandName, Callable[[Interview], Outcome]] = {
    "pause": pause,
    "leave": lambda interview: _paused(interview, interview.say("left")),
    "underway": lambda interview: Outcome(interview.state, (Message(interview.say("underway")),)),
    "person": lambda interview: Outcome(interview.state, (), "handoff"),
    "cancel": lambda interview: Outcome(interview.changed(pending=Cancel()).state),
    "restart": lambda interview: Outcome(interview.changed(pending=Restart()).state),
    "review": _review,
    "enough": enough,
    "back": _back,
}
_AT_QUESTION: dict[CommandName, Callable[[Interview, Question], Outcome]] = {
    "skip": skip,
    "keep": _keep,
    "clear": clear,
}
