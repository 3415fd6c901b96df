"""A bot as far as locks go, run as a process of its own by test_turn_lock.py, through Rasa's own loader.

Reads lines `CONVERSATION NUMBER SECONDS`, and for each holds the conversation's lock so long; says on its output when
each message is in the line. What it does while it holds a lock is written to the list `JOURNAL` in Redis.
"""

from __future__ import annotations

import asyncio
import sys

import redis
from rasa.core.lock_store import LockStore
from rasa.utils.endpoints import EndpointConfig


async def turn(store: LockStore, journal: redis.Redis, key: str, conversation: str, number: str, seconds: float):
    async with store.lock(conversation):
        journal.rpush(key, f"{conversation} begin {number}")
        await asyncio.sleep(seconds)
        journal.rpush(key, f"{conversation} end {number}")


async def main(url: str, key: str) -> None:
    config = {"type": "bot.lock_store.ConfiguredLockStore", "redis_url": url}
    store = LockStore.create(EndpointConfig.from_dict(config))
    journal = redis.Redis.from_url(url)
    turns = set()
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        conversation, number, seconds = line.split()
        turns.add(asyncio.create_task(turn(store, journal, key, conversation, number, float(seconds))))
        # The ticket is taken before the turn waits for anything.
        await asyncio.sleep(0)
        print(number, flush=True)
    await asyncio.gather(*turns)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
