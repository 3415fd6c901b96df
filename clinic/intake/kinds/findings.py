"""Reads symptoms, medicines and treatments into coded findings that keep what the patient wrote.

Only what the patient has or takes now counts as current: negated, family and hypothetical mentions never
do, and a medicine that was stopped goes to the past treatments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, ClassVar

from clinic.intake.kinds.asserted import Said, Time, said_of
from clinic.intake.kinds.base import Kind
from clinic.intake.kinds.choice import exact_match, fuzzy_matches, mentions
from clinic.intake.kinds.multi import all_but, numbers_picked
from clinic.intake.model.questionnaire import Choice, Question
from clinic.intake.model.result import Accepted, Assertions, Context, Parsed
from clinic.intake.model.text import looks_like_question, normalise
from clinic.intake.model.turn import Entity

Finding = dict[str, Any]

ENTITY_TYPES = {
    "symptom": frozenset({"symptom"}),
    "medication": frozenset({"medication"}),
    "treatment": frozenset({"medication", "procedure", "therapy"}),
}
_SPLIT = re.compile(
    r"[;\n•]|,(?!\d)|(?<!\d),|(?<!\d)\.(?!\d)|\s[-–]\s|\s\+\s|\band\b(?! off\b)|"
    r"\bplus\b|\balso\b|\bas well as\b|&|"
    r"(?<=\w)/(?=[a-z]{3})|\bbut\b|(?:^|(?<=\s))\d{1,2}[.)](?=\s)",
    re.IGNORECASE,
)
_EDGES = " .!:-–•*"
# Says something of what was named before, and names nothing: "never took it", "my sister does", "not started yet".
_POINTS_BACK = re.compile(
    r"\b(?:it|them|those|this|that|any|yet|not (?:me|mine|myself)|"
    r"(?:do|does|did|has|have|had|is|are|was|were)(?:n['’]?t)?)$",
    re.IGNORECASE,
)
_BEGINS_BACK = re.compile(r"^(?:those|these|they|that|it|which)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:i have|have|has|i've got|i've had|i've|i get|i got|i feel|i'm having|i am having|i'm on|i am on|i'm "
    r"taking|i am taking|i take|i use|i suffer from|"
    r"she has|he has|she takes|he takes|she is on|he is on|she's on|he's on|taking|currently|now|mostly|"
    r"mainly|some|a lot of|lots of|a bit of|a|an|"
    r"the|and|also|then|well|yes|sometimes|there is|there's|it's|it is|on|just|only|my symptoms are|"
    r"symptoms:|i tried|tried|i was on|i took|was on|"
    r"i used to take|we tried|she tried|he tried|in the past|previously|before)\b[\s:]*)+",
    re.IGNORECASE,
)


def counts(entity: Entity, context: Context) -> bool:
    """Tell whether an entity is said of the patient, as something there now or long ago."""
    return Said.of(entity).when(context) is not None


def merge(first: Iterable[Finding], second: Iterable[Finding]) -> list[Finding]:
    """Return both lists as one: a code, or the same words without a code, appears once."""
    merged: dict[str, Finding] = {}
    for finding in (*first, *second):
        merged.setdefault(finding.get("code") or "text:" + normalise(str(finding.get("text", ""))), dict(finding))
    return list(merged.values())


def _fragments(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (words, start, end) of each item of a list written in words."""
    start = 0
    for match in (*_SPLIT.finditer(text), None):
        end = match.start() if match else len(text)
        if text[start:end].strip():
            yield text[start:end], start, end
        start = match.end() if match else end


def _chosen(question: Question, fragment: str) -> list[tuple[Choice, str]]:
    """Return the chips a fragment names, each with the words it was named by."""
    words = _LEAD.sub("", fragment.strip()).strip(_EDGES)
    exact = exact_match(question.choices, words) if not words.isdigit() else None
    if exact is not None:
        return [(exact, exact.label if words == exact.value and "_" in words else words)]
    norm = normalise(words)
    named = [(m.choice, norm[m.start : m.end]) for m in mentions(question.choices, norm)]
    if named:
        return [(named[0][0], words)] if len(named) == 1 else named
    near = fuzzy_matches(question.choices, norm)
    return [(near[0], words)] if len(near) == 1 else []


def _read(
    question: Question, text: str, context: Context, assertions: Assertions
) -> tuple[list[Finding], list[Finding], int]:
    """Return (current findings, past findings, number of dropped mentions)."""
    found: dict[Time, list[Finding]] = {"now": [], "past": []}
    dropped = 0
    last: Finding | None = None
    for fragment, start, end in _fragments(text):
        if looks_like_question(fragment):
            continue
        inside = _asked_for(question, context, start, end)
        words = _LEAD.sub("", fragment.strip()).strip(_EDGES)
        if not inside and question.codes == "treatment" and last is not None and _is_outcome(question, words):
            # "methotrexate, did not help": how it went belongs to the treatment named just before.
            last["text"] = f"{last['text']}, {fragment.strip()}"
            continue
        if not inside and _names_something_else(question, words, start, end, context):
            dropped += 1
            continue
        if inside:
            inside = _without_other_names(inside, text)
            named = [(_from_entity(e, words, alone=len(inside) == 1), Said.of(e).when(context)) for e in inside]
        else:
            named = _in_words(question, words, context, said_of(*_place_of_words(text, start, end), assertions))
        for finding, time in named:
            if time is None:
                dropped += 1
                continue
            found[time].append(finding)
            last = finding
    return merge(found["now"], []), merge(found["past"], []), dropped


def _is_outcome(question: Question, words: str) -> bool:
    """Tell whether an item says how a treatment went, and names none: "it hurt her liver", "relapsed"."""
    if mentions(question.choices, normalise(words)):
        return False
    return bool(_OUTCOME.search(words) or _TELLS.search(words))


def _without_other_names(inside: list[Entity], text: str) -> list[Entity]:
    """Return the entities without those that a bracket names again: "a blue inhaler (salbutamol)"."""
    kept = list(inside)
    for first, second in pairwise(inside):
        between, after = text[int(first["end"]) : int(second["start"])], text[int(second["end"]) :].lstrip()
        if _OPENS.fullmatch(between) and after.startswith(")") and first in kept:
            kept.remove(first)
    return kept


def _in_words(question: Question, words: str, context: Context, said: Said | None) -> list[tuple[Finding, Time | None]]:
    """Return what a fragment without known names tells, each with its time; `said` is what is asserted of it.

    Nothing is lost: a medicine that no list knows may be one that the reading of the message passed over.
    """
    if (said is None and _POINTS_BACK.search(words)) or _BEGINS_BACK.match(words):
        return []
    when = (said or Said()).when(context)
    return [(finding, when) for finding in _findings_in(question, words, context)]


def _place_of_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of a fragment without the words that lead to what it names."""
    fragment = text[start:end]
    return start + len(fragment) - len(_LEAD.sub("", fragment.lstrip())), end


def _asked_for(question: Question, context: Context, start: int, end: int) -> list[Entity]:
    """Return the entities between two places of the text that the question asks for."""
    inside = _inside(context.entities, start, end)
    types = ENTITY_TYPES[question.codes or "symptom"]
    relevant = [e for e in inside if e.get("entity") in types and e.get("value") not in question.codes_except]
    if not relevant and question.codes == "symptom":
        # "Raynaud" or "arthritis" is an illness to the lexicon and a complaint to the patient.
        return [entity for entity in inside if _is_named_condition(entity)]
    return relevant


def _inside(entities: Iterable[Entity], start: int, end: int) -> list[Entity]:
    return [e for e in entities if int(e.get("start", 0)) < end and start < int(e.get("end", 0))]


def _is_named_condition(entity: Entity) -> bool:
    return entity.get("entity") == "condition" and "lupus" not in str(entity.get("value"))


def _names_something_else(question: Question, words: str, start: int, end: int, context: Context) -> bool:
    """Tell whether an item names what is not asked for: a scan among the treatments, an illness among the medicines."""
    if any(e.get("value") in question.codes_except for e in _inside(context.entities, start, end)):
        return True
    return question.codes != "symptom" and _names_an_illness(words, start, end, context)


def _names_an_illness(words: str, start: int, end: int, context: Context) -> bool:
    """Tell whether an item is an illness or complaint and nothing else: "I'm allergic to penicillin" is no medicine."""
    told = (e for e in _inside(context.entities, start, end) if e.get("entity") in ("condition", "symptom"))
    left = (words.replace(str(e.get("text")), "") for e in told)
    return any(not _SUBJECT.sub("", rest).strip(_EDGES) for rest in left)


def _findings_in(question: Question, words: str, context: Context) -> list[Finding]:
    """Return the findings of an item that holds no entity: a choice it names, or its words."""
    chosen = _chosen(question, words)
    if chosen:
        return [{"code": choice.value, "text": said} for choice, said in chosen]
    filler = not words or context.language.means("filler", words) or not any(ch.isalpha() for ch in words)
    return [] if filler else [{"code": None, "text": words}]


_SUBJECT = re.compile(r"\b(?:i'?m|i am|i|(?:s?he)(?:'s| is)?|have|has|my|also)\b", re.IGNORECASE)
_OPENS = re.compile(r"[\w\s.,/]*\(\s*")
# What a sentence has and the name of a medicine has not.
_TELLS = re.compile(
    r"\b(?:it|i|me|she|he|they|we|her|his|my|was|were|made|got|went|had|gave|came|responded|response|"
    r"relapsed?|cost|costs|nausea|sick|liver|weight|side)\b|"
    r"^(?:in |since |for |about |around )*(?:(?:19|20)\d\d|\d+ (?:weeks|months|years))$",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"\b(?:help|helped|helps|work|worked|works|effect|effects|better|worse|nothing changed|useless|good|"
    r"bad|failed|reaction|stopped)\b",
    re.IGNORECASE,
)


def _from_entity(entity: Entity, words: str, *, alone: bool) -> Finding:
    said = str(entity.get("text") or entity.get("label") or entity.get("value"))
    value = entity.get("value")
    return {"code": str(value) if value is not None else None, "text": words if alone and words else said}


def _picked(text: str, choices: tuple[Choice, ...], context: Context) -> list[Choice]:
    """Return the choices that "1 and 3" or "all of them" names."""
    if context.language.means("all", text):
        return list(choices)
    return [choices[index] for index in numbers_picked(text, len(choices)) or ()]


class FindingsKind(Kind):
    """A list of symptoms, medicines or treatments."""

    is_list: ClassVar[bool] = True
    takes_unknown: ClassVar[bool] = True
    contrasts: ClassVar[bool] = False

    def parse(self, text: str, question: Question, context: Context, assertions: Assertions = ()) -> Parsed:
        """Read a list of symptoms, medicines or treatments.

        The value is `[{"code": lexicon id or None, "text": the patient's words}]`, empty for "none". Past medicines
        named among the current ones come back in `also["treatment"]`.
        """
        if context.language.means("nothing", text):
            return Accepted([])
        picked = _picked(text, question.choices, context)
        if picked:
            return Accepted([{"code": choice.value, "text": choice.label} for choice in picked])
        if context.language.is_chat(text) or not any(ch.isalpha() for ch in text) or len(text) > 2000:
            return context.refuse("name_them")
        left = all_but(question.choices, text, assertions, context)
        if left:
            labels = [choice for choice in question.choices if choice.value in left]
            return Accepted([{"code": choice.value, "text": choice.label} for choice in labels], exact=False)
        current, past, dropped = _read(question, text, context, assertions)
        if not current and not past:
            return context.refuse(f"none_now_{question.codes}" if dropped else "name_them")
        return self._listed(question, current, past, context)

    def _listed(self, question: Question, current: list[Finding], past: list[Finding], context: Context) -> Parsed:
        """Tell what is stored of the findings, some of which are past."""
        if question.codes == "treatment":
            return Accepted(merge(current, past), exact=False)
        also = {"treatment": past} if past and question.codes == "medication" else {}
        if not current and not also:
            return context.refuse("only_past")
        return Accepted(current, exact=False, also=also)

    def knows(self, result: Accepted) -> bool:
        """Tell whether a finding has a code, or there is nothing to list."""
        return result.value == [] or any(finding.get("code") for finding in result.value or ())

    def tells_of_health(self, question: Question) -> bool:
        """Return True."""
        return True
