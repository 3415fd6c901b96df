"""What the clinical reading puts on a message: entities with what is said of each, and the assertions in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spacy.tokens import Doc

from bot.nlu.clinical.assertions import Assertion
from bot.nlu.clinical.frames import Target
from bot.nlu.clinical.patterns import facts_in
from bot.nlu.clinical.reading import Reader, Reading
from bot.nlu.clinical.text import offsets
from bot.nlu.clinical.times import with_times
from bot.nlu.clinical.vocabulary import Concept

EXTRACTOR = "ClinicalEntities"
_JOINS = frozenset({"and", "plus", "&", "+"})
SHORT_ANSWER = 3  # words; "my daughter" answers "for whom?", "knees and hands" answers "where?"
_FOR_SOMEBODY = re.compile(
    r"(?:\b(?:for|about|on behalf of|behalf of|regarding|it is|its|it's|is)\s+(?:my|our|a|his|her)\s+"
    r"(?:\w+[\s-]+){0,3})$",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Finding:
    """A concept in the message, in tokens start..end."""

    start: int
    end: int
    concept: Concept
    negated: bool = False


@dataclass(frozen=True)
class ReadMessage:
    """The entities of a message, and what it asserts of them and of its other words (docs/wire-contract.md)."""

    entities: list[dict[str, Any]]
    assertions: list[dict[str, Any]]


def read_message(text: str, doc: Doc, findings: Sequence[Finding], reader: Reader) -> ReadMessage:
    """Reads a document once.

    Takes the message as written, its document, the findings in the order of the text, and the reader.
    """
    spoken = [finding for finding in findings if finding.concept.type != "relationship"]
    reading = reader(doc, [Target(f.start, f.end, f.concept.type, "absent" if f.negated else None) for f in spoken])
    said = dict(zip(spoken, _said(text, doc, reading), strict=True))
    entities = [_coded(text, doc, finding, said.get(finding)) for finding in findings if _tells(text, doc, finding)]
    entities += _facts(text, doc, reading, entities)
    entities.sort(key=lambda entity: entity["start"])
    others = [*_words(text, doc, reader, reading), *_answers(text, doc, reading)]
    named = [
        {
            "start": e["start"],
            "end": e["end"],
            "text": e["text"],
            "entity": e["entity"],
            "value": e["value"],
            **e["assertion"],
        }
        for e in entities
        if e["entity"] != "relationship"
    ]
    return ReadMessage(entities, sorted([*named, *others], key=lambda assertion: assertion["start"]))


def _tells(text: str, doc: Doc, finding: Finding) -> bool:
    """Whether a finding says enough to be an entity."""
    if len(doc) <= SHORT_ANSWER:
        return True
    if finding.concept.type == "relationship":
        return bool(_FOR_SOMEBODY.search(text[: offsets(doc, finding.start, finding.end)[0]]))
    return not finding.concept.vague


def _coded(text: str, doc: Doc, finding: Finding, about: tuple[Assertion, dict[str, Any]] | None) -> dict[str, Any]:
    concept = finding.concept
    start, end = offsets(doc, finding.start, finding.end)
    assertion, clause = about or (Assertion(), {"start": start, "end": end, "text": text[start:end]})
    over = concept.type == "procedure" and not concept.lasting and assertion.time == "now"
    if over and assertion.polarity == "present":
        assertion = replace(assertion, time="past")
    return _entity(concept.type, text, start, end, concept.id, concept.label, concept.code, assertion, clause)


def _facts(text: str, doc: Doc, reading: Reading, coded: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Plain facts outside the coded entities: a relative's age is the relative's."""
    for fact in facts_in(text):
        if fact.type != "email" and any(fact.start < other["end"] and other["start"] < fact.end for other in coded):
            continue
        token = _token_at(doc, fact.start)
        whose, relative = reading.people[token] if token is not None else ("patient", None)
        clause = _clause(text, doc, reading, token)
        yield _entity(
            fact.type, text, fact.start, fact.end, fact.value, str(fact.value), None,
            Assertion(whose=whose, relative=relative), clause,
        )  # fmt: skip


def _entity(
    kind: str, text: str, start: int, end: int, value: Any, label: str, code: dict[str, str] | None,
    about: Assertion, clause: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    return {
        "entity": kind, "start": start, "end": end, "value": value, "text": text[start:end], "label": label,
        "code": code, **about.wire(kind), "assertion": {**about.as_dict(), "clause": clause}, "extractor": EXTRACTOR,
    }  # fmt: skip


def _said(text: str, doc: Doc, reading: Reading) -> Iterator[tuple[Assertion, dict[str, Any]]]:
    """What is said of each item, with its times, and the clause it stands in."""
    places = doc.user_data["places"]
    starts = {item.target.start for item in reading.items}
    for item in reading.items:
        first, last = item.target.start, item.target.end
        while last < len(doc) and reading.clauses[last] == item.place.clause and last not in starts:
            last += 1
        while first > 0 and reading.clauses[first - 1] == item.place.clause and first - 1 not in starts:
            first -= 1
        after = text[places[item.target.end - 1][1] : places[last - 1][1]]
        before = text[places[first][0] : places[item.target.start][0]]
        yield with_times(item.assertion(), after, before), _clause(text, doc, reading, item.target.start)


def _clause(text: str, doc: Doc, reading: Reading, token: int | None) -> dict[str, Any]:
    if token is None:
        return {"start": 0, "end": len(text), "text": text}
    number, first, last = reading.clauses[token], token, token + 1
    while first > 0 and reading.clauses[first - 1] == number:
        first -= 1
    while last < len(doc) and reading.clauses[last] == number:
        last += 1
    start, end = offsets(doc, first, last)
    return {"start": start, "end": end, "text": text[start:end]}


def _token_at(doc: Doc, place: int) -> int | None:
    return next((index for index, (_, end) in enumerate(doc.user_data["places"]) if end > place), None)


def _words(text: str, doc: Doc, reader: Reader, reading: Reading) -> Iterator[dict[str, Any]]:
    """What is said of words that are no finding ("not email, phone"): one a segment without a finding."""
    if not reading.spare:
        return
    known = [item.target for item in reading.items]
    spare = {words.start: _like_its_list(words, known, doc) for words in reading.spare}
    again = reader(doc, sorted([*known, *spare.values()], key=lambda target: target.start))
    for item in again.items:
        if spare.get(item.target.start) is not item.target:
            continue
        start, end = offsets(doc, item.target.start, item.target.end)
        yield {
            "start": start, "end": end, "text": text[start:end], "entity": None, "value": None,
            **item.assertion().as_dict(), "clause": _clause(text, doc, again, item.target.start),
        }  # fmt: skip


def _like_its_list(words: Target, known: Sequence[Target], doc: Doc) -> Target:
    """Words joined to a medicine are read as one: "stopped Imuran and a pill nobody knows"."""
    before = next((target for target in reversed(known) if target.end <= words.start), None)
    between = doc[before.end : words.start] if before else ()
    joined = bool(between) and all(token.lower_ in _JOINS for token in between)
    return replace(words, kind="medication") if before and joined and before.kind == "medication" else words


def _answers(text: str, doc: Doc, reading: Reading) -> Iterator[dict[str, Any]]:
    """The "yes" and "no" that answer a question and say nothing of what follows."""
    for token, (governor, polarity) in reading.answers.items():
        start, end = offsets(doc, token, token + 1)
        about = Assertion(polarity=polarity, governor=governor)
        yield {
            "start": start, "end": end, "text": text[start:end], "entity": None, "value": None, **about.as_dict(),
            "clause": {"start": start, "end": end, "text": text[start:end]},
        }  # fmt: skip
