"""Users that talk to a bot over REST, and what they see: turns a second, times, and what the bot's processor did."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Reply = dict[str, Any]
CLOCK = os.sysconf("SC_CLK_TCK")
# A conversation of questions is given up for a new one after so many turns.
TURNS_A_CONVERSATION = 10
SECONDS_TO_ANSWER = 120


def family(pid: int) -> list[int]:
    """A process and its children's children."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    below = [int(child) for path in children for child in path.read_text().split()]
    return [pid, *(one for child in below for one in family(child))]


def processor_seconds(pid: int) -> float:
    """Seconds of processor time of a process and its children so far."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / CLOCK


def memory(pid: int) -> float:
    """Resident memory of a process and its children in MB."""
    found = 0
    for one in family(pid):
        lines = Path(f"/proc/{one}/status").read_text().splitlines()
        found += next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
    return round(found / 1024, 1)


class User:
    """One who says one thing after another, each when the last was answered, over one connection."""

    def __init__(self, webhook: str) -> None:
        parts = urlsplit(webhook)
        self._path = parts.path
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS_TO_ANSWER)

    def say(self, sender: str, text: str) -> list[Reply]:
        """The replies; raises RuntimeError for any answer but a good one."""
        body = json.dumps({"sender": sender, "message": text})
        self._http.request("POST", self._path, body, {"Content-Type": "application/json"})
        answer = self._http.getresponse()
        data = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"the bot answered {answer.status}")
        replies: list[Reply] = json.loads(data)
        return replies

    def timed(self, sender: str, text: str) -> float:
        """Milliseconds of one turn."""
        return self.heard(sender, text)[0]

    def heard(self, sender: str, text: str) -> tuple[float, bool]:
        """Milliseconds of one turn, and whether anything was said."""
        begun = time.perf_counter()
        replies = self.say(sender, text)
        return (time.perf_counter() - begun) * 1000, bool(replies)


@dataclass
class Measured:
    """What was seen in all slices of one kind of load."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    sent: int = 0
    silent: int = 0

    def summary(self) -> dict[str, float]:
        """Turns a second, percentiles in ms, processor time a turn in ms."""
        cuts = statistics.quantiles(self.times, n=100, method="inclusive")
        return {
            "turns": len(self.times),
            "without_an_answer": self.silent,
            "turns_per_second": round(len(self.times) / self.seconds, 1),
            "p50_ms": round(cuts[49], 1),
            "p95_ms": round(cuts[94], 1),
            "p99_ms": round(cuts[98], 1),
            "processor_ms_per_turn": round(self.processor / len(self.times) * 1000, 2),
            **({"submissions_per_second": round(self.sent / self.seconds, 2)} if self.sent else {}),
        }


Talk = Callable[[User, str, Measured, Callable[[], bool]], None]


def ask(texts: Iterator[str]) -> Talk:
    """Users who ask questions, each conversation a few."""

    def talk(user: User, sender: str, seen: Measured, goes_on: Callable[[], bool]) -> None:
        for _ in range(TURNS_A_CONVERSATION):
            if not goes_on():
                return
            took, answered = user.heard(sender, next(texts))
            seen.times.append(took)
            seen.silent += not answered

    return talk


def question_of(replies: list[Reply]) -> str | None:
    """The id of the intake's question that the replies end with."""
    custom = replies[-1].get("custom") if replies else None
    question = custom.get("question") if isinstance(custom, dict) else None
    return question["id"] if question else None


def fill_in(start: str, answers: dict[str, str], send: str) -> Talk:
    """Users who go through the whole intake and send it; `answers` by the question's id."""

    def talk(user: User, sender: str, seen: Measured, goes_on: Callable[[], bool]) -> None:
        text: str | None = start
        while text is not None and goes_on():
            begun = time.perf_counter()
            replies = user.say(sender, text)
            seen.times.append((time.perf_counter() - begun) * 1000)
            if any("request" in (reply.get("custom") or {}) for reply in replies):
                seen.sent += 1
                return
            asked = question_of(replies)
            text = answers.get(asked or "", send if asked == "review" else None)
            if text is None:
                raise RuntimeError(f"the intake stopped at {asked!r} after {replies!r}")

    return talk


NUMBERS = itertools.count()


def load(webhook: str, pid: int, users: int, seconds: float, talk: Talk, seen: Measured) -> None:
    """One slice of `seconds` with so many users at once, added to `seen`; raises what a user raised."""
    failures: list[BaseException] = []
    parts = [Measured() for _ in range(users)]
    begun = time.perf_counter()
    before = processor_seconds(pid)

    def goes_on() -> bool:
        return time.perf_counter() - begun < seconds and not failures

    def work(part: Measured) -> None:
        try:
            user = User(webhook)
            while goes_on():
                talk(user, f"load-{next(NUMBERS)}", part, goes_on)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    seen.seconds += time.perf_counter() - begun
    seen.processor += processor_seconds(pid) - before
    for part in parts:
        seen.times += part.times
        seen.sent += part.sent
        seen.silent += part.silent
