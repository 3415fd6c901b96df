"""The conversation files themselves: well-formed, about topics and questions that exist, without typos."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.conversations.format import (
    FOLDER,
    Conversation,
    FormatError,
    Turn,
    Use,
    load_conversation,
    load_patients,
    load_yaml,
)
from tests.e2e.servers import ROOT

FILES = sorted(FOLDER.glob("*/*.yml"))
QUESTIONS = [question["id"] for question in load_yaml(ROOT / "data" / "intake.yml")["questions"]]
OTHERS = [
    "review",
    "restart",
    "cancel",
    "safety_check",
    "lookup_reference",
    "lookup_date_of_birth",
    "lookup_confirmation",
]
KNOWLEDGE = ROOT / "data" / "knowledge"
TOPICS = {path.stem for path in KNOWLEDGE.glob("*.md")}
DIRECT = {
    f"{topic}.{answer}"
    for topic in TOPICS
    for answer in yaml.safe_load((KNOWLEDGE / f"{topic}.questions.yml").read_text(encoding="utf-8"))
}


def expected_in(conversation: Conversation, key: str) -> set[str]:
    """All values a file expects under `key`, lists taken apart."""
    found: set[str] = set()
    for step in conversation.steps:
        value = step.bot.get(key) if isinstance(step, Turn) else None
        found |= {item for item in (value if isinstance(value, list) else [value]) if item is not None}
    return found


def test_every_file_is_read_and_named_as_a_sentence() -> None:
    for path in FILES:
        assert path.name.startswith("user_"), f"{path} would not be collected"
        load_conversation(path)


def test_every_topic_and_question_that_is_expected_exists() -> None:
    for path in FILES:
        conversation = load_conversation(path)
        assert expected_in(conversation, "faq") <= TOPICS | DIRECT, path.name
        assert expected_in(conversation, "question") <= {*QUESTIONS, *OTHERS}, path.name
        for step in conversation.steps:
            if isinstance(step, Use):
                assert step.patient in load_patients(), path.name
                assert set(step.changed) <= set(QUESTIONS), path.name
                assert step.until in {*QUESTIONS, "review", None}, path.name
            elif "summary" in step.bot:
                assert set(step.bot["summary"]) <= set(QUESTIONS), path.name


def test_the_patients_answer_only_questions_that_exist() -> None:
    for patient, answers in load_patients().items():
        assert set(answers) <= set(QUESTIONS), patient


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("turns: []", "'turns' is missing"),
        ("turns: [{user: hi, bto: {}}]", "unknown 'bto'"),
        ("turns: [{user: hi, bot: {fak: lupus_types}}]", "unknown 'fak'"),
        ("turns: [{user: hi, bot: {handoff: soon}}]", "'handoff' must be bool"),
        ("turns: [{user: 1}]", "'user' must be a text"),
        ("turns: [{user: hi, bot: {summary: {phone: 612}}}]", "patterns for phone must be texts"),
        ("turns: [{use: answer_until(email)}]", "'use' knows"),
        ("turns: [{use: answers_until}]", "needs a question id"),
        ("turns: [{use: start_intake(email)}]", "needs a question id"),
        ("turns: [{use: start_intake, whit: {}}]", "unknown 'whit'"),
        ("turns: [{user: hi}]\nrequest: {answer: {}}", "unknown 'answer'"),
        ("turns: [{user: hi}]\nrequest: {}\nno_request: true", "not both"),
        ("turns: [{user: hi}]\nend: {}", "unknown 'end'"),
        ("turns: [{user: hi}", "user_asks.yml"),
    ],
)
def test_a_mistake_in_a_file_is_an_error(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "user_asks.yml"
    path.write_text(text)
    with pytest.raises(FormatError, match=problem.replace("(", r"\(")):
        load_conversation(path)


def test_yes_and_no_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "user_agrees.yml"
    path.write_text("turns: [{user: yes}, {user: no}]")
    assert [step.user for step in load_conversation(path).steps if isinstance(step, Turn)] == ["yes", "no"]
