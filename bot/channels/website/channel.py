"""The website channel's addresses, as Rasa mounts them under `/webhooks/website`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.api_door import shut_to_pages
from bot.channels.replies import OnNewMessage
from bot.channels.web_limits import RateLimits, caller_of
from bot.channels.website import http, tokens
from bot.channels.website.guard import Guard, address_of
from bot.channels.website.history import History, moment
from bot.channels.website.http import ProblemError
from bot.channels.website.pages import Pages
from bot.channels.website.settings import Settings
from bot.channels.website.store import Reply, Store
from bot.channels.website.turns import Turns, chat_over
from bot.channels.website.urgent import Message, Urgent
from bot.language import ENGLISH
from bot.metrics import Metrics
from bot.probes import Probes
from bot.production import check_start, check_store, say_unreviewed
from bot.safety.reply import safety_reply
from bot.safety.watch import look_aside

logger = logging.getLogger(__name__)

PURGE_SECONDS = 3600
RETRY_SECONDS = 5
DEFAULT_PAGE = 50
LARGEST_PAGE = 100

_LOCALE = http.matches(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "a language tag such as en or es-MX")
_MESSAGE_ID = http.matches(r"[A-Za-z0-9_-]{1,64}", "1 to 64 letters, digits, hyphens or underscores (a UUID, say)")
_REPLY_ID = http.matches(r"[A-Za-z0-9_-]{1,64}\.[0-9]{1,4}", "the id of a reply")
_TOPIC = http.matches(r"(?=.{1,64}$)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", "the id of a topic or of a direct answer")


Handler = Callable[[Request], Awaitable[HTTPResponse]]


def _as_function(handler: Handler) -> Handler:
    """A function around `handler`: Sanic marks streamed handlers, and a method takes no marks."""

    async def handle(request: Request) -> HTTPResponse:
        return await handler(request)

    return handle


class WebsiteBlueprint(Blueprint):
    """A blueprint that also brings what cannot be tied to one route: the guard and the pages."""

    def __init__(self, name: str, channel: WebsiteInput) -> None:
        super().__init__(name)
        self.ctx.channel = channel

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Registers routes as every blueprint does, then the guard and the pages."""
        super().register(app, options)
        channel: WebsiteInput = self.ctx.channel
        Guard(channel.settings, options.get("url_prefix") or "", channel.count_caller).install(app)
        Pages(channel.settings.development).install(app)
        Probes().install(app)
        Metrics(channel.settings.metrics_secret).install(app)


class WebsiteInput(InputChannel):
    """Patients on the clinic's website: signed sessions, each message answered once, history and feedback."""

    # Made in `_open`, once in each worker process: connections must not be shared across a fork.
    _store: Store
    _history: History
    _turns: Turns
    _urgent: Urgent
    _limits: RateLimits
    _purging: asyncio.Task[None]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    def name(cls) -> str:
        """The channel's name, as in the address and in each request's `channel`."""
        return "website"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> WebsiteInput:
        """The channel of a section in credentials.yml; raises RasaException when it is unsafe."""
        return cls(Settings.read(credentials))

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """All routes; bodies are read by the channel itself, so that none is read beyond its limit."""
        blueprint = WebsiteBlueprint("marrow_website", self)

        self._on_new_message = on_new_message

        for path, method, handler in (
            ("/health", "GET", self._health),
            ("/session", "POST", self._start),
            ("/session", "DELETE", self._end),
            ("/message", "POST", self._answer),
            ("/history", "GET", self._page),
            ("/feedback", "POST", self._vote),
        ):
            name = f"{method.lower()}_{path[1:]}"
            blueprint.add_route(_as_function(handler), path, methods=[method], name=name, stream=True)
        blueprint.listener("before_server_start")(self._open)
        blueprint.listener("after_server_start")(self._check_store)
        blueprint.listener("before_server_stop")(self._close)
        return shut_to_pages(blueprint)

    async def _open(self, app: Sanic, loop: Any) -> None:
        check_start(self.settings.development, app)
        self._store = Store(self.settings)
        self._history = History(self.settings.tracker_keys, self._store)
        self._turns = Turns(self.settings, self._store, self._history, self.name())
        self._urgent = Urgent(self._turn)
        self._limits = RateLimits(self.settings.limits, self.settings.redis_url)
        self._purging = asyncio.create_task(self._purge_now_and_then())

    async def _check_store(self, app: Sanic, loop: Any) -> None:
        # The model, and the store of conversations with it, is there by now.
        check_store(app.ctx.agent, self.settings.database)
        if not self.settings.development:
            say_unreviewed(app.ctx.agent)

    async def _close(self, app: Sanic, loop: Any) -> None:
        self._purging.cancel()
        self._urgent.close()

    async def _purge_now_and_then(self) -> None:
        while True:
            try:
                await self._turns.run(self._store.purge, time.time())
            except SQLAlchemyError as error:
                logger.error("Expired website sessions could not be deleted: %s", type(error).__name__)
            await asyncio.sleep(PURGE_SECONDS)

    async def count_caller(self, request: Request) -> None:
        """Counts a call of the request's client address; raises Problem 429 when there were too many."""
        if not request.path.endswith("/health"):
            await self._count("address", caller_of(address_of(request, self.settings)))

    async def _count(self, kind: str, who: str) -> None:
        wait = await self._limits.wait_for(kind, who)
        if wait:
            raise ProblemError(429, f"please wait {wait} seconds, then try again", retry_after=wait)

    def _token(self, request: Request) -> tokens.Session:
        token = http.bearer_token(request.headers.get("authorization"))
        try:
            return tokens.verify(token, self.settings.session_keys)
        except tokens.InvalidTokenError:
            raise chat_over() from None

    async def _session(self, request: Request) -> tokens.Session:
        session = self._token(request)
        if await self._turns.run(self._store.is_ended, session.conversation):
            raise chat_over()
        return session

    async def _counted_session(self, request: Request) -> tokens.Session:
        session = await self._session(request)
        await self._count("session", session.conversation)
        return session

    async def _body(
        self, request: Request, *, optional: bool = False, most: int = http.MAXIMUM_BODY_BYTES
    ) -> dict[str, Any]:
        content = await http.read_body(request, most)
        if optional and not content:
            return {}
        http.check_content_type(request.headers.get("content-type"))
        return http.parse_object(content)

    def _check_bot(self, request: Request) -> None:
        agent = getattr(request.app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            raise ProblemError(503, "the assistant has no model yet", retry_after=RETRY_SECONDS)

    async def _health(self, request: Request) -> HTTPResponse:
        self._check_bot(request)
        await self._turns.run(self._store.check)
        return response.json({"status": "ok"})

    async def _start(self, request: Request) -> HTTPResponse:
        await self._count("start", caller_of(address_of(request, self.settings)))
        body = await self._body(request, optional=True)
        http.check_fields(body, required={}, optional={"locale": _LOCALE})
        session = tokens.new_session(body.get("locale", ENGLISH), time.time(), self.settings.session_seconds)
        return response.json(
            {
                "token": tokens.sign(session, self.settings.session_keys),
                "expires_at": moment(session.expires_at),
                "conversation": session.public_id,
            },
            status=201,
        )

    async def _end(self, request: Request) -> HTTPResponse:
        session = await self._session(request)
        await self._turns.run(self._store.end, session, time.time())
        return response.empty()

    async def _answer(self, request: Request) -> HTTPResponse:
        arrived = time.monotonic()
        body, problem = await self._message_body(request)
        text = body.get("text")
        # Before the store, the limits and the session: an alarm waits for none of them.
        alarm = await look_aside(http.without_controls(text)) if isinstance(text, str) else None
        message = Message(self._session_or_none(request), str(body.get("id")), http.without_controls(str(text)))
        if alarm is not None and problem is not None:
            if not isinstance(problem, http.TooLongError):
                problem.safety = safety_reply(alarm, message.conversation)
                raise problem
            # The bot is given the passage that holds the alarm.
            problem = None
        work = self._take(request, message, problem)
        replies = await (work if alarm is None else self._urgent.answer(work, alarm, message, arrived))
        return response.json({"id": message.id, "replies": replies})

    async def _message_body(self, request: Request) -> tuple[dict[str, Any], ProblemError | None]:
        """The body as far as it can be read, and what is wrong with it: the session's problems come first."""
        body: dict[str, Any] = {}
        try:
            body = await self._body(request, most=http.MAXIMUM_MESSAGE_BYTES)
            http.check_fields(body, required={"id": _MESSAGE_ID, "text": http.is_message_text}, optional={})
        except ProblemError as problem:
            return body, problem
        return body, None

    def _session_or_none(self, request: Request) -> tokens.Session | None:
        try:
            return self._token(request)
        except ProblemError:
            return None

    async def _take(self, request: Request, message: Message, problem: ProblemError | None) -> list[Reply]:
        await self._counted_session(request)
        if problem is not None:
            raise problem
        # Refused rather than answered with an apology, which every retry of this id would get again.
        self._check_bot(request)
        await self._urgent.settle(message.conversation)
        return await self._turn(message)

    async def _turn(self, message: Message) -> list[Reply]:
        if message.session is None:
            raise chat_over()
        return await self._turns.answer(self._on_new_message, message.session, message.id, message.text)

    async def _page(self, request: Request) -> HTTPResponse:
        session = await self._counted_session(request)
        query = http.query(request, allowed={"before", "limit"})
        limit = http.query_number(query, "limit", 1, LARGEST_PAGE) or DEFAULT_PAGE
        before = http.query_number(query, "before", 1, 10**9)
        messages, following = await self._turns.run(self._history.page, session.conversation, before, limit)
        return response.json({"messages": messages, "next": None if following is None else str(following)})

    async def _vote(self, request: Request) -> HTTPResponse:
        session = await self._counted_session(request)
        body = await self._body(request)
        fields = {"message_id": _REPLY_ID, "topic": _TOPIC, "helpful": http.is_boolean}
        http.check_fields(body, required=fields, optional={})
        asked = body["message_id"].rpartition(".")[0]
        replies = (await self._turns.run(self._store.replies_to, session.conversation, [asked])).get(asked, [])
        given = {reply["id"]: reply.get("custom", {}).get("faq", {}) for reply in replies}
        faq = given.get(body["message_id"], {})
        if body["topic"] not in (faq.get("id"), faq.get("answer", {}).get("id")):
            raise ProblemError(404, "this chat has no such answer to vote on")
        await self._turns.run(
            self._store.vote, session.conversation, body["message_id"], body["topic"], body["helpful"]
        )
        return response.empty()
