"""One message of the patient as the bot's language understanding saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Entity = Mapping[str, Any]


@dataclass(frozen=True)
class Turn:
    """A message: its text, the intent and FAQ topic found with their confidences (0-1), and the entities.

    assertions: what the message asserts, in the order of the text (docs/wire-contract.md).
    quieted: danger signs that are no alarm, because they are past or habitual ({"rule", "kind", "why"}).
    """

    text: str
    intent: str = "nlu_fallback"
    confidence: float = 0.0
    topic: str | None = None
    topic_confidence: float = 0.0
    entities: tuple[Entity, ...] = ()
    assertions: tuple[Mapping[str, Any], ...] = ()
    quieted: tuple[Mapping[str, str], ...] = ()

    def as_typed(self) -> Turn:
        """Return the turn with intent and entities dropped when the text itself spells them (`/intent{...}`).

        Rasa obeys such text by design; here it is only text.
        """
        if self.text.lstrip().startswith("/"):
            return Turn(text=self.text)
        return replace(self, topic=(self.topic or "").removeprefix("faq/") or None)
