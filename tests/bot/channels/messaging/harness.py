"""Runs a channel in a real server beside its platform's fake, with a small scripted bot behind it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import requests
from aiohttp import web
from rasa.core.channels.channel import InputChannel, UserMessage, register
from sanic import Sanic

from bot.channels.messaging.delivery import Delivery
from tests.bot.channels.messaging.platforms import Platform

PUBLIC_URL = "https://chat.clinic.example"
WIDGET_URL = "https://clinic.example/chat"
SHARED = {
    "key": "k" * 40,
    "intake": "link",
    "widget_url": WIDGET_URL,
    "public_url": PUBLIC_URL,
    "redis_url": "",
    "data_dir": "var",
    "environment": "production",
}
SAFETY = {"kind": "emergency", "numbers": [{"name": "Emergency services", "number": "112", "how": "call"}]}


class ScriptedBot:
    """Answers known texts with given replies and repeats the rest; fails and waits on demand."""

    def __init__(self) -> None:
        self.heard: list[UserMessage] = []
        self.script: dict[str, list[dict[str, Any]]] = {
            "emergency": [
                {"text": "Call 112 now.", "custom": {"safety": SAFETY}},
                {"text": "Something else"},
            ]
        }
        self.pause = 0.0

    async def handle_message(self, message: UserMessage) -> None:
        """As Rasa's agent does: replies through the message's own output channel."""
        self.heard.append(message)
        if self.pause:
            await asyncio.sleep(self.pause)
        if message.text == "boom":
            raise RuntimeError("the patient said boom")
        for reply in self.script.get(message.text, [{"text": f"You said: {message.text}"}]):
            await message.output_channel.send_response(message.sender_id, dict(reply))

    @property
    def texts(self) -> list[str]:
        """What was heard, in order."""
        return [message.text for message in self.heard]


class Loop:
    """One event loop in a thread of its own, for servers that a test talks to from outside."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs `coroutine` there and returns its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)

    def stop(self) -> None:
        """Ends the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Server:
    """The channel under test in a Sanic server, as Rasa registers it, and the platform's fake."""

    def __init__(
        self, loop: Loop, make: Callable[[str], InputChannel], platform: Platform, pause: float = 0.02
    ) -> None:
        self.loop = loop
        self.platform = platform
        self.bot = ScriptedBot()
        loop.run(self._start_platform())
        self.channel = make(platform.url)
        self.channel.delivery = Delivery(timeout=3, pause=pause, longest_pause=2)
        loop.run(self._start())

    async def _start_platform(self) -> None:
        app = web.Application()
        app.add_routes(self.platform.routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.platform.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"

    async def _start(self) -> None:
        self.app = Sanic(f"messaging_{uuid4().hex}", configure_logging=False)
        self.app.ctx.agent = SimpleNamespace(handle_message=self.bot.handle_message)
        register([self.channel], self.app, route="/webhooks/")
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{bound.getsockname()[1]}"
        self._server = await self.app.create_server(sock=bound, return_asyncio_server=True, access_log=False)
        # Without it Sanic compiles its methods a second time, which works for one application only.
        Sanic.test_mode = True
        await self._server.startup()
        Sanic.test_mode = False
        await self._server.before_start()
        await self._server.after_start()

    async def _stop(self) -> None:
        await self._server.before_stop()
        self._server.close()
        await self._runner.cleanup()

    def stop(self) -> None:
        """Stops both servers."""
        self.loop.run(self._stop())

    @property
    def webhook(self) -> str:
        """The address that a platform calls."""
        return f"{self.base}/webhooks/{self.channel.url_prefix()}/webhook"

    def post(self, body: bytes, headers: dict[str, str]) -> requests.Response:
        """Calls the webhook."""
        return requests.post(self.webhook, data=body, headers=headers, timeout=10)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 6) -> None:
        """Waits until `condition` holds; fails when it never does."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"not within {seconds} s; sent so far: {self.platform.sent}"
            time.sleep(0.01)

    def wait_until_idle(self) -> None:
        """Waits until every message that arrived is answered."""
        self.wait_for(lambda: not self.channel.conversations.workers)

    def sent(self) -> list[str]:
        """The texts that the platform was given, once nothing more is under way."""
        self.wait_until_idle()
        return [message["text"] for message in self.platform.sent]
