"""Reads the FAQ articles of data/knowledge/ and turns them into retrieval examples and responses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.importers.content_files import ContentFile, load_schema, read_markdown

MAXIMUM_BODY_CHARACTERS = 700
FAQ_INTENT = "faq"


@dataclass(frozen=True)
class Article:
    """One FAQ article as its author wrote it."""

    topic: str
    title: str
    evidence: str
    questions: tuple[str, ...]
    related: tuple[str, ...]
    sources: tuple[dict[str, str], ...]
    reviewed: str | None
    body: str

    @property
    def intent(self) -> str:
        """The full retrieval intent, e.g. `faq/lupus_symptoms`."""
        return f"{FAQ_INTENT}/{self.topic}"


def read_articles(folder: Path, schema_path: Path) -> list[Article]:
    """All articles of `folder`, by topic id.

    Raises ContentError (file, line, problem) for a malformed article, an id that is not the file's
    name, a related id without an article, or the same question in two articles.
    """
    schema = load_schema(schema_path)
    files = [read_markdown(path).check(schema) for path in sorted(folder.glob("*.md"))]
    topics = {file.path.stem for file in files}
    articles = []
    asked_in: dict[str, Path] = {}
    for file in files:
        _check_against_others(file, topics, asked_in)
        articles.append(_article(file))
    return articles


def _check_against_others(file: ContentFile, topics: set[str], asked_in: dict[str, Path]) -> None:
    data = file.data
    if data["id"] != file.path.stem:
        raise file.error(f"id is '{data['id']}' but the file is named '{file.path.name}'", "id")
    if len(file.body) > MAXIMUM_BODY_CHARACTERS:
        problem = f"the answer has {len(file.body)} characters; at most {MAXIMUM_BODY_CHARACTERS} are allowed"
        raise type(file.error(problem))(file.path, file.body_line, problem)
    for index, related in enumerate(data["related"]):
        if related not in topics:
            raise file.error(f"related topic '{related}' has no article", "related", index)
    for index, question in enumerate(data["questions"]):
        key = " ".join(str(question).lower().split())
        if key in asked_in:
            raise file.error(f"'{question}' is asked in {asked_in[key].name} already", "questions", index)
        asked_in[key] = file.path


def _article(file: ContentFile) -> Article:
    data = file.data
    return Article(
        topic=str(data["id"]),
        title=str(data["title"]),
        evidence=str(data["evidence"]),
        questions=tuple(str(question).strip() for question in data["questions"]),
        related=tuple(str(topic) for topic in data["related"]),
        sources=tuple({key: str(source[key]) for key in ("title", "kind", "ref")} for source in data["sources"]),
        reviewed=str(data["reviewed"]) if data["reviewed"] else None,
        body=file.body,
    )


def response_of(article: Article, titles: dict[str, str]) -> dict[str, Any]:
    """The Rasa response that answers with `article`; `titles` names its related topics."""
    return {
        # Rasa fills {slots} in responses: a brace in an article would be taken for one.
        "text": article.body.replace("{", "(").replace("}", ")"),
        "custom": {
            "faq": {
                "id": article.topic,
                "title": article.title,
                "evidence": article.evidence,
                "sources": [dict(source) for source in article.sources],
                "related": [{"id": topic, "title": titles[topic]} for topic in article.related],
            }
        },
    }
