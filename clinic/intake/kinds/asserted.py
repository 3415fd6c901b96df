"""What a message says of its words, as the bot read it (docs/wire-contract.md, `assertions`).

The intake does not read negation, time or person again: whatever wants to know whether something was denied, is over,
is only planned or is somebody else's, asks here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from clinic.intake.model.result import Assertions, Context
from clinic.intake.model.text import normalise

Time = Literal["now", "past"]
_ANSWERS = {"answered_yes": "yes", "answered_no": "no"}


@dataclass(frozen=True)
class Said:
    """What is said of one thing.

    polarity: present, absent or unsure; time: now, past, planned or never; whose: patient, family or other;
    governor: the word it stands under, or None; relative: which one (an id of the lexicon), or None.
    """

    polarity: str = "present"
    time: str = "now"
    whose: str = "patient"
    governor: str | None = None
    relative: str | None = None

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """Return what is said of an entity or an element of `assertions`.

        A conversation that began with an earlier release holds entities with the three older fields alone.
        """
        told = found.get("assertion") or found
        if "polarity" in told:
            return cls(told["polarity"], told["time"], told["whose"], told.get("governor"), told.get("relative"))
        time = {"past": "past", "hypothetical": "planned"}.get(str(found.get("temporality")), "now")
        return cls("absent" if found.get("negated") else "present", time, str(found.get("experiencer", "patient")))

    def is_about(self, context: Context) -> bool:
        """Tell whether it is the patient's; "she" is, where somebody else types for the patient.

        A relative is, who can be the patient: a daughter's mother has illnesses of her own.
        """
        if self.whose == "patient":
            return True
        known = not context.relatives or self.relative is None or self.relative in context.relatives
        return context.for_other and self.whose in ("family", "other") and known

    def when(self, context: Context) -> Time | None:
        """Return when the patient has it or takes it, or had or took it; None where nothing of the kind is said."""
        if self.polarity != "present" or not self.is_about(context):
            return None
        return {"now": "now", "past": "past"}.get(self.time)  # type: ignore[return-value]


def leading_answer(assertions: Assertions) -> str | None:
    """Return "yes" or "no" where the message answers with one; None without, and where it says both."""
    answers = {_ANSWERS[str(said["governor"])] for said in assertions if is_answer(said)}
    return answers.pop() if len(answers) == 1 else None


def is_answer(said: Mapping[str, Any]) -> bool:
    """Tell whether an element is a bare "yes" or "no", which says nothing of other words.

    The "no" of "MRI no" belongs to the MRI, and stands as its governor: the clause of a bare answer is the word itself.
    """
    clause = said.get("clause") or {}
    bare = not said.get("entity") and (clause.get("start"), clause.get("end")) == (said.get("start"), said.get("end"))
    return bare and said.get("governor") in _ANSWERS


def said_of(start: int, end: int, assertions: Assertions) -> Said | None:
    """Return what is said of the characters start..end of the message, or None where nothing is.

    Named things go before other words.
    """
    over = [
        said for said in assertions if int(said["start"]) < end and start < int(said["end"]) and not is_answer(said)
    ]
    named = [said for said in over if said.get("entity")]
    return Said.of((named or over)[0]) if over else None


def denied_places(text: str, assertions: Assertions, context: Context) -> list[tuple[int, int]]:
    """Return the places, in the normal form of `text`, of what is not so: denied, not begun, or somebody else's."""
    places = []
    for found in assertions:
        said = Said.of(found)
        if is_answer(found) or not _is_untrue(found, said, context):
            continue
        places.append(place_of(text, found))
    return places


def place_of(text: str, found: Mapping[str, Any]) -> tuple[int, int]:
    """Return the place, in the normal form of `text`, of an element of `assertions`."""
    # A letter stands for what follows, so that the space before it is counted.
    start = len(normalise(text[: int(found["start"])] + "x")) - 1
    return start, start + len(normalise(text[int(found["start"]) : int(found["end"])]))


def _is_untrue(found: Mapping[str, Any], said: Said, context: Context) -> bool:
    begun = not found.get("entity") or said.time in ("now", "past")
    return said.polarity == "absent" or not said.is_about(context) or said.governor == "healthy" or not begun


def overlaps(start: int, end: int, places: Sequence[tuple[int, int]]) -> bool:
    """Tell whether start..end shares a character with one of the places."""
    return any(first < end and start < last for first, last in places)
