"""Reads content files (YAML, Markdown with front matter) and says precisely what is wrong in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from rasa.shared.exceptions import RasaException
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

FRONT_MATTER_FENCE = "---"


class ContentError(RasaException):
    """A content file cannot be used; the message holds file, line and what is wrong.

    `others` are more faults that were found with it; `faults` are all of them, this one first.
    """

    def __init__(self, path: Path, line: int, problem: str, others: Sequence[ContentError] = ()) -> None:
        super().__init__("\n".join([f"{path}:{line}: {problem}", *map(str, others)]))
        self.path = path
        self.line = line
        self.problem = problem
        self.faults: tuple[ContentError, ...] = (self, *others)


def raise_all(faults: Sequence[ContentError]) -> None:
    """Raises the first of `faults` with the others at its side; returns where there is none."""
    if faults:
        first, *others = faults
        raise ContentError(first.path, first.line, first.problem, others)


@dataclass(frozen=True)
class ContentFile:
    """Parsed content with the means to find the line of each of its parts."""

    path: Path
    data: Any
    text: str
    body: str = ""
    body_line: int = 1
    first_line: int = 1

    def line_of(self, keys: list[str | int] | tuple[str | int, ...]) -> int:
        """Line (1-based) of the value that `keys` lead to, or of the nearest parent that has one."""
        # Read again, with line numbers, which takes thirty times as long: it is asked for where something is wrong.
        node, line = YAML().load(self.text), self.first_line
        for key in keys:
            marks = getattr(node, "lc", None)
            position = (marks.data or {}).get(key) if marks is not None else None
            if position is not None:
                line = self.first_line + position[0]
            try:
                node = node[key]
            except (KeyError, IndexError, TypeError):
                break
        return line

    def error(self, problem: str, *keys: str | int) -> ContentError:
        """A ContentError at the line that `keys` lead to."""
        return ContentError(self.path, self.line_of(keys), problem)

    def faults(self, schema: dict[str, Any]) -> list[ContentError]:
        """Each violation of `schema`, by line."""
        violations = Draft202012Validator(schema).iter_errors(self.data)
        found = [self.error(_explain(violation), *violation.absolute_path) for violation in violations]
        return sorted(found, key=lambda fault: fault.line)

    def check(self, schema: dict[str, Any]) -> ContentFile:
        """Returns itself when `schema` holds; raises ContentError for its violations otherwise."""
        raise_all(self.faults(schema))
        return self


def _explain(violation: ValidationError) -> str:
    where = ".".join(str(part) for part in violation.absolute_path)
    message = violation.message
    if len(message) > 300:
        message = f"{message[:300]} ..."
    return f"{where}: {message}" if where else message


def load_schema(path: Path) -> dict[str, Any]:
    """The JSON Schema in `path`."""
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _parse_yaml(path: Path, text: str, first_line: int) -> Any:
    try:
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise ContentError(path, line, f"not valid YAML: {error.problem or error.context}") from error


def read_yaml(path: Path) -> ContentFile:
    """Reads one YAML file; raises ContentError when it is not valid YAML."""
    text = path.read_text(encoding="utf-8")
    return ContentFile(path=path, data=_parse_yaml(path, text, 1), text=text)


def read_markdown(path: Path) -> ContentFile:
    """Reads one Markdown file with YAML front matter; raises ContentError when either is missing."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].strip() != FRONT_MATTER_FENCE:
        raise ContentError(path, 1, f"the file must start with a line '{FRONT_MATTER_FENCE}' (front matter)")
    try:
        end = next(number for number, line in enumerate(lines[1:], 1) if line.strip() == FRONT_MATTER_FENCE)
    except StopIteration:
        raise ContentError(path, 1, f"the front matter is not closed by a line '{FRONT_MATTER_FENCE}'") from None
    front_matter = "\n".join(lines[1:end])
    data = _parse_yaml(path, front_matter, 2)
    start = next((number for number in range(end + 1, len(lines)) if lines[number].strip()), end + 1)
    body = "\n".join(lines[start:]).strip()
    if not body:
        raise ContentError(path, end + 1, "the answer itself (the text below the front matter) is missing")
    return ContentFile(path=path, data=data, text=front_matter, body=body, body_line=start + 1, first_line=2)
