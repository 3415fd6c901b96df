"""The conversations of one platform: each message answered once, in order, in the background."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from functools import partial
from typing import Any, ClassVar, Protocol

from rasa.core.channels.channel import UserMessage

from bot.channels.messaging import notices
from bot.channels.messaging.capabilities import CHANNELS
from bot.channels.messaging.delivery import Delivery, DeliveryError
from bot.channels.messaging.identity import conversation_id
from bot.channels.messaging.inbound import Inbound
from bot.channels.messaging.memory import Memory
from bot.channels.messaging.notes import Notes
from bot.channels.messaging.options import Options, pressed, typed
from bot.channels.messaging.render import Outgoing, render_turn
from bot.channels.messaging.settings import Shared
from bot.channels.messaging.waiting import MessagingReplies, Waiting
from bot.channels.replies import OnNewMessage, collect_replies
from bot.language import language
from bot.safety.reply import safety_reply
from bot.safety.watch import look_aside

logger = logging.getLogger(__name__)

MAXIMUM_TEXT = 4000
OPTIONS_SECONDS = 7 * 24 * 3600
MOST_WAITING = 10
# Alarms have places of their own.
MOST_WAITING_ALARMS = 20
DRAIN_SECONDS = 10
# A message waits so long for an earlier one that another process has: longer than the lease of one that died.
OLDER_SECONDS = 20.0
LOOK_SECONDS = 0.25


class Platform(Protocol):
    """What is asked of the channel whose conversations these are."""

    title: ClassVar[str]
    shared: Shared
    memory: Memory
    notes: Notes
    delivery: Delivery

    async def send(self, address: tuple[str, ...], message: Outgoing) -> None:
        """Sends one message; raises DeliveryError."""

    async def confirm_press(self, inbound: Inbound) -> None:
        """Tells the platform that a button was understood."""

    def intake_on(self, channel: str) -> str:
        """ "chat" when the intake may be asked on `channel` itself, else "link"."""


class Conversations:
    """Who waits for an answer on one platform; a conversation's messages are answered one after another."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._waiting: dict[str, deque[Waiting]] = {}
        self.workers: set[asyncio.Future[Any]] = set()

    async def drain(self) -> None:
        """Waits for the answers that are under way, at most `DRAIN_SECONDS`."""
        if self.workers:
            await asyncio.wait(self.workers, timeout=DRAIN_SECONDS)

    async def enqueue(self, arrived: Waiting, on_new_message: OnNewMessage) -> None:
        """Has a message answered in the background, after the same conversation's earlier messages."""
        inbound, alarm = arrived.inbound, arrived.alarm
        conversation = conversation_id(self._platform.shared.key, inbound.channel, inbound.user)
        if alarm is not None:
            self.keep(asyncio.ensure_future(self._answer_in_time(conversation, arrived)))
            if inbound.kind == "group":
                self.keep(asyncio.ensure_future(self._platform.notes.close(arrived.event)))
                return
        waiting = self._waiting.get(conversation)
        if waiting is None:
            self._waiting[conversation] = deque([arrived])
            self.keep(asyncio.ensure_future(self._work(conversation, on_new_message)))
        elif arrived.again:
            # It came before whatever waits here and is not being answered yet.
            waiting.insert(sum(other.begun or other.again for other in waiting), arrived)
        elif len(waiting) < (MOST_WAITING if alarm is None else MOST_WAITING_ALARMS):
            waiting.append(arrived)
        else:
            self.keep(asyncio.ensure_future(self._platform.notes.close(arrived.event)))
            if alarm is None and await self._platform.memory.claim(f"notice:busy:{conversation}", notices.SECONDS):
                self.keep(asyncio.ensure_future(self._deliver(inbound.address, [Outgoing(language().say("too_fast"))])))

    async def _answer_in_time(self, conversation: str, arrived: Waiting) -> None:
        """Sends the safety message of an alarm whose turn has not come or does not end; in a group at once."""
        if arrived.alarm is None:
            return
        if arrived.inbound.kind != "group":
            await asyncio.sleep(arrived.patience())
        if arrived.may_answer():
            reply = safety_reply(arrived.alarm, conversation)
            turn = render_turn([reply], CHANNELS[arrived.inbound.channel], self._platform.shared.widget_url)
            await self._deliver(arrived.inbound.address, list(turn.messages))

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Holds on to a task until it is done; asyncio itself does not."""
        self.workers.add(task)
        task.add_done_callback(self.workers.discard)

    async def _work(self, conversation: str, on_new_message: OnNewMessage) -> None:
        waiting = self._waiting[conversation]
        while waiting:
            await self._older_first(conversation, waiting)
            current, done = waiting[0], True
            current.begun = True
            try:
                done = await self._answer(conversation, current, on_new_message)
            except Exception as error:
                # Only the kind: the words of an error may quote the patient.
                logger.error("%s: a message could not be answered: %s", self._platform.title, type(error).__name__)
            # Only what the platform has taken is answered; the rest is tried again later.
            notes = self._platform.notes
            await (notes.close(current.event, current.offered) if done else notes.put_back(current.event))
            waiting.popleft()
        del self._waiting[conversation]

    async def _older_first(self, conversation: str, waiting: deque[Waiting]) -> None:
        """Waits for what another process has of this conversation and came earlier; takes it up when that one is dead.

        An alarm waits for nobody.
        """
        until = time.monotonic() + OLDER_SECONDS
        while waiting[0].alarm is None and not waiting[0].again and time.monotonic() < until:
            older = await self._platform.notes.older(waiting[0].event, conversation)
            for event, inbound in reversed(older.adopted):
                alarm = await look_aside(inbound.text) if inbound.kind != "button" else None
                waiting.appendleft(Waiting(inbound, alarm, event, again=True))
            if older.adopted or not older.held:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _options(self, conversation: str) -> Options:
        """What was offered last: as the memory has it, or after a restart the notes."""
        kept = await self._platform.memory.get(f"options:{conversation}")
        return Options.load(kept or await self._platform.notes.options(conversation))

    async def _answer(self, conversation: str, waiting: Waiting, on_new_message: OnNewMessage) -> bool:
        inbound = waiting.inbound
        if inbound.kind in notices.BY_KIND:
            # Said once, however many pictures arrive.
            key, seconds = notices.BY_KIND[inbound.kind]
            if await self._platform.memory.claim(f"notice:{inbound.kind}:{conversation}", seconds):
                await self._deliver(inbound.address, [Outgoing(language().say(key))])
            return True
        options = await self._options(conversation)
        if inbound.kind == "button":
            self.keep(asyncio.ensure_future(self._confirm(inbound)))
            meant = pressed(inbound.text, options)
            if meant is None:
                return await self._deliver(inbound.address, [Outgoing(language().say("old_button"))])
            text = meant
        else:
            text = typed(inbound.text, options)
        return await self._take_turn(conversation, waiting, text, on_new_message)

    async def _take_turn(self, conversation: str, waiting: Waiting, text: str, on_new_message: OnNewMessage) -> bool:
        inbound = waiting.inbound
        message = UserMessage(
            text[:MAXIMUM_TEXT].lstrip("/"),
            MessagingReplies(),
            conversation,
            input_channel=inbound.channel,
            message_id=waiting.event,
            metadata={"intake": self._platform.intake_on(inbound.channel)},
        )
        # A turn that was taken already moved the conversation: its words are said again, and nothing else.
        replies = await self._platform.notes.recorded(conversation, waiting.event) if waiting.again else None
        if not replies:
            replies = await collect_replies(on_new_message, message, waiting.alarm)
        if not waiting.may_answer():
            return True
        done = True
        turn = render_turn(replies, CHANNELS[inbound.channel], self._platform.shared.widget_url)
        if turn.is_safety:
            done = await self._deliver(inbound.address, list(turn.messages))
        if [reply.get("text") for reply in replies] != [language().say("silence")]:
            waiting.offered = turn.options.dump()
            await self._platform.memory.put(f"options:{conversation}", waiting.offered, OPTIONS_SECONDS)
        if not turn.is_safety:
            remarks = notices.remarks(too_long=len(text) > MAXIMUM_TEXT, media=inbound.media)
            done = await self._deliver(inbound.address, [*turn.messages, *map(Outgoing, remarks)])
        return done

    async def _confirm(self, inbound: Inbound) -> None:
        try:
            await self._platform.delivery.run(lambda: self._platform.confirm_press(inbound))
        except DeliveryError as error:
            logger.info("%s: a pressed button could not be confirmed: %s", self._platform.title, error)

    async def _deliver(self, address: tuple[str, ...], messages: list[Outgoing]) -> bool:
        """Whether there is nothing left to do: all is said, or will never be taken."""
        for number, message in enumerate(messages, 1):
            try:
                await self._platform.delivery.run(partial(self._platform.send, address, message))
            except DeliveryError as error:
                logger.error(
                    "%s: message %d of %d could not be delivered: %s",
                    self._platform.title,
                    number,
                    len(messages),
                    error,
                )
                # Later parts without this one would mislead.
                return not error.is_passing
        return True
