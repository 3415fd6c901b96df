"""Decides whether a message tells of an emergency or a crisis: pure functions, no Rasa, no spaCy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

EMERGENCY = "emergency"
CRISIS = "crisis"
CLASSIFIER = "classifier"
SECOND_LOOK = "second_look"
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


# Of the second look in the mean: the intent classifier has seventy other things on its mind.
SECOND_LOOK_WEIGHT = 0.8


@dataclass(frozen=True)
class Thresholds:
    """How sure the classifiers must be to raise an alarm that no rule raised.

    `second_look` is for the weighted mean of the intent classifier and the second look, `certain` for the same mean
    where a rule found the words harmless; the other two are for the intent classifier where there is no second look.
    """

    emergency: float = 0.9
    crisis: float = 0.8
    second_look: float = 0.5
    certain: float = 0.95


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
    ranking: Sequence[Mapping[str, object]] = (),
    second_look: Mapping[str, float] | None = None,
    general_question: bool = False,
    thresholds: Thresholds = Thresholds(),
) -> Decision:
    """The decision for one message.

    in: the signs found, the intent ranking of the classifier before ({"name", "confidence"}), the probabilities of
    the second look by kind, whether the whole message asks about the matter in general or tells that it is over
    out: a crisis comes before an emergency unless somebody is unconscious; rules come before the classifiers,
    who must be all but certain where a rule looked at the same words and found them harmless
    """
    found = list(signs)
    alarms = [sign for sign in found if quieted_by(sign) is None]
    for wanted in (
        lambda sign: sign.rule in UNCONSCIOUS,
        lambda sign: sign.kind == CRISIS,
        lambda sign: True,
    ):
        first = next((sign for sign in alarms if wanted(sign)), None)
        if first:
            return Decision(first.kind, first.rule, first.text)
    harmless = bool(found) or general_question
    sure = {str(entry["name"]): float(str(entry["confidence"])) for entry in ranking}
    if second_look is not None:
        return _agreed(sure, second_look, thresholds.certain if harmless else thresholds.second_look)
    if not harmless:
        if sure.get(CRISIS, 0.0) >= thresholds.crisis:
            return Decision(CRISIS, CLASSIFIER)
        if sure.get(EMERGENCY, 0.0) >= thresholds.emergency:
            return Decision(EMERGENCY, CLASSIFIER)
    return Decision(None)


def _agreed(first: Mapping[str, float], second: Mapping[str, float], least: float) -> Decision:
    """An alarm that both classifiers carry: alone, either may be sure of words it has never seen."""
    shares = {
        kind: SECOND_LOOK_WEIGHT * second.get(kind, 0.0) + (1 - SECOND_LOOK_WEIGHT) * first.get(kind, 0.0)
        for kind in (CRISIS, EMERGENCY)
    }
    # Which kind it is may be open between the two, while both see danger: the kinds count together.
    if sum(shares.values()) < least:
        return Decision(None)
    return Decision(max(shares, key=lambda kind: shares[kind]), SECOND_LOOK)
