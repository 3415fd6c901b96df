"""Decides whether a message tells of an emergency or a crisis: pure functions, no Rasa, no spaCy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EMERGENCY = "emergency"
CRISIS = "crisis"
SECOND_LOOK = "second_look"
OTHER_LANGUAGES = "other_languages"
UNCONSCIOUS = frozenset({"unconscious"})


@dataclass(frozen=True)
class Sign:
    """One sign found in the message, with what its surroundings say."""

    rule: str
    kind: str
    text: str = ""
    negated: bool = False
    past: bool = False
    habitual: bool = False
    hypothetical: bool = False
    now: bool = False
    general_question: bool = False


@dataclass(frozen=True)
class Thresholds:
    """How sure the second look must be of a danger (0 to 1) for an alarm.

    `second_look` where no rule spoke, `rule` where a rule raised an alarm (rules are wide: below it the words are taken
    for harmless), `certain` where a rule found the words harmless.
    """

    second_look: float = 0.8
    rule: float = 0.1
    certain: float = 0.9
    other_languages: float = 0.6


@dataclass(frozen=True)
class Decision:
    """kind is "emergency", "crisis" or None; rule names what fired; text is the sign as written."""

    kind: str | None
    rule: str | None = None
    text: str = ""


def quieted_by(sign: Sign) -> str | None:
    """Why a sign is no alarm, or None when it is one.

    A sign that is denied, imagined or asked about in general is none. One that is over, or comes now and then, is none
    unless the message says it is happening now; thoughts of suicide that come now and then are a crisis all the same.
    """
    if sign.negated:
        return "negated"
    if sign.hypothetical and not (sign.kind == CRISIS and not sign.general_question):
        return "hypothetical"
    if sign.general_question:
        return "general question"
    if sign.past and not sign.now:
        return "past"
    if sign.habitual and not sign.now and sign.kind == EMERGENCY:
        return "habitual"
    return None


def decide(
    signs: Iterable[Sign],
    second_look: Mapping[str, float] | None = None,
    general_question: bool = False,
    thresholds: Thresholds = Thresholds(),
) -> Decision:
    """The decision for one message.

    Args:
        signs: the signs found.
        second_look: the probabilities of the second look by kind; None where the rules decide alone.
        general_question: whether the whole message asks about the matter in general or tells that it is over.
        thresholds: see there.

    Returns:
        A crisis comes before an emergency unless somebody is unconscious, rules before the second look.
    """
    found = list(signs)
    alarms = [sign for sign in found if quieted_by(sign) is None]
    danger = 1.0 if second_look is None else sum(second_look.get(kind, 0.0) for kind in (CRISIS, EMERGENCY))
    for wanted in (
        lambda sign: sign.rule in UNCONSCIOUS,
        lambda sign: sign.kind == CRISIS,
        lambda sign: True,
    ):
        first = next((sign for sign in alarms if wanted(sign)), None)
        if first and danger >= thresholds.rule:
            return Decision(first.kind, first.rule, first.text)
    if second_look is None:
        return Decision(None)
    # Which kind it is may be open while there is danger all the same: the kinds count together.
    harmless = bool(found) or general_question
    if danger < (thresholds.certain if harmless else thresholds.second_look):
        return Decision(None)
    return Decision(max((CRISIS, EMERGENCY), key=lambda kind: second_look.get(kind, 0.0)), SECOND_LOOK)
