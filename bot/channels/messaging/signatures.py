"""Compares signatures in constant time; how each platform signs stands in its folder."""

from __future__ import annotations

import hmac


def same(given: str | None, expected: str) -> bool:
    """Whether both are equal and not empty, in a time that tells nothing about where they differ."""
    if not given or not expected:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
