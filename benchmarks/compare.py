"""Marrow beside Rasa's stock pipeline and policies, on the same data, in one run: `make benchmark` (QUICK=1: short).

Both are up together and take turns slice by slice, so that a machine that is slow for a while is slow for both. Only
the ratios of one run mean anything; they are printed first, and everything is written to `benchmarks/results/`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks import desk, stock
from benchmarks.load import Measured, Talk, User, ask, fill_in, load, memory, processor_seconds, question_of
from benchmarks.picture import drawn
from benchmarks.report import lines, ratios
from tests.conversations.format import load_patients
from tests.conversations.player import SEND, START
from tests.e2e import servers
from tests.e2e.servers import ROOT, ActionServer, Server, Stack, bot_python, trained_model

RESULTS = ROOT / "benchmarks/results"
QUESTIONS = ROOT / "data/knowledge"
PATIENT = "ana"
KNOWN = 40
OPENERS = ("hi", "hello", "good evening", "ok", "thanks", "sorry", "please", "one more thing", "quick question", "hey")
CLOSERS = ("", "please", "thanks", "i would like to know", "if i may ask", "my sister asks", "just asking", "thank you")
DEPTH = 200
# Turn 5, 50 and 200, each as the median of the turns around it.
DEPTHS = {"5": range(3, 8), "50": range(46, 55), "200": range(191, 201)}


@dataclass(frozen=True)
class Extent:
    """How much is measured: seconds of a slice, slices of each load, long conversations, the desk's requests."""

    seconds: float
    slices: int
    deep: int
    requests: tuple[int, int]
    trains: bool


QUICK = Extent(seconds=3.0, slices=3, deep=1, requests=(500, 5_000), trains=False)
FULL = Extent(seconds=10.0, slices=6, deep=3, requests=(2_000, 200_000), trains=True)
USERS = (1, 8, 32)


def tell(step: str) -> None:
    """Progress, with the time."""
    print(f"{datetime.now(UTC):%H:%M:%S} {step} ...", file=sys.stderr, flush=True)


@dataclass
class Pipeline:
    """One of the two that are compared, running."""

    name: str
    server: Server
    webhook: str

    def begin(self) -> dict[str, float]:
        """Starts it; seconds until it answers, and of the processor."""
        begun = time.perf_counter()
        self.server.start()
        return {
            "seconds": round(time.perf_counter() - begun, 1),
            "processor_seconds": round(processor_seconds(self.server.pid), 1),
        }

    def intent(self, text: str) -> str | None:
        """What it takes a message for."""
        answer = httpx.post(
            self.webhook.replace("/webhooks/rest/webhook", "/model/parse"), json={"text": text}, timeout=60
        )
        answer.raise_for_status()
        name = answer.json()["intent"]["name"]
        return str(name) if name else None


def questions() -> list[str]:
    """Questions of every article in turn, always the same ones in the same order."""
    lists = [yaml.safe_load(path.read_text(encoding="utf-8"))["article"] for path in sorted(QUESTIONS.glob("*.yml"))]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*(texts[:10] for texts in lists)))
    return [text for text in turns if text]


def known_to(pipelines: list[Pipeline]) -> list[str]:
    """Questions that both take for questions, so that what is measured is the same turn.

    Where one epoch taught the stock pipeline too little for that, any questions: they cost it the same.
    """
    both = (text for text in questions() if all(each.intent(text) == "faq" for each in pipelines))
    found = list(itertools.islice(both, KNOWN))
    if len(found) < KNOWN // 2:
        tell(f"only {len(found)} questions are questions to both pipelines: any are taken")
        return questions()[:KNOWN]
    return found


def never_seen(known: list[str]) -> list[str]:
    """The same questions in words that were never sent before, each once."""
    made = [f"{opener} {text} {closer}".strip() for opener in OPENERS for text in known for closer in CLOSERS]
    random.Random(7).shuffle(made)
    return made


def compare(
    pipelines: list[Pipeline], users: int, extent: Extent, talks: dict[str, Talk]
) -> dict[str, dict[str, float]]:
    """The same load on each in turn, slice by slice."""
    seen = {each.name: Measured() for each in pipelines if each.name in talks}
    for _ in range(extent.slices):
        for each in pipelines:
            if each.name in talks:
                load(each.webhook, each.server.pid, users, extent.seconds, talks[each.name], seen[each.name])
    return {name: one.summary() for name, one in seen.items()}


def loads(pipelines: list[Pipeline], known: list[str], extent: Extent) -> dict[str, Any]:
    """Every load for every number of users."""
    fresh = {each.name: itertools.cycle(never_seen(known)) for each in pipelines}
    found: dict[str, Any] = {"known": {}, "never seen": {}, "intake": {}}
    for users in USERS:
        tell(f"{users} users, known questions")
        talks = {each.name: ask(itertools.cycle(known)) for each in pipelines}
        found["known"][str(users)] = compare(pipelines, users, extent, talks)
        tell(f"{users} users, questions never seen")
        talks = {name: ask(texts) for name, texts in fresh.items()}
        found["never seen"][str(users)] = compare(pipelines, users, extent, talks)
        tell(f"{users} users, the intake")
        intake = {"marrow": fill_in(START, load_patients()[PATIENT], SEND)}
        found["intake"][str(users)] = compare(pipelines, users, extent, intake)
    return found


def depth(pipelines: list[Pipeline], known: list[str], times: int) -> dict[str, dict[str, float]]:
    """The median of the turns around the fifth, fiftieth and two hundredth of a conversation, in ms."""
    found: dict[str, dict[str, list[float]]] = {each.name: {at: [] for at in DEPTHS} for each in pipelines}
    for number in range(times):
        users = {each.name: User(each.webhook) for each in pipelines}
        for turn in range(1, DEPTH + 1):
            for each in pipelines:
                took = users[each.name].timed(f"deep-{number}", known[turn % len(known)])
                for at, turns in DEPTHS.items():
                    if turn in turns:
                        found[each.name][at].append(took)
    return {name: {at: round(statistics.median(took), 1) for at, took in one.items()} for name, one in found.items()}


def intake_texts(webhook: str) -> list[str]:
    """What a patient types from the start of the intake to its end."""
    user, texts, answers = User(webhook), [START], load_patients()[PATIENT]
    while (asked := question_of(user.say("texts", texts[-1]))) in answers:
        texts.append(answers[asked or ""])
    return [*texts, SEND]


def stages(
    way: str, model: Path, endpoints: Path, talks: dict[str, list[list[str]]], environment: dict[str, str]
) -> dict[str, Any]:
    """Milliseconds of each stage, in a process of its own; raises CalledProcessError where that fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as texts:
        json.dump(talks, texts)
        texts.flush()
        command = [bot_python(), "-W", "ignore", "-m", "benchmarks.stages", way, str(model), str(endpoints), texts.name]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return found


def measure(folder: Path, extent: Extent) -> dict[str, Any]:
    """Everything, the two pipelines turn about."""
    tell("training Rasa's stock pipeline for one epoch, if the data has changed (some minutes)")
    model, training = stock.stock_model()
    again = None
    if extent.trains:
        tell("training Marrow")
        again = stock.marrow_training()
    server, webhook = stock.stock_server(model, folder / "stock")
    stack = Stack(folder / "marrow")
    marrow = Pipeline("marrow", stack.servers["bot"], stack.webhook)
    pipelines = [marrow, Pipeline("stock", server, webhook)]
    result: dict[str, Any] = {"marrow": {"training": again}, "stock": {"training": training}}
    try:
        tell("starting both")
        stack.servers["actions"].start()
        for each in pipelines:
            result[each.name]["start"] = each.begin()
        tell("choosing questions")
        known = known_to(pipelines)
        for each in pipelines:
            for text in known:
                User(each.webhook).timed("warm-up", text)
        tell(f"conversations of {DEPTH} turns")
        for name, found in depth(pipelines, known, extent.deep).items():
            result[name]["depth_ms"] = found
        result["load"] = loads(pipelines, known, extent)
        for each in pipelines:
            result[each.name]["memory_mb"] = memory(each.server.pid)
        texts = intake_texts(marrow.webhook)
    finally:
        stack.stop()
        server.stop()
    tell("stages of a turn")
    talks = {"FAQ": [known[:10], known[10:20]]}
    endpoints = folder / "stock/endpoints.yml"
    environment = {**stack.environment, "LOG_LEVEL": "ERROR"}
    result["stock"]["stages_ms"] = stages("stock", model, endpoints, talks, environment)
    actions = ActionServer(folder / "stages")
    actions.start()
    try:
        environment = {**actions.environment, "LOG_LEVEL": "ERROR"}
        talks["intake"] = [texts[:-1]]
        result["marrow"]["stages_ms"] = stages("served", trained_model(), ROOT / "endpoints.yml", talks, environment)
    finally:
        actions.stop()
    tell("the desk's pages")
    few, many = extent.requests
    result["desk_ms"] = desk.compare(few, many, 20)
    return result


def main() -> None:
    """Measures, prints the ratios, and writes figures and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short slices, nothing of Marrow's trained")
    extent, name = (QUICK, "quick") if parser.parse_args().quick else (FULL, "full")
    # The stock pipeline's model takes minutes to load where the machine is busy.
    servers.START_SECONDS = 900
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), extent)
    result = {
        "ratios": ratios(measured),
        "machine": {
            "processors": len(os.sched_getaffinity(0)),
            "kind": platform.machine(),
            "python": platform.python_version(),
        },
        "taken": {"at": f"{datetime.now(UTC):%Y-%m-%d}", "seconds": round(time.perf_counter() - begun), "extent": name},
        **measured,
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.svg").write_text(drawn(result), encoding="utf-8")
    print("\n".join(lines(result)))
    print(f"written: benchmarks/results/{name}.json and {name}.svg, after {result['taken']['seconds']} s")


if __name__ == "__main__":
    main()
