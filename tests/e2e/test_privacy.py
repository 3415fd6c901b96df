"""What a patient tells is in no log and lies encrypted on disk."""

from __future__ import annotations

from tests.conversations.player import REVIEW, Player
from tests.e2e.leaks import leaks_in_logs, leaks_on_disk
from tests.e2e.servers import Stack
from tests.patient import TYPED

ANSWERS = {
    **TYPED,
    "full_name": "Zyxandra Quillfeather",
    "date_of_birth": "17 September 1983",
    "country": "Spain",
    "preferred_contact": "phone",
    "email": "zyxandra.q@example.net",
    "phone": "+34 612 98 76 54",
    "allergies": "kiwifruit and zinc plasters",
    "other_conditions": "narcolepsia galopante",
    "question_for_doctor": "May I bring my dog Wuffolino?",
}
# What must not be found, in the forms in which it was typed or is stored.
SECRETS = [
    "Quillfeather",
    "Zyxandra",
    "17 September 1983",
    "1983-09-17",
    "zyxandra.q@example.net",
    "+34 612 98 76 54",
    "+34612987654",
    "612987654",
    "kiwifruit",
    "narcolepsia",
    "Wuffolino",
]


def test_a_whole_intake_leaves_no_answer_in_logs_or_readable_on_disk(stack: Stack) -> None:
    player = Player(stack, "privacy")
    player.answer_until("symptoms", ANSWERS)
    player.say(
        "I am Zyxandra Quillfeather and I have terrible chest pain right now, I can't breathe",
        {"safety": "emergency"},
    )
    player.say("resume", {"question": "symptoms"})
    player.answer_until("email", ANSWERS)
    player.say("zyxandra.q@@example.net")
    player.answer_until(REVIEW, ANSWERS)

    assert leaks_on_disk(stack, SECRETS) == [], "before sending"
    reference = player.send()
    assert stack.show_request(reference)["answers"]["full_name"] == ANSWERS["full_name"]
    assert leaks_on_disk(stack, SECRETS) == [], "after sending"
    assert leaks_in_logs(stack, SECRETS) == []


def test_a_withdrawn_request_is_gone_from_the_clinics_database(stack: Stack) -> None:
    player = Player(stack, "privacy-withdrawn")
    player.answer_until(REVIEW, ANSWERS)
    reference = player.send()
    for text in ("erase my data", "yes"):
        player.say(text)

    shown = stack.show_request(reference)
    assert shown["status"] == "withdrawn"
    assert not shown["answers"]
    assert not shown["consents"]
    assert leaks_in_logs(stack, SECRETS) == []
