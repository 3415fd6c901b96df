"""What all messaging channels share: refuse what is forged, acknowledge at once, answer once and in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.messaging import notices
from bot.channels.messaging.capabilities import CHANNELS
from bot.channels.messaging.conversations import Conversations
from bot.channels.messaging.delivery import Delivery
from bot.channels.messaging.identity import conversation_id
from bot.channels.messaging.inbound import Inbound, UnreadableError
from bot.channels.messaging.inbox import Inbox
from bot.channels.messaging.memory import Memory, memory_for
from bot.channels.messaging.notes import Notes
from bot.channels.messaging.off import OffChannel
from bot.channels.messaging.render import Outgoing
from bot.channels.messaging.settings import CHAT, LINK, Shared, as_text, is_address, read_shared
from bot.channels.messaging.waiting import Waiting
from bot.channels.replies import OnNewMessage
from bot.probes import is_leaving, leave
from bot.safety.watch import look_aside

logger = logging.getLogger(__name__)

MAXIMUM_BODY = 512 * 1024
# These write message texts, phone numbers or tokens into the log at their lower levels.
TALKATIVE = ("aiogram", "twilio.http_client", "slack_sdk", "urllib3", "fbmessenger")


class MessagingChannel(InputChannel):
    """One platform's webhook. A subclass says how its calls are proved, read and answered."""

    title: ClassVar[str]
    # Setting in credentials.yml -> environment variable; all of them are needed.
    needed: ClassVar[Mapping[str, str]]
    # The address of the platform's API, and the environment variable that names another one (`api_url`).
    api: ClassVar[str]
    api_variable: ClassVar[str]

    shared: Shared
    memory: Memory
    notes: Notes
    delivery: Delivery = Delivery()

    def prepare(self, shared: Shared) -> None:
        """Sets up what every channel needs; a subclass calls it from its `__init__`."""
        self.shared = shared
        self.memory = memory_for(shared.redis_url)
        inbox = Inbox(shared.database, shared.tracker_keys) if shared.database is not None else None
        self.notes = Notes(self.name(), self.memory, inbox)
        self.conversations = Conversations(self)
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
            problem = cls.problem_in(credentials or {}, shared) or cls._problem_in_address(credentials or {})
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
    def _problem_in_address(cls, credentials: Mapping[str, Any]) -> str:
        api_url = as_text(credentials, "api_url")
        return "" if not api_url or is_address(api_url) else f"{cls.api_variable} is no http(s) address"

    @classmethod
    def create(cls, credentials: Mapping[str, Any], shared: Shared) -> MessagingChannel:
        """The channel with complete settings: its constructor takes those needed in their order, address, `shared`."""
        given = [as_text(credentials, name) for name in cls.needed]
        return cls(*given, as_text(credentials, "api_url") or cls.api, shared)

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

    def get_output_channel(self, *args: Any, **kwargs: Any) -> None:
        """None: Rasa cannot start a conversation here, since it never knows a patient's address."""
        return

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
            self.conversations.keep(asyncio.ensure_future(self._take_up(event, inbound, on_new_message)))

        @blueprint.listener("after_server_start")
        async def start(app: Any, loop: Any) -> None:
            self.conversations.keep(asyncio.ensure_future(self.starting()))
            self._watch = asyncio.ensure_future(self.notes.keep_watch(take_up))

        @blueprint.listener("before_server_stop")
        async def stop(app: Any, loop: Any) -> None:
            leave(app)
            await self.conversations.drain()
            self._watch.cancel()
            await self.closing()
            self.notes.dispose()
            await self.memory.close()

        return blueprint

    async def _receive(self, request: Request, on_new_message: OnNewMessage) -> HTTPResponse:
        if is_leaving(request.app):
            # Accepted now, it could be lost: another bot takes it, or the platform calls again.
            return response.text("", status=503, headers={"Retry-After": "5"})
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
            conversation = conversation_id(self.shared.key, inbound.channel, inbound.user)
            if await self.notes.is_new(event, inbound, conversation):
                await self.conversations.enqueue(Waiting(inbound, alarm, event), on_new_message)
        return self.acknowledge(request)

    async def _take_up(self, event: str, inbound: Inbound, on_new_message: OnNewMessage) -> None:
        alarm = await look_aside(inbound.text) if inbound.kind != "button" else None
        await self.conversations.enqueue(Waiting(inbound, alarm, event, again=True), on_new_message)

    def intake_on(self, channel: str) -> str:
        """ "chat" when the intake may be asked on `channel` itself, else "link"."""
        return CHAT if self.shared.intake == CHAT and CHANNELS[channel].intake_in_chat else LINK
