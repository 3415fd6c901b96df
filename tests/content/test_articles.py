"""Every FAQ article keeps the promises of docs/content.md: short, plain, sourced, and without promises or doses."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import frontmatter
import pytest
import yaml
from reading_level import grade

KNOWLEDGE = Path(__file__).resolve().parents[2] / "data" / "knowledge"
TOPICS = {
    "lupus_definition", "lupus_types", "lupus_symptoms", "lupus_causes", "lupus_triggers", "lupus_risk_factors",
    "lupus_heredity", "lupus_diagnosis", "lupus_conventional_treatment", "lupus_drug_side_effects", "lupus_cure",
    "lupus_organ_involvement", "lupus_pregnancy_neonatal", "lupus_drug_induced", "lupus_contagious",
    "lupus_prognosis", "lupus_diet_lifestyle", "living_with_fear", "stem_cell_definition", "stem_cell_how_it_works",
    "stem_cell_types", "msc_therapy", "ahsct_therapy", "msc_vs_ahsct", "cell_sources_ethics", "exosomes",
    "therapy_benefits", "therapy_success_rate", "evidence_and_trials", "regulatory_approval", "therapy_safety",
    "msc_side_effects", "ahsct_risks", "eligibility", "contraindications", "procedure_steps",
    "treatment_duration", "recovery_msc", "recovery_ahsct", "stopping_medication", "follow_up_care",
    "patient_stories", "therapy_vs_conventional", "cost_general", "cost_by_country", "insurance_coverage",
    "why_travel_abroad", "leading_countries", "travel_planning", "choosing_a_clinic", "clinic_red_flags",
    "consultation_process", "medical_records_needed", "privacy_of_data", "cart_therapy", "newer_medicines",
    "legal_status_us", "clinical_trials_how", "about_this_clinic", "support_groups",
}  # fmt: skip
PROMISES = re.compile(
    r"cure guaranteed|guaranteed|100\s?%|miracle|breakthrough|risk[- ]free|no side effects|will cure|completely safe",
    re.IGNORECASE,
)
DOSES = re.compile(
    r"\b\d+([.,]\d+)?\s?(mg|mcg|µg|ml|iu|milligrams?|grams?)\b|\b(once|twice|\d+ times) (a|per) day\b|mg/kg",
    re.IGNORECASE,
)
STOP_ADVICE = re.compile(r"\b(you (can|should|may)|just) stop (taking )?(your|the)\b", re.IGNORECASE)
ATTRIBUTION = re.compile(r"clinic|seller|provider|page|reported|says|claim|list|company|companies|price", re.IGNORECASE)

ARTICLES = {path.stem: frontmatter.load(str(path)) for path in sorted(KNOWLEDGE.glob("*.md"))}
QUESTIONS = {topic: yaml.safe_load((KNOWLEDGE / f"{topic}.questions.yml").read_text("utf-8")) for topic in ARTICLES}
each_article = pytest.mark.parametrize("topic", sorted(ARTICLES))
# A direct answer begins with its heading and lines that name its evidence and sources.
DIRECT_ANSWER = re.compile(r"(?m)^## (?P<id>\w+)\n(?:(?:evidence|source|fact|missing|basis|dated):.*\n)*\n?")


def main_answer(topic):
    return DIRECT_ANSWER.split(ARTICLES[topic].content)[0].strip()


def direct_answers(topic):
    _, *parts = DIRECT_ANSWER.split(ARTICLES[topic].content)
    return dict(zip(parts[::2], (text.strip() for text in parts[1::2]), strict=True))


def words_of(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9 ]", " ", text.lower()).split())


def test_every_agreed_topic_has_its_article():
    assert set(ARTICLES) >= TOPICS


@each_article
def test_the_answer_is_short(topic):
    body = main_answer(topic)
    assert 80 <= len(body) <= 950
    prose = [line for line in body.splitlines() if not line.startswith("- ")]
    sentences = re.findall(r"[.!?](?:\s|$)", " ".join(prose))
    assert 2 <= len(sentences) <= 12
    blocks = re.findall(r"(?:^- .*\n?)+", body, re.MULTILINE)
    assert len(blocks) <= 1


@each_article
def test_the_answer_can_be_read_by_most_adults(topic):
    assert grade(main_answer(topic)) <= 10
    # Of one sentence, the names of medicines alone make a hard one.
    assert max(map(grade, direct_answers(topic).values())) <= 12.5


def test_most_direct_answers_can_be_read_after_seven_years_of_school():
    grades = [grade(text) for topic in ARTICLES for text in direct_answers(topic).values()]
    assert len(grades) > 700
    assert statistics.median(grades) <= 7
    assert sum(value > 9 for value in grades) / len(grades) <= 0.03


@each_article
def test_the_answer_promises_nothing_and_names_no_dose(topic):
    article = ARTICLES[topic]
    text = f"{article['title']} {article.content}"
    assert not PROMISES.search(text)
    assert not DOSES.search(text)
    assert not STOP_ADVICE.search(text)


@each_article
def test_the_answer_names_its_sources(topic):
    sources = ARTICLES[topic]["sources"]
    assert sources
    assert all(source["title"].strip() and source["ref"].strip() for source in sources)
    assert all(source["kind"] in {"clinic", "regulator", "journal", "health-body"} for source in sources)


@each_article
def test_what_only_clinics_say_is_attributed_in_the_text(topic):
    article = ARTICLES[topic]
    if article["evidence"] == "clinic-claim":
        assert ATTRIBUTION.search(main_answer(topic))


@each_article
def test_there_are_many_ways_to_ask(topic):
    questions = QUESTIONS[topic]["article"]
    assert len({words_of(question) for question in questions}) >= 12
    lengths = [len(question.split()) for question in questions]
    assert min(lengths) <= 7
    assert max(lengths) >= 10
    without_the_word = [question for question in questions if "lupus" not in question.lower()]
    assert without_the_word


def test_no_question_leads_to_two_articles():
    seen: dict[str, str] = {}
    for topic, questions in QUESTIONS.items():
        for question in (question for asked in questions.values() for question in asked):
            words = words_of(question)
            assert seen.setdefault(words, topic) == topic, f"'{question}' is in {seen[words]} and {topic}"


def test_related_topics_exist():
    for topic, article in ARTICLES.items():
        assert set(article["related"]) <= set(ARTICLES) - {topic}
