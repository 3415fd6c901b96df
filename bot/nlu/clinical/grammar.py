"""A small grammar of complaints: "knee pain", "pain in my left knee", "my knees are swollen", "sore throat"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.clinical.vocabulary import Concept

_WORDS = {
    "D": "my the both his her their your our this that these those a an all each every some",
    "S": "left right upper lower inner outer front back middle whole entire side top bottom big little "
    "other one two small long terrible bad horrible",
    "B": "is are was were am be been feel felt feeling get got getting keep kept stay become became "
    "look looking has have had having being seem start started started began go goes going went "
    "do does did im",
    "X": "so very really extremely quite too always still constantly often sometimes just also "
    "currently a bit little lot badly severely slightly suddenly kind of pretty super all both "
    "usually more even now already especially terribly to mildly frequently occasionally "
    "continually permanently awfully even increasingly",
    "O": "in of on around behind under at across through into down along near over between inside "
    "above below around from to throughout beneath out beside",
    "C": "and or & , / plus",
    "T": "not dont doesnt didnt isnt arent wasnt never no without werent aint",
}
_SIDES = frozenset({"back", "side", "top"})
_MANNER = "terrible horrible awful bad severe mild sharp dull constant chronic intense really some"
# knee pain, left knee and hip pain
_COMPOUND = re.compile(r"S?(?P<parts>P(?:C+D?S?P)*)(?P<complaint>[NM])")
_FORMS = (
    _COMPOUND,
    # sore throat, swollen legs and feet, painful left knee
    re.compile(r"(?P<complaint>[AM])D?S*(?P<parts>P(?:C+D?S?P)*)"),
    # pain in my left shoulder and neck, numbness all over my back, tingling my feet
    re.compile(r"(?P<complaint>[NMVW])(?:X{0,2}O+|(?=D))X*O*D*O?S*O?D*(?P<parts>P(?:C+O?D?S?P)*)"),
    # my knees hurt, my knees and ankles are really swollen, back isn't sore; in "sore knees, fingers go white" fingers
    re.compile(r"(?<![AM])(?P<parts>P(?:C+D?S?P)*)(?P<no>T?)[BX]*(?P<no2>T?)[BX]*(?P<complaint>[AVMW])"),
    # hurts my back
    re.compile(r"(?P<complaint>[VW])D+S*(?P<parts>P(?:C+D?S?P)*)"),
)


@dataclass(frozen=True)
class Complaint:
    """A finding of the grammar, in tokens start..end."""

    start: int
    end: int
    concept: Concept
    negated: bool
    organ: Concept | None = None  # named with it, but not as "kidney pain" names a kind of pain
    organ_place: tuple[int, int] = (0, 0)


class ComplaintGrammar:
    """Finds a complaint at a part of the body.

    Takes an empty PhraseMatcher over normal forms, what makes its documents, `parts` and `complaints` of
    complaints.yml, and the concepts the lexicon has already, whose labels and codes are used.
    """

    def __init__(
        self,
        matcher: PhraseMatcher,
        make_doc: Callable[[str], Doc],
        parts: list[dict[str, Any]],
        complaints: list[dict[str, Any]],
        concepts: dict[tuple[str, str], Concept],
    ) -> None:
        self._matcher = matcher
        self._parts = {part["id"]: part for part in parts}
        self._complaints = {complaint["id"]: complaint for complaint in complaints}
        self._concepts = concepts
        self._strings = matcher.vocab.strings
        self._symbols = {word: symbol for symbol, words in _WORDS.items() for word in words.split()}
        self._symbols |= {word: "S" for word in _MANNER.split() if word not in self._symbols}
        groups: dict[str, list[str]] = {}
        for part in parts:
            groups[f"P {part['id']}"] = part["words"]
        for complaint in complaints:
            nouns, adjectives, verbs = (set(complaint.get(kind, ())) for kind in ("nouns", "adjectives", "verbs"))
            for word in nouns | adjectives | verbs:
                groups.setdefault(
                    f"{_symbol(word in nouns, word in adjectives, word in verbs)} {complaint['id']}", []
                ).append(word)
        for name, words in groups.items():
            matcher.add(name, [make_doc(word) for word in words])

    def __call__(self, doc: Doc) -> list[Complaint]:
        """The complaints of a document, in its order; NORM holds the normal forms."""
        symbols, names, widths = self._symbolise(doc)
        if "P" not in symbols:
            return []
        found: list[Complaint] = []
        for form in _FORMS:
            for match in form.finditer(symbols):
                found.extend(self._read(match, names, widths))
        return found

    def _symbolise(self, doc: Doc) -> tuple[str, list[str], list[tuple[int, int]]]:
        """One letter a unit (a word, or a phrase of the matcher), with its name and its tokens."""
        starts: dict[int, tuple[int, str]] = {}
        for key, start, end in self._matcher(doc):
            name = self._strings[key]
            known = starts.get(start)
            if known is None or end > known[0]:
                starts[start] = (end, name)
            elif end == known[0]:
                starts[start] = (end, known[1] + "|" + name)
        symbols, names, widths = [], [], []
        index = 0
        while index < len(doc):
            end, name = starts.get(index, (index + 1, ""))
            if name:
                options = name.split("|")
                if doc[index].norm_ in _SIDES and end < len(doc) and doc[end].norm_ == "of":
                    options = ["S "]  # "the back of my knee" is at the knee
                if len(options) > 1:
                    # "Sores" and "a sore" are things, "sore knees" and "my neck is sore" are pain.
                    plural = doc[index].lower_.endswith("s")
                    said = not plural and (not index or doc[index - 1].norm_ not in ("a", "an", "one"))
                    options.sort(
                        key=lambda option: (
                            not option.startswith("P"), said and option.startswith("N"), option.endswith(" pain"),
                        )
                    )  # fmt: skip
                symbols.append(options[0][0])
                names.append(options[0][2:])
            else:
                symbols.append(self._symbols.get(doc[index].norm_, "."))
                names.append("")
            widths.append((index, end))
            index = end
        return "".join(symbols), names, widths

    def _read(self, match: re.Match[str], names: list[str], widths: list[tuple[int, int]]) -> Iterator[Complaint]:
        complaint = self._complaints[names[match.start("complaint")]]
        allowed = complaint.get("parts")
        groups = match.groupdict()
        negated = bool(groups.get("no") or groups.get("no2"))
        places = [place for place in range(*match.span("parts")) if match.string[place] == "P"]
        places = [place for place in places if allowed is None or names[place] in allowed]
        head = match.start("complaint")
        whole = (widths[match.start()][0], widths[match.end() - 1][1])
        nearest = min(places, key=lambda place: abs(place - head), default=None)
        for place in places:
            span = whole if len(places) == 1 else widths[place]
            if place == nearest and len(places) > 1:
                low, high = min(place, head), max(place, head)
                between = [other for other in places if low < other < high]
                span = (widths[low][0], widths[high][1]) if not between else widths[place]
            organ = None if match.re is _COMPOUND else self._organ(names[place])
            yield Complaint(*span, self.concept(complaint, names[place]), negated, organ, widths[place])

    def _organ(self, part_id: str) -> Concept | None:
        return self._concepts.get(("organ", self._parts[part_id].get("organ", "")))

    def concept(self, complaint: dict[str, Any], part_id: str) -> Concept:
        """The concept of a complaint at a part, from the lexicon where it has one."""
        concept_id = complaint.get("ids", {}).get(part_id) or f"{part_id}_{complaint['id']}"
        for kind in (complaint["type"], "symptom", "condition", "procedure"):
            known = self._concepts.get((kind, concept_id))
            if known:
                return known
        label = complaint["label"].format(part=self._parts[part_id]["label"])
        return Concept(complaint["type"], concept_id, label[0].upper() + label[1:])


def _symbol(noun: bool, adjective: bool, verb: bool) -> str:
    if (noun and adjective) or (adjective and verb):
        return "M"
    if noun and verb:
        return "W"
    return "N" if noun else "A" if adjective else "V"
