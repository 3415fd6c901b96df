"""Every fact of the source documents has its direct answer, and what was looked for in vain says when."""

from __future__ import annotations

import re

import pytest
import yaml
from test_articles import ARTICLES, KNOWLEDGE, QUESTIONS, direct_answers, main_answer, words_of

FACTS = yaml.safe_load((KNOWLEDGE.parents[1] / "tests" / "content" / "facts.yml").read_text(encoding="utf-8"))
NOTHING_FOUND = re.compile(r"\bfound (?:no|none)\b|\bknew of none\b|\bwe found\b", re.IGNORECASE)
MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d"
)
# A page has a path; a paper its number, its journal's place or its legal citation.
PAGE = re.compile(
    r"\w\.\w+/[\w?]|10\.\d{4}|PMC\d|PMID|NCT\d|s4\d{4}-|\d{4};\d|\d{4}:\d|No\. \d|§|Statutes|\b\d+ CFR"
    # A law, an abstract, an article or a docket by its number.
    r"|\(EU\) \d|\b(?:HB|S\.B\.|S\.F\.) \d|\b(?:abstract|article|docket) \d|\bhw\d{6}"
)
# Two questions with so large a share of their words in common are one.
NEARLY_EQUAL = 0.8
# The clinics' pages are the project's own source documents; the clinic and the assistant speak for themselves.
OWN = {"clinic"}
# So many different sources still name a site only. It may shrink and must not grow.
BARE = 59


def holders(fact: dict) -> set[str]:
    """The direct answers that hold a fact."""
    also = fact.get("also", [])
    return {fact["answer"], *([also] if isinstance(also, str) else also)}


def test_each_fact_names_an_answer_that_there_is_and_a_question_that_nobody_has_learnt():
    answers = {f"{topic}.{answer}" for topic in ARTICLES for answer in direct_answers(topic)}
    questions = [text for asked in QUESTIONS.values() for texts in asked.values() for text in texts]
    learnt = {frozenset(words_of(text).split()) for text in questions}
    assert len(FACTS) > 180
    for fact in FACTS:
        assert holders(fact) <= answers, fact
        asked = frozenset(words_of(fact["ask"]).split())
        assert max(len(asked & one) / len(asked | one) for one in learnt) < NEARLY_EQUAL, fact
    assert len({fact["ask"] for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("topic", sorted(ARTICLES))
def test_what_was_looked_for_in_vain_says_when(topic):
    marks = dict(re.findall(r"(?ms)^## (\w+)\n((?:\w+:.*?\n)*)", ARTICLES[topic].content))
    # The note below an answer with facts that go stale names the month.
    texts = {"": (main_answer(topic), "dated" in ARTICLES[topic].metadata)}
    texts |= {name: (text, "dated:" in marks[name]) for name, text in direct_answers(topic).items()}
    undated = [
        name
        for name, (text, dated) in texts.items()
        if NOTHING_FOUND.search(text) and not dated and not MONTH.search(text)
    ]
    assert undated == []


def test_few_sources_name_a_site_and_no_page():
    sources = {(s["title"], s["kind"], s["ref"]) for article in ARTICLES.values() for s in article["sources"]}
    lines = re.findall(r"(?m)^source: (.*)$", "\n".join(article.content for article in ARTICLES.values()))
    sources |= {tuple(part.strip() for part in line.split("|")) for line in lines}
    bare = sorted(ref for _, kind, ref in sources if kind not in OWN and not PAGE.search(ref))
    assert len(bare) <= BARE, bare
    # Nobody can look these up: they are named as unverified.
    listed = (KNOWLEDGE.parents[1] / "docs" / "content.md").read_text(encoding="utf-8")
    assert [ref for ref in bare if f"({ref})" not in listed] == []
