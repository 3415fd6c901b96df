"""Client addresses are believed only through trusted proxies, and calls are counted in memory and in Redis."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time

import pytest
from rasa.shared.exceptions import RasaException

from bot.channels.web_limits import RateLimits, caller_of, client_address, read_limits, read_networks

PROXIES = read_networks("10.0.0.0/8, 192.0.2.1", "X")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),  # not a proxy of ours: its header is a claim
        ("10.0.0.5", [], "10.0.0.5"),
        ("10.0.0.5", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.5", ["1.2.3.4, 198.51.100.7"], "198.51.100.7"),  # the left part came from the client
        ("10.0.0.5", ["198.51.100.7, 192.0.2.1"], "198.51.100.7"),
        ("10.0.0.5", ["198.51.100.7", "192.0.2.1"], "198.51.100.7"),
        ("10.0.0.5", ["garbage"], "10.0.0.5"),
        ("10.0.0.5", [""], "10.0.0.5"),
        ("10.0.0.5", ["10.0.0.6"], "10.0.0.6"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_the_client_is_the_last_hop_that_no_trusted_proxy_is(peer, forwarded, expected):
    assert client_address(peer, forwarded, PROXIES) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_household_is_one_caller(address, expected):
    assert caller_of(address) == expected


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.0/99", "10.0.0.1;10.0.0.2"])
def test_wrong_networks_name_the_variable(value):
    with pytest.raises(RasaException, match="MARROW_TRUSTED_PROXIES"):
        read_networks(value, "MARROW_TRUSTED_PROXIES")


@pytest.mark.parametrize("value", ["many", "5", "5/blink", "x/minute"])
def test_wrong_limits_name_the_variable(value):
    with pytest.raises(RasaException, match="MARROW_X is"):
        read_limits(value, "MARROW_X")


def waits(limits, who, calls):
    async def count():
        return [await limits.wait_for("message", who) for _ in range(calls)]

    return asyncio.run(count())


def test_calls_beyond_the_limit_wait_and_others_do_not():
    limits = RateLimits({"message": read_limits("3/minute;100/hour", "X")})
    first = waits(limits, "a", 4)
    assert first[:3] == [0, 0, 0]
    assert 50 <= first[3] <= 61
    assert waits(limits, "b", 1) == [0]


def test_a_limit_ends_when_its_time_is_over():
    limits = RateLimits({"message": read_limits("1/second", "X")})
    assert waits(limits, "a", 2) == [0, 1]
    time.sleep(1.1)
    assert waits(limits, "a", 1) == [0]


@pytest.fixture
def redis_url(tmp_path):
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def test_processes_count_together_in_redis(redis_url):
    limit = {"message": read_limits("2/minute", "X")}
    one, other = RateLimits(limit, redis_url), RateLimits(limit, redis_url)
    assert waits(one, "a", 1) == [0]
    assert waits(other, "a", 1) == [0]
    assert waits(one, "a", 1)[0] > 0
    assert waits(other, "a", 1)[0] > 0


def test_without_redis_a_process_counts_alone(caplog):
    limits = RateLimits({"message": read_limits("2/minute", "X")}, "redis://127.0.0.1:1/0")
    answers = waits(limits, "a", 3)
    assert answers[:2] == [0, 0]
    assert answers[2] > 0
    assert "counts alone" in caplog.text
