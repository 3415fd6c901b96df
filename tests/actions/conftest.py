"""What the action tests share: the clinic with its real content and an empty database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from actions.services import Services
from clinic.bootstrap import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services(monkeypatch, tmp_path):
    """Everything the actions need, in a data directory of the test's own; unsent answers are kept for two days."""
    for name in [name for name in os.environ if name.startswith("MARROW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MARROW_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("MARROW_CONTENT_DIR", str(ROOT / "data"))
    monkeypatch.setenv("MARROW_KEEP_DRAFTS_DAYS", "2")
    built = Services.build(bootstrap())
    yield built
    built.clinic.database.dispose()
