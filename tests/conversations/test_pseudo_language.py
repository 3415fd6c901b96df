"""Conversations in a pseudo-language: whatever reaches the patient is marked in the content, or is her own word.

`make prove` plays every conversation file; here some of each folder (MARROW_TEST_PSEUDO says how many).
"""

from __future__ import annotations

import os
import subprocess
import zoneinfo
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
import yaml
from babel import Locale

from tests.conversations.checks import open_question, problems
from tests.conversations.format import load_conversation
from tests.conversations.marked import WORD, marked_content, unmarked, visible
from tests.conversations.player import Player, play
from tests.e2e.servers import ROOT, Reply, Stack, bot_python, trained_model

EACH = int(os.environ.get("MARROW_TEST_PSEUDO", "1"))
# The intake's own answers: a label in code would hide behind a patient who types the same.
REPLIES = frozenset({"yes", "no", "none", "skip", "keep", "back", "pause", "send", "change", "unsure"})
# Patterns are written for the sentences as they are; what a conversation does is the same in every language.
WORDED = frozenset({"says", "not_says", "summary"})


def chosen() -> list[Path]:
    """The first files of each folder."""
    files = sorted(Path(__file__).parent.rglob("user_*.yml"))
    return [path for _, found in groupby(files, lambda path: path.parent) for path in list(found)[:EACH]]


@cache
def names() -> frozenset[str]:
    """Names of countries, languages, months and cities: Unicode's and IANA's own, in small letters."""
    english = Locale("en")
    found = [*english.territories.values(), *english.languages.values(), *english.months["format"]["wide"].values()]
    found += zoneinfo.available_timezones()
    return frozenset(word.casefold() for name in found for word in WORD.findall(str(name).replace("_", " ")))


@cache
def kept_as_typed() -> frozenset[str]:
    """The questions to which even "none" is kept as the patient's own words."""
    questions = yaml.safe_load((ROOT / "data" / "intake.yml").read_text(encoding="utf-8"))["questions"]
    return frozenset(question["id"] for question in questions if question.get("none") == "kept")


class Reader(Player):
    """A patient who notices a word without a mark."""

    def __init__(self, stack: Stack, name: str) -> None:
        super().__init__(stack, name)
        self._kept: set[str] = set()

    def say(self, text: str, expected: dict[str, object] | None = None) -> list[Reply]:
        """Sends `text`, and remembers what of it will be shown as it is."""
        asked = open_question(self.replies)
        if asked is not None and asked["id"] in kept_as_typed():
            self._kept.update(word.casefold() for word in WORD.findall(text))
        return super().say(text, expected)

    def problems(self, expected: dict[str, object]) -> Iterable[str]:
        """What is not as expected, wordings apart, and what is neither marked nor her own."""
        told = [{**reply, "buttons": [_sent(button) for button in reply.get("buttons", [])]} for reply in self.replies]
        yield from problems({key: value for key, value in expected.items() if key not in WORDED}, told)
        own = {word.casefold() for text in self.typed for word in WORD.findall(text)} - REPLIES | self._kept
        yield from (f"without a mark: {found}" for found in unmarked(self.replies, own | names()))
        if not any("«" in text for text in visible(self.replies)):
            yield "nothing is marked: this is not the pseudo-language"


def _sent(button: dict[str, str]) -> dict[str, str]:
    """A button that sends its words without their marks, as the conversation file has them."""
    return {**button, "payload": button["payload"].translate({ord(mark): None for mark in "«»"})}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bot and an action server that speak the pseudo-language."""
    folder = tmp_path_factory.mktemp("pseudo")
    content, model = marked_content(ROOT, folder), folder / "marked.tar.gz"
    subprocess.run(
        [bot_python(), "-m", "tests.conversations.marked_model", str(content), str(trained_model()), str(model)],
        cwd=ROOT,
        check=True,
        timeout=600,
    )
    stack = Stack(folder / "stack", model, MARROW_CONTENT_DIR=str(content))
    try:
        yield stack.start()
    finally:
        stack.stop()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("«You live in »Peru«.»", []),
        ("«You live in »Atlantis", ["Atlantis"]),
        ("«All right.» Type again.", ["Type", "again"]),
        ("«Your request »MR-7F3K-9Q2M« is new.» ana@example.org «on »https://example.org/all", []),
        ("«All right.» my daughter", []),
        ("«There is »findahelpline.com« for »you.Come", ["you", "Come"]),
        ("«half", ["half", "mark"]),
    ],
)
def test_what_stands_without_a_mark_is_seen(text: str, seen: list[str]) -> None:
    for reply in ({"text": text}, {"text": "", "buttons": [{"title": text, "payload": ""}]}):
        found = unmarked([reply], {"my", "daughter", "peru"})
        assert len(found) == len(seen)
        assert all(word in line for word, line in zip(seen, found, strict=True))


@pytest.mark.parametrize("path", chosen(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_reaches_the_patient_without_a_mark(stack: Stack, path: Path) -> None:
    conversation = load_conversation(path)
    play(conversation, stack, Reader(stack, conversation.path.stem))
