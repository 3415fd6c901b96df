"""The environment that Marrow's processes run in during development and tests, with every default in one place."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = Path("models/marrow.tar.gz")

# Those of channels above all: one without its secrets is off.
NAMED_FOR_RASA = ("credentials.yml", "credentials.production.yml", "endpoints.yml")


def named_in(path: Path) -> list[str]:
    """The variables that a file of Rasa's names, in its order; none where there is no such file."""
    return re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8")) if path.exists() else []


DEFAULTS: Mapping[str, str] = {
    # Rasa refuses a file that names a variable nobody set: empty means "the default".
    **{name: "" for file in NAMED_FOR_RASA for name in named_in(ROOT / file)},
    "MARROW_ENVIRONMENT": "development",
    "MARROW_DATA_DIR": "var",
    "MARROW_BOT_PORT": "5005",
    "MARROW_ACTIONS_PORT": "5055",
    "MARROW_DESK_PORT": "5065",
    "MARROW_KEEP_CONVERSATIONS_DAYS": "30",
    "MARROW_ACTION_TIMEOUT": "15",
    "MARROW_LOG_FORMAT": "text",
    "MARROW_ACTIONS_SECRET": "",
    "MARROW_DEFAULT_COUNTRY": "",
    "MARROW_LEARN_FROM_QUESTIONS": "",
    "MARROW_MESSAGING_INTAKE": "link",
}
# Rasa reports usage to a third party unless told not to; the rest quiets start-up noise.
ALWAYS: Mapping[str, str] = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
    # Idle threads of numpy's algebra spin: one for each processor takes half of the machine and makes nothing faster.
    "OPENBLAS_NUM_THREADS": "1",
}


FILE_SUFFIX = "_FILE"
# Longer names of sockets are refused by the system.
LONGEST_SOCKET = 100
# Rasa's own interface is for developers only: it shows and changes every conversation.
FILES = {
    "development": "--enable-api --endpoints endpoints.yml --credentials credentials.yml",
    "production": "--endpoints endpoints.production.yml --credentials credentials.production.yml",
}


def for_supervisor(environment: Mapping[str, str]) -> dict[str, str]:
    """What deploy/supervisord.conf asks for beside the settings of `environment`; makes the folder of the logs."""
    data_dir = (ROOT / environment["MARROW_DATA_DIR"]).resolve()
    for folder in (data_dir, data_dir / "logs"):
        # A mode holds for the last folder of a path only.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = data_dir / "supervisor.sock"
    if len(str(socket)) > LONGEST_SOCKET:
        name = f"marrow-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]}.sock"
        socket = Path(tempfile.gettempdir()) / name
    return {
        "SUPERVISOR_DATA_DIR": str(data_dir),
        "SUPERVISOR_SOCKET": str(socket),
        "SUPERVISOR_BOT_OPTIONS": FILES.get(environment["MARROW_ENVIRONMENT"], FILES["production"]),
    }


class SettingsFileError(Exception):
    """A variable names a file that gives no value; the message says which, and what to do."""


def from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables whose values stand in files: MARROW_DATA_KEY_FILE=/path sets MARROW_DATA_KEY.

    Raises:
        SettingsFileError: the file cannot be read or is empty, or the variable is set as well.
    """
    values: dict[str, str] = {}
    for variable, place in environment.items():
        if not (variable.startswith("MARROW_") and variable.endswith(FILE_SUFFIX) and place.strip()):
            continue
        name = variable.removesuffix(FILE_SUFFIX)
        if environment.get(name, "").strip():
            raise SettingsFileError(f"{name} and {variable} are both set. Keep one of them.")
        try:
            values[name] = Path(place).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsFileError(f"{variable}: {place} cannot be read by this account.") from None
        if not values[name]:
            raise SettingsFileError(f"{variable}: {place} is empty.")
    return values


def with_defaults(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """`environment` (this process's own when None) with Marrow's defaults filled in; empty means the default.

    Raises SettingsFileError.
    """
    given = dict(os.environ if environment is None else environment)
    given |= from_files(given)
    unset = [name for name in DEFAULTS if not given.get(name, "").strip()]
    return {**given, **{name: DEFAULTS[name] for name in unset}, **ALWAYS}


def main() -> None:
    """Prints the environment's additions as shell exports."""
    try:
        values = with_defaults()
    except SettingsFileError as problem:
        sys.exit(f"Marrow's settings: {problem}")
    supervisor = for_supervisor(values)
    values |= supervisor
    for name in {**DEFAULTS, **ALWAYS, **supervisor, **from_files(os.environ)}:
        print(f"export {name}={shlex.quote(values[name])}")


if __name__ == "__main__":
    main()
