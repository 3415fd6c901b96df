"""A made-up patient who answers, corrects, digresses and pauses as chance has it, and knows what she said last."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from clinic.intake.model.questionnaire import Questionnaire
from tests.conversations.checks import custom_objects, open_question, spoken
from tests.conversations.player import Player

PHRASINGS = json.loads(
    (Path(__file__).resolve().parents[1] / "evaluation" / "phrasings.json").read_text(encoding="utf-8")
)
T = TypeVar("T")
_QUESTIONNAIRE = Questionnaire.load(Path(__file__).resolve().parents[2] / "data" / "intake.yml")
LABELS = {question.id: question.label for question in _QUESTIONNAIRE.questions}
# Draws one of several, as chance (or hypothesis) has it.
Draw = Callable[[Sequence[T]], T]
MOST_TURNS = 90


@dataclass(frozen=True)
class Value:
    """What she means: as she writes it, as it is stored, as a control would send it, and as the review shows it."""

    typed: str
    stored: Any
    sent: str = ""
    shown: str = ""

    @property
    def plain(self) -> str:
        """As a control sends it: what she falls back on when she was not understood."""
        return self.sent or self.typed


# One thing of a list, by the code that is stored.
Items = tuple[Value, ...]
SINGLE: dict[str, tuple[Value, ...]] = {
    "full_name": tuple(Value(name, name) for name in ("Ana Ruiz", "Sofia Lindqvist", "Mei Chen")),
    "date_of_birth": (
        Value("5 March 1985", "1985-03-05"), Value("14 July 1990", "1990-07-14"),
        Value("1979-11-23", "1979-11-23", shown="23 November 1979"),
    ),
    "country": (Value("Mexico", "MX"), Value("Sweden", "SE"), Value("Canada", "CA"), Value("Kenya", "KE")),
    "preferred_contact": (
        Value("email", "email", shown="E-mail"), Value("phone", "phone"), Value("whatsapp", "whatsapp"),
    ),
    "email": (
        Value("ana.ruiz@example.org", "ana.ruiz@example.org"), Value("sofia@example.com", "sofia@example.com"),
    ),
    "phone": (Value("+52 55 1234 5678", "+525512345678"), Value("+46 70 123 45 67", "+46701234567")),
    "diagnosis_status": (
        Value("confirmed by a specialist", "confirmed", "confirmed"), Value("suspected", "suspected"),
    ),
    "lupus_type": (Value("systemic lupus", "sle", "sle", "Systemic lupus (SLE)"),
        Value("discoid", "discoid", shown="Discoid (cutaneous) lupus"),
    ),
    "therapy_interest": (Value("MSC therapy", "msc", "msc"), Value("AHSCT", "ahsct", "ahsct", "AHSCT (transplant)")),
    "timeframe": (
        Value("as soon as possible", "asap", "asap"), Value("in 1 to 3 months", "1_3_months", "1_3_months"),
        Value("just exploring", "exploring", "exploring"),
    ),
}  # fmt: skip
LISTS: dict[str, Items] = {
    "symptoms": (
        Value("joint pain", "joint_pain"), Value("fatigue", "fatigue"), Value("hair loss", "hair_loss"),
        Value("mouth sores", "mouth_ulcers"),
    ),
    "organ_involvement": (Value("kidneys", "kidneys"), Value("skin", "skin"), Value("joints", "joints")),
    "current_medications": (
        Value("plaquenil", "hydroxychloroquine"), Value("prednisone", "prednisone"),
        Value("methotrexate", "methotrexate"), Value("cellcept", "mycophenolate"),
    ),
}  # fmt: skip
# What the random patient does not vary, with what is stored.
FIXED = {
    "consent_privacy": "yes", "for_whom": "self", "consent_contact": "yes", "more_details": "yes", "sex": "male",
    "active_infection": "no", "cancer_history": "no", "risk_history": "none", "risk_medicines": "none",
}  # fmt: skip
ASIDES = ("digress", "why", "repeat", "pause", "elsewhere", "back")


@dataclass
class RandomPatient:
    """Talks to the bot through `player`; `said` is what she last said, by question."""

    player: Player
    draw: Draw[Any]
    said: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    mended: int = 0

    def request(self) -> None:
        """Goes through the whole intake and sends it."""
        self.player.start_intake()
        for _ in range(MOST_TURNS):
            question = open_question(self.player.replies)
            if question is None:
                self._come_back()
            elif question["id"] == "review":
                break
            else:
                self._at(question)
        self._look_over()
        self.player.send()

    def _at(self, question: dict[str, Any]) -> None:
        self.steps += 1
        if question["id"] not in ("consent_privacy",) and self.draw((False, False, False, True)):
            getattr(self, f"_{self.draw(ASIDES)}")()
        elif self._corrigible() and self.draw((False, False, False, False, True)):
            self._change()
        else:
            self._answer(question)

    def _answer(self, question: dict[str, Any]) -> None:
        item = question["id"]
        if item in SINGLE:
            value = self.draw(SINGLE[item])
            self._tell(item, PHRASINGS["answer"][item], (value,), value.stored)
        elif item in LISTS:
            values = tuple(self.draw(LISTS[item]) for _ in range(self.draw((1, 2))))
            self._tell(item, PHRASINGS["answer"][item], values, {value.stored for value in values})
        elif item in FIXED:
            self.player.say(FIXED[item])
        else:
            self.player.say("no" if question["kind"] == "yesno" else "skip")

    def _tell(self, item: str, phrasings: Sequence[str], values: Items, stored: Any) -> None:
        """Answers in her own words; asked again, as a control would."""
        words = " and ".join(dict.fromkeys(value.typed for value in values))
        self.player.say(self.draw(phrasings).replace("{value}", words))
        self.said[item] = stored
        for _ in range(2):
            following = open_question(self.player.replies)
            if following is None or following["id"] != item:
                return
            self.player.say(" and ".join(dict.fromkeys(value.plain for value in values)))

    def _corrigible(self) -> list[str]:
        return [item for item in self.said if item in PHRASINGS["correct"]]

    def _change(self) -> None:
        """Changes an answer in passing; when the reply does not name it, once more, and plainly."""
        item = self.draw(sorted(self._corrigible()))
        if item in SINGLE:
            value = self.draw(SINGLE[item])
            text, stored = self.draw(PHRASINGS["correct"][item]), value.stored
        else:
            value, now = self.draw(LISTS[item]), self.said[item]
            adds = value.stored not in now or len(now) == 1
            text = self.draw(PHRASINGS["add" if adds else "remove"][item])
            stored = now | {value.stored} if adds else now - {value.stored}
        before = open_question(self.player.replies)
        self.player.say(text.replace("{value}", value.typed))
        self.said[item] = stored
        if not self._shown(item):
            self._insist(item, before)

    def _shown(self, item: str) -> bool:
        """Whether the reply tells that this answer was changed, or stays as it was."""
        label = LABELS[item].lower()
        heard = spoken(self.player.replies).lower()
        return f"“{label}”" in heard or (f"{label}:" in heard and "noted" in heard)

    def _insist(self, item: str, before: dict[str, Any] | None) -> None:
        """Says which answer is to be changed, and gives it anew when it is asked."""
        question = open_question(self.player.replies)
        if question is None or question["id"] != item:
            self.player.say(f"change {LABELS[item]}")
            question = open_question(self.player.replies)
        if question is not None and question["id"] == item:
            self.player.say(self._plainly(item))

    def _plainly(self, item: str) -> str:
        values = [*SINGLE.get(item, ()), *LISTS.get(item, ())]
        return ", ".join(value.plain for value in values if self._means(item, value))

    def _look_over(self) -> None:
        """Reads the review as a patient does, and has what is wrong there put right."""
        shown = {
            item["id"]: item["value"].lower()
            for summary in custom_objects(self.player.replies, "summary")
            for item in summary["items"]
        }
        wrong = [item for item in sorted(self.said) if not self._is_right(item, shown.get(item, ""))]
        self.mended = len(wrong)
        for item in wrong:
            self.player.say(f"change {LABELS[item]}")
            self.player.say(self._plainly(item), {"question": "review"})

    def _is_right(self, item: str, shown: str) -> bool:
        values = [value for value in (*SINGLE.get(item, ()), *LISTS.get(item, ())) if self._means(item, value)]
        if item in LISTS:
            return shown.count(",") == len(values) - 1 and all(value.typed in shown for value in values)
        return bool(values) and (values[0].shown or values[0].typed).lower() == shown

    def _means(self, item: str, value: Value) -> bool:
        said = self.said[item]
        return value.stored in said if isinstance(said, set) else value.stored == said

    def _come_back(self) -> None:
        self.player.say(self.draw(PHRASINGS["resume"]))
        if open_question(self.player.replies) is None:
            self.player.say("resume")

    def _digress(self) -> None:
        self.player.say(self.draw(PHRASINGS["digress"]))

    def _why(self) -> None:
        self.player.say(self.draw(PHRASINGS["why"]))

    def _repeat(self) -> None:
        self.player.say(self.draw(PHRASINGS["repeat"]))

    def _pause(self) -> None:
        self.player.say(self.draw(PHRASINGS["pause"]))

    def _back(self) -> None:
        self.player.say("back")

    def _elsewhere(self) -> None:
        """Goes on in another chat, where she can: with the code and the date of birth that she last gave."""
        self.player.code = None
        self.player.say("continue on another device")
        if self.player.code is None or "date_of_birth" not in self.said:
            return
        self.player.new_chat()
        self.player.say(self.player.code)
        self.player.say(self.said["date_of_birth"])
