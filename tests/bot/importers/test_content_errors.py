"""A mistake in a content file stops training with the file, the line and what is wrong."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain

from bot.importers.articles import read_articles
from bot.importers.content import ContentImporter
from bot.importers.content_files import ContentError
from bot.importers.intake import read_questions
from bot.safety.files import read_safety_texts

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "data" / "schemas"
QUESTIONS = "article:\n" + "\n".join(f"  - question number {number}" for number in range(10)) + "\n"
ARTICLE = """---
id: sample
title: A sample
evidence: established
reviewed_by: null
as_of: 2026-11
review_by: 2027-05
checked: true
related: [sample]
sources:
  - title: A source
    kind: health-body
    ref: example.org
---
A short answer.
"""
DIRECT = """
## how_long
evidence: limited
source: A second source | journal | PMC1
source: A third source | clinic | A clinic

It takes a week. Some say two.

## how_much

That differs.
"""
DIRECT_QUESTIONS = """how_long:
  - how long does it take
  - does it take weeks
  - how many days
how_much:
  - how much is it
  - what is the price
  - is it dear
"""


def write(folder: Path, text: str, questions: str = QUESTIONS, name: str = "sample") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / f"{name}.questions.yml").write_text(questions, encoding="utf-8")
    return folder


def read(folder: Path):
    return read_articles(folder, SCHEMAS)


def test_a_right_article_is_read_whole(tmp_path):
    (article,) = read(write(tmp_path, ARTICLE))
    assert article.intent == "faq/sample"
    assert len(article.questions) == 10
    assert article.examples == ["A sample", *article.questions]
    assert article.body == "A short answer."
    assert article.direct_answers == ()


def test_direct_answers_have_texts_sources_and_questions_of_their_own(tmp_path):
    (article,) = read(write(tmp_path, ARTICLE + DIRECT, QUESTIONS + DIRECT_QUESTIONS))
    assert article.body == "A short answer."
    how_long, how_much = article.direct_answers
    assert (how_long.id, how_long.text, how_long.evidence) == ("how_long", "It takes a week. Some say two.", "limited")
    assert how_long.sources == (
        {"title": "A second source", "kind": "journal", "ref": "PMC1"},
        {"title": "A third source", "kind": "clinic", "ref": "A clinic"},
    )
    assert (how_much.text, how_much.evidence, how_much.sources) == ("That differs.", None, ())
    assert article.direct_questions["how_much"] == ("how much is it", "what is the price", "is it dear")
    # They choose among the answers of the topic, and do not teach it.
    assert article.examples == ["A sample", *article.questions]


@pytest.mark.parametrize(
    ("old", "new", "file", "line", "problem"),
    [
        ("## how_much", "## how_long", "sample.md", 24, "two direct answers"),
        ("## how_much", "## How much?", "sample.md", 24, "cannot be the id"),
        ("## how_much", "## article", "sample.md", 24, "cannot be the id"),
        ("evidence: limited", "evidence: proven", "sample.md", 18, "is not one of established"),
        ("evidence: limited", "basis: guess", "sample.md", 18, "basis 'guess' is not one of source"),
        ("evidence: limited", "dated: price", "sample.md", 18, "dated 'price' is not one of cost"),
        ("| journal |", "| blog |", "sample.md", 19, "is not one of clinic"),
        ("| journal |", "|", "sample.md", 19, "title | kind | ref"),
        ("That differs.", "", "sample.md", 24, "has 0 sentences"),
        ("That differs.", "One. Two. Three. Four.", "sample.md", 24, "has 4 sentences"),
        ("That differs.", "word " * 100 + ".", "sample.md", 24, "at most 400"),
        ("## how_much", "## what_price", "sample.md", 24, "has no questions in sample.questions.yml"),
        ("how_much:\n", "what_price:\n", "sample.questions.yml", 16, "no direct answer '## what_price'"),
        ("  - is it dear\n", "", "sample.questions.yml", 16, "too short"),
        (
            "- is it dear",
            "- how long does it take",
            "sample.questions.yml",
            19,
            "asked in sample.questions.yml already",
        ),
        ("A short answer.", "", "sample.md", 17, "the main answer must come before"),
    ],
)
def test_a_malformed_direct_answer_names_file_line_and_problem(tmp_path, old, new, file, line, problem):
    texts = [ARTICLE + DIRECT, QUESTIONS + DIRECT_QUESTIONS]
    assert any(old in text for text in texts)
    with pytest.raises(ContentError) as caught:
        read(write(tmp_path, *(text.replace(old, new, 1) for text in texts)))
    found = [(fault.path.name, fault.line) for fault in caught.value.faults if problem in fault.problem]
    assert found == [(file, line)]


def test_all_faults_of_all_articles_are_told_at_once(tmp_path):
    write(tmp_path, ARTICLE.replace("established", "proven"), QUESTIONS.replace("article:", "articles:"))
    write(tmp_path, ARTICLE.replace("id: sample", "id: other"), name="second")
    (tmp_path / "third.questions.yml").write_text(QUESTIONS, encoding="utf-8")
    write(tmp_path, ARTICLE.replace("id: sample", "id: last"), QUESTIONS.replace("question", "asking"), "last")
    (tmp_path / "last.questions.yml").unlink()
    with pytest.raises(ContentError) as caught:
        read(tmp_path)
    assert [(fault.path.name, fault.line) for fault in caught.value.faults] == [
        ("third.questions.yml", 1), ("last.md", 1), ("sample.md", 4), ("sample.questions.yml", 1),
        ("second.md", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("evidence: established", "evidence: proven", 4, "evidence"),
        ("as_of: 2026-11", "as_of: November", 6, "as_of"),
        ("checked: true\n", "", 2, "'checked' is a required property"),
        ("kind: health-body", "kind: blog", 12, "kind"),
        ("related: [sample]", "related: [unknown]", 9, "no article"),
        ("id: sample", "id: other", 2, "named 'sample.md'"),
        ("title: A sample", "title: [unclosed", 4, "not valid YAML"),
        ("title: A sample\n", "", 2, "'title' is a required property"),
        ("A short answer.", "word " * 200, 15, "at most 950"),
        ("A short answer.", "", 14, "missing"),
        ("---\nid", "id", 1, "must start with a line '---'"),
    ],
)
def test_a_malformed_article_names_file_line_and_problem(tmp_path, old, new, line, problem):
    assert old in ARTICLE
    folder = write(tmp_path, ARTICLE.replace(old, new, 1))
    with pytest.raises(ContentError) as caught:
        read(folder)
    assert caught.value.path == folder / "sample.md"
    assert caught.value.line == line
    assert problem in caught.value.problem
    assert f"sample.md:{line}:" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("  - question number 3", "  - question number 2", 5, "is asked in sample.questions.yml already"),
        ("  - question number 3\n", "", 1, "too short"),
        ("  - question number 3", "  - [a, b]", 5, "not of type 'string'"),
        ("article:", "", 1, "not of type 'object'"),
    ],
)
def test_malformed_questions_name_file_line_and_problem(tmp_path, old, new, line, problem):
    assert old in QUESTIONS
    folder = write(tmp_path, ARTICLE, QUESTIONS.replace(old, new, 1))
    with pytest.raises(ContentError) as caught:
        read(folder)
    assert (caught.value.path, caught.value.line) == (folder / "sample.questions.yml", line)
    assert problem in caught.value.problem


def test_the_same_question_in_two_articles_is_refused(tmp_path):
    write(tmp_path, ARTICLE.replace("id: sample", "id: first"), name="first")
    folder = write(tmp_path, ARTICLE)
    with pytest.raises(ContentError, match=r"asked in first\.questions\.yml already"):
        read(folder)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- id: full_name", "- id: date_of_birth", "two questions have the id"),
        ("- id: full_name", "- id: review", "reserved"),
        ("kind: date", "kind: calendar", "kind"),
        ("    role: residence\n", "", "no question has the role 'residence'"),
        ("    role: residence\n", "    role: home\n", "role"),
        ("- id: sex\n", "- id: sex\n    role: who\n", "has the role 'who' already"),
    ],
)
def test_a_malformed_question_names_the_line(tmp_path, old, new, problem):
    text = (ROOT / "data" / "intake.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "intake.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=problem) as caught:
        read_questions(path, SCHEMAS / "intake.schema.json")
    assert caught.value.line > 1


def test_training_data_and_domain_follow_from_the_content(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    write(tmp_path / "data" / "knowledge", ARTICLE.replace("related: [sample]", "related: [lupus_symptoms]"))
    importer = ContentImporter(str(tmp_path / "config.yml"), str(tmp_path / "domain.yml"), [str(tmp_path / "data")])

    domain = importer.get_domain()
    assert domain.responses["utter_faq/sample"][0]["custom"]["faq"]["title"] == "A sample"
    assert {"validate_intake_form", "action_ask_intake_form_email", "action_ask_intake_form_review"} <= set(
        domain.action_names_or_texts
    )
    assert domain.forms["intake_form"]["required_slots"][-1] == "review"

    examples = [m for m in importer.get_nlu_data().intent_examples if m.get("intent_response_key") == "faq/sample"]
    assert {"A sample", "question number 0"} <= {example.get("text") for example in examples}
    assert len(examples) == 11


def test_rasa_is_given_a_domain_that_it_may_change():
    """It merges what it adds into the domain itself, and warned of a second "faq" when it did so again."""
    files = [str(ROOT / name) for name in ("config.yml", "domain.yml")]
    importer = ContentImporter(*files, [str(ROOT / "data")])
    importer.get_domain().merge(Domain.from_dict({"intents": ["faq"]}))
    assert "faq" not in importer.get_domain().intents
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The following duplicated intents")
        importer.get_domain().merge(Domain.from_dict({"intents": ["faq"]}))


def test_the_examples_come_in_one_order_however_the_files_are_cut(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for name in ("config.yml", "domain.yml"):
        shutil.copy(ROOT / name, tmp_path / name)

    def examples():
        files = [str(tmp_path / name) for name in ("config.yml", "domain.yml")]
        read = ContentImporter(*files, [str(tmp_path / "data")]).get_nlu_data().training_examples
        return [(example.get("text"), example.get("intent")) for example in read]

    before = examples()
    intents = list(dict.fromkeys(intent for _, intent in before))
    assert intents[:3] == ["greet", "goodbye", "thank"]
    assert intents[-1] == "faq"
    (tmp_path / "data" / "nlu" / "greet.yml").rename(tmp_path / "data" / "nlu" / "zebra.yml")
    assert examples() == before


def test_rasa_answers_a_danger_by_itself_where_the_country_is_not_known():
    domain = ContentImporter(str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")]).get_domain()
    emergency, crisis = domain.responses["utter_emergency"], domain.responses["utter_crisis"]
    assert [len(emergency), len(crisis)] == [1, 1]
    assert emergency[0]["text"].startswith("Call 112 or 911 now")
    assert emergency[0]["custom"]["safety"]["kind"] == "emergency"
    assert crisis[0]["custom"]["safety"]["kind"] == "crisis"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("safety.yml", 'number: "911"', "number: 911", "911 is not of type 'string'"),
        ("safety.yml", "checked: null", "checked: yes", "checked"),
        ("safety.yml", "checked: null", "checked: 2026-12-01", "checked"),
        ("safety.yml", 'hours: "24 h"', "hours: mornings", "hours"),
        ("safety.yml", "how: call or text", "how: fax", "'fax' is not one of"),
        ("safety.yml", "  US:", "  USA:", "USA"),
        ("safety_texts.yml", "Call {emergency} now, {elsewhere}. What", "Call now. What", "emergency"),
        ("safety_texts.yml", "    safe_now: I am safe now", "", "'safe_now' is a required property"),
    ],
)
def test_a_malformed_safety_file_names_the_line(tmp_path, file, old, new, problem):
    shutil.copytree(ROOT / "data" / "schemas", tmp_path / "schemas")
    for name in ("safety.yml", "safety_texts.yml"):
        text = (ROOT / "data" / name).read_text(encoding="utf-8")
        if name == file:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=problem) as caught:
        read_safety_texts(tmp_path)
    assert caught.value.path.name == file


def test_a_signed_number_is_accepted(tmp_path):
    shutil.copytree(ROOT / "data" / "schemas", tmp_path / "schemas")
    shutil.copy(ROOT / "data" / "safety_texts.yml", tmp_path)
    (tmp_path / "lexicon").mkdir()
    shutil.copy(ROOT / "data" / "lexicon" / "countries.yml", tmp_path / "lexicon")
    text = (ROOT / "data" / "safety.yml").read_text(encoding="utf-8")
    (tmp_path / "safety.yml").write_text(text.replace("checked: null", "checked: 2026-12-01 AB", 1), encoding="utf-8")
    unchecked, numbers = read_safety_texts(tmp_path).unchecked()
    assert unchecked == numbers - 1
