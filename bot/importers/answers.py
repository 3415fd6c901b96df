"""Cuts the text of an FAQ article into its main answer and its direct answers (`## <answer_id>`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.importers.content_files import ContentError, ContentFile

MAIN = "article"
# What the writer of a direct answer had at hand: its source, the project's brief, or what they knew.
CHECKED, UNCHECKED = "source", "memory"
MOST_CHARACTERS, MOST_SENTENCES = 400, 3
_HEADING = re.compile(r"^## +(?P<id>.*?)\s*$")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_NOTE = re.compile(r"(?P<key>evidence|source|fact|missing|basis|dated): *(?P<value>.*?)\s*$")
_PLACE = re.compile(r"\{([a-z_.]+)\}")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


@dataclass(frozen=True)
class DirectAnswer:
    """One to three sentences that answer some questions of a topic better than its whole article.

    `evidence` and `sources` are those of the article where the answer names none; `line` is that of its heading.
    `fact` is what the clinic has to have said of itself (a path in data/clinic.yml) for the text to be told, with the
    clinic's words in the place of {path}; otherwise `missing` is told. `basis` is what the writer had at hand, `dated`
    the kind of fact that goes stale, where the text tells one.
    """

    id: str
    text: str
    evidence: str | None
    sources: tuple[dict[str, str], ...]
    line: int
    fact: str | None = None
    missing: str | None = None
    basis: str = UNCHECKED
    dated: str | None = None

    @property
    def is_checked(self) -> bool:
        """Whether the source was at hand, as a page, an abstract or an excerpt, when the text was written."""
        return self.basis == CHECKED

    def told(self, clinic: Mapping[str, Any]) -> str:
        """The text, with what the parsed clinic.yml says filled in."""
        if self.fact is None:
            return self.text
        if not _said(clinic, self.fact):
            return str(self.missing)
        return _PLACE.sub(lambda place: str(_said(clinic, place[1])), self.text)


def _said(clinic: Mapping[str, Any], path: str) -> Any:
    value: Any = clinic
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Marks:
    """What the schema of an article's front matter allows a direct answer to say of itself."""

    evidence: list[str]
    kinds: list[str]
    basis: list[str]
    dated: list[str]

    @classmethod
    def of(cls, schema: dict[str, Any]) -> Marks:
        """Reads them from the parsed article.schema.json."""
        properties = schema["properties"]
        return cls(
            properties["evidence"]["enum"],
            properties["sources"]["items"]["properties"]["kind"]["enum"],
            schema["$defs"]["basis"]["enum"],
            properties["dated"]["enum"],
        )


def cut_body(file: ContentFile, marks: Marks) -> tuple[str, list[DirectAnswer], list[ContentError]]:
    """The main answer of an article, its direct answers, and what is wrong with them."""
    lines = file.body.splitlines()
    starts = [number for number, line in enumerate(lines) if _HEADING.match(line)]
    main = "\n".join(lines[: starts[0]] if starts else lines).strip()
    answers: list[DirectAnswer] = []
    faults: list[ContentError] = []
    if not main:
        faults.append(ContentError(file.path, file.body_line, "the main answer must come before the direct answers"))
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        answer, wrong = _direct_answer(file, marks, lines[start:end], file.body_line + start)
        faults += wrong
        if any(answer.id == other.id for other in answers):
            faults.append(ContentError(file.path, answer.line, f"two direct answers have the id '{answer.id}'"))
        answers.append(answer)
    return main, answers, faults


def _direct_answer(
    file: ContentFile, marks: Marks, lines: list[str], line: int
) -> tuple[DirectAnswer, list[ContentError]]:
    heading, *rest = lines
    match = _HEADING.match(heading)
    answer_id = match["id"] if match else ""
    faults: list[ContentError] = []
    if not _ID.fullmatch(answer_id) or answer_id == MAIN:
        problem = f"'{answer_id}' cannot be the id of a direct answer: small letters, digits and _, and not '{MAIN}'"
        faults.append(ContentError(file.path, line, problem))
    notes: dict[str, str] = {}
    sources: list[dict[str, str]] = []
    place = 0
    while place < len(rest) and (note := _NOTE.match(rest[place])):
        place += 1
        problem, source = _note(note, marks)
        if problem:
            faults.append(ContentError(file.path, line + place, problem))
        elif source:
            sources.append(source)
        else:
            notes[note["key"]] = note["value"]
    text = "\n".join(rest[place:]).strip()
    if problem := _text_problem(answer_id, text) or _fact_problem(answer_id, text, notes):
        faults.append(ContentError(file.path, line, problem))
    answer = DirectAnswer(
        answer_id,
        text,
        notes.get("evidence"),
        tuple(sources),
        line,
        fact=notes.get("fact"),
        missing=notes.get("missing"),
        basis=notes.get("basis", UNCHECKED),
        dated=notes.get("dated"),
    )
    return answer, faults


def _note(note: re.Match[str], marks: Marks) -> tuple[str, dict[str, str] | None]:
    """What is wrong with a line such as `evidence: ...` or `source: title | kind | ref`, and the source it names."""
    key, value = note["key"], note["value"]
    allowed = {"evidence": marks.evidence, "basis": marks.basis, "dated": marks.dated}.get(key)
    if allowed is not None and value not in allowed:
        return f"{key} '{value}' is not one of {', '.join(allowed)}", None
    if key != "source":
        return "", None
    parts = [part.strip() for part in value.split("|")]
    if len(parts) != 3 or not all(parts):
        return "a source is written 'source: title | kind | ref'", None
    title, kind, ref = parts
    problem = "" if kind in marks.kinds else f"the kind '{kind}' is not one of {', '.join(marks.kinds)}"
    return problem, {"title": title, "kind": kind, "ref": ref}


def _fact_problem(answer_id: str, text: str, notes: Mapping[str, str]) -> str:
    if ("fact" in notes) != ("missing" in notes):
        return f"the direct answer '{answer_id}' needs both 'fact' and 'missing', or neither"
    if _PLACE.search(text) and "fact" not in notes:
        return f"the direct answer '{answer_id}' fills in what the clinic said, and names no 'fact'"
    return ""


def _text_problem(answer_id: str, text: str) -> str:
    sentences = len(_SENTENCE_END.findall(text))
    if not 1 <= sentences <= MOST_SENTENCES:
        return f"the direct answer '{answer_id}' has {sentences} sentences; one to {MOST_SENTENCES} are allowed"
    if len(text) > MOST_CHARACTERS:
        return f"the direct answer '{answer_id}' has {len(text)} characters; at most {MOST_CHARACTERS} are allowed"
    return ""
