"""Collects each conversation file as one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conversations.format import FormatError, load_conversation
from tests.conversations.player import ConversationError, play
from tests.e2e.servers import ServerName
from tests.e2e.shared import shared_stack

_SIZES = pytest.StashKey[dict[ServerName, int]]()


class ConversationFile(pytest.File):
    """A `user_….yml` file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test, named after the behaviour."""
        yield ConversationTest.from_parent(self, name=self.path.stem)


class ConversationTest(pytest.Item):
    """Plays one file against the session's bot and action server."""

    def runtest(self) -> None:
        """Reads the file first: a mistake in it needs no server to be found."""
        conversation = load_conversation(self.path)
        stack = shared_stack(self.config)
        self.stash[_SIZES] = stack.log_sizes()
        play(conversation, stack)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The transcript and the end of both logs instead of a Python traceback."""
        if isinstance(excinfo.value, FormatError):
            return str(excinfo.value)
        if isinstance(excinfo.value, ConversationError):
            logs = shared_stack(self.config).logs_since(self.stash[_SIZES])
            return f"{excinfo.value}\n\n{logs}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """File and the behaviour as a sentence."""
        return self.path, 0, self.name.replace("_", " ")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ConversationFile | None:
    """Takes every YAML file whose name begins with `user_`."""
    if file_path.suffix == ".yml" and file_path.name.startswith("user_"):
        return ConversationFile.from_parent(parent, path=file_path)
    return None
