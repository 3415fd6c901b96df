"""Has each message answered exactly once, however often and through however many processes it comes in."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from rasa.core.channels.channel import UserMessage
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.replies import OnNewMessage, Replies, collect_replies, content_of
from bot.channels.website.history import History, numbered
from bot.channels.website.http import ProblemError
from bot.channels.website.settings import Settings
from bot.channels.website.store import Claim, ClaimState, Reply, Store
from bot.channels.website.tokens import Session
from bot.language import language

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
THREADS = 4
RETRY_SECONDS = 5

Result = TypeVar("Result")


class TimedReplies(Replies):
    """Replies that keep the time at which the tracker says they were made."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Adds `message` as one reply with its time; a message without content is dropped."""
        content = content_of(message)
        if content:
            await self.add({**content, "timestamp": message.get("timestamp", time.time())})


def chat_over() -> ProblemError:
    """The refusal of a token that opens nothing any more."""
    return ProblemError(401, "this chat is over; start a new one")


class Turns:
    """Answers messages and remembers the replies."""

    def __init__(self, settings: Settings, store: Store, history: History, channel: str) -> None:
        self._settings = settings
        self._store = store
        self._history = history
        self._channel = channel
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="website")
        self._running: set[asyncio.Task[list[Reply]]] = set()

    async def run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Runs a blocking call of the store or the history in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def answer(self, on_new_message: OnNewMessage, session: Session, message_id: str, text: str) -> list[Reply]:
        """The replies to a message: fresh ones, or those that its first call got.

        Raises Problem 401 when the chat was ended, 409 when the id was used for another text, and 503
        when the first call is still being answered after the longest wait.
        """
        owner = secrets.token_hex(16)
        fingerprint = self._store.fingerprint(text)
        deadline = time.monotonic() + self._settings.wait_seconds
        while True:
            claim = await self.run(self._store.claim, session, message_id, fingerprint, owner, time.time())
            if claim.state is ClaimState.ENDED:
                raise chat_over()
            if claim.state is ClaimState.CONFLICT:
                raise ProblemError(409, "this message id was used for another text; a new message needs a new id")
            if claim.state is ClaimState.ANSWERED:
                return list(claim.replies)
            if claim.state is not ClaimState.BUSY:
                break
            if time.monotonic() > deadline:
                raise ProblemError(
                    503, "this message is still being answered; send it again", retry_after=RETRY_SECONDS
                )
            await asyncio.sleep(POLL_SECONDS)
        # A task of its own: when the patient's connection breaks, the turn still ends in order and the
        # retry finds its replies.
        turn = asyncio.create_task(self._turn(on_new_message, session, message_id, text, owner, claim))
        self._running.add(turn)
        turn.add_done_callback(self._running.discard)
        return await asyncio.shield(turn)

    async def _turn(
        self,
        on_new_message: OnNewMessage,
        session: Session,
        message_id: str,
        text: str,
        owner: str,
        claim: Claim,
    ) -> list[Reply]:
        conversation = session.conversation
        heartbeat = asyncio.create_task(self._stay_alive(conversation, message_id, owner))
        try:
            replies = None
            if claim.state is ClaimState.TAKEN_OVER:
                replies = await self.run(self._history.replies_to, conversation, message_id)
                if replies == []:
                    replies = numbered(message_id, [({"text": language().say("silence")}, time.time())])
            if replies is None:
                replies = await self._ask_bot(on_new_message, session, message_id, text)
            kept = await self.run(self._store.keep_replies, conversation, message_id, owner, replies)
        finally:
            heartbeat.cancel()
        if kept.state is ClaimState.ENDED:
            raise chat_over()
        return list(kept.replies)

    async def _ask_bot(self, on_new_message: OnNewMessage, session: Session, message_id: str, text: str) -> list[Reply]:
        message = UserMessage(
            text,
            TimedReplies(),
            session.conversation,
            input_channel=self._channel,
            message_id=message_id,
            metadata={"message_id": message_id, "locale": session.locale},
        )
        collected = await collect_replies(on_new_message, message)
        now = time.time()
        return numbered(message_id, [(content_of(reply), reply.get("timestamp", now)) for reply in collected])

    async def _stay_alive(self, conversation: str, message_id: str, owner: str) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 4)
            try:
                await self.run(self._store.renew, conversation, message_id, owner, time.time())
            except SQLAlchemyError as error:
                logger.error("A message's lease could not be renewed: %s", type(error).__name__)
