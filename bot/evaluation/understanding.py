"""Runs a trained model's understanding over texts, in this process and on one thread, and times it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRESS_EVERY = 100
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


def understand(model: Path, texts: list[str], name: str) -> list[Understood]:
    """What the model in `model` understands of each text; prints progress under `name`."""
    from rasa.core.agent import Agent

    print(f"{name}: loading {model.name} ...", flush=True)
    agent = Agent.load(str(model))

    async def parse_all() -> list[Understood]:
        await agent.parse_message("warm up")
        results = []
        for number, text in enumerate(texts, 1):
            begun = time.perf_counter()
            parse = await agent.parse_message(text)
            results.append(read_parse(parse, (time.perf_counter() - begun) * 1000))
            if number % PROGRESS_EVERY == 0:
                print(f"{name}: {number} of {len(texts)} messages", flush=True)
        return results

    return asyncio.run(parse_all())
