"""A production as deploy/ sets it up, used through nginx: chat, history, a killed bot, withdrawal, limits."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.conversations.player import REVIEW, Player
from tests.e2e.production import BY_THE_MACHINE, Production, guide, wait_until, what_is_missing
from tests.e2e.servers import ROOT, Reply
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
    for text in ("erase my data", "yes"):
        player.say(text)
    assert readable(production) == []
    assert production.count("marrow_conversations", "events") < events / 10
    assert "withdrawn" in production.marrow("requests", "show", reference)
    assert ANSWERS["full_name"] not in production.marrow("requests", "show", reference)


def test_what_staff_erase_is_gone_from_both_databases_and_redis(production: Production) -> None:
    talk: Any = Talk(production)
    player = Player(talk, "erased by staff")
    player.answer_until(REVIEW, ANSWERS)
    reference = player.send()
    before = production.count("marrow_conversations", "events")
    receipt = production.marrow("person", "erase", reference, "--confirm", reference)
    assert "Receipt" in receipt
    assert readable(production) == []
    assert production.count("marrow_conversations", "events") < before - 100
    shown = production.marrow("requests", "show", reference)
    assert not [value for value in SECRETS if value in shown]
    # The patient's own chat, still open, brings nothing of it back.
    player.say("what did I tell you about my medicines?")
    assert readable(production) == []
    assert not [value for value in SECRETS if value in str(talk.chats[player.sender].history().json())]


def test_redis_is_read_as_it_was_written(production: Production) -> None:
    """The search for readable values finds one that Redis itself keeps compressed."""
    client, value = production.redis(), SECRETS[0] + " and more of it" * 20
    for write in (
        lambda: client.set("probe", value),
        lambda: client.hset("probe", "field", value),
        lambda: client.rpush("probe", value),
    ):
        write()
        assert readable(production) != []
        client.delete("probe")
    assert readable(production) == []


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
            ("marrow_owner", "marrow_clinic", "marrow_conversations"),
        ):
            names = production.names
            query = "SELECT has_database_privilege(%s, %s, 'CONNECT')"
            assert connection.execute(query, (names[role], names[own])).fetchone() == (True,)
            assert connection.execute(query, (names[role], names[other])).fetchone() == (False,)
            flags = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = %s"
            assert connection.execute(flags, (names[role],)).fetchone() == (False, False, False, False)


FORBIDDEN = (
    "CREATE TABLE own (id int)",
    "ALTER TABLE consultation_requests ADD COLUMN own int",
    "DROP TABLE consultation_requests",
    "TRUNCATE consultation_requests",
    "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    "DROP FUNCTION marrow_append_only() CASCADE",
    "GRANT marrow_owner TO CURRENT_USER",
    "SET ROLE marrow_owner",
)


def test_what_serves_patients_can_change_no_table_and_not_take_the_audits_lock_off(production: Production) -> None:
    url = production.environment["MARROW_DATABASE_URL"].replace("+psycopg", "")
    owner = production.names["marrow_owner"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT count(*) FROM consultation_requests")
        for statement in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.replace("marrow_owner", owner))
    # Nobody else reads where the owner's password is.
    assert (production.folder / "etc" / "owner").stat().st_mode & 0o077 == 0


def test_the_guides_last_step_finds_that_all_is_well(production: Production) -> None:
    script = "\n".join(production.typed("6"))
    command = ["bash", "-euo", "pipefail", "-c", script]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "ok" in done.stdout


def test_the_desk_is_served_by_its_own_name_and_has_its_first_admin(production: Production) -> None:
    script = "\n".join([*production.typed("6")[:2], *production.typed("7")])
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    password = re.search(r"shown this once\): (\S+)", done.stdout)
    assert password
    client, here = production.client(), {"Host": "desk.clinic.example"}
    token = re.search(r'name="csrf" value="(\w+)"', client.get("/sign-in", headers=here).text)
    assert token
    fields = {"csrf": token[1], "name": "admin", "password": password[1]}
    answer = client.post("/sign-in", headers=here, data=fields)
    assert answer.status_code == 303
    assert "__Host-marrow_desk=" in answer.headers["set-cookie"]
    assert client.get("/sign-in").status_code == 404, "not under the chat's name"


def test_every_command_of_the_guide_is_typed_here_or_is_the_machines_business(production: Production) -> None:
    steps = guide()
    assert set(steps) == {"1", "2", "3", "4", "5", "6", "7", "In"}
    typed = [line for step in "234567" for line in production.typed(step)]
    left = [line for lines in steps.values() for line in lines if BY_THE_MACHINE.match(line)]
    # tests/content/test_images.py runs the first, and Production starts the supervisor by the third.
    assert steps["In"][0] == "deploy/compose/make-secrets"
    assert steps["In"][1].startswith("install ")
    assert "deploy/start /etc/marrow/environment" in left
    assert len(typed) + len(left) + 2 == sum(map(len, steps.values()))


def test_systemd_understands_the_unit(production: Production) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is not installed")
        pytest.skip("systemd-analyze is not installed")
    unit = production.folder / "systemd" / "marrow.service"
    # Its own program is not at its place on this machine.
    unit.write_text(unit.read_text().replace("/opt/marrow", str(ROOT)))
    done = subprocess.run([program, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if "marrow.service" in line] == []
