"""What patients read about their data is what the code does, whatever they answer and wherever they write."""

from __future__ import annotations

import re

import pytest
from test_articles import KNOWLEDGE, direct_answers, main_answer

from clinic.settings import Settings
from clinic.storage.conversations import days_kept

DATA = KNOWLEDGE.parent
# Not true of this project: each conversation is kept whatever is answered, an alarm is noted without consent, the
# clinic's hosts and messaging companies hold what passes through them, staff see an alarm later.
UNTRUE = re.compile(
    r"nothing is (?:kept|stored)|kept nothing|only the clinic's\s+staff|no third part|"
    r"(?<!so that )nobody else (?:can|will) (?:see|read)|"
    r"\banonymously\b|we (?:are|will be) watching|someone is watching|never leaves",
    re.IGNORECASE,
)
TEXTS = {
    path.relative_to(DATA).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(
        [*DATA.glob("*.yml"), *(DATA / "language" / "en").glob("*.yml"), KNOWLEDGE / "privacy_of_data.md"]
    )
    if path.name != "nlu.yml"
}
PRIVACY = {"": main_answer("privacy_of_data"), **direct_answers("privacy_of_data")}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_text_promises_what_is_not_done(name: str) -> None:
    assert UNTRUE.findall(TEXTS[name]) == []


def test_the_periods_told_are_those_of_the_settings() -> None:
    fields = Settings.model_fields
    conversations, drafts = days_kept({}), fields["keep_drafts_days"].default
    months = round(fields["keep_requests_days"].default / 365 * 12)
    assert f"for {conversations} days after your last message" in PRIVACY["after_no"]
    told = " ".join(PRIVACY["how_long"].split())
    assert f"kept for {conversations} days" in told
    assert f"deleted after {drafts} days" in told
    assert f"{months} months at most" in told
    consent = " ".join(TEXTS["intake.yml"].split())
    assert f"deleted after {drafts} days" in consent
    assert f"{months} months at" in consent
    assert f"kept encrypted for {conversations} days" in consent


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("after_no", 'even if you say "no"'),
        ("who_is_responsible", "The clinic is responsible"),
        ("who_sees", "Nobody watches the chat live"),
        ("sharing", "the clinic may use other firms"),
        ("messaging_apps", "WhatsApp, Messenger, Telegram, SMS and Slack"),
        ("alarm", "even before you agree"),
        ("other_person", "knows and agrees"),
        ("where_stored", "another country than yours"),
    ],
)
def test_what_holds_in_every_state_is_told(answer: str, words: str) -> None:
    assert words in " ".join(PRIVACY[answer].split())


def test_an_untrue_promise_is_seen() -> None:
    for text in (
        "Nothing is kept before you say yes.",
        "They are stored encrypted, and only the clinic's\n  staff can read them.",
    ):
        assert UNTRUE.search(text)
