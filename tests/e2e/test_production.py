"""A production as deploy/ sets it up, used through nginx: chat, history, a killed bot, withdrawal, limits."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conversations.player import REVIEW, Player
from tests.e2e.production import Production, wait_until, what_is_missing
from tests.e2e.servers import Reply
from tests.e2e.test_privacy import ANSWERS, SECRETS
from tests.e2e.website import Chat

# A browser asks again while nobody answers (docs/wire-contract.md); nginx says 502 meanwhile.
NOBODY = frozenset({502, 503, 504})


class SecureChat(Chat):
    """A patient's browser, over TLS; it asks again as the widget does."""

    def __init__(self, production: Production) -> None:
        self.url = f"{production.url}/webhooks/website"
        self.http = production.client()
        self.session: dict[str, Any] = {}
        self.token = self.start()

    def send(self, text: str, message_id: str | None = None) -> httpx.Response:
        message_id = message_id or str(uuid.uuid4())

        def answer() -> httpx.Response | None:
            try:
                response = super(SecureChat, self).send(text, message_id)
            except httpx.TransportError:
                return None
            return None if response.status_code in NOBODY else response

        found = wait_until(answer, "no answer")
        assert isinstance(found, httpx.Response)
        return found


class Talk:
    """What a Player needs: one chat for each of its senders."""

    def __init__(self, production: Production) -> None:
        self._production = production
        self.chats: dict[str, SecureChat] = {}

    def say(self, sender: str, text: str) -> list[Reply]:
        if sender not in self.chats:
            self.chats[sender] = SecureChat(self._production)
        return [as_told_elsewhere(reply, sender) for reply in self.chats[sender].say(text)]


def as_told_elsewhere(reply: dict[str, Any], sender: str) -> Reply:
    """A reply of the website channel in the form of the other channels."""
    return {"recipient_id": sender, **{key: value for key, value in reply.items() if key not in ("id", "at")}}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    if reason := what_is_missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = Production(tmp_path_factory.mktemp("production"))
    try:
        yield server.start()
    finally:
        server.stop()


def readable(production: Production) -> list[str]:
    """`place: value` for each secret of the patient that lies readable anywhere."""
    return [
        f"{place}: {value}"
        for place, content in production.dumps().items()
        for value in SECRETS
        if value.lower().encode() in content.lower() or ascii(value)[1:-1].lower().encode() in content.lower()
    ]


def test_an_intake_is_sent_reloaded_and_withdrawn_and_nothing_readable_is_left(
    production: Production, tmp_path_factory: pytest.TempPathFactory
) -> None:
    talk: Any = Talk(production)
    player = Player(talk, "production")
    player.answer_until(REVIEW, ANSWERS)
    reference = player.send()
    chat = talk.chats[player.sender]
    assert reference in production.marrow("requests", "list")
    reloaded = chat.history().json()
    assert reference in str(reloaded)
    assert readable(production) == []

    backup = tmp_path_factory.mktemp("backups") / "backup"
    production.marrow("backup", str(backup))
    kept = backup.read_bytes() if backup.is_file() else b"".join(file.read_bytes() for file in backup.iterdir())
    assert kept
    assert not [value for value in SECRETS if value.encode() in kept]

    events = production.count("marrow_conversations", "events")
    assert events > 100
    for text in ("erase my data", reference, ANSWERS["date_of_birth"], "yes"):
        player.say(text)
    assert readable(production) == []
    assert production.count("marrow_conversations", "events") < events / 10
    assert "withdrawn" in production.marrow("requests", "show", reference)
    assert ANSWERS["full_name"] not in production.marrow("requests", "show", reference)


def test_a_message_in_flight_when_the_bot_is_killed_is_answered_once_and_the_bot_comes_back(
    production: Production,
) -> None:
    talk: Any = Talk(production)
    player = Player(talk, "killed")
    player.answer_until("full_name", ANSWERS)
    chat = talk.chats[player.sender]
    before, actions = production.pid("bot"), production.pid("actions")
    message_id = str(uuid.uuid4())
    answers: list[httpx.Response] = []
    sender = threading.Thread(target=lambda: answers.append(chat.send(ANSWERS["full_name"], message_id)))
    sender.start()
    time.sleep(0.03)
    os.kill(before, signal.SIGKILL)
    sender.join(120)
    assert [answer.status_code for answer in answers] == [200]
    assert production.pid("bot") not in (0, before)
    assert production.pid("actions") == actions
    # The same message once more gets the same answer, and moves nothing.
    again = chat.send(ANSWERS["full_name"], message_id)
    assert again.json()["replies"] == answers[0].json()["replies"]
    player.replies = [as_told_elsewhere(reply, player.sender) for reply in again.json()["replies"]]
    player.answer_until("country", ANSWERS)


def test_only_the_chat_and_the_widget_are_open(production: Production) -> None:
    client = production.client()
    plain = httpx.get(f"http://127.0.0.1:{production.ports['http']}/widget/marrow-widget.js")
    assert (plain.status_code, plain.headers["location"][:8]) == (301, "https://")
    for path in ("/", "/status", "/conversations/any/tracker", "/model"):
        assert client.get(path).status_code == 404, path
    assert client.post("/webhooks/rest/webhook", json={"sender": "any", "message": "hi"}).status_code in (403, 404)
    script = client.get("/widget/marrow-widget.js", headers={"Accept-Encoding": "gzip"})
    assert (script.status_code, script.headers["content-encoding"]) == (200, "gzip")
    assert script.headers["cache-control"] == "public, max-age=300"
    assert "strict-transport-security" in script.headers
    version = script.headers["etag"].removeprefix("W/").strip('"')
    kept = client.get(f"/widget/{version}/marrow-widget.js")
    assert (kept.status_code, kept.content) == (200, script.content)
    assert kept.headers["cache-control"].endswith("immutable")
    assert client.get("/widget/marrow-widget.js", headers={"If-None-Match": script.headers["etag"]}).status_code == 304
    assert client.get("/widget/0123456789abcdef/marrow-widget.js").status_code == 404
    assert (
        client.post("/webhooks/website/session", json={}, headers={"Origin": "https://evil.example"}).status_code == 403
    )


def test_a_flood_from_one_address_is_held_back(production: Production) -> None:
    client = production.client()
    codes = {client.get("/webhooks/website/health").status_code for _ in range(120)}
    assert 429 in codes
    time.sleep(5)
    assert client.get("/webhooks/website/health").status_code == 200


def test_each_role_reads_its_own_database_and_no_other(production: Production) -> None:
    with production.admin() as connection:
        for role, own, other in (
            ("marrow_clinic", "marrow_clinic", "marrow_conversations"),
            ("marrow_bot", "marrow_conversations", "marrow_clinic"),
        ):
            names = production.names
            query = "SELECT has_database_privilege(%s, %s, 'CONNECT')"
            assert connection.execute(query, (names[role], names[own])).fetchone() == (True,)
            assert connection.execute(query, (names[role], names[other])).fetchone() == (False,)
            flags = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = %s"
            assert connection.execute(flags, (names[role],)).fetchone() == (False, False, False, False)


def test_the_doctor_finds_nothing_that_has_to_be_put_right(production: Production) -> None:
    # It ends with 1 when it does, and the command fails.
    assert production.marrow("doctor")
