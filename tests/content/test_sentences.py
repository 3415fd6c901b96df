"""What patients read stands in data/, where it can be reviewed and translated, and not in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Where words to the patient are put together. What staff, editors and callers of the API read is not looked at.
SPEAKING = (
    "actions/*.py",
    "clinic/intake/*.py",
    "clinic/intake/kinds/*.py",
    "clinic/intake/model/[!q]*.py",
    "clinic/intake/moves/**/*.py",
    "clinic/intake/saying/*.py",
    "clinic/safety_numbers.py",
    "bot/channels/messaging/**/*.py",
    "bot/channels/replies.py",
    "bot/faq.py",
    "bot/importers/safety.py",
    "bot/policies/*.py",
    "bot/safety/*.py",
    "bot/shell.py",
)
# Speak to developers, and to who watches over the servers.
SILENT = ("actions/development.py", "actions/metrics.py")
# Said to the operator, the client's developer or the log.
NOT_SPOKEN = re.compile(
    r"MARROW_|%s|%d|^the body |^'[a-z_]+' must|^the (secret|request) |^no page |^something went wrong here"
)
OPERATORS = frozenset(
    {
        "unknown place", " not set", " must be set to at least ", " is no http(s) address", "not reached",
        "Twilio (WhatsApp and SMS)", "The check of the action server's answers",
    }
)  # fmt: skip
# Heard by the intake.
HEARD = frozenset({"the last"})
SENTENCE = re.compile(r"[A-Za-z’']{2,} [a-z’']{2,}(?: |[.?!:,]|$)")
PATTERN = re.compile(r"\\[bsdwW(]|\(\?|\|")


def spoken(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module that read like words to somebody: no docstring, pattern, list of words, log or error."""
    tree = ast.parse(source)
    passed_over = set(_passed_over(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            text = node.value
            if text in OPERATORS | HEARD:
                continue
            if SENTENCE.search(text) and not PATTERN.search(text) and not NOT_SPOKEN.search(text):
                yield node.lineno, text


def _passed_over(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        # What stands alone says something about the code.
        if isinstance(body, list):
            yield from (id(line.value) for line in body if isinstance(line, ast.Expr))
        if isinstance(node, ast.Raise) or _logs(node):
            yield from map(id, ast.walk(node))
        # Words that are heard, not said.
        if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict) and len(ast.dump(node)) > 800:
            yield from map(id, ast.walk(node))


def _logs(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    return (
        name.startswith("logger.") or name in ("log_event", "sys.exit") or name.endswith(("Error", "_error", "fault"))
    )


def modules() -> list[Path]:
    found = {path for pattern in SPEAKING for path in ROOT.glob(pattern)}
    return sorted(found - {ROOT / name for name in SILENT})


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_stands_in_code(path: Path) -> None:
    assert list(spoken(path.read_text(encoding="utf-8"))) == []


def test_a_sentence_in_code_is_seen() -> None:
    source = (
        'TEXT = "Please try again."\ndef f(x):\n    """Say it once more."""\n    return f"You have answered {x}."\n'
    )
    assert [line for line, _ in spoken(source)] == [1, 4]
