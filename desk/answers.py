"""A request as the team reads it: sections, labels with the patient's own words beside them, and how to reach her."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinic.domain.asked import BIRTH_DATE
from clinic.domain.queue import TIME_FRAME
from clinic.domain.requests import ConsultationRequest
from clinic.domain.search import EMAIL, NAME, PHONE, fold
from clinic.intake.kinds.country import country_name
from clinic.intake.kinds.timezones import time_zone_of
from clinic.intake.model.questionnaire import Question
from clinic.labels import NOT_ASKED, Labels

_COUNTRY, _BEST_TIME, _CONTACT, _MAY_CONTACT = "country", "best_time", "preferred_contact", "consent_contact"
# Which section a question belongs to, by what it is in a medical record (`fhir` in the questionnaire).
_SECTION_OF = {
    "Patient": "Patient",
    "RelatedPerson": "Patient",
    "Condition": "Illness",
    "Observation": "Illness",
    "QuestionnaireResponse": "Illness",
    "MedicationStatement": "Medicines and allergies",
    "AllergyIntolerance": "Medicines and allergies",
    "ServiceRequest": "What is wished for",
    "DocumentReference": "What is wished for",
}
_ABOUT_THE_CALL = frozenset({"for_whom", _BEST_TIME})
_SECTIONS = ("Patient", "Illness", "Medicines and allergies", "What is wished for", "Asked at that time")


@dataclass(frozen=True)
class Part:
    """A part of an answer: its label, its code where the label does not tell it, and the patient's words for it."""

    text: str
    code: str = ""
    words: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer in its parts; `words` are the patient's own for all of it, `state` says why there is none."""

    question_id: str
    label: str
    parts: tuple[Part, ...] = ()
    words: str = ""
    state: str = ""


@dataclass(frozen=True)
class Summary:
    """One request in a list; `reach` is how and when she wants to be reached, `there` what time it is where she is."""

    request: ConsultationRequest
    name: str
    country: str
    time_frame: str
    reach: str
    there: str


@dataclass(frozen=True)
class Reach:
    """How to reach the patient: links for phone and mail, what she prefers, and what time it is there."""

    phone: str
    tel: str
    whatsapp: str
    email: str
    prefers: str
    best_time: str
    there: str
    may_contact: bool


def summary_of(request: ConsultationRequest, labels: Labels, now: datetime) -> Summary:
    """Return a request for a list."""
    answers = request.answers
    code = answers.get(_COUNTRY)
    wishes = (_choice(labels, _CONTACT, answers.get(_CONTACT)), _best_time(labels, answers.get(_BEST_TIME)).lower())
    return Summary(
        request,
        name=_text(answers.get(NAME)),
        country=country_name(str(code)) if code else "",
        time_frame=_choice(labels, TIME_FRAME, answers.get(TIME_FRAME)),
        reach=", ".join(filter(None, wishes)),
        there=_time_there(answers, now, "%H:%M"),
    )


def sections_of(request: ConsultationRequest, labels: Labels) -> list[tuple[str, list[Answer]]]:
    """Return the answers in sections, and the questions that have none with the reason."""
    words = request.words
    left_open = {answer.question_id: answer.text for answer in labels.left_open(request)}
    applying = labels.applicable(request.answers, request.created_at.date())
    asked = [_stored_as(labels.question(known.question_id), known.question_id) for known in labels.names()]
    sections: dict[str, list[Answer]] = {section: [] for section in _SECTIONS}
    for question_id in [*asked, *(each for each in request.answers if each not in asked)]:
        question, value = labels.question(question_id), request.answers.get(question_id)
        section = _section(question, question_id)
        if section is None:
            continue
        label = question.label if question else question_id
        if value is None or value == "":
            # Requests from before do not say what was asked; what did not apply was not.
            unsaid = "no answer" if question_id in applying else NOT_ASKED
            answer = Answer(question_id, label, state=left_open.get(question_id, unsaid))
        else:
            parts = _parts(question, value)
            said = words.get(question_id, "")
            answer = Answer(question_id, label, parts, said if _adds(said, parts) else "")
        sections[section].append(answer)
    return [(title, found) for title, found in sections.items() if found]


def reach_of(request: ConsultationRequest, labels: Labels, now: datetime) -> Reach:
    """Return how to reach the patient."""
    answers = request.answers
    phone, email = _text(answers.get(PHONE)), _text(answers.get(EMAIL))
    digits = re.sub(r"[^\d+]", "", phone)
    return Reach(
        phone=phone,
        tel=digits,
        whatsapp=digits.lstrip("+"),
        email=email,
        prefers=_choice(labels, _CONTACT, answers.get(_CONTACT)),
        best_time=_best_time(labels, answers.get(_BEST_TIME)),
        there=_time_there(answers, now, "%H:%M in {place}"),
        may_contact=any(c.question_id == _MAY_CONTACT and c.answer == "yes" for c in request.consents),
    )


def _time_there(answers: Mapping[str, Any], now: datetime, layout: str) -> str:
    zone = time_zone_of(answers.get(_COUNTRY), _text(answers.get(PHONE)) or None)
    if not zone:
        return ""
    return now.astimezone(ZoneInfo(zone)).strftime(layout).format(place=zone.split("/")[-1].replace("_", " "))


def _section(question: Question | None, question_id: str) -> str | None:
    if question is None:
        return _SECTIONS[-1]
    resource = question.fhir.get("resource", "")
    if resource == "Consent":
        return None
    return "Patient" if question_id in _ABOUT_THE_CALL else _SECTION_OF.get(resource, "Illness")


def _stored_as(question: Question | None, question_id: str) -> str:
    return BIRTH_DATE if question is not None and question.role == "birth_date" else question_id


def _parts(question: Question | None, value: Any) -> tuple[Part, ...]:
    if isinstance(value, list):
        return tuple(part for item in value for part in _parts(question, item)) or (Part("none"),)
    if isinstance(value, Mapping):
        code, said = _text(value.get("code")), _text(value.get("text"))
        if not code:
            return (Part(said),)
        part = _labelled(question, code)
        more = ", ".join(
            f"{key.replace('_', ' ')}: {_text(each)}"
            for key, each in value.items()
            if key not in ("code", "text") and each
        )
        text = f"{part.text} ({more})" if more else part.text
        return (Part(text, part.code, said if _adds(said, (part,)) else ""),)
    return (_labelled(question, _text(value)),)


def _labelled(question: Question | None, code: str) -> Part:
    if question is None:
        return Part(code)
    if choice := question.choice(code):
        # The label of a choice says what its code does; a finding's code is what other systems know it by.
        return Part(
            choice.label, code if question.codes and fold(code.replace("_", " ")) not in fold(choice.label) else ""
        )
    if question.format in ("country", "countries"):
        return Part(country_name(code), code)
    if question.role == "birth_date":
        return Part(_birth_date(code))
    return Part(code.replace("_", " ").capitalize() if question.codes else code)


def _birth_date(text: str) -> str:
    try:
        return f"{date.fromisoformat(text):%-d %B %Y}"
    except ValueError:
        return text


def _adds(words: str, parts: tuple[Part, ...]) -> bool:
    """Say whether somebody's words tell more than the labels."""
    shown = fold(" ".join(f"{part.text} {part.words}" for part in parts))
    return bool(words) and fold(words) not in shown


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _choice(labels: Labels, question_id: str, value: Any) -> str:
    question = labels.question(question_id)
    choice = question.choice(value) if question else None
    return choice.label if choice else _text(value)


def _best_time(labels: Labels, value: Any) -> str:
    if isinstance(value, Mapping):
        return _text(value.get("text")) or _choice(labels, _BEST_TIME, value.get("code"))
    return _choice(labels, _BEST_TIME, value)
