"""The decision by itself, in tables."""

import pytest

from bot.nlu.safety.decision import CLASSIFIER, SECOND_LOOK, Decision, Sign, Thresholds, decide, quieted_by


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


def ranking(**confidences: float) -> list[dict[str, object]]:
    return [{"name": name, "confidence": confidence} for name, confidence in confidences.items()]


@pytest.mark.parametrize(
    ("signs", "intents", "general", "kind"),
    [
        ([], ranking(emergency=0.95), False, "emergency"),
        ([], ranking(emergency=0.5, faq=0.5), False, None),
        ([], ranking(crisis=0.85), False, "crisis"),
        ([], ranking(emergency=0.95), True, None),
        ([emergency(past=True)], ranking(emergency=0.95), False, None),
        ([emergency()], ranking(faq=0.99), False, "emergency"),
    ],
)
def test_the_classifier_is_a_second_pair_of_eyes(signs: list, intents: list, general: bool, kind: str | None) -> None:
    decision = decide(signs, intents, None, general, Thresholds(emergency=0.9, crisis=0.8))
    assert decision.kind == kind
    assert (decision.rule == CLASSIFIER) == (not signs and kind is not None)


@pytest.mark.parametrize(
    ("signs", "intents", "likely", "general", "expected"),
    [
        ([], ranking(emergency=0.6), {"emergency": 0.9, "crisis": 0.0}, False, Decision("emergency", SECOND_LOOK)),
        ([], ranking(crisis=0.7), {"emergency": 0.5, "crisis": 0.4}, False, Decision("crisis", SECOND_LOOK)),
        ([], ranking(crisis=0.2), {"emergency": 0.0, "crisis": 0.99}, False, Decision("crisis", SECOND_LOOK)),
        ([], ranking(emergency=0.05), {"emergency": 0.8, "crisis": 0.05}, False, Decision(None)),
        ([], ranking(emergency=0.99), {"emergency": 0.2, "crisis": 0.0}, False, Decision(None)),
        ([], ranking(emergency=0.9), {"emergency": 0.9, "crisis": 0.0}, True, Decision(None)),
        ([emergency(negated=True)], ranking(emergency=0.9), {"emergency": 0.9, "crisis": 0.0}, False, Decision(None)),
        # All but certain, they are heard where a rule found the words harmless.
        ([], ranking(emergency=0.9), {"emergency": 0.99, "crisis": 0.0}, True, Decision("emergency", SECOND_LOOK)),
        (
            [crisis(negated=True)],
            ranking(crisis=0.9),
            {"emergency": 0.0, "crisis": 0.99},
            False,
            Decision("crisis", SECOND_LOOK),
        ),
    ],
)
def test_both_classifiers_are_heard_the_second_look_more(
    signs: list, intents: list, likely: dict, general: bool, expected: Decision
) -> None:
    assert decide(signs, intents, likely, general, Thresholds(second_look=0.7, certain=0.95)) == expected
