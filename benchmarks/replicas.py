"""What a second bot brings: turns a second through nginx with one bot and with two, turn about, on one cluster.

`make benchmark-replicas`. Load, nginx, PostgreSQL and Redis share the machine with the bots, so that the figure says
little where anything else runs, and on two processors two bots cannot reach twice the turns of one.
"""

from __future__ import annotations

import argparse
import json
import ssl
import statistics
import tempfile
import threading
import time
import uuid
from pathlib import Path

import httpx

from scripts.cluster import Cluster
from scripts.cluster_files import PORTS
from tests.e2e.gated_clinic import UNLIMITED
from tests.e2e.servers import trained_model
from tests.ports import free_port

QUESTIONS = (
    "what is lupus",
    "is lupus contagious",
    "how much does stem cell therapy cost",
    "is it approved by the fda",
    "what are the side effects of msc therapy",
)
USERS = 8
ROUNDS = 5
SECONDS = 15.0
WARM_SECONDS = 5.0
# A chat of so many turns, and then another one.
CHAT_TURNS = 10


class User(threading.Thread):
    """Asks one question after the other, in new chats now and then; `answered` counts."""

    def __init__(self, cluster: Cluster, number: int, until: float) -> None:
        super().__init__(daemon=True)
        context = ssl.create_default_context(cafile=str(cluster.certificate))
        base = f"{cluster.url}/webhooks/website"
        self._http = httpx.Client(base_url=base, verify=context, timeout=60, headers={"Origin": cluster.url})
        self._number, self._until = number, until
        self.answered = 0
        self.failed = 0

    def run(self) -> None:
        turn = self._number
        while time.monotonic() < self._until:
            token = self._http.post("/session", json={}).json()["token"]
            for _ in range(CHAT_TURNS):
                turn += 1
                body = {"id": uuid.uuid4().hex, "text": f"{QUESTIONS[turn % len(QUESTIONS)]} {turn}"}
                answer = self._http.post("/message", json=body, headers={"Authorization": f"Bearer {token}"})
                if time.monotonic() > self._until:
                    return
                self.answered += answer.status_code == 200
                self.failed += answer.status_code != 200


def rate(cluster: Cluster, seconds: float) -> tuple[float, int]:
    """Turns a second of all users, and how many failed."""
    users = [User(cluster, number, time.monotonic() + seconds) for number in range(USERS)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    return sum(user.answered for user in users) / seconds, sum(user.failed for user in users)


def main() -> None:
    """Starts the cluster, measures one bot and two in turn, prints medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--output", type=Path, help="a JSON file for the figures")
    options = parser.parse_args()
    trained_model()
    with tempfile.TemporaryDirectory() as folder:
        ports = {name: free_port() for name in PORTS}
        cluster = Cluster(Path(folder) / "cluster", ports, limits=False, **UNLIMITED)
        print("starting two bots, two action servers and what they need (about 30 s) ...", flush=True)
        found: dict[str, list[float]] = {"bot": [], "": []}
        failed = 0
        try:
            cluster.prepare().start().wait_until_ready()
            for number in range(options.rounds + 1):
                for only, rates in found.items():
                    cluster.write_servers(only=only)
                    cluster.reload()
                    turns, wrong = rate(cluster, options.seconds if number else WARM_SECONDS)
                    failed += wrong
                    if number:
                        rates.append(turns)
                        print(f"{'one bot ' if only else 'two bots'}  {turns:6.1f} turns/s", flush=True)
        finally:
            cluster.stop()
            cluster.remove()
    one, two = statistics.median(found["bot"]), statistics.median(found[""])
    figures = {"one_bot": round(one, 1), "two_bots": round(two, 1), "ratio": round(two / one, 2), "failed": failed}
    print(json.dumps({"turns_a_second": figures, "users": USERS, "rounds": options.rounds}))
    if options.output:
        options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
