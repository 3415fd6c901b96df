"""Plays written intakes over HTTP against a running Marrow, as the people in them would answer."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MOST_TURNS = 120
MOST_ATTEMPTS = 4  # answers to one question before the player gives up on it
# What is sent where nothing is written: a way on that every patient has.
BEGIN, GO_ON, WELL, LEAVE_OUT = "I want to request a consultation", "continue", "It is not happening now", "skip"


@dataclass
class Played:
    """What came of one intake.

    reference: of the request that was sent, or None; turns: messages written for it that were sent; missed: those of
    them that were not understood, with the open question; alarms: messages that raised a safety message; asked: the
    questions that were asked.
    """

    reference: str | None = None
    turns: int = 0
    missed: list[tuple[str, str]] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    stuck: str | None = None
    asked: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Replies:
    """The replies to one message."""

    messages: list[Json]

    def objects(self, name: str) -> list[Any]:
        """The objects of this name, in order (docs/wire-contract.md)."""
        customs = (message.get("custom") or {} for message in self.messages)
        return [custom[name] for custom in customs if name in custom]

    @property
    def question(self) -> Json | None:
        """The question that is open now, as far as the replies show one."""
        asked = self.objects("question")
        return asked[-1] if asked else None

    @property
    def open(self) -> str:
        """Its id, or nothing."""
        return str((self.question or {}).get("id", ""))


class Player:
    """Plays one intake (docs/understanding.md, "Whole intakes"). `base`: the address of a development server."""

    def __init__(self, base: str, intake: Json, sender: str) -> None:
        self._base, self._sender = base, sender
        self._answers = {key: list(said) for key, said in intake["turns"].items()}
        self._order = list(intake["turns"])
        self._asides: list[Json] = list(intake.get("asides", ()))
        self._opening: list[str] = list(intake["opening"])
        self._review: list[str] = list(intake.get("review", ()))
        self._asked: dict[str, int] = {}
        self.played = Played()

    def play(self) -> Played:
        """Send message after message until the request is there, or nothing leads on."""
        replies = Replies([])
        for text in self._opening:
            replies = self._written(text)
        for _ in range(MOST_TURNS):
            sent = replies.objects("request")
            if sent:
                self.played.reference = str(sent[-1]["reference"])
                return self.played
            if self.played.stuck:
                return self.played
            replies = self._next(replies)
        self.played.stuck = "too many turns"
        return self.played

    def _next(self, replies: Replies) -> Replies:
        if replies.objects("safety"):
            return self._send(WELL)
        if not replies.open:
            return self._send(GO_ON if self._asked else BEGIN)
        if replies.open == "review":
            return self._at_review()
        aside = self._aside(replies.open)
        return self._written(aside) if aside else self._answer(replies)

    def _at_review(self) -> Replies:
        if self._asides:
            return self._written(self._asides.pop(0)["say"])
        return self._written(self._review.pop(0)) if self._review else self._send("send it")

    def _aside(self, open_id: str) -> str | None:
        """What is said by the way before an answer; late, where its own question was never asked."""
        if open_id not in self._order:
            return None
        here = self._order.index(open_id)
        for aside in self._asides:
            place = self._order.index(aside["at"]) if aside["at"] in self._order else 0
            if place < here or (place == here and not self._asked.get(open_id)):
                self._asides.remove(aside)
                return str(aside["say"])
        return None

    def _answer(self, replies: Replies) -> Replies:
        open_id, before = replies.open, replies.question
        count = self._asked[open_id] = self._asked.get(open_id, 0) + 1
        self.played.asked.add(open_id)
        if count > MOST_ATTEMPTS + 1:
            self.played.stuck = open_id
            return replies
        said = self._answers.get(open_id)
        if not said:
            return self._send("no" if open_id in ("safety_check", "cancel", "restart") else LEAVE_OUT)
        text = (said.pop(0) if len(said) > 1 else said[0]) if count <= MOST_ATTEMPTS else LEAVE_OUT
        after = self._written(text)
        # A question that is asked back with choices of its own was understood, and only wants to be sure.
        if after.open == open_id and (after.question or {}).get("choices") == (before or {}).get("choices"):
            self._miss(text, open_id)
        return after

    def _written(self, text: str) -> Replies:
        """Send what a person wrote; these messages count."""
        self.played.turns += 1
        replies = self._send(text)
        if replies.objects("safety"):
            self.played.alarms.append(text)
        if replies.objects("fallback"):
            self._miss(text, replies.open)
        return replies

    def _miss(self, text: str, open_id: str) -> None:
        if (text, open_id) not in self.played.missed:
            self.played.missed.append((text, open_id))

    def _send(self, text: str) -> Replies:
        body = json.dumps({"sender": self._sender, "message": text}).encode()
        request = urllib.request.Request(
            f"{self._base}/webhooks/rest/webhook", data=body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=120) as reply:
            return Replies(json.loads(reply.read().decode() or "[]"))
