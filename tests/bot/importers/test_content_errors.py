"""A mistake in a content file stops training with the file, the line and what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.importers.articles import read_articles
from bot.importers.content import ContentImporter
from bot.importers.content_files import ContentError
from bot.importers.intake import read_question_ids
from bot.safety.files import read_safety_texts

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "data" / "schemas"
QUESTIONS = "\n".join(f"  - question number {number}" for number in range(10))
ARTICLE = f"""---
id: sample
title: A sample
evidence: established
reviewed: null
related: [sample]
sources:
  - title: A source
    kind: health-body
    ref: example.org
questions:
{QUESTIONS}
---
A short answer.
"""


def write(folder: Path, text: str, name: str = "sample.md") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(folder: Path):
    return read_articles(folder, SCHEMAS / "article.schema.json")


def test_a_right_article_is_read_whole(tmp_path):
    (article,) = read(write(tmp_path, ARTICLE))
    assert article.intent == "faq/sample"
    assert len(article.questions) == 10
    assert article.body == "A short answer."


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("evidence: established", "evidence: proven", 4, "evidence"),
        ("kind: health-body", "kind: blog", 9, "kind"),
        ("related: [sample]", "related: [unknown]", 6, "no article"),
        ("id: sample", "id: other", 2, "named 'sample.md'"),
        ("title: A sample", "title: [unclosed", 4, "not valid YAML"),
        ("title: A sample\n", "", 2, "'title' is a required property"),
        ("  - question number 3", "  - question number 2", 15, "is asked in sample.md already"),
        ("A short answer.", "word " * 200, 23, "at most 700"),
        ("A short answer.", "", 22, "missing"),
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


def test_the_same_question_in_two_articles_is_refused(tmp_path):
    write(tmp_path, ARTICLE, "first.md")
    (tmp_path / "first.md").write_text(ARTICLE.replace("id: sample", "id: first"), encoding="utf-8")
    folder = write(tmp_path, ARTICLE)
    with pytest.raises(ContentError, match=r"asked in first\.md already"):
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
        read_question_ids(path, SCHEMAS / "intake.schema.json")
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
