"""Turns what was understood into the figures of the report. Pure: no model, no file."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.data import Messages, Question, RedFlag
from bot.evaluation.entities import ATTRIBUTES, TYPES, compare
from bot.evaluation.understanding import FAQ, Understood

Pairs = list[tuple[Question, Understood]]

BINS = 10
# The groups of articles, each with a figure of its own.
GROUPS = ("lupus", "stem cells", "logistics")
ALARMS = frozenset({"emergency", "crisis"})
# Where less is better; everywhere else more is.
LESS_IS_BETTER = frozenset(
    {"out of scope answered with an FAQ", "false alarms", "calibration error", "ms a message, median",
     "ms a message, 95th percentile"}
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One row: a share (0 to 1), or a number when `unit` is set; `of` is what it was counted over."""

    name: str
    value: float
    of: int
    unit: str = ""


def _share(hits: Iterable[bool]) -> tuple[float, int]:
    values = list(hits)
    return (sum(values) / len(values) if values else 0.0), len(values)


def score(messages: Messages, understood: Sequence[Understood]) -> list[Figure]:
    """The figures for `messages`, whose results stand in `understood` in the order of `messages.texts`."""
    questions, rest = understood[: len(messages.questions)], understood[len(messages.questions) :]
    statements, flags = rest[: len(messages.statements)], rest[len(messages.statements) :]
    figures: list[Figure] = []
    if messages.questions:
        figures += _questions(list(zip(messages.questions, questions, strict=True)))
    if messages.statements:
        labelled = [item.entities for item in messages.statements]
        figures += _entities(labelled, [item.entities for item in statements])
    if messages.red_flags:
        figures += _red_flags(list(zip(messages.red_flags, flags, strict=True)))
    times = sorted(item.milliseconds for item in understood)
    figures.append(Figure("ms a message, median", statistics.median(times), len(times), "ms"))
    figures.append(Figure("ms a message, 95th percentile", times[int(len(times) * 0.95)], len(times), "ms"))
    return figures


def _questions(pairs: Pairs) -> list[Figure]:
    faq = [pair for pair in pairs if pair[0].is_faq]
    others = [pair for pair in faq if pair[0].source != "seed"]
    seeds = [pair for pair in faq if pair[0].source == "seed"]
    outside = _of_group(pairs, "out of scope")
    rows: list[tuple[str, Callable[[Question, Understood], bool], Pairs]] = [
        ("FAQ topic, top 1", _right, faq),
        ("FAQ topic, top 3", _in_top, faq),
        ("FAQ topic, answered or offered", _met, faq),
        ("FAQ topic, top 1, without the sources' own searches", _right, others),
        ("FAQ topic, top 1, the sources' own searches", _right, seeds),
        *((f"FAQ topic, top 1: {group}", _right, _of_group(faq, group)) for group in GROUPS),
        ("conversation intents", _right, _of_group(pairs, "conversation")),
        ("out of scope recognised", _right, outside),
        ("out of scope answered with an FAQ", _wrongly_answered, outside),
    ]
    figures = [Figure(name, *_share(hit(*pair) for pair in asked)) for name, hit, asked in rows if asked]
    return [*figures, Figure("calibration error", calibration_error(pairs), len(pairs))]


def _of_group(pairs: Pairs, group: str) -> Pairs:
    return [pair for pair in pairs if pair[0].group == group]


def _right(question: Question, result: Understood) -> bool:
    return result.answer in question.right


def _in_top(question: Question, result: Understood) -> bool:
    return _right(question, result) or any(topic in question.right for topic in result.ranking[:3])


def _wrongly_answered(question: Question, result: Understood) -> bool:
    return result.intent == FAQ and result.answer not in question.right


def _met(question: Question, result: Understood) -> bool:
    """Whether the patient meets the right topic: as the answer, or among three that are offered."""
    return _right(question, result) or (result.intent == "nlu_fallback" and _in_top(question, result))


def reliability(pairs: Sequence[tuple[Question, Understood]]) -> list[tuple[float, float, int]]:
    """Rows (mean confidence, share right, count) of `BINS` equal bins of confidence, empty ones left out.

    A fallback claims nothing and is left out.
    """
    rows = []
    claims = [(question, result) for question, result in pairs if result.intent != "nlu_fallback"]
    for index in range(BINS):
        low, high = index / BINS, (index + 1) / BINS
        inside = [
            (question, result)
            for question, result in claims
            if low <= result.confidence < high or (index == BINS - 1 and result.confidence >= high)
        ]
        if inside:
            confidence = statistics.fmean(result.confidence for _, result in inside)
            rows.append((confidence, _share(_right(*pair) for pair in inside)[0], len(inside)))
    return rows


def calibration_error(pairs: Sequence[tuple[Question, Understood]]) -> float:
    """Expected calibration error: mean gap between confidence and share right, weighted by count."""
    rows = reliability(pairs)
    total = sum(count for _, _, count in rows)
    return sum(abs(confidence - right) * count for confidence, right, count in rows) / total if total else 0.0


def _entities(labelled: Sequence[tuple[Any, ...]], found: Sequence[tuple[Any, ...]]) -> list[Figure]:
    comparison = compare(zip(labelled, found, strict=True))
    figures = []
    for kind in TYPES:
        count = comparison.types[kind]
        total = count.found + count.missed
        figures += [
            Figure(f"{kind}: F1", count.f1, total),
            Figure(f"{kind}: precision", count.precision, count.found + count.false),
            Figure(f"{kind}: recall", count.recall, total),
        ]
    figures.append(Figure("attributes right", comparison.all_attributes, comparison.compared * len(ATTRIBUTES)))
    figures += [
        Figure(f"attribute {name} right", comparison.attribute(name), comparison.compared) for name in ATTRIBUTES
    ]
    return figures


def _red_flags(pairs: list[tuple[RedFlag, Understood]]) -> list[Figure]:
    alarmed = [(flag, result.intent in ALARMS) for flag, result in pairs]
    rows = [
        (f"{label} found", [alarm for flag, alarm in alarmed if flag.label == label])
        for label in ("emergency", "crisis")
    ]
    rows += [
        (
            "red flags of the right kind",
            [result.intent in flag.right for flag, result in pairs if flag.label in ALARMS],
        ),
        ("red flags: precision", [flag.label in ALARMS for flag, alarm in alarmed if alarm]),
        ("false alarms", [alarm for flag, alarm in alarmed if flag.label == "none"]),
    ]
    return [Figure(name, *_share(hits)) for name, hits in rows if hits]
