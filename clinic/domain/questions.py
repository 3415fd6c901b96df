"""What patients asked and Marrow could not answer well: which messages count, what is masked, what is alike."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FAQ = "faq"
UNANSWERED = frozenset({"nlu_fallback", "out_of_scope"})
# Below this lead of its topic over the next one, an answer was a guess: as `NEIGHBOUR` of bot/faq.py has it.
SMALL_LEAD = 0.15
MASK = "[...]"
# A word that the content does not use is shown once this many conversations have it: a name rarely does.
SHARED_BY = 2
_CONTACT = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|\+?\d[\d\s()./-]{5,}\d")
_WORD = re.compile(r"\w+(?:['\u2019]\w+)?")
_LONGEST = 300


@dataclass(frozen=True)
class Heard:
    """One message of a patient as the conversation keeps it: its text, when it came, and what was understood of it.

    `in_form` says whether a form had asked for it: then it is an answer of the patient's, and no question.
    """

    conversation: str
    at: datetime
    text: str
    parsed: Mapping[str, Any]
    in_form: bool


@dataclass(frozen=True)
class OpenQuestion:
    """A question without a sure answer, masked; `topic` and `answer` are what it was answered with, if at all."""

    at: datetime
    text: str
    topic: str | None
    answer: str | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing in it had to be masked."""
        return MASK not in self.text


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that resemble one another, the most usual wording first."""

    questions: tuple[OpenQuestion, ...]

    @property
    def wordings(self) -> tuple[str, ...]:
        """Each wording once."""
        return tuple(dict.fromkeys(question.text for question in self.questions))

    @property
    def nearest(self) -> str | None:
        """The topic that most of them were taken for."""
        topics = Counter(question.topic for question in self.questions if question.topic)
        return topics.most_common(1)[0][0] if topics else None


def open_questions(heard: Iterable[Heard], known_words: frozenset[str]) -> list[OpenQuestion]:
    """Return the questions that had no sure answer, oldest first, masked.

    Answers to a form are left out, and so is whatever raised an alarm.

    Args:
        heard: all messages that are kept.
        known_words: the words of the content, in small letters.
    """
    asked = [(message, place) for message in heard if (place := _place(message)) is not None]
    users: dict[str, set[str]] = {}
    for message, _ in asked:
        for word in _WORD.findall(message.text.lower()):
            users.setdefault(word, set()).add(message.conversation)
    shared = {word for word, conversations in users.items() if len(conversations) >= SHARED_BY}
    found = [OpenQuestion(message.at, masked(message.text, known_words | shared), *place) for message, place in asked]
    return sorted(found, key=lambda question: question.at)


def _place(message: Heard) -> tuple[str | None, str | None] | None:
    """Return the topic and direct answer that a message got, both None for none; None if it is no open question."""
    parsed = message.parsed
    intent = str((parsed.get("intent") or {}).get("name") or "")
    if message.in_form or parsed.get("safety") or len(message.text) > _LONGEST or not message.text.strip():
        return None
    if intent in UNANSWERED:
        return (None, None)
    return _small_lead((parsed.get("response_selector") or {}).get(FAQ) or {}) if intent == FAQ else None


def _small_lead(selected: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """Return the topic that led by little and the direct answer that was given; None where the lead was clear."""
    ranking = [(row["intent_response_key"], float(row["confidence"])) for row in selected.get("ranking") or []]
    if len(ranking) < 2 or ranking[1][1] < SMALL_LEAD * ranking[0][1]:
        return None
    told = str((selected.get("response") or {}).get("utter_action") or "").removeprefix("utter_faq/")
    return ranking[0][0].removeprefix("faq/"), told if "." in told else None


def masked(text: str, known_words: frozenset[str] | set[str]) -> str:
    """Return a message on one line without addresses, numbers and words that nobody else uses."""

    def word(match: re.Match[str]) -> str:
        plain = match[0].lower().replace("\u2019", "'")
        known = plain in known_words or plain.removesuffix("'s") in known_words
        return match[0] if known and not any(character.isdigit() for character in plain) else MASK

    line = " ".join(_CONTACT.sub(MASK, text).split())
    return re.sub(r"\[\.\.\.\](?:[\s,]*\[\.\.\.\])+", MASK, _WORD.sub(word, line))


def grouped(questions: Sequence[OpenQuestion], alike: Callable[[str, str], bool]) -> list[QuestionGroup]:
    """Return the questions in groups, the largest first.

    Args:
        questions: masked.
        alike: whether two texts ask the same.
    """
    counts = Counter(question.text for question in questions)
    groups: list[list[OpenQuestion]] = []
    # The most usual wording of a group stands for it.
    for question in sorted(questions, key=lambda one: (-counts[one.text], one.text, one.at)):
        home = next((group for group in groups if alike(group[0].text, question.text)), None)
        if home is None:
            groups.append([question])
        else:
            home.append(question)
    return [QuestionGroup(tuple(group)) for group in sorted(groups, key=lambda group: (-len(group), group[0].text))]


def patch_of(name: str, text: str, key: str, wordings: Iterable[str]) -> str:
    """Return a patch that adds wordings to an article's questions; empty when all of them stand there already.

    Args:
        name: path of the file, as the patch shall name it.
        text: what the file holds.
        key: `article`, or the id of a direct answer.
        wordings: questions to add; what is masked is left out.

    Raises:
        KeyError: the file has no such key.
    """
    lines = text.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.rstrip() == f"{key}:"), None)
    if start is None:
        raise KeyError(key)
    end = start + 1
    while end < len(lines) and lines[end].startswith("  - "):
        end += 1
    there = {_plain(line.strip().removeprefix("- ")) for line in lines}
    new = [wording for wording in dict.fromkeys(wordings) if MASK not in wording and _plain(wording) not in there]
    added = [f"  - {_scalar(wording)}\n" for wording in new]
    changed = [*lines[:end], *added, *lines[end:]]
    return "".join(difflib.unified_diff(lines, changed, f"a/{name}", f"b/{name}"))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _scalar(text: str) -> str:
    """Return a question as YAML takes it: in quotes unless it is words, commas and a question mark only."""
    return (
        text
        if re.fullmatch(r"[A-Za-z][\w ,'-]*\??", text)
        else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
