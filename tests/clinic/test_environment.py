"""A variable that is set to nothing means its default, in scripts and in the clinic's settings."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clinic.settings import Settings, load_settings
from scripts.environment import ALWAYS, DEFAULTS, ROOT, with_defaults


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("nothing", ["", " "])
def test_nothing_means_the_default(name: str, nothing: str) -> None:
    assert with_defaults({name: nothing}) == with_defaults({})
    assert with_defaults({})[name] == DEFAULTS[name]


@pytest.mark.parametrize("name", DEFAULTS)
def test_what_is_set_stays(name: str) -> None:
    assert with_defaults({name: "7"})[name] == "7"


def test_the_shell_gets_the_defaults_too() -> None:
    nothing = dict.fromkeys(DEFAULTS, "")
    command = 'eval "$("$0" -m scripts.environment)"; for name in "$@"; do printf "%s=%s\\n" "$name" "${!name}"; done'
    ran = subprocess.run(
        ["bash", "-c", command, sys.executable, *DEFAULTS, *ALWAYS],
        cwd=ROOT, env={**nothing, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert dict(line.split("=", 1) for line in ran.stdout.splitlines()) == {**DEFAULTS, **ALWAYS}


@pytest.mark.parametrize("field", Settings.model_fields)
def test_nothing_means_the_default_for_the_clinic(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = load_settings()
    monkeypatch.setenv(f"MARROW_{field.upper()}", "")
    default = Settings.model_fields[field].default
    assert getattr(load_settings(), field) == default
    assert load_settings().model_copy(update={field: getattr(usual, field)}) == usual
