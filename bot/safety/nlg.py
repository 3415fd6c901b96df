"""Rasa's response generator, except that the safety messages follow the patient's country and language.

An FAQ answer gets what `bot/faq.py` adds.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.faq import finished, is_on, with_learning
from bot.language import language
from bot.production import ARTICLES, check_start
from bot.safety import current
from bot.safety.known import country_in
from bot.safety.texts import CRISIS, EMERGENCY, ENGLISH, NOW

KINDS = {"utter_emergency": EMERGENCY, "utter_crisis": CRISIS}
# Said where a message is not understood: to somebody who writes in another language, in that language.
LOST = frozenset({"utter_out_of_scope", "utter_only_english"})
# What the clinic's actions note of an intake that a safety message has interrupted.
OUTCOME_SLOT = "intake_outcome"
PAUSED = "paused"
SETTING = "MARROW_DEFAULT_COUNTRY"


def country_code(value: str | None) -> str | None:
    """The default country as set; None when it is empty; raises RasaException when it is no country code."""
    code = str(value or "").strip().upper()
    if code and not re.fullmatch(r"[A-Z]{2}", code):
        raise RasaException(f"{SETTING} must be a country code of two letters (ISO 3166), such as US or DE")
    return code or None


def last_step(tracker: DialogueStateTracker) -> int | None:
    """The number of the intake question that was asked last, or None when none was."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            question = ((event.data or {}).get("custom") or {}).get("question") or {}
            if question.get("step"):
                return int(question["step"])
    return None


class SafetyAwareNLG(TemplatedNaturalLanguageGenerator):
    """Answers an emergency, a crisis and other languages from the loaded model's safety texts, in this very process.

    `endpoint_config` may hold `default_country`, `environment` and `learning`. Before a model with safety texts is
    loaded, and for every other response, it does what Rasa's own generator does.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        super().__init__(domain.responses if domain else {})
        settings = endpoint_config.kwargs if endpoint_config else {}
        # Whatever happens later, there are words for it.
        language()
        self._learning = is_on(settings.get("learning"))
        check_start(development=settings.get("environment") != "production")
        current.configure(
            country_code(settings.get("default_country")), production=settings.get("environment") == "production"
        )

    def _titles(self) -> dict[str, str]:
        """The titles of all topics, by id."""
        told = {name: variants[0] for name, variants in self.responses.items() if name.startswith(ARTICLES)}
        faqs = [response.get("custom", {}).get("faq", {}) for name, response in told.items() if "." not in name]
        return {str(faq["id"]): str(faq["title"]) for faq in faqs if "title" in faq}

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The message for `utter_action`."""
        kind = KINDS.get(utter_action)
        texts = current.texts()
        parsed = (tracker.latest_message.parse_data if tracker.latest_message else None) or {}
        other = parsed.get("other_language")
        if texts is not None and other and utter_action in LOST:
            return texts.only_english(str(other), country_in(tracker))
        if kind is None or texts is None:
            message = await super().generate(utter_action, tracker, output_channel, **kwargs)
            if not message:
                return message
            message = finished(message, parsed, self._titles())
            return with_learning(utter_action, message) if self._learning else message
        heard = parsed.get("safety") or {}
        language, form = str(heard.get("language") or ENGLISH), str(heard.get("form") or NOW)
        reply = texts.reply(kind, country_in(tracker), language, form)
        # A second alarm in a row finds the form left already.
        intake_open = tracker.active_loop_name is not None or tracker.get_slot(OUTCOME_SLOT) == PAUSED
        return {**reply, "buttons": texts.buttons(kind, language, intake_open, last_step(tracker))}
