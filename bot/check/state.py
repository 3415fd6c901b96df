"""How old the content is and what nobody has checked: warnings for `make check`, and the lists in docs/content.md.

`python -m bot.check.state` writes the lists anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timezone
from pathlib import Path

from bot.faq import spoken_month
from bot.importers.answers import DirectAnswer
from bot.importers.articles import Article, read_articles

DOCUMENT = Path("docs/content.md")
KNOWLEDGE, SCHEMAS = Path("data/knowledge"), Path("data/schemas")
BEGIN, END = "<!-- state of the content: written by python -m bot.check.state -->\n", "<!-- end -->\n"
DATED = {
    "cost": "Prices and insurance",
    "law": "Laws, courts and warnings of regulators",
    "approval": "Approvals and guidelines",
    "trial": "Trials and what was not found",
    "agency": "Agencies, clinics and organisations",
}
# What tells which page, paper, law or abstract a source is: a path, a number, a place in a journal or in a code of law.
NAMED = re.compile(
    r"\w\.\w+/[\w?]|10\.\d{4}|PMC\d|PMID|NCT\d|s4\d{4}-|\d{4};\d|\d{4}:\d|No\. \d|§|Statutes|\b\d+ CFR"
    r"|\(EU\) \d|\b(?:HB|S\.B\.|S\.F\.) \d|\b(?:abstract|article|docket) \d|\bhw\d{6}"
)
# The clinics' pages are the project's own source documents.
OWN = "clinic"
BASES = {"memory": "What their writer knew", "brief": "The project's brief"}


def overdue(articles: Iterable[Article], today: date) -> list[str]:
    """A warning for each article whose month of review is over, as "file: problem"."""
    month = f"{today:%Y-%m}"
    return [
        f"{KNOWLEDGE / one.topic}.md: warning: it had to be read again by the end of {spoken_month(one.review_by)}"
        for one in articles
        if one.review_by < month
    ]


def state_of(articles: Sequence[Article]) -> str:
    """The lists for docs/content.md, in Markdown."""
    answers = [(article, answer) for article in articles for answer in article.direct_answers]
    checked = sum(answer.is_checked for _, answer in answers)
    reviewed = sum(article.reviewed_by is not None for article in articles)
    held = sum(article.checked for article in articles)
    lines = [
        f"- Articles: {len(articles)}. Reviewed by a clinician: {reviewed}. Held against their sources sentence by "
        f"sentence, as far as abstracts and excerpts could be read: {held}.",
        f"- Direct answers: {len(answers)}. Written with the source's page, abstract or excerpt at hand: {checked}, "
        "none with a whole paper.",
        "",
        "Before a clinic shows the others as reviewed, somebody has to hold them against a source. They rest on:",
        "",
        *(f"- {title}: {_ids(answers, basis=basis)}" for basis, title in BASES.items()),
        "",
        "### Sources that name no page",
        "",
        "The texts at hand do not say which page or paper these are. Until somebody has found it, what rests on them",
        "alone is unverified.",
        "",
        *(f"- {title} ({ref})" for title, ref in _unnamed(articles)),
        "",
        "### Facts that go stale",
        "",
        "Their answers say how old they are. An id without a dot is the article itself.",
        "",
        "| what | read again by the end of | where |",
        "|---|---|---|",
        *_stale(articles),
        "",
    ]
    return "\n".join(lines)


def _unnamed(articles: Iterable[Article]) -> list[tuple[str, str]]:
    """Title and reference of each source that names a site or a house, and nothing in it."""
    told = [source for one in articles for source in one.sources]
    told += [source for one in articles for answer in one.direct_answers for source in answer.sources]
    named = {(source["title"], source["ref"]) for source in told if source["kind"] != OWN}
    return sorted((title, ref) for title, ref in named if not NAMED.search(ref))


def _ids(answers: Iterable[tuple[Article, DirectAnswer]], basis: str) -> str:
    return ", ".join(f"`{article.topic}.{answer.id}`" for article, answer in answers if answer.basis == basis)


def _stale(articles: Sequence[Article]) -> Iterator[str]:
    for kind, title in DATED.items():
        for month in sorted({article.review_by for article in articles}):
            due = [article for article in articles if article.review_by == month]
            ids = [name for article in due for name in _dated_ids(article, kind)]
            if ids:
                yield f"| {title} | {spoken_month(month)} | {', '.join(ids)} |"


def _dated_ids(article: Article, kind: str) -> Iterator[str]:
    if article.dated == kind:
        yield f"`{article.topic}`"
    yield from (f"`{article.topic}.{answer.id}`" for answer in article.direct_answers if answer.dated == kind)


def with_state(document: str, articles: Sequence[Article]) -> str:
    """`document` with the lists between its two marks renewed."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}{state_of(articles)}{END}{rest.split(END, 1)[1]}"


def today() -> date:
    """The day by which warnings go."""
    return datetime.now(timezone.utc).date()


if __name__ == "__main__":
    text = with_state(DOCUMENT.read_text(encoding="utf-8"), read_articles(KNOWLEDGE, SCHEMAS))
    DOCUMENT.write_text(text, encoding="utf-8")
