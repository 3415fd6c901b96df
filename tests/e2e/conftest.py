"""The running servers as fixtures; a failing test shows the end of their logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.servers import ServerName, Stack
from tests.e2e.shared import shared_stack

_SIZES = pytest.StashKey[list[dict[ServerName, int]]]()


@pytest.fixture
def stack(request: pytest.FixtureRequest) -> Stack:
    """The session's bot and action server, for tests that leave them as they are."""
    return shared_stack(request.config)


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bot and an action server of a module's own, to be killed."""
    stack = Stack(tmp_path_factory.mktemp("own")).start()
    yield stack
    stack.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Callable[[], pytest.TestReport]:
    """Adds the logs of the servers that a failed test used to its report."""
    report = yield
    stacks = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Stack)]
    if report.when == "setup":
        item.stash[_SIZES] = [stack.log_sizes() for stack in stacks]
    if report.when == "call" and report.failed:
        for stack, sizes in zip(stacks, item.stash[_SIZES], strict=True):
            report.sections.append(("server logs", stack.logs_since(sizes)))
    return report
