"""Questions asked in vain: from the kept conversations only, masked, grouped, by leave of the clinic, and audited."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from clinic.bootstrap import Clinic, bootstrap
from clinic.commands.questions import app
from clinic.domain.actors import Actor, Role
from clinic.domain.audit import Act
from clinic.domain.questions import Heard, OpenQuestion, grouped, masked, open_questions, patch_of
from clinic.errors import AccessRefused, LearningOff
from clinic.service.audit import read_audit
from clinic.service.questions import asked_in_vain
from clinic.storage.conversations import Conversations

from .builders import NOW, STAFF

WORDS = frozenset("can i eat mushrooms with lupus my name is and what does it cost in do help".split())
QUESTIONS = "article:\n  - does it help\nharm:\n  - is it harmful\n  - did it hurt anybody\n"


def understood(intent: str = "nlu_fallback", *ranking: tuple[str, float], **more: Any) -> dict[str, Any]:
    rows = [{"intent_response_key": f"faq/{topic}", "confidence": value} for topic, value in ranking]
    told = {"utter_action": f"utter_faq/{ranking[0][0]}.first" if ranking else ""}
    selector = {"faq": {"ranking": rows, "response": told}}
    return {"intent": {"name": intent}, "response_selector": selector, **more}


def heard(words: str, parsed: dict[str, Any] | None = None, conversation: str = "a", in_form: bool = False) -> Heard:
    return Heard(conversation, NOW, words, parsed or understood(), in_form)


@pytest.mark.parametrize(
    ("message", "place"),
    [
        (heard("can i eat mushrooms"), (None, None)),
        (heard("can i eat mushrooms", understood("out_of_scope")), (None, None)),
        (heard("does it help", understood("faq", ("cost", 0.5), ("exosomes", 0.3))), ("cost", "cost.first")),
    ],
)
def test_a_question_without_a_sure_answer_is_open(message: Heard, place: tuple[str | None, str | None]) -> None:
    (question,) = open_questions([message], WORDS)
    assert (question.topic, question.answer) == place


@pytest.mark.parametrize(
    "message",
    [
        heard("does it help", understood("faq", ("cost", 0.9), ("exosomes", 0.05))),
        heard("hello", understood("greet")),
        heard("can i eat mushrooms", in_form=True),
        heard("i do not help", understood("nlu_fallback", safety={"kind": "crisis"})),
        heard("what " * 100),
        heard("  "),
    ],
)
def test_answers_to_forms_alarms_and_sure_answers_are_not(message: Heard) -> None:
    assert open_questions([message], WORDS) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("can I eat mushrooms?", "can I eat mushrooms?"),
        ("my name is Ana Torres", "my name is [...]"),
        ("what does it cost, ana@example.org", "what does it cost, [...]"),
        ("my name is +52 55 1234-5678 and 7", "my name is [...] and [...]"),
        ("can i eat\nwith lupus at www.example.org", "can i eat with lupus [...]"),
    ],
)
def test_addresses_numbers_and_words_of_nobody_else_are_masked(said: str, shown: str) -> None:
    assert masked(said, WORDS) == shown


def test_a_word_that_two_conversations_use_is_shown() -> None:
    apart = [heard("can i eat lychees", conversation="a"), heard("lychees and lupus", conversation="b")]
    together = [heard("can i eat lychees"), heard("lychees and lupus")]
    assert [question.text for question in open_questions(apart, WORDS)] == ["can i eat lychees", "lychees and lupus"]
    assert [question.text for question in open_questions(together, WORDS)] == ["can i eat [...]", "[...] and lupus"]


def test_the_largest_group_comes_first_and_its_usual_wording_stands_for_it() -> None:
    texts = ["does it help", "can i eat it", "what can i eat", "can i eat it"]
    questions = [OpenQuestion(NOW, words, None, None) for words in texts]
    eating, other = grouped(questions, lambda one, two: ("eat" in one) == ("eat" in two))
    assert eating.wordings == ("can i eat it", "what can i eat")
    assert other.wordings == ("does it help",)


def test_a_patch_adds_what_is_new_and_whole_and_applies(tmp_path: Path) -> None:
    file = tmp_path / "exosomes.questions.yml"
    file.write_text(QUESTIONS, encoding="utf-8")
    wordings = ["Is it harmful?", "do they hurt: yes or no", "is [...] harmful", "do they harm"]
    patch = patch_of("exosomes.questions.yml", QUESTIONS, "harm", wordings)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=tmp_path, check=True)
    added = '  - "do they hurt: yes or no"\n  - do they harm\n'
    assert file.read_text(encoding="utf-8") == QUESTIONS + added
    assert patch_of("x", QUESTIONS, "article", ["Does it help?"]) == ""
    with pytest.raises(KeyError):
        patch_of("x", QUESTIONS, "nothing", ["does it hurt"])


@pytest.fixture
def clinic() -> Clinic:
    return bootstrap()


@pytest.fixture
def kept(clinic: Clinic) -> Conversations:
    """Conversations as the bot stores them."""
    key = Fernet.generate_key()
    cipher = Fernet(key)
    events = [
        ("a", "user", {"text": "can i eat mushrooms", "parse_data": understood()}),
        ("b", "user", {"text": "can I eat mushrooms?", "parse_data": understood()}),
        ("b", "active_loop", {"name": "intake_form"}),
        ("b", "user", {"text": "my name is Ana", "parse_data": understood()}),
        ("b", "active_loop", {"name": None}),
        ("b", "user", {"text": "what does it cost", "parse_data": understood("faq", ("cost", 0.5), ("msc", 0.3))}),
    ]
    engine = create_engine(clinic.settings.resolved_tracker_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table events "
                "(id integer primary key, sender_id text, type_name text, timestamp real, data text)"
            )
        )
        connection.execute(text("create table website_votes (answer text, topic text, helpful boolean)"))
        for sender, kind, event in events:
            row = {
                "s": sender,
                "k": kind,
                "t": NOW.timestamp(),
                "d": cipher.encrypt(json.dumps(event).encode()).decode(),
            }
            connection.execute(
                text("insert into events (sender_id, type_name, timestamp, data) values (:s,:k,:t,:d)"), row
            )
        for number, helpful in enumerate((True, False, False)):
            vote = {"a": str(number), "t": "exosomes.harm", "h": helpful}
            connection.execute(text("insert into website_votes values (:a, :t, :h)"), vote)
    engine.dispose()
    (clinic.settings.data_dir / "tracker.key").write_bytes(key)
    return Conversations(clinic.settings, {})


def test_staff_read_the_groups_and_the_audit_tells_it(clinic: Clinic, kept: Conversations) -> None:
    clinic.database.ready()
    groups = asked_in_vain(STAFF, clinic.unit_of_work(), kept, WORDS, NOW, allowed=True)
    assert [group.wordings for group in groups] == [
        ("can I eat mushrooms?", "can i eat mushrooms"),
        ("what does it cost",),
    ]
    auditor = Actor("auditor", Role.AUDITOR)
    entry = read_audit(auditor, clinic.unit_of_work(), NOW)[-1]
    assert (entry.act, entry.actor, dict(entry.details)) == (Act.QUESTIONS_READ, STAFF, {"count": "3"})


def test_without_the_clinics_leave_or_the_right_nobody_reads(clinic: Clinic, kept: Conversations) -> None:
    with pytest.raises(LearningOff):
        asked_in_vain(STAFF, clinic.unit_of_work(), kept, WORDS, NOW, allowed=False)
    with pytest.raises(AccessRefused):
        asked_in_vain(Actor("admin", Role.ADMIN), clinic.unit_of_work(), kept, WORDS, NOW, allowed=True)


def test_the_commands_list_make_a_patch_and_count_votes(
    clinic: Clinic, kept: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.database.ready()
    runner = CliRunner()
    assert isinstance(runner.invoke(app, ["list"]).exception, LearningOff)
    monkeypatch.setenv("MARROW_LEARN_FROM_QUESTIONS", "true")
    rows = json.loads(runner.invoke(app, ["list", "--json"]).stdout)
    assert [(row["asked"], row["taken_for"]) for row in rows] == [(2, None), (1, "cost")]
    patch = runner.invoke(app, ["patch", "1", "lupus_diet_lifestyle.foods"]).stdout
    assert "+  - can I eat mushrooms?" in patch.splitlines()
    assert runner.invoke(app, ["patch", "9", "lupus_diet_lifestyle"]).exit_code == 1
    assert json.loads(runner.invoke(app, ["votes", "--json"]).stdout) == [
        {"answer": "exosomes.harm", "helpful": 1, "not_helpful": 2}
    ]


def test_there_is_nothing_before_the_first_conversation(clinic: Clinic) -> None:
    none = Conversations(clinic.settings, {})
    assert list(none.heard()) == []
    assert none.votes() == {}
