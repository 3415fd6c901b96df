"""Conversations are encrypted where they are stored, and a withdrawal erases them."""

from __future__ import annotations

import asyncio
import os
import time
import uuid

import psycopg2
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from rasa.core.agent import Agent
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import event

from bot.safety.known import country_of, remember_country
from bot.tracker_store import BY_TIME, EncryptedTrackerStore, read_keys

POSTGRES_URL = os.environ.get("MARROW_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
DAY = 24 * 60 * 60
SECRET = "my name is Rosalind Marchetti"


def store_in(directory, **options):
    domain = Domain.empty()
    domain.slots.append(AnySlot("erase_conversations", [{"type": "custom"}]))
    return EncryptedTrackerStore(domain=domain, data_dir=str(directory), **options)


def conversation(store, sender="patient", text=SECRET):
    tracker = DialogueStateTracker(sender, store.domain.slots)
    tracker.update(UserUttered(text))
    asyncio.run(store.save(tracker))
    return tracker


def refuse_deletes(_connection, _cursor, statement, *_):
    if statement.startswith("DELETE"):
        raise sa.exc.OperationalError(statement, {}, Exception("the disk is full"))


def test_rasa_does_not_go_on_in_memory_while_the_store_fails(tmp_path):
    store = store_in(tmp_path)
    assert Agent._create_tracker_store(store, store.domain) is store


@pytest.fixture
def postgres_url():
    """The URL of a PostgreSQL schema of its own."""
    plain = POSTGRES_URL.replace("+psycopg", "")
    try:
        admin = psycopg2.connect(plain, connect_timeout=3)
    except psycopg2.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL must be reachable in CI: {error}")
        pytest.skip("no PostgreSQL at MARROW_TEST_POSTGRES_URL")
    admin.autocommit = True
    schema = f"marrow_{uuid.uuid4().hex[:12]}"
    with admin.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{schema}"')
        url = sa.engine.make_url(plain).update_query_dict({"options": f"-c search_path={schema}"})
        yield url.render_as_string(hide_password=False)
        cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
    admin.close()


def test_a_conversation_comes_back_but_its_words_do_not_lie_in_the_file(tmp_path):
    conversation(store_in(tmp_path))
    again = asyncio.run(store_in(tmp_path).retrieve("patient"))
    assert again.latest_message.text == SECRET
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("conversations.db*"))
    assert stored
    assert b"Rosalind" not in stored


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = read_keys(tmp_path, "development", None)
    assert read_keys(tmp_path, "development", None) == first
    assert (tmp_path / "tracker.key").stat().st_mode & 0o077 == 0


def test_no_new_key_is_made_beside_conversations_of_a_lost_one(tmp_path):
    conversation(store_in(tmp_path))
    key = tmp_path / "tracker.key"
    kept = key.read_text()
    key.unlink()
    for opened in (lambda: store_in(tmp_path), lambda: read_keys(tmp_path, "development", None)):
        with pytest.raises(RasaException, match=r"tracker\.key is missing, and no new one is made"):
            opened()
        assert not key.exists()
    key.write_text(kept)
    assert asyncio.run(store_in(tmp_path).retrieve("patient")).latest_message.text == SECRET


def test_production_refuses_to_start_without_a_key(tmp_path):
    with pytest.raises(RasaException, match="MARROW_TRACKER_KEY is not set"):
        store_in(tmp_path, environment="production")


def test_a_malformed_key_is_named(tmp_path):
    with pytest.raises(RasaException, match="holds no valid key"):
        store_in(tmp_path, key="secret")


def test_another_key_says_so_instead_of_failing_obscurely(tmp_path):
    conversation(store_in(tmp_path))
    other = store_in(tmp_path, key=Fernet.generate_key().decode())
    with pytest.raises(RasaException, match="not the key it was written with"):
        asyncio.run(other.retrieve("patient"))


def test_a_rotated_key_reads_old_and_writes_new(tmp_path):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    conversation(store_in(tmp_path, key=old))
    assert asyncio.run(store_in(tmp_path, key=f"{new},{old}").retrieve("patient")).latest_message.text == SECRET


def test_a_withdrawal_erases_the_conversations_it_names_and_no_other(tmp_path):
    store = store_in(tmp_path)
    for sender in ("first", "second", "other"):
        conversation(store, sender)
    tracker = asyncio.run(store.retrieve("second"))
    tracker.update(SlotSet("erase_conversations", ["first", "second"]))
    asyncio.run(store.save(tracker))
    assert asyncio.run(store.retrieve("first")) is None
    assert asyncio.run(store.retrieve("second")) is None
    assert asyncio.run(store.retrieve("other")).latest_message.text == SECRET


def test_erasing_another_conversation_keeps_the_present_one(tmp_path):
    store = store_in(tmp_path)
    conversation(store, "first")
    tracker = conversation(store, "second")
    tracker.update(SlotSet("erase_conversations", ["first"]))
    asyncio.run(store.save(tracker))
    assert asyncio.run(store.retrieve("first")) is None
    kept = asyncio.run(store.retrieve("second"))
    assert kept.latest_message.text == SECRET
    assert kept.get_slot("erase_conversations") is None


def test_a_conversation_is_deleted_when_it_has_been_quiet_for_as_long_as_it_is_kept(tmp_path):
    store = store_in(tmp_path, keep_days="30")
    conversation(store, "quiet")
    now = time.time()
    store.purge(now + 29 * DAY)
    assert asyncio.run(store.retrieve("quiet")) is not None
    conversation(store, "lively")
    tracker = asyncio.run(store.retrieve("lively"))
    tracker.update(UserUttered("still here", timestamp=now + 20 * DAY))
    asyncio.run(store.save(tracker))
    store.purge(now + 31 * DAY)
    assert asyncio.run(store.retrieve("quiet")) is None
    assert asyncio.run(store.retrieve("lively")) is not None


def test_purging_waits_an_hour_before_it_looks_again(tmp_path):
    store = store_in(tmp_path, keep_days="1")
    conversation(store, "quiet")
    far = time.time() + 10 * DAY
    store.purge(far)
    assert asyncio.run(store.retrieve("quiet")) is None
    conversation(store, "another")
    store.purge(far + 60)
    assert asyncio.run(store.retrieve("another")) is not None
    store.purge(far + 2 * 60 * 60)
    assert asyncio.run(store.retrieve("another")) is None


def test_somebody_who_comes_back_on_the_last_day_finds_the_conversation(tmp_path):
    store = store_in(tmp_path, keep_days="1")
    tracker = DialogueStateTracker("patient", store.domain.slots)
    tracker.update(UserUttered(SECRET, timestamp=time.time() - 3 * DAY))
    asyncio.run(store.save(tracker))
    assert asyncio.run(store.retrieve("patient")) is not None
    store._purged_at = 0.0
    tracker.update(UserUttered("I am back"))
    asyncio.run(store.save(tracker))
    assert [event.text for event in asyncio.run(store.retrieve("patient")).events] == [SECRET, "I am back"]


def test_more_conversations_than_one_statement_takes_are_all_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.tracker_store.DELETED_AT_ONCE", 2)
    store = store_in(tmp_path)
    for number in range(5):
        conversation(store, f"patient-{number}")
    store.purge(time.time() + 31 * DAY)
    with store.session_scope() as session:
        assert session.query(store.SQLEvent).count() == 0


def test_the_age_of_events_has_an_index_also_in_a_database_made_before(tmp_path):
    store = store_in(tmp_path)
    BY_TIME.drop(store.engine)
    again = store_in(tmp_path)
    assert "ix_events_timestamp" in [index["name"] for index in sa.inspect(again.engine).get_indexes("events")]


def test_a_purge_that_fails_is_logged_and_the_message_is_saved_all_the_same(tmp_path, caplog):
    store = store_in(tmp_path)
    event.listen(store.engine, "before_cursor_execute", refuse_deletes)
    conversation(store, "quiet")
    store.purge(time.time() + 31 * DAY)
    assert "Old conversations could not be deleted: OperationalError" in caplog.text
    assert asyncio.run(store.retrieve("quiet")) is not None


def test_quiet_conversations_are_deleted_on_postgresql_too(tmp_path, postgres_url):
    store = store_in(tmp_path, url=postgres_url)
    conversation(store, "quiet")
    lively = conversation(store, "lively")
    lively.update(UserUttered("still here", timestamp=time.time() + 20 * DAY))
    asyncio.run(store.save(lively))
    store.purge(time.time() + 31 * DAY)
    assert asyncio.run(store.retrieve("quiet")) is None
    assert asyncio.run(store.retrieve("lively")) is not None
    store.engine.dispose()


def test_the_address_reaches_the_store_through_rasas_own_loader(tmp_path, postgres_url):
    name = f"{EncryptedTrackerStore.__module__}.{EncryptedTrackerStore.__name__}"
    endpoint = EndpointConfig(type=name, url=postgres_url, data_dir=str(tmp_path))
    # Rasa wraps a store of one's own, and keeps the store itself where nobody else looks.
    store = TrackerStore.create(endpoint, Domain.empty())
    engine = getattr(store, "_tracker_store", store).engine
    assert engine.url.get_backend_name() == "postgresql"
    engine.dispose()


def test_the_country_of_a_conversation_is_known_to_safety_without_the_store(tmp_path):
    store = store_in(tmp_path)
    store.domain.slots.append(AnySlot("country", [{"type": "custom", "role": "residence"}]))
    tracker = DialogueStateTracker("kenyan", store.domain.slots)
    tracker.update(SlotSet("country", "KE"))
    asyncio.run(store.save(tracker))
    assert country_of("kenyan") == "KE"
    remember_country("kenyan", None)
    asyncio.run(store.retrieve("kenyan"))
    assert country_of("kenyan") == "KE"
    tracker.update(SlotSet("erase_conversations", ["kenyan"]))
    asyncio.run(store.save(tracker))
    assert country_of("kenyan") is None
    store.engine.dispose()


@pytest.mark.parametrize("value", ["0", "never", "-3", "99999"])
def test_an_odd_period_is_refused(tmp_path, value):
    with pytest.raises(RasaException, match="MARROW_KEEP_CONVERSATIONS_DAYS"):
        store_in(tmp_path, keep_days=value)
