"""Reads every content file as training would, and lists all that is wrong: `python -m bot check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bot.check.conversation import conversation_faults
from bot.check.references import intake_faults, schema_faults, scope_faults
from bot.check.state import KNOWLEDGE, SCHEMAS, overdue, today
from bot.importers.articles import Article, read_articles
from bot.importers.content_files import ContentError, load_schema, read_yaml
from bot.importers.intake import read_questions
from bot.language import ENGLISH, read_language
from bot.nlu.clinical.lexicon import LexiconError, read_lexicon
from bot.nlu.safety.examples import ExampleError, read_examples, read_other_languages
from bot.nlu.safety.rules import RedFlags
from bot.safety.files import read_safety_texts


def faults_of(root: Path) -> list[str]:
    """What is wrong with the content of a project, as "file:line: problem", in the order of the checks.

    Args:
        root: the folder that holds domain.yml and data/.
    """
    data = root / "data"
    schemas, lexicon = data / "schemas", data / "lexicon"
    lexicon_schema = schemas / "lexicon.schema.json"
    if wrong := schema_faults(schemas):
        # Nothing can be checked against them.
        return [str(fault) for fault in wrong]
    articles: list[Article] = []
    checks: list[Callable[[], object]] = [
        lambda: articles.extend(read_articles(data / "knowledge", schemas)),
        lambda: read_questions(data / "intake.yml", schemas / "intake.schema.json"),
        lambda: intake_faults(data / "intake.yml"),
        lambda: read_yaml(data / "clinic.yml").check(load_schema(schemas / "clinic.schema.json")),
        lambda: read_safety_texts(data),
        lambda: read_language(data),
        lambda: _language_of_the_clinic(data),
        lambda: read_lexicon(lexicon, lexicon_schema),
        lambda: RedFlags.compile(lexicon, lexicon_schema),
        lambda: scope_faults(lexicon),
        lambda: (read_examples(lexicon), read_other_languages(lexicon)),
        lambda: conversation_faults(root, articles),
    ]
    found: dict[str, None] = {}
    puzzles: list[str] = []
    for check in checks:
        try:
            # Two checks may find the same fault, since they read the same file.
            found.update(dict.fromkeys(_faults(check)))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            puzzles.append(f"data:1: something has a form that cannot be read: {error!r}")
    # What puzzles one check has mostly been told by another, with its line.
    return list(found) or puzzles


def _language_of_the_clinic(data: Path) -> list[ContentError]:
    """The faults of what the clinic's side says and hears, which it reads itself when it starts."""
    folder = data / "language" / ENGLISH
    return [
        fault
        for name in ("sentences", "words")
        for fault in read_yaml(folder / f"{name}.yml").faults(load_schema(data / "schemas" / f"{name}.schema.json"))
    ]


def _faults(check: Callable[[], object]) -> Iterator[str]:
    try:
        result = check()
    except (ContentError, LexiconError, ExampleError) as error:
        yield from str(error).splitlines()
    except OSError as error:
        yield f"{error.filename}:1: cannot be read ({error.strerror})"
    else:
        if isinstance(result, list):
            yield from (str(fault) for fault in result if isinstance(fault, ContentError))


def main() -> int:
    """Prints the faults of the project in the current folder, and without any, which articles are due to be read again.

    Returns the exit status, 1 where there are faults.
    """
    faults = faults_of(Path())
    for fault in faults:
        print(fault)
    if faults:
        print(f"Faults in the content: {len(faults)}")
        return 1
    for warning in overdue(read_articles(KNOWLEDGE, SCHEMAS), today()):
        print(warning)
    print("The content is right.")
    return 0
