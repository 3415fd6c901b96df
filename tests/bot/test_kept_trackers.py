"""A conversation kept between turns is what the database holds, whoever changed that meanwhile."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot import kept_trackers
from bot.kept_trackers import Kept, KeptTrackers, Stamp
from bot.tracker_store import EncryptedTrackerStore
from tests.bot.test_tracker_store import postgres_url  # noqa: F401

ME = "patient"


def store_in(directory, **options) -> EncryptedTrackerStore:
    domain = Domain.empty()
    domain.slots += [AnySlot(name, [{"type": "custom"}]) for name in ("erase_conversations", "name")]
    return EncryptedTrackerStore(domain=domain, data_dir=str(directory), **options)


@pytest.fixture
def store(tmp_path):
    made = store_in(tmp_path)
    yield made
    made.engine.dispose()


def turn(store, text: str, *more, sender: str = ME) -> DialogueStateTracker:
    tracker = asyncio.run(store.get_or_create_tracker(sender, append_action_listen=False))
    tracker.update_with_events([UserUttered(text), BotUttered(f"you said {text}"), *more], store.domain)
    asyncio.run(store.save(tracker))
    return tracker


def texts(tracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def retrieve(store, sender: str = ME):
    return asyncio.run(store.retrieve(sender))


def as_rasa_reads(store, sender: str = ME):
    return asyncio.run(SQLTrackerStore.retrieve(store, sender))


def statements(store) -> list[str]:
    heard: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *args: heard.append(args[2]))
    return heard


def test_what_was_stored_is_not_read_again(store):
    stored = turn(store, "hello")
    heard = statements(store)
    assert retrieve(store) is stored
    assert len(heard) == 1
    assert "data" not in heard[0]


def test_a_kept_conversation_is_what_rasa_reads(store):
    for text in ("one", "two", "three"):
        turn(store, text, ActionExecuted("action_listen"), SlotSet("name", text))
    theirs = as_rasa_reads(store).current_state(EventVerbosity.ALL)
    kept = retrieve(store)
    assert kept.current_state(EventVerbosity.ALL) == theirs
    assert retrieve(store).current_state(EventVerbosity.ALL) == theirs, "taken out before: read anew"


def test_no_two_turns_share_a_conversation(store):
    stored = turn(store, "hello")
    assert retrieve(store) is stored
    assert retrieve(store) is not stored


def test_a_turn_that_is_not_stored_leaves_nothing_behind(store):
    turn(store, "hello")
    retrieve(store).update(UserUttered("lost"))
    assert texts(retrieve(store)) == ["hello"]


def test_what_is_added_after_storing_is_not_kept(store):
    turn(store, "hello").update(UserUttered("lost"))
    assert texts(retrieve(store)) == ["hello"]


def test_the_events_of_another_process_are_read_in(tmp_path, store):
    other = store_in(tmp_path)
    turn(store, "one")
    turn(other, "two")
    turn(store, "three")
    assert texts(turn(other, "four")) == ["one", "two", "three", "four"]
    assert texts(as_rasa_reads(store)) == ["one", "two", "three", "four"]


@pytest.mark.parametrize("reading", [0, 1])
def test_what_another_process_stores_during_a_turn_is_treated_as_rasa_treats_it(tmp_path, store, reading):
    """Two turns at once: Rasa's store takes the other's events for the turn's own first ones."""
    other = store_in(tmp_path)
    turn(store, "one")
    if reading:
        asyncio.run(store.retrieve(ME))
    tracker = retrieve(store)
    turn(other, "two")
    tracker.update_with_events([UserUttered(text) for text in ("three", "four", "five")], store.domain)
    asyncio.run(store.save(tracker))
    assert texts(as_rasa_reads(store)) == ["one", "two", "five"]
    assert texts(retrieve(store)) == ["one", "two", "five"], "not kept: it is not what is stored"


def test_a_conversation_that_another_process_erased_is_gone(tmp_path, store):
    other = store_in(tmp_path)
    turn(store, "one")
    turn(other, "forget me", SlotSet("erase_conversations", [ME]), sender="withdrawing")
    assert retrieve(store) is None


def test_erased_and_begun_anew_with_the_same_ids_is_not_taken_for_the_old_one(tmp_path, store):
    other = store_in(tmp_path)
    turn(store, "one")
    turn(other, "forget me", SlotSet("erase_conversations", [ME, "withdrawing"]), sender="withdrawing")
    turn(other, "two")
    with store.session_scope() as session:
        assert (stamp := store._stamp(session, ME)).number == 2
    assert stamp.last == 2, "SQLite gives the ids once more"
    assert texts(retrieve(store)) == ["two"]


def test_a_withdrawal_drops_what_is_kept(store):
    turn(store, "one")
    turn(store, "mine", sender="other")
    assert len(store._trackers) == 2
    turn(store, "forget me", SlotSet("erase_conversations", [ME]), sender="other")
    assert store._trackers.take(ME) is None
    assert len(store._trackers) == 1


def test_a_failing_database_keeps_nothing(store):
    turn(store, "one")
    tracker = retrieve(store)
    tracker.update(UserUttered("two"))

    def refuse(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT"):
            raise sa.exc.OperationalError(statement, {}, Exception("the disk is full"))

    sa.event.listen(store.engine, "before_cursor_execute", refuse)
    with pytest.raises(sa.exc.OperationalError):
        asyncio.run(store.save(tracker))
    assert not len(store._trackers)
    sa.event.remove(store.engine, "before_cursor_execute", refuse)
    assert texts(retrieve(store)) == ["one"]


def test_a_new_session_begins_where_rasa_lets_it_begin(store):
    turn(store, "before")
    tracker = retrieve(store)
    new = [ActionExecuted("action_session_start"), SessionStarted(), SlotSet("name", "Ana"), UserUttered("after")]
    for event in new:
        tracker.update_with_events([event], store.domain)
    asyncio.run(store.save(tracker))
    theirs = as_rasa_reads(store)
    kept = retrieve(store)
    assert len(kept.events) == 3
    assert kept.current_state(EventVerbosity.ALL) == theirs.current_state(EventVerbosity.ALL)
    kept.update(UserUttered("and on"))
    asyncio.run(store.save(kept))
    assert texts(as_rasa_reads(store)) == ["after", "and on"]
    assert texts(asyncio.run(store.retrieve_full_tracker(ME))) == ["before", "after", "and on"]


def test_another_model_has_its_own_slots(store):
    turn(store, "one")
    store.domain = Domain.empty()
    assert "name" not in retrieve(store).slots


def test_the_same_on_postgresql(tmp_path, postgres_url):  # noqa: F811
    ours, other = store_in(tmp_path, url=postgres_url), store_in(tmp_path, url=postgres_url)
    stored = turn(ours, "one")
    assert retrieve(ours) is stored
    turn(other, "two")
    turn(ours, "three")
    assert texts(as_rasa_reads(ours)) == texts(retrieve(other)) == ["one", "two", "three"]
    turn(other, "forget me", SlotSet("erase_conversations", [ME]), sender="withdrawing")
    assert retrieve(ours) is None
    for store in (ours, other):
        store.engine.dispose()


def test_number_events_and_age_are_bounded(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(kept_trackers, "MOST", 3)
    monkeypatch.setattr(kept_trackers, "MOST_EVENTS", 10)
    monkeypatch.setattr(kept_trackers, "MOST_SECONDS", 60)
    trackers = KeptTrackers(lambda: now[0])

    def put(name: str, length: int) -> None:
        tracker = DialogueStateTracker.from_events(name, [UserUttered("x") for _ in range(length)])
        trackers.put(name, Kept(tracker, Stamp(1, length, 1.0), length, Domain.empty()))

    for name in "abcd":
        put(name, 2)
    assert trackers.take("a") is None
    assert len(trackers) == 3
    put("d", 2)
    assert len(trackers) == 3, "in the place of the earlier one"
    put("e", 7)
    assert [trackers.take(name) is not None for name in "bcde"] == [False, False, True, True]
    put("f", 2)
    now[0] = 61
    assert trackers.take("f") is None
    assert len(trackers) == 0
    put("too much", 11)
    assert len(trackers) == 0


def test_statements_of_columns_with_other_keys_are_told_apart(tmp_path):
    first, second = store_in(tmp_path / "a"), store_in(tmp_path / "b")
    turn(first, "one")
    column = first.SQLEvent.__table__.c.data.type
    assert column._static_cache_key[0] is type(column)
    assert ("mark", column.mark) in column._static_cache_key
    assert not any(key in repr(column._static_cache_key) + repr(column) for key in column_keys(tmp_path))
    turn(second, "two")
    assert texts(retrieve(second)) == ["two"]
    for store in (first, second):
        store.engine.dispose()


def column_keys(directory) -> list[str]:
    return [path.read_text().strip() for path in directory.glob("*/tracker.key")]
