"""Every kind of question takes what the bot read: denied, past, planned, somebody else's."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clinic.intake.kinds import Accepted, Context, Refused, Unclear, parse
from clinic.intake.kinds.asserted import Said
from clinic.intake.model.language import Language
from tests.readings import READINGS, assertions_of, entities_of

LANGUAGE = Language.load(Path(__file__).resolve().parents[4] / "data" / "language" / "en")


def read(questionnaire: Any, question: str, text: str) -> Any:
    assert text in READINGS
    context = Context(date(2026, 11, 21), {}, entities_of(text), language=LANGUAGE)
    return parse(questionnaire.get(question), text, context, assertions_of(text))


def codes(found: Any) -> list[Any]:
    return [finding["code"] or finding["text"] for finding in found]


@pytest.mark.parametrize(
    ("text", "current", "past"),
    [
        ("Plaquenil, CellCept, stopped Imuran", ["hydroxychloroquine", "mycophenolate"], ["azathioprine"]),
        ("no longer on prednisone, just Plaquenil", ["hydroxychloroquine"], ["prednisone"]),
        ("switched from Imuran to CellCept", ["mycophenolate"], ["azathioprine"]),
        ("off methotrexate since May, only Plaquenil now", ["hydroxychloroquine"], ["methotrexate"]),
        ("Plaquenil, waiting to start Benlysta", ["hydroxychloroquine"], []),
        ("Plaquenil; was prescribed methotrexate but never took it", ["hydroxychloroquine"], []),
        ("Plaquenil, and I'm allergic to penicillin", ["hydroxychloroquine"], []),
        ("Plaquenil. My mother takes methotrexate", ["hydroxychloroquine"], []),
        ("plaquenil, sunflower tablets", ["hydroxychloroquine", "sunflower tablets"], []),
        ("stopped CellCept and zelphorin, Plaquenil", ["hydroxychloroquine"], ["mycophenolate", "zelphorin"]),
        ("came off methotrexate and Imuran, prednisone 5", ["prednisone"], ["methotrexate", "azathioprine"]),
        ("Plaquenil. planned from March: Benlysta", ["hydroxychloroquine"], []),
        ("Plaquenil. My aunt was on methotrexate, not me", ["hydroxychloroquine"], []),
        ("Plaquenil, Imurel arrêté", ["hydroxychloroquine"], ["azathioprine"]),
        ("prednisone 7,5 and Plaquenil", ["prednisone", "hydroxychloroquine"], []),
        ("an inhaler (salbutamol), Plaquenil", ["albuterol", "hydroxychloroquine"], []),
    ],
)
def test_an_item_of_a_list_decides_for_itself(
    questionnaire: Any, text: str, current: list[str], past: list[str]
) -> None:
    result = read(questionnaire, "current_medications", text)
    assert isinstance(result, Accepted), result
    assert codes(result.value) == current
    assert codes(result.also.get("treatment", [])) == past


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("organ_involvement", "kidneys - no, skin - yes", ["skin"]),
        ("organ_involvement", "skin and joints, the heart is fine", ["skin", "joints"]),
        ("organ_involvement", "no kidneys, only skin", ["skin"]),
        ("organ_involvement", "all except brain", ["kidneys", "heart", "lungs", "skin", "joints", "blood"]),
        ("organ_involvement", "everything apart from lungs", ["kidneys", "heart", "brain", "skin", "joints", "blood"]),
        ("organ_involvement", "neither heart nor lungs, the joints", ["joints"]),
        ("organ_involvement", "skin. The heart echo was okay", ["skin"]),
        ("risk_medicines", "nothing of that. Saphnelo was offered but I said no", ["none"]),
        ("risk_history", "my clot test came back negative. low white count last year", ["low_counts"]),
        ("records_available", "labs yes, mri no", ["labs"]),
        ("preferred_contact", "not email, phone", "phone"),
        ("cancer_history", "no. my mother yes, of the breast", "no"),
        ("active_infection", "No, the rash is still there", "no"),
        ("cancer_history", "not me, my grandfather had lymphoma", "no"),
        ("consent_contact", "yes of course, thank you", "yes"),
        ("consent_contact", "yep, they can phone me", "yes"),
        ("consent_privacy", "Yes. She is beside me and she agrees", "yes"),
        ("consent_privacy", "yes I agree, no objections", "yes"),
        ("consent_privacy", "I read all of it, so yes I agree", "yes"),
        ("consent_privacy", "I do not see anything wrong with it, so yes", "yes"),
        ("risk_medicines", "rituximab in 2018. No blood thinner", ["none"]),
        ("risk_medicines", "Benlysta three years ago, warfarin now", ["blood_thinner"]),
        ("risk_medicines", "warfarin since 2018", ["blood_thinner"]),
        ("risk_history", "HBV, HIV neg. low platelets", ["low_counts"]),
        ("risk_history", "low blood counts. HIV test negative, tuberculosis negative", ["low_counts"]),
        ("risk_history", "a clot in 2019; hepatitis, HIV and tuberculosis all negative", ["clot"]),
    ],
)
def test_what_is_denied_is_not_chosen(questionnaire: Any, question: str, text: str, value: Any) -> None:
    result = read(questionnaire, question, text)
    assert isinstance(result, Accepted), result
    assert result.value == value


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("cancer_history", "our mam had breast cancer"),
        ("symptoms", "my sister has a rash"),
        ("current_medications", "I have never taken methotrexate"),
        ("consent_contact", "yes but not by phone"),
        ("consent_privacy", "yes, if you delete it all later"),
        ("consent_privacy", "no problem with that but I want to think"),
        ("consent_privacy", "I have no objection and no wish to agree"),
        ("consent_privacy", "yes I read it and I do not agree"),
    ],
)
def test_nothing_is_taken_for_the_patients_answer(questionnaire: Any, question: str, text: str) -> None:
    assert isinstance(read(questionnaire, question, text), Refused)


def test_entities_of_an_earlier_release_are_read_by_their_three_fields() -> None:
    context = Context(date(2026, 11, 21), language=LANGUAGE)
    old = {"negated": False, "experiencer": "patient", "temporality": "current"}
    assert Said.of(old).when(context) == "now"
    assert Said.of({**old, "temporality": "past"}).when(context) == "past"
    assert Said.of({**old, "temporality": "hypothetical"}).when(context) is None
    assert Said.of({**old, "negated": True}).when(context) is None
    assert Said.of({**old, "experiencer": "family"}).when(context) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a bit of everything but mainly joint pain", ["joint_pain"]),
        ("everything but mostly the rash", ["rash"]),
        ("headaches. Fever I have not", ["headache"]),
        ("rash yes, hair loss she has not", ["rash"]),
        ("hair falls, low grade fever on and off", ["hair_loss", "fever"]),
    ],
)
def test_what_is_there_now_among_the_symptoms(questionnaire: Any, text: str, found: list[str]) -> None:
    result = read(questionnaire, "symptoms", text)
    assert isinstance(result, Accepted), result
    assert codes(result.value) == found


def test_all_symptoms_of_the_list_but_some(questionnaire: Any) -> None:
    result = read(questionnaire, "symptoms", "everything on the list except headache and fever")
    assert isinstance(result, Accepted), result
    listed = [choice.value for choice in questionnaire.get("symptoms").choices]
    assert codes(result.value) == [code for code in listed if code not in ("headache", "fever")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rituximab 2019, it helped for a year", ["rituximab"]),
        ("methotrexate did not help and made nausea", ["methotrexate"]),
        ("CellCept, her liver values went up. Imuran not given", ["mycophenolate"]),
        ("Imuran, in 2015, it was bad for me", ["azathioprine"]),
        ("Benlysta I never had. MTX for a year, relapsed", ["methotrexate"]),
    ],
)
def test_how_a_treatment_went_is_no_treatment(questionnaire: Any, text: str, found: list[str]) -> None:
    result = read(questionnaire, "past_treatments", text)
    assert isinstance(result, Accepted), result
    assert codes(result.value) == found


def test_of_some_denied_organs_it_is_asked_whether_it_is_none(questionnaire: Any) -> None:
    result = read(questionnaire, "organ_involvement", "my lungs are ok")
    assert isinstance(result, Unclear), result
    assert result.options[0].value == ["none"]


def test_the_one_typing_for_another_speaks_of_the_patient(questionnaire: Any) -> None:
    text = "her kidneys, and the skin she says"
    context = Context(date(2026, 11, 21), {}, entities_of(text), language=LANGUAGE, for_other=True)
    result = parse(questionnaire.get("organ_involvement"), text, context, assertions_of(text))
    assert isinstance(result, Accepted), result
    assert result.value == ["kidneys", "skin"]


def test_what_no_choice_knows_is_not_denied_with_the_rest(questionnaire: Any) -> None:
    """The no is of the clots; what was low is asked for, and never stored as "none"."""
    result = read(questionnaire, "risk_history", "my platelets needed a top up twice. No clots, no TB")
    assert not isinstance(result, Accepted) or result.value != ["none"]


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("past_treatments", "Imuran, three days in hospital, and an MRI scan", ["azathioprine"]),
        ("past_treatments", "Imuran. Belimumab requested", ["azathioprine"]),
        ("past_treatments", "Imuran. Rituximab was too expensive so I never got it", ["azathioprine"]),
        ("symptoms", "rash. I had mouth sores but those healed up", ["rash"]),
        ("symptoms", "Afebrile, rash", ["rash"]),
    ],
)
def test_what_is_no_treatment_and_no_complaint_is_left_out(
    questionnaire: Any, question: str, text: str, found: list[str]
) -> None:
    assert codes(read(questionnaire, question, text).value) == found


@pytest.mark.parametrize(
    ("relative", "found"),
    [(frozenset({"child", "daughter"}), []), (frozenset(), ["clot"]), (frozenset({"father"}), ["clot"])],
)
def test_a_relative_who_is_not_the_patient_keeps_his_illnesses(
    questionnaire: Any, relative: frozenset[str], found: list[str]
) -> None:
    text = "My dad had a blood clot"
    context = Context(date(2026, 11, 21), {}, entities_of(text), language=LANGUAGE, for_other=True, relatives=relative)
    result = parse(questionnaire.get("risk_history"), text, context, assertions_of(text))
    assert (result.value if isinstance(result, Accepted) else []) == found
