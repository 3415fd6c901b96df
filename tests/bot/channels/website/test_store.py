"""A message is taken by one call at a time, answered once, and never readable in the database file."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.website.store import Claim, ClaimState, Store
from bot.channels.website.tokens import Session
from bot.tracker_store import ERASE_SLOT, EncryptedTrackerStore

NOW = time.time()
SESSION = Session("abcdefgh-" + "0" * 32, "en", int(NOW) + 3600)
REPLIES = ({"id": "m1.1", "text": "the reply names Rosalind Marchetti", "at": "now"},)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request, settings_in):
    if request.param == "postgresql":
        return settings_in(tracker_url=request.getfixturevalue("postgres_url"))
    return settings_in()


@pytest.fixture
def store(settings):
    store = Store(settings)
    yield store
    store.engine.dispose()


@pytest.fixture
def file_store(settings_in):
    return Store(settings_in())


def claim(store, owner="one", message_id="m1", text="hello", now=NOW, session=SESSION):
    return store.claim(session, message_id, store.fingerprint(text), owner, now)


def test_the_first_call_gets_the_message_and_the_second_waits(store):
    assert claim(store).state is ClaimState.OURS
    assert claim(store, "two").state is ClaimState.BUSY


def test_an_answered_message_gives_its_replies_again(store):
    claim(store)
    assert store.keep_replies(SESSION.conversation, "m1", "one", REPLIES) == Claim(ClaimState.ANSWERED, REPLIES)
    assert claim(store, "two") == Claim(ClaimState.ANSWERED, REPLIES)


def test_another_text_under_a_used_id_is_refused(store):
    claim(store)
    assert claim(store, "two", text="something else").state is ClaimState.CONFLICT


def test_ids_belong_to_their_chat(store):
    claim(store)
    other = Session("zzzzzzzz-" + "1" * 32, "en", SESSION.expires_at)
    assert claim(store, "two", session=other).state is ClaimState.OURS


def test_the_message_of_a_dead_process_is_taken_over_once(store):
    claim(store)
    assert claim(store, "two", now=NOW + 19).state is ClaimState.BUSY
    assert claim(store, "two", now=NOW + 21).state is ClaimState.TAKEN_OVER
    assert claim(store, "three", now=NOW + 22).state is ClaimState.BUSY


def test_a_living_process_keeps_its_message(store):
    claim(store)
    store.renew(SESSION.conversation, "m1", "one", NOW + 15)
    assert claim(store, "two", now=NOW + 21).state is ClaimState.BUSY


def test_a_process_that_lost_its_message_hands_out_the_other_ones_replies(store):
    claim(store)
    claim(store, "two", now=NOW + 21)
    store.keep_replies(SESSION.conversation, "m1", "two", REPLIES)
    late = store.keep_replies(SESSION.conversation, "m1", "one", ({"id": "m1.1", "text": "late"},))
    assert late == Claim(ClaimState.ANSWERED, REPLIES)


def test_threads_of_several_stores_agree_on_one_owner(settings):
    stores = [Store(settings) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as threads:
        for message_id in (f"round{number}" for number in range(10)):
            claims = threads.map(claim, stores, ["a", "b", "c", "d"], [message_id] * len(stores))
            assert sorted(made.state.value for made in claims) == ["busy", "busy", "busy", "ours"]
    for store in stores:
        store.engine.dispose()


def test_an_ended_chat_takes_no_message_and_keeps_no_reply(store):
    claim(store)
    store.keep_replies(SESSION.conversation, "m1", "one", REPLIES)
    claim(store, message_id="m2")
    store.end(SESSION, NOW)
    store.end(SESSION, NOW)
    assert store.is_ended(SESSION.conversation)
    assert claim(store).state is ClaimState.ENDED
    assert store.keep_replies(SESSION.conversation, "m2", "one", REPLIES) == Claim(ClaimState.ENDED)
    assert store.replies_to(SESSION.conversation, ["m1", "m2"]) == {}


def test_replies_do_not_lie_readable_in_the_file(file_store, tmp_path):
    claim(file_store, text="I am Rosalind Marchetti")
    file_store.keep_replies(SESSION.conversation, "m1", "one", REPLIES)
    assert file_store.replies_to(SESSION.conversation, ["m1", "m9"]) == {"m1": list(REPLIES)}
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("conversations.db*"))
    assert b"m1" in stored
    assert b"Rosalind" not in stored


def test_what_no_token_can_reach_is_deleted(store):
    claim(store)
    store.keep_replies(SESSION.conversation, "m1", "one", REPLIES)
    store.end(Session("yyyyyyyy-2", "en", SESSION.expires_at), NOW)
    store.purge(NOW)
    assert store.replies_to(SESSION.conversation, ["m1"])
    store.purge(SESSION.expires_at + 1)
    assert not store.replies_to(SESSION.conversation, ["m1"])
    assert not store.is_ended("yyyyyyyy-2")


def test_votes_are_counted_by_topic_once_an_answer_and_name_no_chat(file_store, tmp_path):
    file_store.vote(SESSION.conversation, "m1.1", "lupus_diet", True)
    file_store.vote(SESSION.conversation, "m2.1", "lupus_diet", True)
    file_store.vote(SESSION.conversation, "m3.1", "lupus_diet", False)
    file_store.vote(SESSION.conversation, "m4.1", "exosomes", True)
    file_store.vote(SESSION.conversation, "m4.1", "exosomes", False)
    assert file_store.votes() == {"exosomes": (0, 1), "lupus_diet": (2, 1)}
    assert SESSION.conversation.encode() not in (tmp_path / "conversations.db").read_bytes()


def test_a_withdrawal_erases_the_kept_replies_but_not_this_turns_place(file_store, tmp_path):
    claim(file_store)
    file_store.keep_replies(SESSION.conversation, "m1", "one", REPLIES)
    claim(file_store, message_id="m2")
    domain = Domain.empty()
    domain.slots.append(AnySlot(ERASE_SLOT, [{"type": "custom"}]))
    trackers = EncryptedTrackerStore(domain=domain, data_dir=str(tmp_path))
    tracker = DialogueStateTracker(SESSION.conversation, domain.slots)
    tracker.update(UserUttered("erase everything"))
    tracker.update(SlotSet(ERASE_SLOT, [SESSION.conversation]))
    asyncio.run(trackers.save(tracker))
    assert file_store.replies_to(SESSION.conversation, ["m1"]) == {}
    assert claim(file_store, "two", "m2").state is ClaimState.BUSY
