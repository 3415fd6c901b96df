"""Notes for staff on what decides whether a treatment can be discussed, and the reading of answers that rules share."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from clinic.domain.asked import Asked
from clinic.domain.requests import PreScreenNote

Answers = Mapping[str, Any]

_RISKS = {
    "clot": "a blood clot or stroke",
    "antiphospholipid": "antiphospholipid antibodies",
    "hepatitis": "hepatitis B or C",
    "hiv": "HIV",
    "tuberculosis": "tuberculosis",
    "dialysis": "dialysis",
    "low_counts": "low blood counts",
}
_RISK_MEDICINES = {
    "blood_thinner": "a blood thinner",
    "biologic": "a biologic in the last 12 months",
    "cyclophosphamide": "cyclophosphamide in the last 12 months",
}
# The points of the pre-screen that staff ask after themselves where nobody asked the patient.
_POINTS = {
    "severe_damage": "symptoms and other illnesses",
    "organs": "organs affected",
    "infection": "infection",
    "cancer": "cancer",
    "risk_history": "clots, infections and blood counts",
    "pregnancy": "pregnancy",
    "breastfeeding": "breastfeeding",
    "treatments": "medicines and earlier treatments",
    "risk_medicines": "blood thinners and biologics",
}


def not_asked_note(asked: Asked, not_asked: Collection[str]) -> PreScreenNote | None:
    """Return what the clinic has to ask itself: points of which no question was asked.

    Source: the criteria of the other rules; each of them needs an answer.
    """
    questions = {point: asked.points.get(point, ()) for point in _POINTS}
    open_ = [_POINTS[point] for point, ids in questions.items() if ids and set(ids) <= set(not_asked)]
    return PreScreenNote("not_asked", f"Not asked: {', '.join(open_)}. To ask.") if open_ else None


def risk_history(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Clots, antiphospholipid antibodies, chronic infections, dialysis, low blood counts.

    Source: the US labels of cyclophosphamide and of antithymocyte globulin (infections, blood counts, kidneys), which
    most transplant conditioning holds; EULAR's 2019 recommendations on antiphospholipid syndrome
    (doi:10.1136/annrheumdis-2019-215213) for care around every procedure. The labels are named from memory: unverified,
    for a clinician.
    """
    return _listed(asked.told(answers, "risk_history"), _RISKS, "risk_history", "clots, infections or low blood counts")


def risk_medicines(answers: Answers, today: date, asked: Asked) -> PreScreenNote | None:
    """Blood thinners, and what weakens the immune system for months.

    Source: the US labels of warfarin (bleeding at procedures), rituximab and cyclophosphamide (infections), named from
    memory: unverified, for a clinician.
    """
    told = asked.told(answers, "risk_medicines")
    return _listed(told, _RISK_MEDICINES, "risk_medicines", "blood thinners or biologics")


def _listed(told: Iterable[Any], names: Mapping[str, str], code: str, what: str) -> PreScreenNote | None:
    given = words(list(told))
    named = [names[value] for value in given if value in names]
    if named:
        return PreScreenNote(code, f"Reports {', '.join(named)}: to discuss.")
    return PreScreenNote(code, f"Is not sure about {what}: to discuss.") if "not_sure" in given else None


def yes_or_unsure(told: Iterable[Any], code: str, what: str) -> PreScreenNote | None:
    """Return a note where an answer is yes or not sure."""
    answers = list(told)
    if "yes" in answers:
        return PreScreenNote(code, f"Reports {what}: to discuss.")
    if "not_sure" in answers:
        return PreScreenNote(code, f"Is not sure about {what}: to discuss.")
    return None


def words(value: Any) -> list[str]:
    """Flatten an answer (text, list of values, or list of {"code", "text"}) into its codes and texts."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [str(part) for key, part in value.items() if key in ("code", "text") and part]
    if isinstance(value, list | tuple):
        return [word for item in value for word in words(item)]
    return [str(value)]
