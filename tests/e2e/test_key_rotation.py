"""Keys are changed as docs/operations.md says, in a running clinic: what was told before is read, and goes on.

The new key before the old one and all processes anew, then `marrow keys rotate`, then the old one out where the page
says that it may go.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from cryptography.fernet import Fernet, InvalidToken

from clinic.keys import Keyring, generate_key
from tests.conversations.format import load_patients
from tests.conversations.player import REVIEW, Player
from tests.e2e.messengers import CALLS, Platforms
from tests.e2e.servers import Server, Stack
from tests.e2e.website import Chat

# These are read with every key that is named, and may lose the old one; two keep theirs longer.
READ_WITH_ALL = ("DATA", "SESSION")
KEPT_LONGER = ("TRACKER", "AUDIT")
OLD, NEW = ({name: generate_key() for name in (*READ_WITH_ALL, *KEPT_LONGER, "MESSAGING")} for _ in range(2))
OLD_SECRET, NEW_SECRET = generate_key(), generate_key()
PERSON = 7_000_001


def variables(keys: dict[str, str]) -> dict[str, str]:
    """The settings of some keys."""
    return {f"MARROW_{name}_KEY": value for name, value in keys.items()}


@dataclass
class Rotated:
    """The clinic after the change, and what was begun before and in the middle of it."""

    stack: Stack
    reference: str
    in_the_middle: Player
    before: Chat
    between: Chat
    told_between: list[str]
    rotated: str
    senders: dict[str, set[str]]

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """What the clinic's database holds."""
        with sqlite3.connect(self.stack.data_dir / "clinic.db") as connection:
            return connection.execute(query).fetchall()


def events_of(stack: Stack) -> list[tuple[str, str]]:
    """Sender and stored text of each event of the conversations, in order."""
    with sqlite3.connect(stack.data_dir / "conversations.db") as connection:
        return connection.execute("SELECT sender_id, data FROM events ORDER BY id").fetchall()


def on_telegram(stack: Stack, platforms: Platforms) -> set[str]:
    """Has one person write there, and gives the conversations of that channel."""
    before = len(platforms.sent)
    path, body, headers = CALLS["telegram"](PERSON, "what is lupus?")
    address = stack.webhook.replace("/rest/webhook", f"/{path}/webhook")
    httpx.post(address, content=body, headers=headers, timeout=30).raise_for_status()
    until = time.monotonic() + 60
    while len(platforms.sent) == before:
        assert time.monotonic() < until, "no answer on the platform"
        time.sleep(0.05)
    return {sender for sender, _ in events_of(stack) if sender.startswith("telegram-")}


def restart(stack: Stack, *servers: Server, **changed: str) -> None:
    """All processes anew, with changed settings."""
    stack.environment.update(changed)
    for server in servers:
        server.stop()
        server.launch()
    for server in servers:
        server.wait_until_healthy()


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rotated]:
    platforms = Platforms()
    settings = {**platforms.settings(), **variables(OLD), "MARROW_ACTIONS_SECRET": OLD_SECRET}
    stack = Stack(tmp_path_factory.mktemp("rotated"), **settings)
    website = stack.webhook.replace("/rest/webhook", "/website")
    actions, bot = stack.servers["actions"], stack.servers["bot"]
    ana = load_patients()["ana"]
    try:
        stack.start()
        sent = Player(stack, "sent-before")
        sent.answer_until(REVIEW, ana)
        reference = sent.send()
        begun = Player(stack, "begun-before")
        begun.answer_until("country", ana)
        before = Chat(website)
        before.say("what is lupus?")
        senders = {"before": on_telegram(stack, platforms)}

        both = {name: f"{NEW[name]},{OLD[name]}" for name in (*READ_WITH_ALL, *KEPT_LONGER)}
        changed = {**variables(both), "MARROW_ACTIONS_SECRET": f"{NEW_SECRET},{OLD_SECRET}"}
        restart(stack, actions, **changed)
        # The action server first: the bot shows the old secret until it is started anew.
        begun.answer_until("email", ana)
        restart(stack, bot, **variables({"MESSAGING": NEW["MESSAGING"]}))
        between = Chat(website)
        told = [reply["text"] for reply in between.say("what is lupus?")]
        printed = stack.marrow("keys", "rotate")
        senders["after"] = on_telegram(stack, platforms) - senders["before"]

        alone = variables({name: NEW[name] for name in READ_WITH_ALL})
        restart(stack, actions, bot, **alone, MARROW_ACTIONS_SECRET=NEW_SECRET)
        yield Rotated(stack, reference, begun, before, between, told, printed, senders)
    finally:
        stack.stop()
        platforms.stop()


def test_requests_are_read_and_nothing_is_left_under_the_old_data_key(rotated: Rotated) -> None:
    assert "rows are encrypted with the first key now" in rotated.rotated
    assert rotated.stack.show_request(rotated.reference)["answers"]["full_name"] == load_patients()["ana"]["full_name"]
    tokens = rotated.rows("SELECT answers FROM consultation_requests UNION ALL SELECT state FROM intake_drafts")
    assert len(tokens) >= 2
    for (token,) in tokens:
        assert json.loads(Keyring([NEW["DATA"]]).decrypt(token))
        with pytest.raises(InvalidToken):
            Fernet(OLD["DATA"]).decrypt(token)


def test_an_intake_begun_before_ends_with_its_request(rotated: Rotated) -> None:
    """Its conversation is under the old tracker key, which is kept, and its draft has moved to the new data key."""
    rotated.in_the_middle.answer_until(REVIEW, load_patients()["ana"])
    assert rotated.in_the_middle.send() != rotated.reference


def test_conversations_are_written_under_the_new_tracker_key_and_not_anew(rotated: Rotated) -> None:
    sender = rotated.in_the_middle.sender
    written = [data for who, data in events_of(rotated.stack) if who == sender]
    with pytest.raises(InvalidToken):
        Fernet(NEW["TRACKER"]).decrypt(written[0])
    assert json.loads(Fernet(OLD["TRACKER"]).decrypt(written[0]))
    assert json.loads(Fernet(NEW["TRACKER"]).decrypt(written[-1]))


def test_chats_of_before_end_with_the_old_session_key_and_those_of_since_go_on(rotated: Rotated) -> None:
    assert rotated.before.history().status_code == 401
    texts = [message["text"] for message in rotated.between.history().json()["messages"]]
    assert [text for text in rotated.told_between if text not in texts] == []
    assert rotated.between.say("is lupus contagious?")


def test_a_new_messaging_key_begins_the_conversation_of_a_person_anew(rotated: Rotated) -> None:
    assert [len(senders) for senders in rotated.senders.values()] == [1, 1]


def test_the_old_secret_opens_the_action_server_no_more(rotated: Rotated) -> None:
    call = {"next_action": "action_lookup", "sender_id": "x", "tracker": {"sender_id": "x"}, "version": "3.6.21"}
    address = rotated.stack.environment["MARROW_ACTIONS_PORT"]
    codes = [
        httpx.post(f"http://127.0.0.1:{address}/webhook", json=call, headers={"Authorization": f"Bearer {key}"})
        for key in (OLD_SECRET, NEW_SECRET)
    ]
    assert codes[0].status_code == 401
    assert codes[1].status_code != 401


def test_the_audit_is_checked_with_both_keys_and_the_doctor_finds_all_keys_fit(rotated: Rotated) -> None:
    assert "whole" in rotated.stack.marrow("audit", "verify")
    # The doctor asks for that, and the tests' folders are open.
    rotated.stack.data_dir.chmod(0o700)
    looked = rotated.stack.marrow("doctor")
    assert "the data key fits" in looked
    assert "the tracker key fits" in looked
