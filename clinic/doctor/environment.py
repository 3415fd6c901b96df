"""Looks at the settings that the bot's runtime needs as well, at the content, and at Redis."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ruamel.yaml import YAML

from clinic.doctor.findings import Finding, advice, ok, problem
from clinic.errors import MarrowError
from clinic.intake.model.content import ContentError
from clinic.intake.model.conversation import Conversation
from clinic.intake.model.language import Language
from clinic.intake.model.questionnaire import Questionnaire
from clinic.keys import key_problem, split_keys
from clinic.safety_numbers import emergency_numbers
from clinic.settings import Settings, keys_of

_MAKE = "Make one with `marrow keys new`"
# What the bot refuses to start without in production, and what to do.
_NEEDED_IN_PRODUCTION: Mapping[str, str] = {
    "MARROW_TRACKER_KEY": f"It encrypts conversations. {_MAKE}, and keep a copy.",
    "MARROW_SESSION_KEY": f"It signs the website's chats. {_MAKE}.",
    "MARROW_WEBSITE_ORIGINS": "Name the websites that may show the chat, such as https://www.clinic.example.",
    "MARROW_ACTIONS_URL": "Give the address of the action server, such as http://127.0.0.1:5055/webhook.",
}
# Where the bot is told of its channels, in the working directory as all content is.
_CREDENTIALS = Path("credentials.production.yml")
_MESSAGING = "bot.channels.messaging."


def environment_findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found about variables, content and Redis."""
    yield ok("settings", f"environment {settings.environment}")
    if settings.environment == "production":
        yield from _production(settings, environment)
    yield from _keys(settings, environment)
    yield _content(settings)
    if not settings.default_country:
        yield advice(
            "MARROW_DEFAULT_COUNTRY",
            "is not set: before a patient names a country, 112 or 911 is told",
            "Set it to the country of most patients, such as US.",
        )
    if settings.redis_url is not None:
        yield _redis(settings.redis_url.get_secret_value())


def _production(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    needed = dict(_NEEDED_IN_PRODUCTION)
    if any(environment.get(variable) for variable in _messaging_secrets()):
        needed["MARROW_MESSAGING_KEY"] = f"It names the conversations of messaging apps. {_MAKE}."
    for variable, to_do in needed.items():
        if not environment.get(variable, "").strip():
            yield problem(variable, "is not set, and the bot does not start without it in production", to_do)
    if settings.backup_key is None:
        yield advice(
            "MARROW_BACKUP_KEY",
            "is not set: backups are encrypted with the data key",
            f"{_MAKE}, so that whoever moves backups needs no key to the data.",
        )
    if not (settings.email_receivers or settings.webhook_url):
        yield advice(
            "MARROW_NOTIFY_EMAIL_TO",
            "is not set: nobody is told when a request comes in",
            "Set it, or MARROW_WEBHOOK_URL; otherwise look into `marrow requests list` each day.",
        )
    if settings.erasure_log_path.absolute().is_relative_to(settings.data_dir.absolute()):
        yield advice(
            "MARROW_ERASURE_LOG",
            "lies in the data directory, and would be lost with it",
            "Set it to a file on another disk (move the present one there first).",
        )


def _messaging_secrets() -> list[str]:
    """Return the variables that switch messaging platforms on, as the bot's credentials name them."""
    if not _CREDENTIALS.exists():
        return []
    channels = YAML(typ="safe", pure=True).load(_CREDENTIALS.read_text(encoding="utf-8"))
    given = [value for name, own in channels.items() if name.startswith(_MESSAGING) for value in own.values()]
    named = [variable for value in given if isinstance(value, str) for variable in re.findall(r"\$\{(\w+)\}", value)]
    return [variable for variable in named if not variable.endswith("_API_URL")]


def _keys(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for position, key in enumerate(split_keys(environment.get("MARROW_TRACKER_KEY", "")), start=1):
        if found := key_problem(key, strict=settings.environment == "production"):
            yield problem("MARROW_TRACKER_KEY", f"key {position} {found}", f"{_MAKE}.")
    uses = {
        "MARROW_DATA_KEY": keys_of(settings.data_key),
        "MARROW_AUDIT_KEY": keys_of(settings.audit_key),
        "MARROW_BACKUP_KEY": keys_of(settings.backup_key),
        "MARROW_TRACKER_KEY": split_keys(environment.get("MARROW_TRACKER_KEY", "")),
        "MARROW_SESSION_KEY": split_keys(environment.get("MARROW_SESSION_KEY", "")),
    }
    seen: dict[str, str] = {}
    for variable, keys in uses.items():
        for key in keys:
            if (other := seen.setdefault(key, variable)) != variable:
                yield problem(variable, f"holds the same key as {other}", f"Use a key of its own. {_MAKE}.")


def _content(settings: Settings) -> Finding:
    try:
        questionnaire = Questionnaire.load(settings.questionnaire_path)
        language = Language.of(settings.content_dir)
        Conversation.load(settings.content_dir / "conversation.yml")
        emergency_numbers(settings.safety_path, settings.default_country, language)
    except (OSError, ContentError, MarrowError) as error:
        return problem("content", f"cannot be read: {error}", "Mend the file, or set MARROW_CONTENT_DIR.")
    return ok("content", f"{len(questionnaire.questions)} questions in {settings.questionnaire_path}")


def _redis(url: str) -> Finding:
    # A tenth of the time in which `marrow` starts, for one command of all.
    import redis

    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as error:
        return problem("Redis", f"does not answer ({type(error).__name__})", "Start it, or correct MARROW_REDIS_URL.")
    return ok("Redis", "answers")
