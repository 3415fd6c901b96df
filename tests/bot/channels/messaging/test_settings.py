"""A channel that is not set up is off, says so in one line, and keeps nothing from starting."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import register
from rasa.core.run import create_http_input_channels
from sanic import Sanic

from bot.channels.messaging.capabilities import CHANNELS as TABLE
from bot.channels.messaging.channel import OffChannel
from bot.channels.messaging.identity import conversation_id, read_key
from bot.channels.messaging.messenger import MessengerChannel
from bot.channels.messaging.slack import SlackChannel
from bot.channels.messaging.telegram import TelegramChannel
from bot.channels.messaging.twilio import TwilioChannel
from scripts.environment import DEFAULTS
from tests.bot.channels.messaging.harness import SHARED

ROOT = Path(__file__).resolve().parents[4]
DOCS = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```yaml\n(bot\.channels\.messaging.*?)```", DOCS, re.DOTALL).group(1)
CHANNELS = (TelegramChannel, TwilioChannel, MessengerChannel, SlackChannel)


@pytest.fixture
def credentials(tmp_path: Path) -> str:
    """The documented credentials as a file."""
    file = tmp_path / "credentials.yml"
    file.write_text(EXAMPLE, encoding="utf-8")
    return str(file)


def set_environment(monkeypatch: Any, **values: str) -> None:
    for name, value in {**DEFAULTS, **values}.items():
        monkeypatch.setenv(name, value)


def test_without_settings_every_channel_is_off_and_says_so_once(
    credentials: str, monkeypatch: Any, caplog: Any
) -> None:
    caplog.set_level("INFO")
    set_environment(monkeypatch)
    channels = create_http_input_channels(None, credentials)
    assert [type(channel) for channel in channels] == [OffChannel] * 4
    lines = [record for record in caplog.records if record.name.startswith("bot.")]
    assert len(lines) == 4
    assert all(" is off: MARROW_" in line.getMessage() and line.levelname == "INFO" for line in lines)
    app = Sanic("messaging_off")
    register(channels, app, route="/webhooks/")
    assert app.router.routes_all == {}


def test_with_settings_every_channel_is_on(credentials: str, monkeypatch: Any, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level("INFO")
    set_environment(
        monkeypatch,
        MARROW_DATA_DIR=str(tmp_path),
        MARROW_PUBLIC_URL="https://chat.clinic.example/",
        MARROW_MESSAGING_INTAKE="chat",
        MARROW_TELEGRAM_TOKEN="123:abc",
        MARROW_TELEGRAM_SECRET="s" * 32,
        MARROW_TWILIO_ACCOUNT_SID="AC1",
        MARROW_TWILIO_AUTH_TOKEN="t",
        MARROW_MESSENGER_PAGE_TOKEN="p",
        MARROW_MESSENGER_APP_SECRET="a",
        MARROW_MESSENGER_VERIFY_TOKEN="v" * 20,
        MARROW_SLACK_TOKEN="xoxb-1",
        MARROW_SLACK_SIGNING_SECRET="g",
    )
    channels = create_http_input_channels(None, credentials)
    assert [type(channel) for channel in channels] == list(CHANNELS)
    assert {channel.shared.public_url for channel in channels} == {"https://chat.clinic.example"}
    assert channels[0].intake_on("telegram") == "chat"
    assert channels[1].intake_on("sms") == "link"
    assert [channel.url_prefix() for channel in channels] == ["telegram", "twilio", "messenger", "slack"]
    assert "is on (intake: chat)" in caplog.text


TELEGRAM = {"access_token": "123:abc", "webhook_secret": "s" * 32, "messaging": SHARED}


def changed(**values: Any) -> dict[str, Any]:
    return {**TELEGRAM, **values}


@pytest.mark.parametrize(
    ("credentials", "problem"),
    [
        (changed(webhook_secret=""), "MARROW_TELEGRAM_SECRET not set"),
        (changed(webhook_secret=None), "MARROW_TELEGRAM_SECRET not set"),
        (changed(webhook_secret="short"), "MARROW_TELEGRAM_SECRET must have 16"),
        (changed(webhook_secret="with spaces and long enough"), "MARROW_TELEGRAM_SECRET must have 16"),
        (changed(access_token="no token"), "MARROW_TELEGRAM_TOKEN is no token"),
        (changed(api_url="ftp://x"), "MARROW_TELEGRAM_API_URL is no http(s) address"),
        (changed(messaging={**SHARED, "key": ""}), "MARROW_MESSAGING_KEY must be set"),
        (changed(messaging={**SHARED, "key": "short"}), "MARROW_MESSAGING_KEY must be set"),
        (changed(messaging={**SHARED, "public_url": "clinic"}), "MARROW_PUBLIC_URL is no http(s) address"),
        (changed(messaging={**SHARED, "widget_url": "javascript:x"}), "MARROW_WIDGET_URL is no http(s) address"),
        (changed(messaging=None), "MARROW_MESSAGING_KEY must be set"),
    ],
)
def test_a_channel_that_is_badly_set_up_is_off_with_a_warning(
    credentials: dict[str, Any], problem: str, caplog: Any
) -> None:
    assert isinstance(TelegramChannel.from_credentials(credentials), OffChannel)
    assert f"Telegram is off: {problem}" in caplog.text
    assert caplog.records[-1].levelname == "WARNING"


def test_twilio_needs_the_public_address(caplog: Any) -> None:
    credentials = {"account_sid": "AC1", "auth_token": "t", "messaging": {**SHARED, "public_url": ""}}
    assert isinstance(TwilioChannel.from_credentials(credentials), OffChannel)
    assert "MARROW_PUBLIC_URL not set" in caplog.text


@pytest.mark.parametrize("value", ["Chat", "yes", "form"])
def test_an_unknown_intake_setting_is_the_careful_one(value: str, caplog: Any) -> None:
    channel = TelegramChannel.from_credentials(changed(messaging={**SHARED, "intake": value}))
    assert channel.intake_on("telegram") == "link"
    assert "MARROW_MESSAGING_INTAKE" in caplog.text


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_credentials_at_all_are_no_error(channel: Any) -> None:
    assert isinstance(channel.from_credentials(None), OffChannel)


def test_every_variable_has_a_default_and_is_documented() -> None:
    used = set(re.findall(r"\$\{(MARROW_\w+)\}", EXAMPLE))
    assert used <= set(DEFAULTS)
    own = used - {"MARROW_DATA_DIR", "MARROW_ENVIRONMENT", "MARROW_REDIS_URL"}
    assert len(own) == 17
    for name in own:
        assert f"| `{name}` |" in DOCS


def test_the_documented_table_says_what_the_code_does() -> None:
    for can in TABLE.values():
        row = next(line for line in DOCS.splitlines() if line.startswith(f"| {can.title} |"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1] == f"`{can.signature}`"
        assert cells[2] == (str(can.buttons) if can.buttons else "none, numbered options")
        assert cells[3] == (str(can.button_title) if can.buttons else "-")
        assert cells[4] == str(can.text)
        assert cells[5] == ("link, or chat if allowed" if can.intake_in_chat else "link")
        assert cells[6] == ("read" if can.media else "kindly refused")


def test_development_makes_a_key_once_and_production_wants_one(tmp_path: Path) -> None:
    key = read_key(tmp_path, "development", "")
    assert key == read_key(tmp_path, "development", "")
    assert len(key) >= 32
    assert stat.S_IMODE(os.stat(tmp_path / "messaging.key").st_mode) == 0o600
    assert read_key(tmp_path, "production", "") is None


def test_conversation_ids_depend_on_key_channel_and_person_and_show_none_of_them() -> None:
    ids = {
        conversation_id(key, channel, user)
        for key in ("k1", "k2")
        for channel in ("sms", "whatsapp")
        for user in ("+491701234567", "+491701234568")
    }
    assert len(ids) == 8
    assert all(re.fullmatch(r"(sms|whatsapp)-[0-9a-f]{32}", identifier) for identifier in ids)
