"""No module is long and no function winds: what is read at once can be understood at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("actions", "bot", "clinic", "desk", "scripts")
LONGEST_MODULE = 300
MOST_COMPLEX = 15


def complexity(function: ast.AST) -> int:
    """The cyclomatic complexity of a function, counted as radon does (its inner functions count for themselves).

    One, and one for each branch, loop, `else` of a loop or a `try`, handler, `and` or `or`, comprehension and
    its `if`, assertion, and each case but the one that takes everything. ruff's C901 leaves out `and`,
    `or` and comprehensions; on all 2,014 functions this gave radon 6's own numbers.
    """
    return 1 + sum(_ways(node) for node in _inside(function))


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        yield node
        # radon does not look into an assertion.
        if not isinstance(node, ast.Assert):
            yield from _inside(node)


def _ways(node: ast.AST) -> int:
    match node:
        case ast.If() | ast.IfExp() | ast.Assert():
            return 1
        case ast.BoolOp(values=values):
            return len(values) - 1
        case ast.For(orelse=orelse) | ast.While(orelse=orelse) | ast.AsyncFor(orelse=orelse):
            return 1 + bool(orelse)
        case ast.Try(handlers=handlers, orelse=orelse):
            return len(handlers) + bool(orelse)
        case ast.comprehension(ifs=ifs):
            return 1 + len(ifs)
        case ast.Match(cases=cases):
            return len(cases) - any(isinstance(c.pattern, ast.MatchAs) and c.pattern.pattern is None for c in cases)
    return 0


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module as "file:Class.name", with its complexity."""

    def found(tree: ast.AST, name: str) -> Iterator[tuple[str, int]]:
        for node in ast.iter_child_nodes(tree):
            inner = name
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{name}.{node.name}" if name else node.name
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield inner, complexity(node)
            yield from found(node, inner)

    for name, number in found(ast.parse(path.read_text(encoding="utf-8")), ""):
        yield f"{path.relative_to(ROOT)}:{name}", number


def modules() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_no_module_is_long() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert len(lengths) > 200
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_winds() -> None:
    counted = [found for path in modules() for found in functions(path)]
    assert len(counted) > 1000
    assert {name: number for name, number in counted if number > MOST_COMPLEX} == {}


COUNTED = [
    ("return 1", 1),
    ("if a and b or c:\n        return 1", 4),
    ("return [x for x in a if x if not b]", 4),
    ("for x in a:\n        pass\n    else:\n        pass", 3),
    ("try:\n        pass\n    except A:\n        pass\n    except B:\n        pass\n    else:\n        pass", 4),
    ("match a:\n        case 1:\n            pass\n        case _:\n            pass", 2),
    ("assert a and b\n    return (1 if a else 2)", 3),
    ("def inner():\n        return a or b\n    return inner", 1),
]


@pytest.mark.parametrize(("body", "expected"), COUNTED)
def test_what_counts(body: str, expected: int) -> None:
    function = ast.parse(f"def f(a, b, c):\n    {body}\n").body[0]
    assert complexity(function) == expected
