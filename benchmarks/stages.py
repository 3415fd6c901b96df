"""How long each stage of a turn takes, in one process: run by `benchmarks.compare` in the bot's runtime.

`python -m benchmarks.stages stock|served MODEL ENDPOINTS TEXTS`; TEXTS is a JSON file with a list of conversations for
each kind of turn. Prints milliseconds a turn as JSON. With "stock" Rasa runs as it is, with "served" as Marrow serves.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import sys
import time
import uuid
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 3


class Clock:
    """Adds up what each stage takes by itself, without the stages that it calls."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0

    def _switch(self) -> None:
        now = time.perf_counter()
        if self._open:
            self.spent[self._open[-1]] += now - self._since
        self._since = now

    def enter(self, stage: str) -> None:
        """Begins a stage, within another or not."""
        self._switch()
        self._open.append(stage)

    def leave(self) -> None:
        """Ends the stage that was begun last."""
        self._switch()
        self._open.pop()

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Has the calls of a function or a coroutine counted as `stage`."""
        inner: Callable[..., Any] = getattr(owner, name)

        async def later(*arguments: Any, **more: Any) -> Any:
            self.enter(stage)
            try:
                return await inner(*arguments, **more)
            finally:
                self.leave()

        def now(*arguments: Any, **more: Any) -> Any:
            self.enter(stage)
            try:
                return inner(*arguments, **more)
            finally:
                self.leave()

        setattr(owner, name, later if inspect.iscoroutinefunction(inner) else now)


async def measure(model: str, endpoints: str, talks: dict[str, list[list[str]]]) -> dict[str, dict[str, float]]:
    """Milliseconds a turn by stage, for each kind of turn; the first conversation of a kind only warms up."""
    from rasa.core.agent import load_agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    agent = await load_agent(model_path=model, endpoints=AvailableEndpoints.read_endpoints(endpoints))
    clock = Clock()
    clock.watch(agent, "handle_message", "Rasa's own way between them")
    clock.watch(agent.tracker_store, "retrieve", "reading the conversation")
    clock.watch(agent.tracker_store, "save", "storing the conversation")
    clock.watch(agent.processor, "parse_message", "understanding")
    clock.watch(agent.processor, "_predict_next_with_tracker", "policies")
    clock.watch(agent.processor, "_run_action", "carrying out actions")
    clock.watch(EndpointConfig, "request", "the action server")
    found = {}
    for kind, conversations in talks.items():
        turns = 0
        for number, texts in enumerate(conversations * ROUNDS):
            if number == 1:
                clock.spent.clear()
                turns = 0
            sender = uuid.uuid4().hex
            for text in texts:
                await agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender, input_channel="rest"))
                turns += 1
        found[kind] = {stage: round(spent / turns * 1000, 2) for stage, spent in clock.spent.items()}
        clock.spent.clear()
    return found


def main() -> None:
    """Measures and prints."""
    way, model, endpoints, texts = sys.argv[1:]
    warnings.simplefilter("ignore")
    if way == "served":
        from bot.model_loading import serve_models_quickly
        from bot.without_tensorflow import leave_tensorflow_asleep

        leave_tensorflow_asleep()
        serve_models_quickly()
    import structlog

    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    talks = json.loads(Path(texts).read_text(encoding="utf-8"))
    print("RESULT", json.dumps(asyncio.run(measure(model, endpoints, talks))))


if __name__ == "__main__":
    main()
