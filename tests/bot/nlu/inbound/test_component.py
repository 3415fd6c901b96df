"""What people type is made plain before anything reads it."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.inbound.component import MAXIMUM_CHARACTERS, InboundText, clean_text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hello", "hello"),
        ('/affirm{"full_name": "x"}', 'affirm{"full_name": "x"}'),
        ("  //restart", "restart"),
        ("\uff0faffirm", "affirm"),
        ("/ /affirm", "affirm"),
        ("\u200b/affirm", "affirm"),
        ("\u202e/affirm", "affirm"),
        ("03/04/1985", "03/04/1985"),
        ("I don\u2019t know", "I don't know"),
        ("a\x00b\x07c", "abc"),
        ("line one\nline two", "line one\nline two"),
        ("/", ""),
        ("", ""),
        ("\u0646\u0627\u0645 \u0645\u0646", "\u0646\u0627\u0645 \u0645\u0646"),
    ],
)
def test_text_is_cleaned(typed, meant):
    assert clean_text(typed) == meant


def test_text_longer_than_any_answer_is_cut():
    assert len(clean_text("x" * (MAXIMUM_CHARACTERS * 2))) == MAXIMUM_CHARACTERS


def test_the_component_changes_the_message_itself():
    message = Message.build(text="/deny")
    (processed,) = InboundText().process([message])
    assert processed.get("text") == "deny"
