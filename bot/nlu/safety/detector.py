"""Finds signs of an emergency or a crisis in a message and reads what surrounds them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc, Span

from bot.nlu.clinical.context import ContextRules
from bot.nlu.clinical.spelling import Normaliser
from bot.nlu.clinical.text import build_language, mark_sentences, normal_form, offsets, word_set
from bot.nlu.safety.decision import CRISIS, EMERGENCY, Sign
from bot.nlu.safety.patterns import Patterns, compile_pattern
from bot.nlu.safety.rules import RedFlags

_SKIPPED = re.compile(r"^[^\w.!?;\n]+$")
_LIKE_NEVER_BEFORE = re.compile(
    r"^(?: [^ .!?;]+){0,3} (?:like (?:this|that|it)|this (?:bad|much|strong|severe)|(?:so|as) (?:bad|strong|severe)|"
    r"before(?: (?:now|today))?(?= ?$| [.!?;])|until (?:now|today)|till now)"
)
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_BEFORE_A_PAST_YEAR = word_set("in of during around until till back from")
_YEAR_DISTANCE = 6
# What somebody did to himself a few weeks ago is not over.
_RECENTLY = re.compile(
    r"(?<= )(?:(?:last|this|the other) (?:week|weekend|month)|(?:day|week) ago|yesterday|"
    r"(?:a|one|1|two|2|three|3|four|4|few|of) (?:week|month) (?:ago|back))(?= |$)"
)
_LEADS_IN = (
    "hi|hello|hey|so|and|ok|okay|please|also|um|well|but|just wondering|i wonder|i was wondering|wondering|question|or|"
    "excuse me|quick question|my question is|can you tell me|could you tell me|tell me|do you know|i want to know|"
    "i would like to know|i just want to know|id like to know|curious|just curious|doctor|the"
)
_ASKS = (
    "can(?! (?:hardly|barely|not|only))|could(?! (?:hardly|barely|not))|do|doe|does|did|is|are|was|what|why|how|"
    "when|who|where|which|will|would|should|ha|has|have|may|might|if|whats|hows|whether"
)
_QUESTION = re.compile(rf"^(?: (?:{_LEADS_IN}))* (?:{_ASKS})(?= )")
# A search rather than a sentence: "lupus chest pain causes", "lupus and chest pain".
_SEARCHES = re.compile(
    r" (?:cause|symptom|treatment|prevention|statistic|prevalence|incidence|meaning|definition|how common|risk factor)$"
)
_LONGEST_SEARCH = 6
_NAMED = re.compile(
    r"(?<= )(?:lupus|sle|nephritis|autoimmune|apl|antiphospholipid|raynaud|stem cell|transplant|plaquenil|"
    r"hydroxychloroquine|prednisone|methotrexate|immunosuppressant|immunosuppressed)(?= |$)"
)
_SENTENCE_WORD = re.compile(
    r"(?<= )(?:i|im|ive|my|me|he|she|hes|shes|his|her|we|our|they|you|is|are|am|was|has|have|had|get|got|feel|hurt|"
    r"cant|can|cannot|not|wont|help|please|now|today|tonight|right|just|suddenly|sudden|since|started|stop|worse|bad|severe|"
    r"emergency|911|999|112)(?= |$)"
)
_ASKED_OF_ONESELF = re.compile(
    r"(?<= )(?:(?:can|could|do|did|will|would|should|might|may|when|if|am|have|must) (?:i|we)(?= )|"
    r"going to get|gonna get|(?:give|cause|make|put|kill|help|harm|leave) (?:me|us)(?= )|"
    r"my (?:question|doctor|lupus|condition|disease|insurance|treatment|age|medication|steroid|plaquenil|trip|flight|"
    r"visit|procedure|appointment)(?= |$))"
)
_TELLS_OF_SOMEONE = re.compile(
    r"(?<= )(?:(?:i|im|ive|my|me|he|she|hes|shes|his|him|myself|ill|id|her|our|we)(?= |$)|"
    r"is (?:having|bleeding|not|turning|choking)(?= ))"
)

# A short message that says only that a symptom is over, that it is nothing, or what somebody once did.
_LONGEST_RELIEF = 12
_SYMPTOM = (
    "(?:fever|temperature|pain|bleeding|nosebleed|swelling|rash|headache|migraine|cough|nausea|vomiting|"
    "dizziness|itching|hive|chill|palpitation|cramp|bruising)"
)
_RELIEF = re.compile(
    r"(?<= )(?:breathing is (?:fine|normal|better|ok|okay|back to normal)(?: now| again| today)?|"
    rf"{_SYMPTOM} (?:is|has|have|went) (?:all |completely |much )?(?:fine|gone|better|over|away|stopped|gone down)"
    r"(?: now| again| today)?|"
    rf"{_SYMPTOM} stopped (?:[a-z]+ ){{0,2}}(?:ago|week|month|year)|"
    rf"(?:dont|doesnt|do not|does not|no longer) (?:have|has) (?:an? |any |the )?{_SYMPTOM}(?: any ?more)?|"
    r"(?:not|isnt|no) (?:an? |real |medical )*emergency(?: [a-z]+){0,8}|"
    r"(?:id|i would) never (?:hurt|harm|do anything to) myself|"
    r"(?:hanged|killed|shot|drowned) (?:himself|herself)(?: [a-z0-9]+){0,8}|"
    r"(?:only|just) a (?:small |little |tiny )?(?:bump|bruise|cold|scratch|cramp))(?= ?[.!]*$)"
)
# What somebody has done to himself already: then the ambulance comes first.
_DONE = re.compile(
    r"(?:(?<= )(?:i|ive|he|hes|she|shes|they|theyve|my [a-z]+|his|her)"
    r"(?: (?!if|not|never|could|would|should|want|to|wish)[a-z]+){0,3} |^ ?(?:just |already )?)"
    r"(?:took|taken|taking|swallowed|drank|drunk|overdosed|overdosing|ate|eaten|injected|cut|slit|slashed|stabbed|shot|"
    r"hanged|hung|jumped)(?= |$)"
)


@dataclass(frozen=True)
class _Rule:
    id: str
    kind: str
    signs: Patterns
    together: tuple[Patterns, ...]
    unless: Patterns


class RedFlagDetector:
    """The rules of one compiled RedFlags. Build it once; `signs(text)` is safe to call for each message."""

    def __init__(self, flags: RedFlags) -> None:
        normalise = Normaliser(flags.ordinary_words + _context_words(flags), _pattern_words(flags), flags.respellings)
        self.sources = {rule["id"]: [flags.sources[source] for source in rule["source"]] for rule in flags.rules}
        self._nlp = build_language(normalise)
        self._context = ContextRules(self._nlp, flags.context)
        # Every question about a message begins with reading it.
        self._read = lru_cache(maxsize=1)(self._read_anew)
        self._present = {kind: _phrases(flags, "CURRENT", kind, normalise) for kind in (CRISIS, EMERGENCY)}
        self._ignored = _phrases(flags, "IGNORE", EMERGENCY, normalise)

        def compiled(patterns: Sequence[str]) -> Patterns:
            return Patterns([compile_pattern(pattern, flags.lists, normalise) for pattern in patterns])

        self._rules = [
            _Rule(
                rule["id"], rule["kind"], compiled(rule.get("signs", ())),
                tuple(compiled(group) for group in rule.get("together", ())), compiled(rule.get("unless", ())),
            )
            for rule in flags.rules
        ]  # fmt: skip

    def signs(self, text: str) -> list[Sign]:
        """All signs in a message with their surroundings, in the order of the rules."""
        doc, (line, starts, tokens) = self._read(text)
        if not len(doc):
            return []
        words = frozenset(doc[index].norm_ for index in tokens)
        # What is "now" only in "fine now" is not.
        said = self._ignored.sub(lambda match: "_" * len(match[0]), line)
        found: list[tuple[_Rule, int, int, bool]] = []
        for rule in self._rules:
            for start, end in self._places(rule, line, words):
                first = tokens[bisect_right(starts, start + 1) - 1]
                last = tokens[bisect_right(starts, end - 1) - 1]
                found.append((rule, first, last + 1, bool(self._present[rule.kind].search(said, start, end))))
        if not found:
            return []
        spans = [Span(doc, start, end, label=rule.kind) for rule, start, end, _ in found]
        surroundings = self._context.modifiers(doc, spans)
        return [
            _sign(text, doc, rule, start, end, {category for category, _ in modifiers}, present)
            for (rule, start, end, present), modifiers in zip(found, surroundings, strict=True)
        ]

    def words(self, text: str) -> list[str]:
        """The normal forms of a message, punctuation but sentence ends left out."""
        return self._read(text)[1][0].split()

    def asks_in_general(self, text: str) -> bool:
        """Whether the whole message asks about the matter and tells of nobody."""
        return is_general_question(self._read(text)[1][0])

    def tells_it_is_over(self, text: str) -> bool:
        """Whether a short message says only that something is over, or was nothing."""
        return is_relief(self._read(text)[1][0])

    def tells_it_is_done(self, text: str) -> bool:
        """Whether somebody has already taken or done what may kill; asked of messages that raise an alarm."""
        return bool(_DONE.search(self._read(text)[1][0]))

    def _read_anew(self, text: str) -> tuple[Doc, tuple[str, list[int], list[int]]]:
        doc = mark_sentences(self._nlp.tokenizer(text))
        return doc, _line(doc)

    def _places(self, rule: _Rule, line: str, words: frozenset[str]) -> list[tuple[int, int]]:
        harmless = rule.unless.places(line, words)

        def real(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
            return [p for p in places if not any(other[0] < p[1] and p[0] < other[1] for other in harmless)]

        groups = [real(group.places(line, words)) for group in rule.together]
        together = groups[0][:1] if groups and all(groups) else []
        return real(rule.signs.places(line, words)) + together


def _phrases(flags: RedFlags, category: str, kind: str, normalise: Callable[[str], str]) -> re.Pattern[str]:
    """Finds in a line of normal forms the phrases of redflags_context.yml that speak of one kind of sign."""
    rules = [
        rule for rule in flags.context["rules"] if rule["category"] == category and kind in rule.get("only", [kind])
    ]
    phrases = {" ".join(map(normalise, str(phrase).split())) for rule in rules for phrase in rule["phrases"]}
    return re.compile("(?<= )(?:" + "|".join(map(re.escape, sorted(phrases))) + ")(?= |$)")


def _sign(text: str, doc: Doc, rule: _Rule, start: int, end: int, categories: set[str], present: bool) -> Sign:
    sentence = doc[start].sent
    first, last = offsets(doc, start, end)
    written = text[first:last]
    asks = is_general_question(_line(sentence)[0]) and (rule.kind != CRISIS or written.lower().startswith("suicid"))
    return Sign(
        rule.id,
        rule.kind,
        written,
        negated="NEGATED" in categories and not _LIKE_NEVER_BEFORE.match(_line(doc[end:])[0]),
        past="PAST" in categories or _dated(doc, start, end),
        habitual="HABITUAL" in categories,
        hypothetical="HYPOTHETICAL" in categories,
        # Words inside the sign ("two seizures today") modify nothing, but tell the time all the same.
        now="CURRENT" in categories or present or (rule.kind == CRISIS and bool(_RECENTLY.search(_line(sentence)[0]))),
        general_question=asks,
    )


def _dated(doc: Doc, start: int, end: int) -> bool:
    """Whether a year near the sign says when it was; "since 2015" tells of the illness, not of the sign."""
    near = doc[max(doc[start].sent.start, start - _YEAR_DISTANCE) : min(doc[start].sent.end, end + _YEAR_DISTANCE)]
    return any(
        _YEAR.match(token.text) and token.i > 0 and doc[token.i - 1].norm_ in _BEFORE_A_PAST_YEAR for token in near
    )


def is_general_question(line: str) -> bool:
    """Whether a sentence (normal forms, each with a blank before it) asks about something in general.

    " can lupus cause seizure" does, " can i get a seizure" does, " why doe my chest hurt" does not.
    """
    if is_search(line):
        return True
    if not (_QUESTION.match(line) or _SEARCHES.search(line)):
        return False
    return not _TELLS_OF_SOMEONE.search(_ASKED_OF_ONESELF.sub(" ", line))


def is_search(line: str) -> bool:
    """Whether a line is a search: a few words that name an illness or a drug, and none that a sentence would have."""
    few = len(line.split()) <= _LONGEST_SEARCH
    return few and bool(_NAMED.search(line)) and not _SENTENCE_WORD.search(line)


def is_relief(line: str) -> bool:
    """Whether a short line (normal forms, each with a blank before it) says that something is over, or was nothing.

    " my breathing is fine now" does; " my sight is gone" does not.
    """
    return len(line.split()) <= _LONGEST_RELIEF and bool(_RELIEF.search(line))


def _line(doc: Doc | Span) -> tuple[str, list[int], list[int]]:
    """The normal forms with a blank before each, where each starts, and its token; commas and the like left out."""
    parts: list[str] = []
    starts: list[int] = []
    tokens: list[int] = []
    position = 0
    for token in doc:
        form = token.norm_
        if _SKIPPED.match(form):
            continue
        starts.append(position + 1)
        tokens.append(token.i)
        parts.append(" " + form)
        position += len(form) + 1
    return "".join(parts), starts, tokens


def _pattern_words(flags: RedFlags) -> set[str]:
    texts = [phrase for phrases in flags.lists.values() for phrase in phrases]
    for rule in flags.rules:
        texts += rule.get("signs", [])
        texts += [pattern for group in rule.get("together", []) for pattern in group]
    return {normal_form(word) for text in texts for word in re.findall(r"[^\W\d_]+", text)}


def _context_words(flags: RedFlags) -> list[str]:
    phrases = [phrase for rule in flags.context["rules"] for phrase in rule["phrases"]]
    phrases += [pattern for rule in flags.rules for pattern in rule.get("unless", ())]
    return [word for phrase in phrases for word in re.findall(r"[^\W\d_]+", phrase)]
