"""How far we are: the section of the open question, its place in it, and what the rest would take."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import Question, Section


@dataclass(frozen=True)
class Place:
    """A place in a section: `number` of `sections` that are asked, `step` of `total` questions in it."""

    id: str
    label: str
    number: int
    sections: int
    step: int
    total: int

    def plain(self) -> dict[str, Any]:
        """Return the wire-contract object."""
        return {
            "id": self.id,
            "label": self.label,
            "number": self.number,
            "sections": self.sections,
            "step": self.step,
            "total": self.total,
        }


def place_of(interview: Interview) -> Place | None:
    """Return where the open question stands; None at the review and in a questionnaire without sections."""
    question = interview.open
    section = _section(interview, question) if question is not None else None
    if question is None or section is None:
        return None
    parts: dict[str, list[str]] = {}
    for item in interview.applicable:
        found = _section(interview, item)
        if found is not None and (interview.asks(item) or found == section):
            parts.setdefault(found.id, []).append(item.id)
    inside = parts[section.id]
    label = section.label_other if interview.for_other and section.label_other else section.label
    number = list(parts).index(section.id) + 1
    return Place(section.id, label, number, len(parts), inside.index(question.id) + 1, len(inside))


def progress(interview: Interview) -> str:
    """Say how far we are."""
    place = place_of(interview)
    if place is None:
        step, total = interview.step
        return interview.say("progress", step=step, total=total)
    return interview.say(
        "progress_by_section",
        label=place.label,
        number=place.number,
        sections=place.sections,
        step=place.step,
        total=place.total,
    )


def may_send(interview: Interview) -> bool:
    """Tell whether what is needed is there, so that the rest of the questions may be left out."""
    offer = interview.questionnaire.offers_more
    if offer is None or interview.open is None or interview.answers.get(offer.id) != "yes":
        return False
    enough = interview.changed(answers={**interview.answers, offer.id: "no"})
    return not enough.missing and not interview.refused_consents


def what_more_takes(interview: Interview) -> tuple[int, int]:
    """Return how many questions a yes to more details adds, and the minutes they take."""
    count = len(interview.not_asked)
    return count, max(1, ceil(count * interview.questionnaire.seconds_a_question / 60))


def _section(interview: Interview, question: Question) -> Section | None:
    return interview.questionnaire.section_of(question, interview.answers, interview.today)
