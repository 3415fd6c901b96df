"""Who is calling, and how often a caller may: client addresses behind proxies, and rate limits."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import time
from collections.abc import Mapping, Sequence

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from rasa.shared.exceptions import RasaException

logger = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A provider gives a household a whole /64, so single IPv6 addresses are no callers.
IPV6_PREFIX = 64
REDIS_TIMEOUT_SECONDS = 1
# No call waits longer than this for Redis, and none at all for a while after one that waited in vain.
LONGEST_WAIT_SECONDS = 0.15
REST_SECONDS = 10.0


def read_networks(value: str, variable: str) -> tuple[Network, ...]:
    """The comma-separated addresses and networks of a setting; raises RasaException for any other text."""
    try:
        return tuple(ipaddress.ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise RasaException(
            f"{variable} must list addresses or networks such as 10.0.0.5,10.1.0.0/16: {error}"
        ) from error


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the client that a call came from.

    `peer` is the socket's other end, `forwarded` the values of the X-Forwarded-For headers. Each hop
    is believed only when a trusted proxy reported it: anybody can write that header.
    """
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    address = peer
    while hops and _is_in(address, trusted):
        hop = hops.pop()
        try:
            address = str(ipaddress.ip_address(hop))
        except ValueError:
            break
    return address


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def caller_of(address: str) -> str:
    """What calls are counted by: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))


def read_limits(value: str, variable: str) -> tuple[RateLimitItem, ...]:
    """The limits of a setting such as `60/minute;1000/hour`; raises RasaException for any other text."""
    try:
        return tuple(parse_many(value))
    except ValueError as error:
        raise RasaException(f"{variable} is '{value}'; write limits such as 60/minute;1000/hour") from error


class RateLimits:
    """Counts calls in memory, or in Redis when several processes serve patients.

    `limits` names each kind of count. While Redis is away this process counts alone: a patient is
    never turned away because a counter is down.
    """

    def __init__(self, limits: Mapping[str, Sequence[RateLimitItem]], redis_url: str = "") -> None:
        self._limits = limits
        # A limiter refers to its storage only weakly, so both are held here.
        self._storages = [MemoryStorage(), *([_redis(redis_url)] if redis_url else [])]
        self._memory = MovingWindowRateLimiter(self._storages[0])
        self._shared = MovingWindowRateLimiter(self._storages[1]) if redis_url else None
        self._resting_until = 0.0

    async def wait_for(self, kind: str, who: str) -> int:
        """Counts one call of `who`; 0 when it may go on, else the seconds until it may try again."""
        if self._shared is not None and time.monotonic() >= self._resting_until:
            try:
                # A thread, because Redis may be slow and everybody's chat runs in this one loop.
                counting = asyncio.get_running_loop().run_in_executor(None, self._count, self._shared, kind, who)
                return await asyncio.wait_for(counting, LONGEST_WAIT_SECONDS)
            except Exception as error:
                self._resting_until = time.monotonic() + REST_SECONDS
                # Any client library error: what it is called depends on the version of redis-py.
                logger.error("Redis cannot count calls, this process counts alone: %s", type(error).__name__)
        return self._count(self._memory, kind, who)

    def _count(self, limiter: MovingWindowRateLimiter, kind: str, who: str) -> int:
        waits = [0]
        for limit in self._limits[kind]:
            if not limiter.hit(limit, kind, who):
                again = limiter.get_window_stats(limit, kind, who)[0]
                waits.append(max(1, math.ceil(again - time.time())))
        return max(waits)


def _redis(url: str) -> Storage:
    return storage_from_string(
        url,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
    )
