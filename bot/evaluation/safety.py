"""The project's own safety set: how many dangers are heard, how many harmless lines raise an alarm, by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import beta

SET = Path("tests/evaluation/safety")
# Dangers of a writer who came later: no total of theirs was seen while anything was chosen.
STRANGERS = Path("tests/evaluation/safety_strangers")
HARMLESS, DANGER, LANGUAGES = "harmless", "danger", "languages"
NONE = "none"
ALL_HARMLESS, ALL_EMERGENCIES, ALL_CRISES = "all harmless lines", "all emergencies", "all crises"
LEVEL = 0.95


@dataclass(frozen=True)
class Line:
    """One line of the set: `label` is "emergency", "crisis" or "none", `kind` its file, `language` its tag."""

    text: str
    label: str
    kind: str
    language: str = "en"


@dataclass(frozen=True)
class Share:
    """`hits` of `of` lines of a kind raised an alarm; `low` and `high` bound the share (Clopper-Pearson, 95 %)."""

    kind: str
    hits: int
    of: int

    @property
    def share(self) -> float:
        """Hits by lines."""
        return self.hits / self.of

    @property
    def low(self) -> float:
        """Lower bound of the share."""
        return float(beta.ppf((1 - LEVEL) / 2, self.hits, self.of - self.hits + 1)) if self.hits else 0.0

    @property
    def high(self) -> float:
        """Upper bound of the share."""
        return float(beta.ppf((1 + LEVEL) / 2, self.hits + 1, self.of - self.hits)) if self.hits < self.of else 1.0


def read_set(folder: Path = SET) -> list[Line]:
    """All lines: `harmless/<kind>.txt`, `danger/<label>.<kind>.txt` and `languages/<language>.<label>.<kind>.txt`."""
    lines: list[Line] = []
    for file in sorted(folder.glob("*/*.txt")):
        parts = file.stem.split(".")
        if file.parent.name == HARMLESS:
            about = (NONE, parts[0], "en")
        elif file.parent.name == DANGER:
            about = (parts[0], f"{parts[0]}: {parts[1]}", "en")
        else:
            about = (parts[1], NONE if parts[1] == NONE else parts[2], parts[0])
        texts = file.read_text(encoding="utf-8").splitlines()
        lines += [Line(text, *about) for text in texts if text.strip()]
    return lines


def count(lines: Sequence[Line], alarmed: Iterable[bool]) -> dict[str, list[Share]]:
    """The shares of alarms by group ("harmless", "danger", and each other language), the totals first."""
    tally: dict[str, dict[str, list[int]]] = {}

    def add(group: str, kind: str, alarm: bool) -> None:
        cell = tally.setdefault(group, {}).setdefault(kind, [0, 0])
        cell[0] += alarm
        cell[1] += 1

    totals = {NONE: ALL_HARMLESS, "emergency": ALL_EMERGENCIES, "crisis": ALL_CRISES}
    for line, alarm in zip(lines, alarmed, strict=True):
        if line.language != "en":
            add(line.language, ALL_HARMLESS if line.label == NONE else "all dangers", alarm)
            add(line.language, line.kind, alarm)
            continue
        group = HARMLESS if line.label == NONE else DANGER
        add(group, totals[line.label], alarm)
        add(group, line.kind, alarm)
    return {
        group: [
            Share(kind, *cell)
            for kind, cell in sorted(kinds.items(), key=lambda item: (item[0][:4] != "all ", item[0]))
        ]
        for group, kinds in tally.items()
    }


def table(shares: Mapping[str, Sequence[Share]]) -> str:
    """The shares as a Markdown table: alarms heard in per cent, false alarms per 1,000 lines."""
    rows = ["| lines | n | alarms | interval (95 %) |", "|---|---|---|---|"]
    for group, kinds in shares.items():
        for share in kinds:
            name = share.kind if group in (HARMLESS, DANGER) else f"{group}: {share.kind}"
            false = group == HARMLESS or share.kind in (NONE, ALL_HARMLESS)
            if false:
                cells = f"{share.share * 1000:.1f} of 1,000 | {share.low * 1000:.1f} to {share.high * 1000:.1f}"
            else:
                cells = f"{share.share:.1%} | {share.low:.1%} to {share.high:.1%}"
            rows.append(f"| {name} | {share.of} | {cells} |")
    return "\n".join(rows)
