"""The decision by itself, in tables."""

import pytest

from bot.nlu.safety.decision import SECOND_LOOK, Decision, Sign, Thresholds, decide, quieted_by


def emergency(rule: str = "chest_pain", **about: bool) -> Sign:
    return Sign(rule, "emergency", **about)


def crisis(**about: bool) -> Sign:
    return Sign("suicide_direct", "crisis", **about)


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (emergency(), None),
        (emergency(negated=True), "negated"),
        (emergency(hypothetical=True), "hypothetical"),
        (emergency(hypothetical=True, now=True), "hypothetical"),
        (emergency(general_question=True), "general question"),
        (emergency(past=True), "past"),
        (emergency(past=True, now=True), None),
        (emergency(habitual=True), "habitual"),
        (emergency(habitual=True, now=True), None),
        (crisis(), None),
        (crisis(negated=True), "negated"),
        (crisis(hypothetical=True), None),
        (crisis(hypothetical=True, general_question=True), "hypothetical"),
        (crisis(habitual=True), None),
        (crisis(past=True), "past"),
    ],
)
def test_what_quiets_a_sign(sign: Sign, why: str | None) -> None:
    assert quieted_by(sign) == why


@pytest.mark.parametrize(
    ("signs", "kind", "rule"),
    [
        ([], None, None),
        ([emergency(negated=True)], None, None),
        ([emergency(negated=True), emergency("seizure")], "emergency", "seizure"),
        ([emergency(), crisis()], "crisis", "suicide_direct"),
        ([emergency("unconscious"), crisis()], "emergency", "unconscious"),
        ([emergency("unconscious", past=True), crisis()], "crisis", "suicide_direct"),
    ],
)
def test_which_sign_decides(signs: list[Sign], kind: str | None, rule: str | None) -> None:
    assert decide(signs) == Decision(kind, rule)


BOUNDS = Thresholds(second_look=0.7, rule=0.05, certain=0.95)


def likely(emergency: float = 0.0, crisis: float = 0.0) -> dict[str, float]:
    return {"emergency": emergency, "crisis": crisis, "none": 1 - emergency - crisis}


@pytest.mark.parametrize(
    ("signs", "seen", "general", "expected"),
    [
        # Where no rule spoke it has to be sure, and the kinds count together.
        ([], likely(emergency=0.75), False, Decision("emergency", SECOND_LOOK)),
        ([], likely(emergency=0.5, crisis=0.4), False, Decision("emergency", SECOND_LOOK)),
        ([], likely(emergency=0.3, crisis=0.45), False, Decision("crisis", SECOND_LOOK)),
        ([], likely(emergency=0.6), False, Decision(None)),
        # Where a rule found the words harmless it has to be all but certain.
        ([], likely(emergency=0.9), True, Decision(None)),
        ([], likely(emergency=0.97), True, Decision("emergency", SECOND_LOOK)),
        ([emergency(negated=True)], likely(emergency=0.9), False, Decision(None)),
        ([crisis(negated=True)], likely(crisis=0.99), False, Decision("crisis", SECOND_LOOK)),
        # What a rule found is an alarm, unless it is all but certain that the words are harmless.
        ([emergency()], likely(emergency=0.1), False, Decision("emergency", "chest_pain")),
        ([emergency()], likely(emergency=0.01), False, Decision(None)),
        ([crisis()], likely(emergency=0.9), False, Decision("crisis", "suicide_direct")),
    ],
)
def test_rules_and_second_look_weigh_each_other(signs: list, seen: dict, general: bool, expected: Decision) -> None:
    assert decide(signs, seen, general, BOUNDS) == expected


def test_without_a_second_look_the_rules_decide_alone() -> None:
    assert decide([emergency()], None).kind == "emergency"
    assert decide([], None).kind is None
