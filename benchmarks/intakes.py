"""Measures whole intakes: `python -m benchmarks.intakes --url URL --data FOLDER FILE`, against a running Marrow.

Each line of FILE is one intake as somebody would type it, with the facts said in it (tests/evaluation/README.md). It
is played over HTTP, and what is stored of the request is compared with the facts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import urllib.error
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.intake_player import Played, Player
from benchmarks.intake_scores import Scored, compare, totals

OWN = Path("tests/evaluation/intakes/intakes.jsonl")
MARKS = ("right", "wrong", "lost", "invented", "inverted")


def stored(reference: str | None, data: Path) -> dict[str, Any]:
    """The stored answers of a request; nothing of one that was never sent."""
    if reference is None:
        return {}
    command = [str(Path(sys.executable).parent / "marrow"), "requests", "show", reference, "--json"]
    environment = {**os.environ, "MARROW_DATA_DIR": str(data)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{reference} cannot be read from {data}: {done.stderr.strip()}. Is it the server's data directory?")
    answers: dict[str, Any] = json.loads(done.stdout)["answers"]
    return answers


def described(intake: dict[str, Any], played: Played, scored: list[Scored]) -> str:
    """One intake in lines: what was not kept as it was said, what was not understood, what raised an alarm."""
    lines = [f"{intake['id']}: {dict(totals(scored))}, {len(played.missed)} of {played.turns} turns not understood"]
    lines += [
        f"  {mark:9} {question}: {said!r}, stored {kept!r}" for question, said, mark, kept in scored if mark != "right"
    ]
    lines += [f"  missed    at {question or 'no question'}: {text!r}" for text, question in played.missed]
    lines += [f"  alarm     {text!r}" for text in played.alarms]
    lines += [f"  stuck     at {played.stuck}"] if played.stuck else []
    return "\n".join(lines)


def summary(results: list[tuple[Played, list[Scored]]]) -> str:
    """The figures over all intakes."""
    marks: Counter[str] = sum((totals(scored) for _, scored in results), Counter())
    said = sum(marks[mark] for mark in ("right", "wrong", "lost", "inverted"))
    turns = sum(played.turns for played, _ in results)
    missed = sum(len(played.missed) for played, _ in results)
    sent = sum(played.reference is not None for played, _ in results)
    stuck = [played.stuck for played, _ in results if played.stuck]
    return "\n".join(
        (
            f"{len(results)} intakes, {sent} sent; {said} facts: "
            + ", ".join(f"{marks[mark]} {mark}" for mark in MARKS)
            + f"; {100 * marks['right'] / max(said, 1):.1f} % right",
            f"{turns} turns, {missed} not understood ({100 * missed / max(turns, 1):.1f} %), "
            f"{sum(len(played.alarms) for played, _ in results)} alarms"
            + (f"; came to no end at: {', '.join(stuck)}" if stuck else ""),
        )
    )


def main() -> None:
    """Plays the intakes of a file and prints what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=OWN)
    parser.add_argument("--url", default="http://127.0.0.1:5005", help="of the bot, as `make run` prints it")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MARROW_DATA_DIR") or "var"))
    parser.add_argument("--only", nargs="*", help="ids of intakes")
    parser.add_argument("--totals", action="store_true", help="print figures and no message")
    parser.add_argument("--at-once", type=int, default=2, help="conversations played side by side")
    options = parser.parse_args()
    intakes = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    intakes = [intake for intake in intakes if not options.only or intake["id"] in options.only]
    run = uuid.uuid4().hex[:8]

    def one(intake: dict[str, Any]) -> tuple[Played, list[Scored]]:
        played = Player(options.url.rstrip("/"), intake, f"intake-{run}-{intake['id']}").play()
        return played, compare(intake["facts"], stored(played.reference, options.data), frozenset(played.asked))

    try:
        with ThreadPoolExecutor(options.at_once) as pool:
            results = list(pool.map(one, intakes))
    except urllib.error.URLError as problem:
        sys.exit(f"Nothing answers at {options.url} ({problem.reason}). Start Marrow with `make run`, or set URL=")
    if not options.totals:
        for intake, (played, scored) in zip(intakes, results, strict=True):
            print(described(intake, played, scored))
    print(summary(results))


if __name__ == "__main__":
    main()
