"""What all messaging channels share: refuse what is forged, acknowledge at once, answer once and in order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.messaging import notices
from bot.channels.messaging.capabilities import CHANNELS
from bot.channels.messaging.delivery import Delivery, DeliveryError
from bot.channels.messaging.identity import conversation_id
from bot.channels.messaging.inbound import Inbound, UnreadableError
from bot.channels.messaging.inbox import Inbox
from bot.channels.messaging.memory import memory_for
from bot.channels.messaging.notes import Notes
from bot.channels.messaging.off import OffChannel
from bot.channels.messaging.options import Options, pressed, typed
from bot.channels.messaging.render import Outgoing, render_turn
from bot.channels.messaging.settings import CHAT, LINK, Shared, read_shared
from bot.channels.messaging.waiting import MessagingReplies, Waiting
from bot.channels.replies import SILENCE, OnNewMessage, collect_replies
from bot.safety.reply import safety_reply
from bot.safety.watch import look_aside

logger = logging.getLogger(__name__)

MAXIMUM_BODY = 512 * 1024
MAXIMUM_TEXT = 4000
OPTIONS_SECONDS = 7 * 24 * 3600
MOST_WAITING = 10
# Alarms have places of their own.
MOST_WAITING_ALARMS = 20
DRAIN_SECONDS = 10
# These write message texts, phone numbers or tokens into the log at their lower levels.
TALKATIVE = ("aiogram", "twilio.http_client", "slack_sdk", "urllib3", "fbmessenger")


class MessagingChannel(InputChannel):
    """One platform's webhook. A subclass says how its calls are proved, read and answered."""

    title: ClassVar[str]
    # Setting in credentials.yml -> environment variable; all of them are needed.
    needed: ClassVar[Mapping[str, str]]

    shared: Shared
    delivery: Delivery = Delivery()

    def prepare(self, shared: Shared) -> None:
        """Sets up what every channel needs; a subclass calls it from its `__init__`."""
        self.shared = shared
        self.memory = memory_for(shared.redis_url)
        inbox = Inbox(shared.database, shared.tracker_keys) if shared.database is not None else None
        self.notes = Notes(self.name(), self.memory, inbox)
        self._waiting: dict[str, deque[Waiting]] = {}
        self._workers: set[asyncio.Future[Any]] = set()
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """The channel, or one that is off when it is not (or not properly) set up; never an error."""
        given = {name: str((credentials or {}).get(name) or "").strip() for name in cls.needed}
        missing = [cls.needed[name] for name, value in given.items() if not value]
        if len(missing) == len(given):
            logger.info("%s is off: %s not set", cls.title, ", ".join(missing))
            return OffChannel(cls.name())
        shared, problem = read_shared(credentials)
        if missing:
            problem = f"{', '.join(missing)} not set"
        elif shared is not None:
            problem = cls.problem_in(credentials or {}, shared)
        if problem or shared is None:
            logger.warning("%s is off: %s", cls.title, problem)
            return OffChannel(cls.name())
        logger.info("%s is on (intake: %s)", cls.title, shared.intake)
        return cls.create(credentials or {}, shared)

    @classmethod
    def problem_in(cls, credentials: Mapping[str, Any], shared: Shared) -> str:
        """What is wrong with settings that are all there; empty when nothing is."""
        return ""

    @classmethod
    def create(cls, credentials: Mapping[str, Any], shared: Shared) -> MessagingChannel:
        """The channel with complete settings."""
        raise NotImplementedError

    def is_authentic(self, request: Request) -> bool:
        """Whether the platform made this call; only what the proof needs is read."""
        raise NotImplementedError

    def read(self, request: Request) -> list[Inbound]:
        """What the call brings; raises UnreadableError. Things that need no answer are left out."""
        raise NotImplementedError

    def acknowledge(self, request: Request) -> HTTPResponse:
        """What the platform wants to hear at once."""
        return response.text("")

    async def send(self, address: tuple[str, ...], message: Outgoing) -> None:
        """Sends one message; raises DeliveryError."""
        raise NotImplementedError

    async def confirm_press(self, inbound: Inbound) -> None:
        """Tells the platform that a button was understood, where it waits for that."""

    async def starting(self) -> None:
        """Called in the background once the server runs."""

    async def closing(self) -> None:
        """Called when the server stops."""

    def add_routes(self, blueprint: Blueprint) -> None:
        """Adds what a platform needs beside the webhook itself."""

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The routes: health and webhook."""
        blueprint = Blueprint(f"marrow_{self.name()}")

        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            return await self._receive(request, on_new_message)

        self.add_routes(blueprint)

        def take_up(event: str, inbound: Inbound) -> None:
            logger.info("%s: takes up a message whose answer was cut short", self.title)
            self._keep(asyncio.ensure_future(self._take_up(event, inbound, on_new_message)))

        @blueprint.listener("after_server_start")
        async def start(app: Any, loop: Any) -> None:
            self._keep(asyncio.ensure_future(self.starting()))
            self._watch = asyncio.ensure_future(self.notes.keep_watch(take_up))

        @blueprint.listener("before_server_stop")
        async def stop(app: Any, loop: Any) -> None:
            if self._workers:
                await asyncio.wait(self._workers, timeout=DRAIN_SECONDS)
            self._watch.cancel()
            await self.closing()
            self.notes.dispose()
            await self.memory.close()

        return blueprint

    async def _receive(self, request: Request, on_new_message: OnNewMessage) -> HTTPResponse:
        if len(request.body) > MAXIMUM_BODY:
            return response.text("", status=413)
        if not self.is_authentic(request):
            # One line a minute: an attacker must not be able to fill the log.
            if await self.memory.claim(f"refused:{self.name()}", notices.SECONDS):
                logger.warning("%s: refused a webhook call that its platform did not sign", self.title)
            return response.text("", status=403)
        try:
            arrived = self.read(request)
        except UnreadableError as error:
            logger.warning("%s: a signed webhook call could not be read: %s", self.title, error)
            return response.text("", status=400)
        for inbound in arrived:
            # Looked at before anything is asked of Redis; what a button sends back is none of the patient's words.
            alarm = await look_aside(inbound.text) if inbound.kind != "button" else None
            # Some platforms' event names hold a person's id, so the hash stands for them too.
            event = conversation_id(self.shared.key, f"{self.name()}-event", inbound.key)
            if await self.notes.is_new(event, inbound):
                await self._enqueue(Waiting(inbound, alarm, event), on_new_message)
        return self.acknowledge(request)

    async def _take_up(self, event: str, inbound: Inbound, on_new_message: OnNewMessage) -> None:
        alarm = await look_aside(inbound.text) if inbound.kind != "button" else None
        await self._enqueue(Waiting(inbound, alarm, event, again=True), on_new_message)

    async def _enqueue(self, arrived: Waiting, on_new_message: OnNewMessage) -> None:
        """Has a message answered in the background, after the same conversation's earlier messages."""
        inbound, alarm = arrived.inbound, arrived.alarm
        conversation = conversation_id(self.shared.key, inbound.channel, inbound.user)
        if alarm is not None:
            self._keep(asyncio.ensure_future(self._answer_in_time(conversation, arrived)))
            if inbound.kind == "group":
                self._keep(asyncio.ensure_future(self.notes.close(arrived.event)))
                return
        waiting = self._waiting.get(conversation)
        if waiting is None:
            self._waiting[conversation] = deque([arrived])
            self._keep(asyncio.ensure_future(self._work(conversation, on_new_message)))
        elif len(waiting) < (MOST_WAITING if alarm is None else MOST_WAITING_ALARMS):
            waiting.append(arrived)
        else:
            self._keep(asyncio.ensure_future(self.notes.close(arrived.event)))
            if alarm is None and await self.memory.claim(f"notice:busy:{conversation}", notices.SECONDS):
                self._keep(asyncio.ensure_future(self._deliver(inbound.address, [Outgoing(notices.TOO_FAST)])))

    async def _answer_in_time(self, conversation: str, arrived: Waiting) -> None:
        """Sends the safety message of an alarm whose turn has not come or does not end; in a group at once."""
        if arrived.alarm is None:
            return
        if arrived.inbound.kind != "group":
            await asyncio.sleep(arrived.patience())
        if arrived.may_answer():
            reply = safety_reply(arrived.alarm, conversation)
            turn = render_turn([reply], CHANNELS[arrived.inbound.channel], self.shared.widget_url)
            await self._deliver(arrived.inbound.address, list(turn.messages))

    def _keep(self, task: asyncio.Future[Any]) -> None:
        """Holds on to a task until it is done; asyncio itself does not."""
        self._workers.add(task)
        task.add_done_callback(self._workers.discard)

    async def _work(self, conversation: str, on_new_message: OnNewMessage) -> None:
        waiting = self._waiting[conversation]
        while waiting:
            done = True
            try:
                done = await self._answer(conversation, waiting[0], on_new_message)
            except Exception as error:
                # Only the kind: the words of an error may quote the patient.
                logger.error("%s: a message could not be answered: %s", self.title, type(error).__name__)
            # Only what the platform has taken is answered; the rest is tried again later.
            await (self.notes.close(waiting[0].event) if done else self.notes.put_back(waiting[0].event))
            waiting.popleft()
        del self._waiting[conversation]

    async def _answer(self, conversation: str, waiting: Waiting, on_new_message: OnNewMessage) -> bool:
        inbound = waiting.inbound
        if inbound.kind in notices.BY_KIND:
            # Said once, however many pictures arrive.
            text, seconds = notices.BY_KIND[inbound.kind]
            if await self.memory.claim(f"notice:{inbound.kind}:{conversation}", seconds):
                await self._deliver(inbound.address, [Outgoing(text)])
            return True
        options = Options.load(await self.memory.get(f"options:{conversation}"))
        if inbound.kind == "button":
            self._keep(asyncio.ensure_future(self._confirm(inbound)))
            meant = pressed(inbound.text, options)
            if meant is None:
                return await self._deliver(inbound.address, [Outgoing(notices.OLD_BUTTON)])
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
            metadata={"intake": self.intake_on(inbound.channel)},
        )
        # A turn that was taken already moved the conversation: its words are said again, and nothing else.
        replies = await self.notes.recorded(conversation, waiting.event) if waiting.again else None
        if not replies:
            replies = await collect_replies(on_new_message, message, waiting.alarm)
        if not waiting.may_answer():
            return True
        done = True
        turn = render_turn(replies, CHANNELS[inbound.channel], self.shared.widget_url)
        if turn.is_safety:
            done = await self._deliver(inbound.address, list(turn.messages))
        if [reply.get("text") for reply in replies] != [SILENCE]:
            await self.memory.put(f"options:{conversation}", turn.options.dump(), OPTIONS_SECONDS)
        if not turn.is_safety:
            remarks = notices.remarks(too_long=len(text) > MAXIMUM_TEXT, media=inbound.media)
            done = await self._deliver(inbound.address, [*turn.messages, *map(Outgoing, remarks)])
        return done

    def intake_on(self, channel: str) -> str:
        """ "chat" when the intake may be asked on `channel` itself, else "link"."""
        return CHAT if self.shared.intake == CHAT and CHANNELS[channel].intake_in_chat else LINK

    async def _confirm(self, inbound: Inbound) -> None:
        try:
            await self.delivery.run(lambda: self.confirm_press(inbound))
        except DeliveryError as error:
            logger.info("%s: a pressed button could not be confirmed: %s", self.title, error)

    async def _deliver(self, address: tuple[str, ...], messages: list[Outgoing]) -> bool:
        """Whether there is nothing left to do: all is said, or will never be taken."""
        for number, message in enumerate(messages, 1):
            try:
                await self.delivery.run(partial(self.send, address, message))
            except DeliveryError as error:
                logger.error(
                    "%s: message %d of %d could not be delivered: %s", self.title, number, len(messages), error
                )
                # Later parts without this one would mislead.
                return not error.is_passing
        return True
