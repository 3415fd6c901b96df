"""Splitting, rendering and numbering: pure functions, in tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messaging.capabilities import CHANNELS
from bot.channels.messaging.options import Options, button_data, pressed, typed
from bot.channels.messaging.render import Button, render_turn
from bot.channels.messaging.text import split_text, units

LINK = "https://clinic.example/chat"


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("Short.", 20, ["Short."]),
        ("", 20, []),
        ("  \n ", 20, []),
        ("One two. Three four.", 12, ["One two.", "Three four."]),
        ("First part here.\n\nSecond. Third.", 20, ["First part here.", "Second. Third."]),
        ("One two three four", 10, ["One two", "three four"]),
        ("Is it? Yes! It is.", 8, ["Is it?", "Yes!", "It is."]),
        ('He said "no." And left.', 15, ['He said "no."', "And left."]),
        ("Costs 3.50 each day here", 9, ["Costs", "3.50 each", "day here"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("- one\n- two\n- three", 12, ["- one\n- two", "- three"]),
    ],
)
def test_text_is_split_where_a_reader_would(text: str, limit: int, parts: list[str]) -> None:
    assert split_text(text, limit) == parts


def test_astral_characters_count_twice() -> None:
    assert units("a\U0001f600") == 3
    assert split_text("\U0001f600" * 6, 4) == ["\U0001f600\U0001f600"] * 3


@given(st.text(max_size=400), st.integers(min_value=2, max_value=60))
def test_every_part_fits_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(part and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1, max_size=60))
def test_no_word_is_cut_when_words_fit(words: list[str]) -> None:
    assert " ".join(split_text(" ".join(words), 20)).split() == words


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1", "a"),
        ("2.", "b"),
        ("(1)", "a"),
        ("No. 2", "b"),
        ("answer 2", "b"),
        ("\u0662", "b"),
        ("0", "0"),
        ("3", "3"),
        ("1 2", "1 2"),
        ("12 years", "12 years"),
        ("2019", "2019"),
        ("a", "a"),
    ],
)
def test_a_typed_number_stands_for_its_option(text: str, meaning: str) -> None:
    assert typed(text, Options(("a", "b"))) == meaning


def test_a_number_without_options_is_a_number() -> None:
    assert typed("1", Options()) == "1"


@pytest.mark.parametrize(
    ("data", "question", "payload"),
    [
        (button_data("yes", "consent"), "consent", "yes"),
        (button_data("yes", "consent"), "allergies", None),
        (button_data("yes", "consent"), None, None),
        (button_data("What is lupus?", None), "consent", "What is lupus?"),
        ("?odd", "consent", "?odd"),
    ],
)
def test_a_button_answers_its_own_question_only(data: str, question: str | None, payload: str | None) -> None:
    assert pressed(data, Options(question=question)) == payload


def test_options_survive_being_kept() -> None:
    options = Options(("a", "\u00e9?"), "consent")
    assert Options.load(options.dump()) == options
    assert Options.load(None) == Options()


def faq(evidence: str = "established") -> dict[str, Any]:
    sources = [{"title": f"Source {n}", "kind": "journal", "ref": f"ref{n}"} for n in range(1, 5)]
    related = [{"id": "lupus_types", "title": "Types of lupus"}, {"id": "lupus_cure", "title": "Can it be cured?"}]
    return {"id": "x", "title": "X", "evidence": evidence, "sources": sources, "related": related}


SOURCES = "Sources: Source 1 (ref1); Source 2 (ref2); Source 3 (ref3)"


@pytest.mark.parametrize(
    ("channel", "evidence", "text"),
    [
        ("sms", "established", f"Answer.\n\n{SOURCES}"),
        ("sms", "limited", f"Answer.\n\nEvidence so far: limited. {SOURCES}"),
        ("sms", "clinic-claim", f"Answer.\n\nEvidence: only what clinics say. {SOURCES}"),
        (
            "whatsapp",
            "established",
            f"Answer.\n\n{SOURCES}\n\nYou can also ask about (reply with a number):\n"
            "1. Types of lupus\n2. Can it be cured?",
        ),
        ("telegram", "established", f"Answer.\n\n{SOURCES}\n\nYou can also ask about:"),
    ],
)
def test_an_answer_ends_with_its_sources_and_related_topics(channel: str, evidence: str, text: str) -> None:
    turn = render_turn([{"text": "Answer.", "custom": {"faq": faq(evidence)}}], CHANNELS[channel], LINK)
    assert [message.text for message in turn.messages] == [text]


@pytest.mark.parametrize(
    ("channel", "end", "payloads"),
    [
        (
            "whatsapp",
            "Or did you mean (reply with a number):\n1. Recovery\nYou can also ask about:\n2. Types of lupus\n"
            "3. Can it be cured?",
            ("Recovery", "Types of lupus", "Can it be cured?"),
        ),
        ("sms", "Or did you mean (reply with a number):\n1. Recovery", ("Recovery",)),
        ("telegram", "Or did you mean something else? You can also ask about:", ()),
    ],
)
def test_topics_that_may_have_been_meant_come_first(channel: str, end: str, payloads: tuple[str, ...]) -> None:
    custom = {"faq": {**faq(), "also": [{"id": "recovery_msc", "title": "Recovery"}]}}
    turn = render_turn([{"text": "Answer.", "custom": custom}], CHANNELS[channel], LINK)
    assert turn.messages[-1].text.endswith(end)
    assert turn.options.payloads == payloads
    if channel == "telegram":
        assert turn.messages[-1].buttons[0].title == "Recovery"


def test_related_topics_make_way_for_the_question_that_is_open() -> None:
    choices = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No"}]
    question = {"id": "active_infection", "kind": "yesno", "choices": choices}
    replies = [
        {"text": "Answer.", "custom": {"faq": faq()}},
        {"text": "Infection?", "custom": {"question": question}},
    ]
    turn = render_turn(replies, CHANNELS["telegram"], LINK)
    assert turn.messages[0].text.endswith(SOURCES)
    assert turn.messages[0].buttons == ()
    assert turn.messages[1].buttons == (
        Button("Yes", "?active_infection?yes"),
        Button("No", "?active_infection?no"),
    )
    assert turn.options == Options((), "active_infection")


def test_only_the_last_options_have_numbers() -> None:
    buttons = [{"title": "A", "payload": "say a"}]
    replies = [{"text": "First.", "buttons": buttons}, {"text": "Second.", "buttons": buttons}]
    turn = render_turn(replies, CHANNELS["whatsapp"], LINK)
    assert [message.text for message in turn.messages] == [
        'First.\n\nYou can also write: "say a"',
        "Second.\n\nReply with a number:\n1. A",
    ]
    assert turn.options == Options(("say a",))


def test_a_question_with_several_answers_is_never_shown_as_buttons() -> None:
    choices = [{"value": "kidneys", "label": "Kidneys"}, {"value": "skin", "label": "Skin"}]
    question = {"id": "organ_involvement", "kind": "multi", "choices": choices}
    turn = render_turn([{"text": "Which?", "custom": {"question": question}}], CHANNELS["telegram"], LINK)
    assert turn.messages[0].text == (
        "Which?\n\nReply with one or more numbers (for example: 1, 3), or in your own words:\n1. Kidneys\n2. Skin"
    )
    assert turn.messages[0].buttons == ()


def test_the_review_is_shown_as_lines_once() -> None:
    items = [{"id": "a", "label": "Name", "value": "Ana"}, {"id": "b", "label": "Country", "value": "Mexico"}]
    replies = [{"text": "Please check:\nName: Ana", "custom": {"summary": {"items": items}}}]
    turn = render_turn(replies, CHANNELS["sms"], LINK)
    assert turn.messages[0].text == "Please check:\nName: Ana\nCountry: Mexico"


def test_a_safety_message_goes_out_unchanged_and_alone() -> None:
    replies = [
        {"text": "Other."},
        {"text": "Call 112 now.", "custom": {"safety": {"kind": "emergency", "numbers": []}}, "buttons": []},
    ]
    turn = render_turn(replies, CHANNELS["whatsapp"], LINK)
    assert [message.text for message in turn.messages] == ["Call 112 now."]
    assert turn.is_safety
    assert turn.options == Options()


def test_the_buttons_are_under_the_last_part_of_a_long_message() -> None:
    replies = [{"text": "A sentence. " * 400, "buttons": [{"title": "A", "payload": "a"}]}]
    turn = render_turn(replies, CHANNELS["telegram"], LINK)
    assert [len(message.buttons) for message in turn.messages] == [0, 1]


@pytest.mark.parametrize(("link", "text"), [(LINK, f"Use the chat.\n{LINK}"), ("", "Use the chat.")])
def test_the_intake_link_is_added_when_there_is_one(link: str, text: str) -> None:
    replies = [{"text": "Use the chat.", "utter_action": "utter_intake_link"}]
    assert render_turn(replies, CHANNELS["sms"], link).messages[0].text == text


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_channel_reads_media_or_lacks_a_signature(channel: str) -> None:
    assert not CHANNELS[channel].media
    assert CHANNELS[channel].signature.startswith("X-")
