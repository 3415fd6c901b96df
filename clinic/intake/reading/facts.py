"""Collects the intake facts a message states about the patient, so that they are not asked again.

Negated, family and hypothetical mentions are never facts about the patient, and a question states nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from clinic.intake.kinds import Accepted, Context, kind_of, parse
from clinic.intake.kinds.asserted import Said
from clinic.intake.kinds.findings import counts, merge
from clinic.intake.model.decisions import Change, Correction
from clinic.intake.model.interview import Interview
from clinic.intake.model.questionnaire import SOMEONE_ELSE, Question, Questionnaire
from clinic.intake.model.text import Clause, looks_like_question, normalise, sentences, straight
from clinic.intake.model.turn import Entity, Turn

Facts = dict[str, Any]

_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me|im|ive)\b", re.IGNORECASE)
_THIRD_PERSON = re.compile(r"\b(?:she|he|her|his|they|patient|she's|he's)\b", re.IGNORECASE)
_GOING = re.compile(
    r"\b(?:travel|travell?ing|go(?:ing)? to|fly|flight|trip|treatment in|therapy in|treated in|clinics? in|"
    r"visa|destination|cost|price|visit)\b",
    re.IGNORECASE,
)
_LIVES = re.compile(r"\b(?:live|living|lives|based|resid\w+|from|in|country|home)\b[^.;!?]{0,30}$", re.IGNORECASE)
_RESIDES = re.compile(r"\b(?:live|living|lives|based|resid\w+|from|home is)\b[^.;!?]{0,30}$", re.IGNORECASE)
_BORN = re.compile(r"\b(?:born|birth|birthday|dob|d\.o\.b)\b", re.IGNORECASE)
_DIAGNOSED = re.compile(
    r"\b(?:since|diagnos\w*|dx|found out|started|had lupus|have had|got (?:lupus|sle))\b", re.IGNORECASE
)
_AFFECTED = re.compile(
    r"\b(?:problem|problems|involve\w*|affect\w*|disease|nephritis|damage\w*|issue|issues|inflam\w*|"
    r"failure|trouble|lupus (?:in|of)|attack\w*|carditis|pleur\w*|failing)\b",
    re.IGNORECASE,
)
_INTEREST = re.compile(
    r"\b(?:interested in|looking for|looking into|i want|i would like|i'd like|prefer|considering|hoping "
    r"for|i'm after)\b",
    re.IGNORECASE,
)
_NAME_CUE = re.compile(r"\b(?:name|i'm|i am|im|this is|called|here)\b", re.IGNORECASE)
_FOR_RELATIVE = re.compile(
    r"\b(?:for|on behalf of|about) (?:my|our) (?:\w+ )?(son|daughter|child|kid|baby|mother|mom|mum|father|"
    r"dad|wife|husband|partner|sister|brother|friend|"
    r"aunt|uncle|cousin|niece|nephew|grandmother|grandfather|girlfriend|boyfriend)\b",
    re.IGNORECASE,
)
_PIECE_SPLIT = re.compile(r"[,;]|\s[-\u2013\u2014]\s|\b(?:and|but|while|then)\b", re.IGNORECASE)
_CLAUSE_SPLIT = re.compile(
    r",\s*|\s+[-\u2013\u2014]+\s+|\s+(?:and|but|so)\s+(?=(?:what|how|can|could|is|are|do|does|will|would|should|am|may|why|when|"
    r"where)\b)",
    re.IGNORECASE,
)


def statements(text: str) -> Iterator[Clause]:
    """Yield the parts of a message that state something; from a question only the statements before it remain."""
    for sentence in sentences(text):
        if not looks_like_question(sentence.text):
            yield sentence
            continue
        stated, position = 0, 0
        for part in _CLAUSE_SPLIT.split(sentence.text):
            start = sentence.text.index(part, position)
            position = start + len(part)
            if looks_like_question(part) or position == len(sentence.text):
                break
            stated = position
        if _FIRST_PERSON.search(sentence.text[:stated]) or _THIRD_PERSON.search(sentence.text[:stated]):
            yield Clause(sentence.text[:stated], sentence.start, sentence.start + stated)


def _about_patient(clause: Clause, turn: Turn, context: Context) -> bool:
    first = bool(_FIRST_PERSON.search(clause.text))
    if context.for_other:
        told = [e for e in turn.entities if clause.start <= int(e.get("start", 0)) < clause.end]
        other = _THIRD_PERSON.search(clause.text) or any(Said.of(entity).whose != "patient" for entity in told)
        return bool(other) or (not first and turn.intent == "inform")
    return first or turn.intent in ("inform", "start_intake", "correct_answer")


def facts_of(interview: Interview, turn: Turn) -> Facts:
    """Return question id -> value for what the message states about the patient.

    Lists (symptoms, medicines ...) are what this message adds. Every value has passed the item's own
    validation.
    """
    context = interview.context(turn.entities)
    facts: Facts = {}
    for clause in statements(straight(turn.text)):
        _relative(interview, clause, facts)
        if not _about_patient(clause, turn, context):
            continue
        for entity in turn.entities:
            start = int(entity.get("start", 0))
            if not clause.start <= start < clause.end or not counts(entity, context):
                continue
            known = interview.changed(answers={**interview.answers, **facts})
            _add(interview.questionnaire, entity, clause, facts, known.context((entity,)))
    return facts


def offered(interview: Interview, turn: Turn, open_id: str | None = None) -> Correction | None:
    """Return what a message says by the way about other items than the open one, or None."""
    facts = facts_of(interview, turn).items()
    new = {key: value for key, value in facts if interview.answers.get(key) != value and key != open_id}
    changes = tuple(Change(key, Accepted(value, exact=False)) for key, value in new.items())
    return Correction(changes, offered=True) if changes else None


def _relative(interview: Interview, clause: Clause, facts: Facts) -> None:
    """ "for my daughter" says who the patient is and the relationship, though never anything clinical."""
    match = _FOR_RELATIVE.search(clause.text)
    if match is None:
        return
    for question in interview.questionnaire.questions:
        if "relationship" in question.prefill_from:
            said = SOMEONE_ELSE if question.role == "who" else f"my {match.group(1)}"
            result = parse(question, said, Context(date.min, language=interview.language))
            if isinstance(result, Accepted):
                facts.setdefault(question.id, result.value)


def _add(questionnaire: Questionnaire, entity: Entity, clause: Clause, facts: Facts, context: Context) -> None:
    kind = str(entity.get("entity"))
    for question in questionnaire.questions:
        if kind not in question.prefill_from or question.tells_who or question.consent:
            continue
        if not question.applies(context.answers, context.today) and question.ask_if is not None:
            continue
        value = _value(question, entity, clause, context)
        if value is None:
            continue
        if kind_of(question).is_list:
            facts[question.id] = _joined(question, facts.get(question.id, []), value)
        else:
            facts.setdefault(question.id, value)


def _joined(question: Question, old: list[Any], new: list[Any]) -> list[Any]:
    return merge(old, new) if question.codes else list(dict.fromkeys([*old, *new]))


def joined(question: Question, old: Any, new: Any) -> Any:
    """Return an answered list with new findings added; anything else is replaced."""
    if not kind_of(question).is_list or not isinstance(old, list) or not isinstance(new, list):
        return new
    exclusive = {choice.value for choice in question.choices if choice.exclusive}
    kept = [item for item in old if not (isinstance(item, str) and item in exclusive)]
    return _joined(question, kept, new)


def _value(question: Question, entity: Entity, clause: Clause, context: Context) -> Any:
    """Return the value an entity gives a question, or None when the sentence does not say that."""
    kind, value = str(entity.get("entity")), entity.get("value")
    before = clause.text[: max(0, int(entity.get("start", 0)) - clause.start)]
    past = Said.of(entity).when(context) == "past"
    if kind == "medication":
        if (question.codes == "treatment") != past:
            return None
        return [{"code": value, "text": _said(entity)}]
    if question.codes:
        return None if past else [{"code": value, "text": _said(entity)}]
    if kind == "organ":
        return [value] if _AFFECTED.search(clause.text) and question.choice(value) and not past else None
    if not _said_here(question, kind, before, clause, entity):
        return None
    return _validated(question, value, entity, context)


def _pieces(clause: Clause) -> list[Clause]:
    """Return the parts of a clause between commas, dashes and "and" or "but", with their offsets in the message."""
    edges = [(match.start(), match.end()) for match in _PIECE_SPLIT.finditer(clause.text)]
    starts = [0, *(end for _, end in edges)]
    ends = [*(start for start, _ in edges), len(clause.text)]
    return [
        Clause(clause.text[a:b], clause.start + a, clause.start + b)
        for a, b in zip(starts, ends, strict=True)
        if clause.text[a:b].strip()
    ]


def _piece(clause: Clause, entity: Entity) -> Clause:
    start = int(entity.get("start", 0))
    return next((piece for piece in _pieces(clause) if start < piece.end), clause)


def _said(entity: Entity) -> str:
    return str(entity.get("text") or entity.get("label") or entity.get("value"))


def _around(clause: Clause, entity: Entity) -> str:
    """Return the piece of the clause, between commas, that holds the entity."""
    start = int(entity.get("start", 0)) - clause.start
    left = max(clause.text.rfind(",", 0, max(start, 0)), 0)
    right = clause.text.find(",", max(start, 0))
    return clause.text[left : right if right >= 0 else None]


def _said_here(question: Question, kind: str, before: str, clause: Clause, entity: Entity) -> bool:
    """Tell whether the words around an entity say what the question asks (a year may be a birth year, and so on)."""
    if kind == "country":
        start = int(entity.get("start", 0))
        piece = _piece(clause, entity)
        if _RESIDES.search(piece.text[: max(0, start - piece.start)]) and not _GOING.search(piece.text):
            return True
        return bool(_LIVES.search(before)) and not _GOING.search(_around(clause, entity))
    if kind == "date":
        return bool(_BORN.search(clause.text))
    if kind == "year":
        near = before[-45:]
        return bool(_DIAGNOSED.search(near)) and not _BORN.search(near)
    if kind == "person_name":
        return bool(_NAME_CUE.search(clause.text))
    if kind == "therapy":
        return bool(_INTEREST.search(clause.text))
    return True


def _validated(question: Question, value: Any, entity: Entity, context: Context) -> Any:
    text = str(value if value is not None else _said(entity))
    bare = replace(context, entities=())
    result = parse(question, text, bare)
    if not isinstance(result, Accepted) and normalise(text) != normalise(_said(entity)):
        result = parse(question, _said(entity), bare)
    return result.value if isinstance(result, Accepted) else None
