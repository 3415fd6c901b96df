"""Reads the FAQ articles of data/knowledge/ and turns them into retrieval examples and responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.importers.answers import MAIN, DirectAnswer, Marks, cut_body
from bot.importers.content_files import ContentError, ContentFile, load_schema, raise_all, read_markdown, read_yaml

MAXIMUM_BODY_CHARACTERS = 950
FAQ_INTENT = "faq"
QUESTIONS = ".questions.yml"
ARTICLE_SCHEMA, QUESTIONS_SCHEMA = "article.schema.json", "questions.schema.json"


@dataclass(frozen=True)
class Article:
    """One FAQ article as its author wrote it.

    `as_of` is the month whose knowledge it tells and `review_by` the one in which it has to be read again (both
    "2026-11"); `checked` says whether its text was held against its sources, `dated` what of it goes stale.
    `questions` are asked of the topic, `direct_questions` of one of its direct answers, by the answer's id.
    """

    topic: str
    title: str
    evidence: str
    questions: tuple[str, ...]
    related: tuple[str, ...]
    sources: tuple[dict[str, str], ...]
    reviewed_by: str | None
    as_of: str
    review_by: str
    checked: bool
    dated: str | None
    body: str
    direct_answers: tuple[DirectAnswer, ...]
    direct_questions: dict[str, tuple[str, ...]]

    @property
    def intent(self) -> str:
        """The full retrieval intent, e.g. `faq/lupus_symptoms`."""
        return f"{FAQ_INTENT}/{self.topic}"

    @property
    def examples(self) -> list[str]:
        """What the topic is recognised by, each once: its title and its own questions."""
        return list(dict.fromkeys((self.title, *self.questions)))


def read_articles(folder: Path, schemas: Path) -> list[Article]:
    """All articles of `folder`, by topic id: `<topic>.md` and beside it `<topic>.questions.yml`.

    Raises ContentError (file, line, problem) for a malformed article, an id that is not the file's
    name, a related id without an article, a direct answer without questions, or the same question twice.
    """
    article_schema, questions_schema = load_schema(schemas / ARTICLE_SCHEMA), load_schema(schemas / QUESTIONS_SCHEMA)
    paths = sorted(folder.glob("*.md"))
    topics = {path.stem for path in paths}
    faults = [
        ContentError(path, 1, f"there is no article {path.name.removesuffix(QUESTIONS)}.md for these questions")
        for path in sorted(folder.glob(f"*{QUESTIONS}"))
        if path.name.removesuffix(QUESTIONS) not in topics
    ]
    articles = []
    asked_in: dict[str, Path] = {}
    for path in paths:
        try:
            file, asked = read_markdown(path), _read_questions(path)
            raise_all([*file.faults(article_schema), *asked.faults(questions_schema)])
            articles.append(_article(file, asked, Marks.of(article_schema), topics, asked_in))
        except ContentError as error:
            faults += error.faults
    raise_all(faults)
    return articles


def _read_questions(article: Path) -> ContentFile:
    path = article.with_name(article.stem + QUESTIONS)
    if not path.exists():
        raise ContentError(article, 1, f"the questions of this article are missing; write them into {path.name}")
    return read_yaml(path)


def _article(
    file: ContentFile, asked: ContentFile, marks: Marks, topics: set[str], asked_in: dict[str, Path]
) -> Article:
    """The article of a file and its questions; raises ContentError for all that does not fit together."""
    main, answers, faults = cut_body(file, marks)
    if len(main) > MAXIMUM_BODY_CHARACTERS:
        problem = f"the answer has {len(main)} characters; at most {MAXIMUM_BODY_CHARACTERS} are allowed"
        faults.append(ContentError(file.path, file.body_line, problem))
    ids = [answer.id for answer in answers]
    faults += [
        ContentError(file.path, answer.line, f"the direct answer '{answer.id}' has no questions in {asked.path.name}")
        for answer in answers
        if answer.id not in asked.data
    ]
    faults += _front_matter_faults(file, topics)
    faults += _question_faults(asked, {MAIN, *ids}, asked_in)
    raise_all(faults)
    data = file.data
    questions = {str(key): tuple(str(text).strip() for text in texts) for key, texts in asked.data.items()}
    return Article(
        topic=str(data["id"]),
        title=str(data["title"]),
        evidence=str(data["evidence"]),
        questions=questions[MAIN],
        related=tuple(str(topic) for topic in data["related"]),
        sources=tuple({key: str(source[key]) for key in ("title", "kind", "ref")} for source in data["sources"]),
        reviewed_by=str(data["reviewed_by"]) if data["reviewed_by"] else None,
        as_of=str(data["as_of"]),
        review_by=str(data["review_by"]),
        checked=bool(data["checked"]),
        dated=str(data["dated"]) if data.get("dated") else None,
        body=main,
        direct_answers=tuple(answers),
        direct_questions={answer_id: questions[answer_id] for answer_id in ids},
    )


def _front_matter_faults(file: ContentFile, topics: set[str]) -> Iterator[ContentError]:
    data = file.data
    if data["id"] != file.path.stem:
        yield file.error(f"id is '{data['id']}' but the file is named '{file.path.name}'", "id")
    for index, related in enumerate(data["related"]):
        if related not in topics:
            yield file.error(f"related topic '{related}' has no article", "related", index)


def _question_faults(asked: ContentFile, ids: set[str], asked_in: dict[str, Path]) -> Iterator[ContentError]:
    """Questions of nobody and questions asked before; `asked_in` remembers those of all articles so far."""
    for answer_id, questions in asked.data.items():
        if answer_id not in ids:
            yield asked.error(f"the article has no direct answer '## {answer_id}'", answer_id)
        for index, question in enumerate(questions):
            key = " ".join(str(question).lower().split())
            if key in asked_in:
                yield asked.error(f"'{question}' is asked in {asked_in[key].name} already", answer_id, index)
            asked_in.setdefault(key, asked.path)


def response_of(article: Article, titles: Mapping[str, str]) -> dict[str, Any]:
    """The Rasa response that answers with `article`; `titles` names its related topics."""
    related = [{"id": topic, "title": titles[topic]} for topic in article.related]
    age = _age(article, article.checked) if article.dated else {}
    return _response(article.body, article, article.evidence, article.sources, related, **age)


def direct_responses(
    article: Article, titles: Mapping[str, str], clinic: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """The responses that give one direct answer each, by name: `utter_faq/<topic>.<answer>`.

    The article itself is the first of the related topics, so that the whole of it is one tap away.
    """
    whole = [{"id": topic, "title": titles[topic]} for topic in (article.topic, *article.related)]
    return {
        f"utter_{article.intent}.{answer.id}": [
            _response(
                answer.told(clinic),
                article,
                answer.evidence or article.evidence,
                answer.sources or article.sources,
                whole,
                answer={"id": f"{article.topic}.{answer.id}"},
                **(_age(article, answer.is_checked) if answer.dated else {}),
            )
        ]
        for answer in article.direct_answers
    }


def _age(article: Article, checked: bool) -> dict[str, Any]:
    """What a reader has to know of facts that go stale; `bot/faq.py` puts it into words."""
    return {"as_of": {"month": article.as_of, "checked": checked}}


def _response(
    text: str,
    article: Article,
    evidence: str,
    sources: Sequence[Mapping[str, str]],
    related: list[dict[str, str]],
    **more: Any,
) -> dict[str, Any]:
    # Rasa fills {slots} in responses: a brace in an article would be taken for one.
    return {
        "text": text.replace("{", "(").replace("}", ")"),
        "custom": {
            "faq": {
                "id": article.topic,
                "title": article.title,
                "evidence": evidence,
                "sources": [dict(source) for source in sources],
                "related": related,
                "reviewed": article.reviewed_by is not None,
                **more,
            }
        },
    }
