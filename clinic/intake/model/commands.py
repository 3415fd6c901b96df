"""The commands that a patient can give to the intake."""

from __future__ import annotations

from typing import Literal

CommandName = Literal[
    "back", "skip", "pause", "resume", "cancel", "review", "repeat", "why", "help", "person", "restart",
    "keep", "clear", "leave", "underway", "enough"
]  # fmt: skip
