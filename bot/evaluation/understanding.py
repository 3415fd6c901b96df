"""Runs the understanding of trained models over texts, in this process and on one thread, and times it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRESS_EVERY = 100
TURN = 20
FAQ = "faq"


@dataclass(frozen=True)
class Understood:
    """What the model made of one text; `answer` is the FAQ topic or the intent, as a patient would meet it."""

    intent: str
    answer: str
    confidence: float
    ranking: tuple[str, ...]
    entities: tuple[dict[str, Any], ...]
    milliseconds: float


def read_parse(parse: dict[str, Any], milliseconds: float) -> Understood:
    """Rasa's parse result in short."""
    intent = parse["intent"]["name"] or ""
    selector = (parse.get("response_selector") or {}).get(FAQ) or {}
    ranking = tuple(str(row["intent_response_key"]).removeprefix(f"{FAQ}/") for row in selector.get("ranking") or ())
    best = selector.get("response") or {}
    topic = str(best.get("intent_response_key") or (ranking[0] if ranking else "")).removeprefix(f"{FAQ}/")
    is_faq = intent == FAQ
    confidence = best.get("confidence") if is_faq else parse["intent"].get("confidence")
    return Understood(
        intent=intent,
        answer=topic if is_faq else intent,
        confidence=float(confidence or 0.0),
        ranking=ranking,
        entities=tuple(parse.get("entities") or ()),
        milliseconds=milliseconds,
    )


def understand(models: Mapping[str, Path], texts: Sequence[str]) -> dict[str, list[Understood]]:
    """What each model understands of each text.

    The models take turns, some messages each, so that a machine that is slower for a while is slower for all of them.

    Args:
        models: trained models by the names to print.
        texts: the messages.

    Returns:
        For each name what its model made of each text, in the order of the texts.
    """
    from rasa.core.agent import Agent

    agents = {}
    for name, model in models.items():
        print(f"{name}: loading {model.name} ...", flush=True)
        agents[name] = Agent.load(str(model))

    async def parse_all() -> dict[str, list[Understood]]:
        results: dict[str, list[Understood]] = {name: [] for name in agents}
        for agent in agents.values():
            await agent.parse_message("warm up")
        for start in range(0, len(texts), TURN):
            turn = texts[start : start + TURN]
            for name, agent in agents.items():
                for text in turn:
                    begun = time.perf_counter()
                    parse = await agent.parse_message(text)
                    results[name].append(read_parse(parse, (time.perf_counter() - begun) * 1000))
            done = start + len(turn)
            if done % PROGRESS_EVERY == 0 or done == len(texts):
                print(f"{done} of {len(texts)} messages", flush=True)
        return results

    return asyncio.run(parse_all())
