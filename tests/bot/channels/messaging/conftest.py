"""Servers for the four channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.channels.messaging.messenger import MessengerChannel
from bot.channels.messaging.slack import SlackChannel
from bot.channels.messaging.telegram import TelegramChannel
from bot.channels.messaging.twilio import TwilioChannel
from tests.bot.channels.messaging import calls, platforms
from tests.bot.channels.messaging.harness import SHARED, Loop, Server

Make = Callable[..., Server]


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    """The servers' event loop."""
    running = Loop()
    yield running
    running.stop()


@pytest.fixture
def make_server(loop: Loop) -> Iterator[Make]:
    """Starts a channel by name; keyword arguments change the common settings."""
    started: list[Server] = []

    def make(name: str, **shared: Any) -> Server:
        kind, platform, path, own = {
            "telegram": (
                TelegramChannel,
                platforms.Telegram(),
                "",
                {"access_token": platforms.TELEGRAM_TOKEN, "webhook_secret": calls.TELEGRAM_SECRET},
            ),
            "twilio": (
                TwilioChannel,
                platforms.Twilio(),
                "",
                {"account_sid": platforms.TWILIO_SID, "auth_token": platforms.TWILIO_TOKEN},
            ),
            "messenger": (
                MessengerChannel,
                platforms.Messenger(),
                "/v23.0",
                {
                    "page_access_token": platforms.PAGE_TOKEN,
                    "app_secret": platforms.APP_SECRET,
                    "verify_token": calls.VERIFY_TOKEN,
                },
            ),
            "slack": (
                SlackChannel,
                platforms.Slack(),
                "/api/",
                {"slack_token": platforms.SLACK_TOKEN, "slack_signing_secret": calls.SIGNING_SECRET},
            ),
        }[name]
        server = Server(
            loop,
            lambda url: kind.from_credentials({**own, "api_url": url + path, "messaging": {**SHARED, **shared}}),
            platform,
        )
        started.append(server)
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def telegram(make_server: Make) -> Server:
    """Telegram, with the common settings."""
    return make_server("telegram")


@pytest.fixture
def twilio(make_server: Make) -> Server:
    """Twilio, with the common settings."""
    return make_server("twilio")


@pytest.fixture
def messenger(make_server: Make) -> Server:
    """Messenger, with the common settings."""
    return make_server("messenger")


@pytest.fixture
def slack(make_server: Make) -> Server:
    """Slack, with the common settings."""
    return make_server("slack")
