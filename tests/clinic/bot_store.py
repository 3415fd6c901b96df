"""The bot's own tracker store, in the bot's runtime: one process for all tests, since it imports Rasa for seconds."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Read now: each test starts without any setting from outside.
BOT_PYTHON = os.environ.get("MARROW_BOT_PYTHON", str(ROOT / ".venv-bot/bin/python"))
QUIET = {"SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def bot(what: str, data_dir: Path, *senders: str) -> list[str]:
    """Let the bot's own tracker store "write" or "read" conversations, with the settings of this moment."""
    settings = {"url": os.environ.get("MARROW_TRACKER_URL", ""), "data_dir": str(data_dir)}
    settings["key"] = os.environ.get("MARROW_TRACKER_KEY", "")
    process = _process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([what, settings, senders]) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the bot's runtime has ended"
    told = json.loads(answer)
    assert isinstance(told, list), told
    return told


@cache
def _process() -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [BOT_PYTHON, "-W", "ignore", str(Path(__file__))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
    )
    atexit.register(_end, started)
    return started


def _end(process: subprocess.Popen[str]) -> None:
    process.communicate()


def _asked(what: str, settings: dict[str, str], senders: list[str]) -> list[str]:
    """In the bot's runtime: what was read, a text for each of the senders."""
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.tracker_store import EncryptedTrackerStore

    store = EncryptedTrackerStore(domain=Domain.empty(), **settings)
    read: list[str] = []
    for sender in senders:
        if what == "write":
            asyncio.run(store.save(DialogueStateTracker.from_events(sender, [UserUttered("my name is Rosalind")])))
        else:
            tracker: Any = asyncio.run(store.retrieve(sender))
            read.append(tracker.latest_message.text if tracker and tracker.events else "nothing")
    store.engine.dispose()
    return read


def _serve() -> None:
    """In the bot's runtime: a line of JSON in, a line of JSON out; an error is a text."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        what, settings, senders = json.loads(line)
        try:
            told: Any = _asked(what, settings, senders)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    _serve()
