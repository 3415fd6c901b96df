"""Counts attempts at what could be guessed, by who asks and by what is asked for, across processes with Redis."""

import math
import time
from collections.abc import Mapping

import limits
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from clinic.errors import StorageUnavailable, TooManyAttempts
from clinic.keys import Keyring


class AttemptLimiter:
    """Counts attempts for several purposes, each with its own limits.

    Args:
        keyring: hides what is counted from the store of the counts.
        limits_of: for each purpose its limits, such as "5 per 15 minutes".
        redis_url: where processes count together; None counts in this process's memory.
    """

    def __init__(self, keyring: Keyring, limits_of: Mapping[str, str], redis_url: str | None = None) -> None:
        self._keyring = keyring
        self._limits = {purpose: limits.parse_many(text) for purpose, text in limits_of.items()}
        options = {"socket_connect_timeout": 2, "socket_timeout": 2} if redis_url else {}
        self._limiter = MovingWindowRateLimiter(
            storage_from_string(redis_url or "memory://", wrap_exceptions=True, **options)
        )

    def count_attempt(self, values: Mapping[str, str]) -> None:
        """Count one attempt, by each purpose's value.

        Raises:
            TooManyAttempts: the attempt is one too many and must not be carried out.
            StorageUnavailable: the counts cannot be reached; the attempt must not be carried out either.
        """
        try:
            for purpose, value in values.items():
                self._count(purpose, value)
        except StorageError as error:
            raise StorageUnavailable(
                "The store of attempts (MARROW_REDIS_URL) cannot be reached. Check that Redis runs. Then try again."
            ) from error

    def _count(self, purpose: str, value: str) -> None:
        digest = self._keyring.index(purpose, value)
        for item in self._limits[purpose]:
            if not self._limiter.hit(item, purpose, digest):
                reset = self._limiter.get_window_stats(item, purpose, digest).reset_time
                raise TooManyAttempts(max(1, math.ceil(reset - time.time())))
