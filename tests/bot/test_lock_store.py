"""The lock store is memory by default and Redis by one variable."""

from __future__ import annotations

import pytest
from rasa.core.actions import action as rasa_action
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.lock_store import ConfiguredLockStore, redis_arguments, seconds


def test_without_redis_locks_live_in_memory():
    assert isinstance(ConfiguredLockStore(EndpointConfig(redis_url="")), InMemoryLockStore)


def test_a_redis_url_is_taken_apart():
    arguments = redis_arguments("rediss://marrow:s%40cret@redis.example:6380/3")
    assert arguments == {
        "host": "redis.example",
        "port": 6380,
        "db": 3,
        "username": "marrow",
        "password": "s@cret",
        "ssl": True,
    }


def test_the_time_an_action_may_take_is_limited():
    ConfiguredLockStore(EndpointConfig(redis_url="", action_timeout="7"))
    assert rasa_action.DEFAULT_REQUEST_TIMEOUT == 7


@pytest.mark.parametrize("value", ["0", "61", "-1", "soon"])
def test_an_odd_time_out_is_refused(value):
    with pytest.raises(RasaException, match="MARROW_ACTION_TIMEOUT"):
        seconds(value)


def test_another_kind_of_url_is_refused():
    with pytest.raises(RasaException, match="MARROW_REDIS_URL"):
        redis_arguments("http://redis.example")
