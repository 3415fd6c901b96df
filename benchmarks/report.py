"""What was measured, put together: ratios to Rasa's stock pipeline and the targets first."""

from __future__ import annotations

from typing import Any

# What each ratio should be at least; see docs/performance.md.
TARGETS = {
    "FAQ turns a second, 8 users": 5.0,
    "FAQ turns a second, 8 users, texts never seen": 4.0,
    "FAQ turn alone, median: stock to Marrow": 4.5,
    "intake turns a second to stock FAQ turns a second, 8 users": 3.0,
    "memory: stock to Marrow": 5.0,
}
# And this one at most.
MOST = {"Marrow's turn 200 to its turn 5, median": 1.3}


def ratios(result: dict[str, Any]) -> dict[str, float]:
    """Every ratio of the two pipelines, by what it is."""
    load, marrow, stock = result["load"], result["marrow"], result["stock"]
    found = {}
    for users in load["known"]:
        known, never, intake = (load[kind][users] for kind in ("known", "never seen", "intake"))
        base = known["stock"]["turns_per_second"]
        found[f"FAQ turns a second, {users} users"] = known["marrow"]["turns_per_second"] / base
        found[f"FAQ turns a second, {users} users, texts never seen"] = (
            never["marrow"]["turns_per_second"] / never["stock"]["turns_per_second"]
        )
        found[f"intake turns a second to stock FAQ turns a second, {users} users"] = (
            intake["marrow"]["turns_per_second"] / base
        )
        found[f"processor time of an FAQ turn, {users} users: stock to Marrow"] = (
            known["stock"]["processor_ms_per_turn"] / known["marrow"]["processor_ms_per_turn"]
        )
    alone = load["known"]["1"]
    found["FAQ turn alone, median: stock to Marrow"] = alone["stock"]["p50_ms"] / alone["marrow"]["p50_ms"]
    found["memory: stock to Marrow"] = stock["memory_mb"] / marrow["memory_mb"]
    found["start: stock to Marrow"] = stock["start"]["seconds"] / marrow["start"]["seconds"]
    for name, one in (("Marrow's", marrow), ("stock's", stock)):
        found[f"{name} turn 200 to its turn 5, median"] = one["depth_ms"]["200"] / one["depth_ms"]["5"]
    return {name: round(value, 2) for name, value in sorted(found.items(), key=lambda pair: _order(pair[0]))}


def _order(name: str) -> tuple[int, str]:
    targets = [*TARGETS, *MOST]
    return (targets.index(name) if name in targets else len(targets), name)


def reached(name: str, value: float) -> str:
    """Whether a ratio is what it should be, in words; empty where there is no target."""
    if name in TARGETS:
        return f"target {TARGETS[name]:g}: " + ("reached" if value >= TARGETS[name] else "not reached")
    if name in MOST:
        return f"target {MOST[name]:g} at most: " + ("reached" if value <= MOST[name] else "not reached")
    return ""


def lines(result: dict[str, Any]) -> list[str]:
    """The ratios as a table."""
    return [f"{name:<66} {value:>7.2f}  {reached(name, value)}".rstrip() for name, value in result["ratios"].items()]
