"""Patients who talk to a cluster without pause, and a ledger of what became of each of their messages.

A patient behaves as the widget does (docs/wire-contract.md): who gets no answer sends the same message with the same id
again, and who is asked to send it once more does so with a new one.
"""

from __future__ import annotations

import ssl
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from scripts.cluster import Cluster
from tests.conversations.checks import custom_objects, open_question
from tests.conversations.player import START
from tests.e2e.gated_clinic import ALARMS
from tests.patient import TYPED

ANSWERS = {**TYPED, "more_details": "no"}
QUESTIONS = ("what is lupus", "is lupus contagious", "how much does it cost", "what are the risks of msc therapy")
# Each is told to whoever should send a message once more.
ASKED_AGAIN = ("Please send it once more", "Please send your last message again", "cannot be reached")
PATIENCE_SECONDS = 180
# Between two messages of a patient, so that the load is one of many people and not of a busy machine.
THINKS_SECONDS = 0.3
WITHIN_SECONDS = 1.0


@dataclass
class Sent:
    """A message, and whether it was taken (or she was asked to send it again)."""

    id: str
    text: str
    taken: bool = False


@dataclass
class Ledger:
    """What the patients did and saw; `wrong` says in words what must not be."""

    chats: list[tuple[Browser, list[Sent]]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    messages: int = 0
    retries: int = 0
    asked_again: int = 0
    alarms: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0


class Browser:
    """One chat through nginx."""

    def __init__(self, cluster: Cluster) -> None:
        context = ssl.create_default_context(cafile=str(cluster.certificate))
        # No connection is kept: nginx itself is killed too.
        limits = httpx.Limits(max_keepalive_connections=0)
        headers = {"Origin": cluster.url}
        self._http = httpx.Client(
            base_url=f"{cluster.url}/webhooks/website", verify=context, timeout=100, limits=limits, headers=headers
        )
        self.token = ""

    def call(self, method: str, path: str, ledger: Ledger | None = None, **options: Any) -> httpx.Response:
        """The first answer that is none of "nobody there"; raises AssertionError when there is none in time."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
                answer = self._http.request(method, path, headers=headers, **options)
                if answer.status_code < 500:
                    return answer
                said = f"{answer.status_code} {answer.text[:200]}"
            except httpx.TransportError as error:
                said = type(error).__name__
            if ledger is not None:
                ledger.retries += 1
            assert time.monotonic() < until, f"{method} {path}: {said}"
            time.sleep(0.2)

    def start(self) -> Browser:
        """Starts a chat."""
        answer = self.call("POST", "/session", json={})
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        return self

    def send(self, ledger: Ledger, message: Sent) -> list[dict[str, Any]]:
        """The replies to a message."""
        answer = self.call("POST", "/message", ledger, json={"id": message.id, "text": message.text})
        assert answer.status_code == 200, answer.text
        replies: list[dict[str, Any]] = answer.json()["replies"]
        return replies

    def history(self) -> list[dict[str, Any]]:
        """The whole chat, oldest first."""
        messages: list[dict[str, Any]] = []
        before: str | None = None
        while True:
            query = {"limit": "100", **({"before": before} if before else {})}
            page = self.call("GET", "/history", params=query).json()
            messages = page["messages"] + messages
            before = page["next"]
            if before is None:
                return messages


class Load:
    """`patients` people who ask and send requests until `stop`, and one whose every message is an emergency."""

    def __init__(self, cluster: Cluster, patients: int) -> None:
        self.cluster, self.ledger = cluster, Ledger()
        self.alarms_expected = threading.Event()
        self.alarms_expected.set()
        self._over = threading.Event()
        work = [(self._patient, number) for number in range(patients)] + [(self._alarmed, 0)]
        self._threads = [threading.Thread(target=self._guard, args=who, daemon=True) for who in work]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._over.set()

    def stop(self) -> Ledger:
        """Ends the load after the messages that are under way, and returns the ledger with everything compared."""
        self.end()
        for thread in self._threads:
            thread.join()
        for browser, sent in self.ledger.chats:
            self._compare(browser, sent)
        stored, told = self.cluster.requests(), self.ledger.references
        for reference in set(told) - set(stored):
            self.ledger.lost += 1
            self.ledger.wrong.append(f"the request {reference} was promised and is not there")
        # A patient asked to send again gets the reference of her one request.
        if len(stored) != len(set(told)):
            self.ledger.doubled += len(set(stored) - set(told))
            self.ledger.wrong.append(f"{len(stored)} requests are stored, {len(set(told))} were told")
        return self.ledger

    def _guard(self, work: Any, number: int) -> None:
        try:
            work(number)
        except Exception as error:
            self.ledger.lost += 1
            self.ledger.wrong.append(f"{type(error).__name__}: {error}")

    def _patient(self, number: int) -> None:
        while not self._over.is_set():
            browser, sent = Browser(self.cluster).start(), list[Sent]()
            self.ledger.chats.append((browser, sent))
            self._say(browser, sent, QUESTIONS[number % len(QUESTIONS)])
            replies = self._say(browser, sent, START)
            while True:
                if told := custom_objects(replies, "request"):
                    self.ledger.references += [request["reference"] for request in told]
                    break
                if self._over.is_set():
                    return
                asked = open_question(replies)
                assert asked is not None, f"the intake stopped asking: {replies}"
                replies = self._say(browser, sent, ANSWERS.get(asked["id"], "yes"))
                following = open_question(replies)
                assert following is None or following["id"] != asked["id"], f"an answer to {asked['id']} was not taken"

    def _say(self, browser: Browser, sent: list[Sent], text: str) -> list[dict[str, Any]]:
        """The replies to `text`, sent once more as often as she is asked to."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            message = Sent(uuid.uuid4().hex, text)
            sent.append(message)
            replies = browser.send(self.ledger, message)
            assert replies, "a message without an answer"
            self.ledger.messages += 1
            said = " ".join(reply.get("text", "") for reply in replies)
            message.taken = not any(words in said for words in ASKED_AGAIN)
            if message.taken:
                self._over.wait(THINKS_SECONDS)
                return replies
            self.ledger.asked_again += 1
            assert time.monotonic() < until, f"asked again for {PATIENCE_SECONDS} s: {said}"
            time.sleep(0.5)

    def _alarmed(self, _: int) -> None:
        kinds = list(ALARMS.items())
        while not self._over.wait(0.7):
            if self.alarms_expected.is_set():
                kind, text = kinds[len(self.ledger.alarms) % 2]
                took = self._alarm(kind, text)
                # Something else may have kept this machine busy.
                if took > WITHIN_SECONDS and (took := min(took, self._alarm(kind, text))) > WITHIN_SECONDS:
                    self.ledger.late.append(took)
                self.ledger.alarms.append(took)

    def _alarm(self, kind: str, text: str) -> float:
        browser = Browser(self.cluster).start()
        began = time.monotonic()
        replies = browser.send(self.ledger, Sent(uuid.uuid4().hex, text))
        took = time.monotonic() - began
        self.ledger.messages += 1
        kinds = [reply.get("custom", {}).get("safety", {}).get("kind") for reply in replies]
        assert kinds == [kind], f"an alarm was answered with {replies}"
        return took

    def _compare(self, browser: Browser, sent: list[Sent]) -> None:
        """What she sent against what the conversation holds: each once, in order, and answered."""
        messages = browser.history()
        heard = [message["id"] for message in messages if message["from"] == "patient"]
        taken = [message.id for message in sent if message.taken]
        for missing in set(taken) - set(heard):
            self.ledger.lost += 1
            self.ledger.wrong.append(f"the message {missing} was answered and is not in the chat")
        if len(heard) != len(set(heard)):
            self.ledger.doubled += len(heard) - len(set(heard))
            self.ledger.wrong.append("a message stands in the chat twice")
        order = [message.id for message in sent if message.id in heard]
        if order != heard:
            self.ledger.wrong.append("the chat has another order than its messages")
