"""One bot and one action server for all tests that do not break them; started at first use."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.e2e.servers import ServerError, Stack

_STACK = pytest.StashKey[Stack | str]()


def shared_stack(config: pytest.Config, **settings: str) -> Stack:
    """The session's servers, with the `settings` of who asks first.

    When they could not start, every test that needs them fails with the reason.
    """
    if _STACK not in config.stash:
        folder = tempfile.TemporaryDirectory(prefix="marrow-e2e-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        try:
            stack = Stack(Path(folder.name), **settings)
            config.add_cleanup(stack.stop)
            config.stash[_STACK] = stack.start()
        except ServerError as failure:
            config.stash[_STACK] = str(failure)
    stack_or_reason = config.stash[_STACK]
    if isinstance(stack_or_reason, str):
        pytest.fail(stack_or_reason, pytrace=False)
    return stack_or_reason
