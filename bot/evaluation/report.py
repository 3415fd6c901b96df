"""Writes the figures as a table for people (Markdown, terminal), as JSON, and as a picture of confusions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.evaluation.data import Messages, Question
from bot.evaluation.safety import Share
from bot.evaluation.safety import table as safety_table
from bot.evaluation.scores import LESS_IS_BETTER, Figure, reliability
from bot.evaluation.understanding import Understood

SHOWN_MISTAKES = 40


def _value(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return (
        f"{figure.value:.1f} ms" if figure.unit else f"{figure.value:.1%}" if figure.value <= 1 else str(figure.value)
    )


def table(columns: Mapping[str, Sequence[Figure]]) -> str:
    """The figures as a Markdown table, one column a model."""
    names = list(columns)
    by_name = {name: {figure.name: figure for figure in figures} for name, figures in columns.items()}
    rows = ["| figure | n | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for figure in columns[names[0]]:
        cells = " | ".join(_value(by_name[name].get(figure.name)) for name in names)
        note = " (less is better)" if figure.name in LESS_IS_BETTER else ""
        rows.append(f"| {figure.name}{note} | {figure.of} | {cells} |")
    return "\n".join(rows)


def write(
    folder: Path,
    source: str,
    messages: Messages,
    results: Mapping[str, Sequence[Understood]],
    columns: Mapping[str, Sequence[Figure]],
) -> list[Path]:
    """Writes evaluation.json, evaluation.md and confusion.png into `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = next(iter(results))
    pairs = list(zip(messages.questions, results[ours], strict=False))
    document = {
        "source": source,
        "figures": {
            name: [{"name": f.name, "value": f.value, "n": f.of, "unit": f.unit} for f in figures]
            for name, figures in columns.items()
        },
    }
    paths = [folder / "evaluation.json", folder / "evaluation.md"]
    paths[0].write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    paths[1].write_text(_markdown(source, columns, pairs), encoding="utf-8")
    if pairs:
        paths.append(_picture(folder / "confusion.png", pairs))
    return paths


def write_safety(folder: Path, shares: Mapping[str, Sequence[Share]], name: str = "safety") -> str:
    """Writes the shares of a set as `name`.json and `name`.md into `folder`; returns the table."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        group: [{"kind": s.kind, "alarms": s.hits, "of": s.of, "low": s.low, "high": s.high} for s in kinds]
        for group, kinds in shares.items()
    }
    (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    text = safety_table(shares)
    (folder / f"{name}.md").write_text(f"# The set `{name}`\n\n{text}\n", encoding="utf-8")
    return text


def _markdown(
    source: str, columns: Mapping[str, Sequence[Figure]], pairs: Sequence[tuple[Question, Understood]]
) -> str:
    parts = [f"# Evaluation on {source}", "", table(columns), ""]
    if pairs:
        parts += ["## Calibration", "", "| confidence | right | n |", "|---|---|---|"]
        parts += [f"| {confidence:.2f} | {right:.2f} | {count} |" for confidence, right, count in reliability(pairs)]
        parts += ["", "## Most frequent confusions", "", "| is | taken for | times |", "|---|---|---|"]
        parts += [
            f"| {is_} | {taken} | {count} |" for (is_, taken), count in _confusions(pairs).most_common(SHOWN_MISTAKES)
        ]
        parts.append("")
    return "\n".join(parts)


def _confusions(pairs: Sequence[tuple[Question, Understood]]) -> Counter[tuple[str, str]]:
    return Counter((question.topic, result.answer) for question, result in pairs if result.answer not in question.right)


def _picture(path: Path, pairs: Sequence[tuple[Question, Understood]]) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    labels = sorted({question.topic for question, _ in pairs} | {result.answer for _, result in pairs})
    place = {label: index for index, label in enumerate(labels)}
    counts = [[0] * len(labels) for _ in labels]
    for question, result in pairs:
        column = question.topic if result.answer in question.right else result.answer
        counts[place[question.topic]][place[column]] += 1
    size = max(6.0, len(labels) * 0.22)
    figure, axes = pyplot.subplots(figsize=(size, size))
    axes.imshow(counts, cmap="Blues")
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=6)
    axes.set_yticks(range(len(labels)), labels, fontsize=6)
    axes.set_xlabel("understood as")
    axes.set_ylabel("is")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
