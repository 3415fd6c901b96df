"""The environment that Marrow's processes run in during development and tests, with every default in one place."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = Path("models/marrow.tar.gz")

DEFAULTS: Mapping[str, str] = {
    "MARROW_ENVIRONMENT": "development",
    "MARROW_DATA_DIR": "var",
    "MARROW_BOT_PORT": "5005",
    "MARROW_ACTIONS_PORT": "5055",
    "MARROW_DESK_PORT": "8080",
    # Rasa refuses a file that names a variable nobody set: empty means "the default".
    "MARROW_TRACKER_URL": "",
    "MARROW_TRACKER_KEY": "",
    "MARROW_KEEP_CONVERSATIONS_DAYS": "30",
    "MARROW_REDIS_URL": "",
    "MARROW_ACTION_TIMEOUT": "15",
    "MARROW_ACTIONS_SECRET": "",
    "MARROW_DEFAULT_COUNTRY": "",
    "MARROW_SESSION_KEY": "",
    "MARROW_SESSION_HOURS": "",
    "MARROW_WEBSITE_ORIGINS": "",
    "MARROW_WEBSITE_ADDRESS_LIMIT": "",
    "MARROW_WEBSITE_START_LIMIT": "",
    "MARROW_WEBSITE_SESSION_LIMIT": "",
    "MARROW_TRUSTED_PROXIES": "",
    # Messaging channels (docs/channels.md): one without its secrets is off.
    "MARROW_MESSAGING_INTAKE": "link",
    "MARROW_MESSAGING_KEY": "",
    "MARROW_WIDGET_URL": "",
    "MARROW_PUBLIC_URL": "",
    "MARROW_TELEGRAM_TOKEN": "",
    "MARROW_TELEGRAM_SECRET": "",
    "MARROW_TELEGRAM_API_URL": "",
    "MARROW_TWILIO_ACCOUNT_SID": "",
    "MARROW_TWILIO_AUTH_TOKEN": "",
    "MARROW_TWILIO_API_URL": "",
    "MARROW_MESSENGER_PAGE_TOKEN": "",
    "MARROW_MESSENGER_APP_SECRET": "",
    "MARROW_MESSENGER_VERIFY_TOKEN": "",
    "MARROW_MESSENGER_API_URL": "",
    "MARROW_SLACK_TOKEN": "",
    "MARROW_SLACK_SIGNING_SECRET": "",
    "MARROW_SLACK_API_URL": "",
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


def with_defaults(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """`environment` (this process's own when None) with Marrow's defaults filled in; empty means the default."""
    given = dict(os.environ if environment is None else environment)
    unset = [name for name in DEFAULTS if not given.get(name, "").strip()]
    return {**given, **{name: DEFAULTS[name] for name in unset}, **ALWAYS}


def main() -> None:
    """Prints the environment's additions as shell exports."""
    values = with_defaults()
    for name in {**DEFAULTS, **ALWAYS}:
        print(f"export {name}={shlex.quote(values[name])}")


if __name__ == "__main__":
    main()
