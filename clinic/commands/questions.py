"""`marrow questions`: what patients asked in vain, and how to teach it."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from clinic.bootstrap import Clinic
from clinic.commands.output import OPTIONS, as_json, console, existing_clinic, one_line, operator
from clinic.domain.questions import QuestionGroup, patch_of
from clinic.errors import MarrowError
from clinic.service.questions import asked_in_vain, helpful_votes
from clinic.storage.conversations import Conversations

app = typer.Typer(help="Learn from questions that had no sure answer.", **OPTIONS)
_WORD = re.compile(r"\w+(?:'\w+)?")
_SHOWN = 3
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("list")
def list_questions(json_: Json = False) -> None:
    """List the questions that were not answered, or answered under a small lead, in groups, the largest first."""
    with existing_clinic() as clinic:
        groups = _groups(clinic)
    if json_:
        typer.echo(as_json([_json(number, group) for number, group in enumerate(groups, 1)]))
        return
    table = Table(box=None)
    for name in ("No.", "Asked", "Taken for"):
        table.add_column(name, no_wrap=True)
    table.add_column("In words such as", overflow="fold")
    for number, group in enumerate(groups, 1):
        words = "\n".join(one_line(wording) for wording in group.wordings[:_SHOWN])
        table.add_row(str(number), str(len(group.questions)), group.nearest or "", words)
    console().print(table)


@app.command("patch")
def patch(
    number: Annotated[int, typer.Argument(min=1, help="Number of the group, as `marrow questions list` tells it.")],
    answer: Annotated[str, typer.Argument(help="What answers it: a topic or topic.answer, such as exosomes.harm.")],
) -> None:
    """Print a patch that adds a group's wordings to an article's questions: check it, then `git apply` it and train."""
    topic, _, key = answer.partition(".")
    with existing_clinic() as clinic:
        groups = _groups(clinic)
        file = clinic.settings.content_dir / "knowledge" / f"{topic}.questions.yml"
    if number > len(groups):
        raise MarrowError(f"there are {len(groups)} groups")
    if not re.fullmatch(r"[a-z_]+", topic) or not file.is_file():
        raise MarrowError(f"there is no article {one_line(topic)}")
    try:
        text = patch_of(
            file.as_posix(), file.read_text(encoding="utf-8"), key or "article", groups[number - 1].wordings
        )
    except KeyError:
        raise MarrowError(f"{file} has no questions of '{one_line(key)}'") from None
    if not text:
        raise MarrowError("nothing to add: each wording stands there already, or has a masked word")
    typer.echo(text, nl=False)


@app.command("votes")
def votes(json_: Json = False) -> None:
    """List how many found each answer helpful and how many did not."""
    with existing_clinic() as clinic:
        rows = helpful_votes(operator(), clinic.unit_of_work(), _conversations(clinic), datetime.now(UTC))
    if json_:
        typer.echo(as_json([{"answer": answer, "helpful": yes, "not_helpful": no} for answer, yes, no in rows]))
        return
    table = Table("Answer", "Helpful", "Not helpful", box=None)
    for answer, yes, no in rows:
        table.add_row(one_line(answer), str(yes), str(no))
    console().print(table)


def _groups(clinic: Clinic) -> list[QuestionGroup]:
    words = _known_words(clinic.settings.content_dir / "knowledge")
    allowed = clinic.settings.learn_from_questions
    uow, kept = clinic.unit_of_work(), _conversations(clinic)
    return asked_in_vain(operator(), uow, kept, words, datetime.now(UTC), allowed=allowed)


def _conversations(clinic: Clinic) -> Conversations:
    return Conversations(clinic.settings, os.environ)


def _known_words(folder: Path) -> frozenset[str]:
    """Return the words that the articles and their questions use; names of persons are none of them."""
    texts = [path.read_text(encoding="utf-8").lower() for path in sorted(folder.iterdir())]
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _json(number: int, group: QuestionGroup) -> dict[str, object]:
    return {
        "number": number,
        "asked": len(group.questions),
        "taken_for": group.nearest,
        "wordings": list(group.wordings),
        "last_at": max(question.at for question in group.questions).isoformat(),
    }
