"""How long a turn takes, alone and deep into a conversation: `.venv/bin/python -m benchmarks.turns`."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from tests.e2e.servers import Stack

QUESTIONS = (
    "what is lupus",
    "is lupus contagious",
    "how much does stem cell therapy cost",
    "is it approved by the fda",
    "what are the side effects of msc therapy",
)
DEEP = 200
WINDOW = 20


def timed(stack: Stack, sender: str, text: str) -> float:
    """Milliseconds of one turn over HTTP."""
    begun = time.perf_counter()
    stack.say(sender, text)
    return (time.perf_counter() - begun) * 1000


def summary(times: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return f"median {statistics.median(ordered):6.1f} ms, 95th percentile {ordered[int(len(ordered) * 0.95)]:6.1f} ms"


def main() -> None:
    """Starts bot and action server, measures, prints; figures of one run compare, runs do not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=DEEP, help="length of the long conversation")
    turns = parser.parse_args().turns
    with tempfile.TemporaryDirectory() as folder:
        print("starting bot and action server (about 20 s) ...", flush=True)
        stack = Stack(Path(folder)).start()
        try:
            for question in QUESTIONS:
                timed(stack, "warm-up", question)
            fresh = [
                timed(stack, f"fresh-{number}", QUESTIONS[number % len(QUESTIONS)]) for number in range(WINDOW * 2)
            ]
            print(f"first turn of a conversation   {summary(fresh)}", flush=True)
            long = [timed(stack, "long", QUESTIONS[number % len(QUESTIONS)]) for number in range(turns)]
            early, late = long[1 : 1 + WINDOW], long[-WINDOW:]
            print(f"turns 2 to {WINDOW + 1}                  {summary(early)}")
            print(f"turns {turns - WINDOW + 1} to {turns}               {summary(late)}")
            print(f"late turns take {statistics.median(late) / statistics.median(early):.2f} times as long")
            intake = [
                timed(stack, "intake", text) for text in ("start my consultation request", "yes", "for me", "Ana Ruiz")
            ]
            print(f"turns of the intake form       {summary(intake)}")
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
