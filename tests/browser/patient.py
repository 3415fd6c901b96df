"""What a patient does with the widget, up to a whole intake."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.patient import stored
from tests.widget.chat import PATIENCE, ChatOnPage

DESKTOP = (1280, 800)
PHONE = (390, 844)
TOUCH: dict[str, Any] = {"has_touch": True, "is_mobile": True}
START = "Request a consultation"
SEND = "Send my request"
FOLDED = re.compile(r"^Show \d+ more$")
SEND_TICKED = re.compile(r"^Send \(\d+\)$")
REFERENCE = re.compile(r"MR-[0-9A-Z]{4}-[0-9A-Z]{4}")

# What `through_intake` ends up with in the clinic's database, as `coded` tells it.
STORED = stored(
    "phone",
    "other_conditions",
    "destination",
    symptoms=["joint_pain", "photosensitivity", "stiffness"],
    organ_involvement=["kidneys", "skin"],
    current_medications=["hydroxychloroquine", "vitamin_d"],
    timeframe="exploring",
    records_available=["labs", "letters"],
    question_for_doctor="Can I travel with lupus?",
)


def coded(answers: dict[str, Any]) -> dict[str, Any]:
    """Stored answers with the code in place of {code, text}; the patient's words must be words."""
    found: dict[str, Any] = {}
    for key, value in answers.items():
        items = value if isinstance(value, list) else []
        assert not any("_" in item["text"] for item in items if isinstance(item, dict)), value
        found[key] = [item["code"] if isinstance(item, dict) else item for item in items] if items else value
    return found


class Patient(ChatOnPage):
    """The widget on the demo page, as one patient uses it."""

    def asked(self, question: str) -> None:
        """Waits until the assistant's newest message is `question`."""
        expect(self.log.locator(".assistant").last).to_contain_text(question, timeout=PATIENCE)

    def tick(self, *labels: str, other: str = "") -> None:
        """Ticks answers, adds free words, and sends them."""
        for label in labels:
            more = self.host.get_by_role("button", name=FOLDED)
            if more.count() and not self.host.locator("label.check").get_by_text(label, exact=True).count():
                more.click()
            self.host.locator("label.check").get_by_text(label, exact=True).click()
        if other:
            self.host.get_by_label("Something else").fill(other)
        self.host.get_by_role("button", name=SEND_TICKED).click()
        self.answered()

    def up_to_consent(self) -> None:
        """Opens the chat and asks for a consultation."""
        self.open()
        self.choose(START)
        self.asked("Do you agree?")

    def up_to_birth(self) -> None:
        """Answers up to the date of birth."""
        self.up_to_consent()
        self.choose("Yes, I agree")
        self.choose("For me")
        self.field("Full name", "Ana Ruiz")
        self.asked("What is your date of birth?")

    def up_to_offer(self) -> None:
        """Answers the first step, up to the offer of more questions."""
        self.up_to_birth()
        self.date("5", "March", "1985")
        self.field("Country", "Mexico")
        self.choose("E-mail")
        self.field("E-mail address", "ana@example.org")
        self.choose("Confirmed by a specialist")
        self.choose("Systemic lupus (SLE)")
        self.choose("MSC therapy")
        self.choose("Just exploring")
        self.choose("Yes, they may")
        self.asked("That is all the clinic needs")

    def up_to_year(self) -> None:
        """Answers up to the year of the diagnosis."""
        self.up_to_offer()
        self.choose("Yes, go on")
        self.choose("Female")
        self.asked("In which year")

    def up_to_symptoms(self) -> None:
        """Answers up to the symptoms."""
        self.up_to_year()
        self.field("Year", "2015")
        self.asked("Which symptoms do you have now?")

    def up_to_pregnancy(self) -> None:
        """Answers up to the pregnancy."""
        self.up_to_symptoms()
        self.tick("Joint pain", "Sensitive to sun", other="stiff mornings")
        self.tick("Kidneys", "Skin")
        self.choose("No")
        self.choose("No")
        self.asked("Have you ever had any of these")
        self.tick("None of these")
        self.asked("Are you pregnant")

    def through_intake(self) -> None:
        """Answers every question with the pointer, up to the review."""
        self.up_to_pregnancy()
        self.choose("No")
        self.from_breastfeeding()

    def from_breastfeeding(self) -> None:
        """Answers what comes after the pregnancy, up to the review."""
        self.choose("No")
        self.choose("Skip")
        self.tick("Hydroxychloroquine (Plaquenil)", other="vitamin D")
        self.tick("None of these")
        self.say("none")
        self.say("penicillin")
        self.choose("Skip")
        self.choose("Morning")
        self.say("Spanish")
        self.choose("Skip")
        self.tick("Lab results", "Doctor's letters")
        self.say("Can I travel with lupus?")
        self.asked("Is everything right?")

    def reference(self) -> str:
        """The reference on the card that was shown last."""
        card = self.log.locator(".reference code").last
        expect(card).to_have_text(REFERENCE, timeout=PATIENCE)
        return card.inner_text()
