"""What a patient tells is in no log and lies encrypted on disk."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.conversations.player import REVIEW, Player
from tests.e2e.leaks import leaks_in_logs, leaks_on_disk
from tests.e2e.servers import ROOT, Stack, clinic_python
from tests.patient import TYPED
from tests.ports import free_port

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


def test_what_staff_erase_is_gone_from_files_logs_and_restored_backups(stack: Stack, tmp_path: Path) -> None:
    player = Player(stack, "privacy-erased")
    player.answer_until(REVIEW, ANSWERS)
    reference = player.send()
    backup = tmp_path / "backup"
    stack.marrow("backup", str(backup))
    assert not [value for value in SECRETS if value.encode() in backup.read_bytes()]
    receipt = stack.marrow("person", "erase", reference, "--confirm", reference)
    assert "entries of the chat" in receipt
    assert not [value for value in SECRETS if value in receipt]
    assert leaks_on_disk(stack, [*SECRETS, player.sender]) == []
    assert leaks_in_logs(stack, SECRETS) == []

    restored = tmp_path / "restored"
    shutil.copytree(stack.data_dir, restored, ignore=shutil.ignore_patterns("*.db*"))
    ports = {name: str(free_port()) for name in ("MARROW_BOT_PORT", "MARROW_ACTIONS_PORT")}
    there = {**stack.environment, **ports, "MARROW_DATA_DIR": str(restored)}
    done = subprocess.run(
        [str(Path(clinic_python()).parent / "marrow"), "restore", str(backup)],
        cwd=ROOT, env=there, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"Erased again: [1-9]\d* requests, [1-9]\d* conversations", done.stdout)
    held = [path for path in restored.rglob("*") if path.is_file() and player.sender.encode() in path.read_bytes()]
    assert held == []
    marrow = str(Path(clinic_python()).parent / "marrow")
    shown = subprocess.run(
        [marrow, "requests", "show", reference], cwd=ROOT, env=there, capture_output=True, text=True, check=False
    )
    assert not [value for value in SECRETS if value in shown.stdout + shown.stderr]
    assert not [
        value
        for path in restored.rglob("*")
        for value in SECRETS
        if path.is_file() and value.encode() in path.read_bytes()
    ]
