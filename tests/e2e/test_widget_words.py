"""What the widget's buttons send is understood by the real bot: titles, starters, answers to tick, changes."""

from __future__ import annotations

import re
import uuid

import frontmatter
import pytest
import yaml

from tests.conversations.format import load_patients
from tests.conversations.player import REVIEW, Player
from tests.e2e.servers import ROOT, Reply, Stack

TITLES = {
    article["id"]: article["title"] for article in map(frontmatter.load, sorted(ROOT.glob("data/knowledge/*.md")))
}
QUESTIONS = {
    question["id"]: question for question in yaml.safe_load((ROOT / "data/intake.yml").read_text("utf-8"))["questions"]
}
STARTERS = re.findall(r'payload: "([^"]+)"', (ROOT / "widget/src/strings/en.ts").read_text("utf-8"))
ANSWERS = load_patients()["ana"]
TICKED = {
    "symptoms": [choice["label"] for choice in QUESTIONS["symptoms"]["choices"]],
    "organ_involvement": ["Kidneys", "Brain or nerves"],
    "current_medications": [choice["label"] for choice in QUESTIONS["current_medications"]["choices"]],
}


def objects(replies: list[Reply], kind: str) -> list[dict]:
    """The replies' objects of one kind."""
    return [reply["custom"][kind] for reply in replies if kind in reply.get("custom", {})]


def someone() -> str:
    return f"widget-{uuid.uuid4().hex}"


def test_every_title_is_answered_with_its_own_article(stack: Stack) -> None:
    answered = {
        topic: [faq["id"] for faq in objects(stack.say(someone(), title), "faq")] for topic, title in TITLES.items()
    }
    wrong = {TITLES[topic]: got for topic, got in answered.items() if got != [topic]}
    assert wrong == {}


def test_every_way_to_begin_leads_somewhere(stack: Stack) -> None:
    assert len(STARTERS) == 5
    replies = {starter: stack.say(someone(), starter) for starter in STARTERS}
    lost = [starter for starter, said in replies.items() if not said or objects(said, "fallback")]
    assert lost == []


@pytest.mark.parametrize("question", [item["id"] for item in QUESTIONS.values() if item.get("choices")])
def test_no_single_answer_on_a_button_is_taken_for_an_emergency_or_a_crisis(stack: Stack, question: str) -> None:
    """Only for buttons that need no doctor: shortness of breath may well be told to call one."""
    grave = {"breathlessness"}
    alarmed = [
        word
        for choice in QUESTIONS[question]["choices"]
        if choice["value"] not in grave
        for word in (choice["value"], choice["label"])
        if objects(stack.say(someone(), word), "safety")
    ]
    assert alarmed == []


@pytest.mark.parametrize("question", TICKED)
def test_ticked_answers_are_kept_with_their_codes(stack: Stack, question: str) -> None:
    player = Player(stack, "ticked")
    player.answer_until(question, ANSWERS)
    offered = {choice["label"]: choice["value"] for choice in QUESTIONS[question]["choices"]}
    labels = [label for label in TICKED[question] if offered[label] != "breathlessness"]
    replies = player.say(", ".join(labels))
    asked = objects(replies, "question")
    assert asked
    assert asked[-1]["id"] != question
    back = objects(player.say("back"), "question")[-1]
    kept = [item["code"] if isinstance(item, dict) else item for item in back["prefilled"]]
    assert kept == [offered[label] for label in labels]


def test_every_change_button_of_the_review_opens_its_question(stack: Stack) -> None:
    player = Player(stack, "changes")
    player.answer_until(REVIEW, ANSWERS)
    items = objects(player.replies, "summary")[-1]["items"]
    wrong = {}
    for item in items:
        opened = [question["id"] for question in objects(player.say(f"change {item['label']}"), "question")]
        if opened[-1:] != [item["id"]]:
            wrong[item["label"]] = opened
        keep = "yes" if item["id"].startswith("consent_") else "keep"
        assert objects(player.say(keep), "question")[-1]["id"] == REVIEW, item
    assert wrong == {}
