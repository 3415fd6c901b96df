"""Plays a conversation file against the running bot and collects everything that was said."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import cache

from tests.conversations.checks import (
    always_problems,
    custom_objects,
    open_question,
    problems,
    request_problems,
)
from tests.conversations.format import Conversation, Turn, Use, load_patients
from tests.e2e.servers import Reply, Stack

START = "I would like to request a consultation"
SEND = "yes"
REVIEW = "review"
EARLIER = "an_earlier_request"
# A patient answers each question once; more turns than that mean that the bot goes round in circles.
MOST_TURNS = 60


class ConversationError(AssertionError):
    """Something came back that must not, or did not come back; the message holds the whole transcript."""


class Player:
    """One conversation with the bot."""

    def __init__(self, stack: Stack, name: str = "test") -> None:
        self._stack = stack
        self.replies: list[Reply] = []
        self._name = name[:60]
        self._chats: list[str] = []
        self.new_chat()
        self._transcript: list[str] = []
        self.typed: list[str] = []
        self.reference: str | None = None
        self.code: str | None = None

    def new_chat(self) -> None:
        """Goes on in another chat, as on another device."""
        self.sender = f"{self._name}-{uuid.uuid4().hex[:12]}"
        self._chats.append(self.sender)
        self.replies = []

    def chat_before(self) -> None:
        """Goes back to the chat before this one."""
        self.sender = self._chats[-2]
        self.replies = []

    def say(self, text: str, expected: dict[str, object] | None = None) -> list[Reply]:
        """Sends `text` and checks the replies; `{reference}` and `{code}` stand for those told last.

        Raises ConversationError with the transcript.
        """
        text = text.replace("{reference}", self.reference or "{reference}").replace("{code}", self.code or "{code}")
        self._transcript.append(f"patient: {text}")
        self.typed.append(text)
        self.replies = self._stack.say(self.sender, text)
        self._transcript += [_line(reply) for reply in self.replies]
        if requests := custom_objects(self.replies, "request"):
            self.reference = requests[-1]["reference"]
        if codes := custom_objects(self.replies, "resume"):
            self.code = codes[-1]["code"]
        self.check([*always_problems(self.replies), *self.problems(expected or {})])
        return self.replies

    def problems(self, expected: dict[str, object]) -> Iterable[str]:
        """What in the replies is not as expected."""
        return problems(expected, self.replies)

    def check(self, found: Iterable[str]) -> None:
        """Raises ConversationError with the transcript when there is any problem."""
        if listed := list(found):
            transcript = "\n".join(self._transcript)
            raise ConversationError("\n".join(f"* {problem}" for problem in listed) + f"\n\n{transcript}")

    def start_intake(self) -> None:
        """Asks for a consultation, up to the first question."""
        self.say(START, {"question": "consent_privacy"})

    def answer_until(self, until: str, answers: dict[str, str]) -> None:
        """Answers whatever question is open from `answers` until `until` is open (started when none is)."""
        if not self.replies or open_question(self.replies) is None:
            self.start_intake()
        for _ in range(MOST_TURNS):
            question = open_question(self.replies)
            if question is None:
                self.check([f"the intake stopped asking before '{until}'"])
                return
            if question["id"] == until:
                return
            if question["id"] not in answers:
                self.check([f"'{question['id']}' was asked, '{until}' was not"])
            self.say(answers[question["id"]])
            following = open_question(self.replies)
            if following is not None and following["id"] == question["id"]:
                self.check([f"the answer {answers[question['id']]!r} to {question['id']} was not taken"])
        self.check([f"'{until}' was not reached in {MOST_TURNS} turns"])

    def send(self) -> str:
        """Confirms the review; returns the reference."""
        self.say(SEND, {"request": "new", "question": None})
        if self.reference is None:
            raise ConversationError("no reference was told")
        return self.reference


def _line(reply: Reply) -> str:
    shown = reply.get("text", "").replace("\n", "\n         ")
    buttons = "".join(f" [{button['title']} -> {button['payload']}]" for button in reply.get("buttons", []))
    custom = reply.get("custom", {})
    marks = [f"{kind} {custom[kind].get('id', custom[kind].get('kind', ''))}".strip() for kind in custom]
    return f"    bot: {shown}{buttons}" + (f"  <{', '.join(marks)}>" if marks else "")


def play(conversation: Conversation, stack: Stack, player: Player | None = None) -> None:
    """Plays the file turn by turn; raises ConversationError at the first turn that is not as expected."""
    player = player or Player(stack, conversation.path.stem)
    if any(isinstance(step, Use) and step.name == EARLIER for step in conversation.steps):
        player.reference = earlier_request(stack)
    before = stack.references()
    for step in conversation.steps:
        if isinstance(step, Turn):
            player.say(step.user, step.bot)
        else:
            _play_snippet(player, step)
    player.check(_storage_problems(conversation, stack, stack.references() - before))


@cache
def earlier_request(stack: Stack) -> str:
    """The reference of a request that `ana` sent in another conversation; made once for a stack."""
    player = Player(stack, "earlier-request")
    player.answer_until(REVIEW, load_patients()["ana"])
    return player.send()


def _play_snippet(player: Player, use: Use) -> None:
    answers = {**load_patients()[use.patient], **use.changed}
    if use.name == EARLIER:
        return
    if use.name in ("a_new_chat", "the_chat_before"):
        (player.new_chat if use.name == "a_new_chat" else player.chat_before)()
        return
    if use.name == "start_intake":
        player.start_intake()
    elif use.until is not None:
        player.answer_until(use.until, answers)
    else:
        player.answer_until(REVIEW, answers)
        player.send()


def _storage_problems(conversation: Conversation, stack: Stack, created: set[str]) -> Iterable[str]:
    if conversation.request is None:
        if created:
            yield f"expected no consultation request, found {sorted(created)}"
        return
    if len(created) != 1:
        yield f"expected exactly one consultation request, found {sorted(created)}"
        return
    yield from request_problems(conversation.request, stack.show_request(created.pop()))
