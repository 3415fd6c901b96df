"""Checks what Rasa reads itself: examples, replies, rules and stories, and that they name one another rightly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.shared.core.constants import DEFAULT_ACTION_NAMES

from bot.importers.articles import FAQ_INTENT, QUESTIONS, Article
from bot.importers.content_files import ContentError, ContentFile, read_yaml
from bot.importers.conversation import read_conversation, unknown_names
from bot.importers.intake import INTAKE_FORM

# The intent of a message that was not understood; nobody writes examples of it.
NLU_FALLBACK = "nlu_fallback"
# Responses that the importer makes of other content.
MADE = frozenset({f"utter_{FAQ_INTENT}", "utter_emergency", "utter_crisis", "utter_human_handoff"})


@dataclass(frozen=True)
class Names:
    """What a rule, a story or an example may name."""

    intents: frozenset[str]
    answers: frozenset[str]
    forms: frozenset[str]


def conversation_faults(root: Path, articles: Iterable[Article]) -> list[ContentError]:
    """The faults of domain.yml, data/nlu*, responses*, rules, stories and conversation.yml, taken together."""
    data = root / "data"
    faults: list[ContentError] = []
    domain, *others = _read([root / "domain.yml", *sorted(data.glob("*.yml")), *sorted(data.glob("nlu/*.yml"))], faults)
    if domain is None:
        return faults
    files = [file for file in others if file is not None and isinstance(file.data, dict)]
    names = _names(domain, files)
    for file in files:
        faults += _step_faults(file, names)
    faults += _example_faults(files, names, articles)
    try:
        table = read_conversation(data / "conversation.yml", data / "schemas" / "conversation.schema.json")
        faults += unknown_names(table, names.intents, names.answers, names.forms)
    except ContentError as error:
        faults += error.faults
    return faults


def _read(paths: list[Path], faults: list[ContentError]) -> Iterator[ContentFile | None]:
    for path in paths:
        try:
            yield read_yaml(path)
        except ContentError as error:
            faults += error.faults
            yield None


def _names(domain: ContentFile, files: list[ContentFile]) -> Names:
    listed = domain.data
    intents = {item if isinstance(item, str) else next(iter(item)) for item in listed["intents"]}
    forms = {*listed.get("forms", {}), INTAKE_FORM}
    responses = {name for file in (domain, *files) for name in file.data.get("responses") or ()}
    answers = {*listed["actions"], *responses, *MADE, *DEFAULT_ACTION_NAMES, *forms}
    return Names(frozenset({*intents, FAQ_INTENT}), frozenset(answers), frozenset(forms))


def _step_faults(file: ContentFile, names: Names) -> Iterator[ContentError]:
    for part in ("rules", "stories"):
        for place, story in enumerate(file.data.get(part) or ()):
            for index, step in enumerate(story.get("steps") or ()):
                yield from _one_step(file, step, names, (part, place, "steps", index))


def _one_step(file: ContentFile, step: dict[str, Any], names: Names, place: tuple[str | int, ...]) -> Iterator[Any]:
    for key, known, what in (
        ("intent", names.intents, "intent"),
        ("action", names.answers, "response or action"),
        ("active_loop", names.forms, "form"),
    ):
        name = step.get(key)
        if name is not None and str(name).split("/")[0] not in known:
            yield file.error(f"there is no {what} '{name}'", *place, key)


def _example_faults(files: list[ContentFile], names: Names, articles: Iterable[Article]) -> Iterator[ContentError]:
    """Examples of an unknown intent, those that stand in two of them, and intents without any."""
    owner = {
        _plain(text): (article.intent, f"{article.topic}{QUESTIONS}")
        for article in articles
        for text in article.examples
    }
    with_examples = {FAQ_INTENT, NLU_FALLBACK}
    for file in files:
        for place, block in enumerate(file.data.get("nlu") or ()):
            intent = block.get("intent")
            if intent not in names.intents:
                yield file.error(f"domain.yml has no intent '{intent}'", "nlu", place, "intent")
            with_examples.add(intent)
            yield from _examples_of_two(file, place, block, owner)
    yield from _without_examples(files, with_examples)


def _examples_of_two(
    file: ContentFile, place: int, block: dict[str, Any], owner: dict[str, tuple[str, str]]
) -> Iterator[ContentError]:
    """Examples of the block at `place` that another intent has; `owner` (text -> intent, file) learns the rest."""
    intent = block.get("intent")
    for offset, line in enumerate(str(block.get("examples") or "").splitlines()):
        text = line.removeprefix("- ").strip()
        other, name = owner.setdefault(_plain(text), (str(intent), file.path.name))
        if other != intent:
            line_number = file.line_of(["nlu", place, "examples"]) + 1 + offset
            yield ContentError(file.path, line_number, f"'{text}' is an example of {other} already ({name})")


def _without_examples(files: list[ContentFile], with_examples: set[str]) -> Iterator[ContentError]:
    """Intents of the table of answers that nobody has written examples of."""
    for file in files:
        if file.path.name == "conversation.yml":
            for intent in file.data.get("intents") or ():
                if intent not in with_examples:
                    yield file.error(f"nobody has written examples of '{intent}' in data/nlu", "intents", intent)


def _plain(text: str) -> str:
    """A text without case and punctuation; one of signs only ("👍") as it stands."""
    words = "".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace())
    return " ".join(words.split()) or text.strip()
