"""What is typed anywhere in the chat reaches the assistant: no field keeps words back, and no key presses an answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .chat import ChatOnPage
from .conftest import OpenPage

HELP = "i cant breathe my chest hurts"
START = "I want to request a consultation"
# Answers that lead to a question, by the label of its field.
TO_FIELD = {
    "Full name": ["yes", "self"],
    "Day": ["yes", "self", "Ana"],
    "Year": ["yes", "self", "Ana"],
    "Month": ["yes", "self", "Ana"],
    "Country": ["yes", "self", "Ana", "1985-03-05"],
    "E-mail address": ["yes", "self", "Ana", "1985-03-05", "Mexico"],
    "Phone number": ["yes", "self", "Ana", "1985-03-05", "Mexico", "ana@example.org"],
    "Something else": ["yes", "self", "Ana", "1985-03-05", "Mexico", "ana@example.org", "skip", "skip"],
}


@pytest.fixture
def chat(open_page: OpenPage, base: str) -> ChatOnPage:
    return ChatOnPage(open_page(), base).open()


def said_last(chat: ChatOnPage) -> Locator:
    """The patient's newest message."""
    return chat.log.locator(".patient .bubble").last


def field_of(chat: ChatOnPage, label: str) -> Locator:
    """A field of the question's own control."""
    return chat.host.locator(".answer").get_by_label(label).and_(chat.host.locator("input, select"))


@pytest.mark.parametrize("label", TO_FIELD)
def test_words_in_a_field_are_sent_at_once(chat: ChatOnPage, label: str) -> None:
    for answer in (START, *TO_FIELD[label]):
        chat.say(answer)
    field_of(chat, label).focus()
    chat.write(HELP)
    expect(said_last(chat)).to_have_text(HELP)
    expect(chat.host.get_by_role("alert")).to_contain_text("This may be an emergency")


def test_only_near_misses_of_an_address_are_held_back_and_only_once(chat: ChatOnPage) -> None:
    for answer in (START, *TO_FIELD["E-mail address"]):
        chat.say(answer)
    field = chat.host.get_by_role("textbox", name="E-mail address")
    for near in ("ana@", "ana@gmial"):
        field.fill(near)
        field.press("Enter")
        expect(chat.host.get_by_role("alert")).to_contain_text("Please check the address")
        expect(chat.host.get_by_text("press Send again")).to_be_in_viewport(ratio=1)
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(said_last(chat)).to_have_text("Mexico")
    field.press("Enter")
    chat.answered()
    expect(said_last(chat)).to_have_text("ana@gmial")


@pytest.mark.parametrize("words", ["I have no e-mail", "ana at example dot org", "help"])
def test_words_instead_of_an_address_are_not_held_back(chat: ChatOnPage, words: str) -> None:
    for answer in (START, *TO_FIELD["E-mail address"]):
        chat.say(answer)
    chat.host.get_by_role("textbox", name="E-mail address").focus()
    chat.write(words)
    expect(said_last(chat)).to_have_text(words)


def test_a_date_that_is_none_is_held_back_once(chat: ChatOnPage) -> None:
    for answer in (START, *TO_FIELD["Day"]):
        chat.say(answer)
    chat.button("Send this date").click()
    chat.button("Send this date").click()
    expect(said_last(chat)).to_have_text("Ana")
    chat.host.get_by_label("Day").fill("31")
    chat.host.get_by_label("Month").select_option(label="February")
    chat.host.get_by_label("Year").fill("85")
    chat.button("Send this date").click()
    expect(chat.host.get_by_role("alert")).to_contain_text("Please check the date")
    expect(said_last(chat)).to_have_text("Ana")
    chat.choose("Send this date")
    expect(said_last(chat)).to_have_text("31 February 85")


@pytest.mark.parametrize(
    ("keys", "month"),
    [("March", "3"), ("mar", "3"), ("3", "3"), ("05", "5"), ("12", "12"), ("jj", "6"), ("d", "12")],
)
def test_a_month_is_chosen_by_name_and_by_number(chat: ChatOnPage, keys: str, month: str) -> None:
    for answer in (START, *TO_FIELD["Month"]):
        chat.say(answer)
    months = chat.host.get_by_label("Month")
    months.focus()
    chat.page.keyboard.type(keys)
    expect(months).to_have_value(month)
    expect(months).to_be_focused()


@pytest.mark.parametrize("words", ["no i had", "may be dying", "10 minutes ago", "5/3/1985"])
@pytest.mark.parametrize("label", ["Day", "Month", "Year"])
def test_words_typed_into_a_date_go_to_the_text_box_and_leave_the_date(
    chat: ChatOnPage, label: str, words: str
) -> None:
    for answer in (START, *TO_FIELD[label]):
        chat.say(answer)
    part = chat.host.get_by_label(label)
    before = part.input_value()
    part.focus()
    chat.page.keyboard.type(words)
    expect(chat.box).to_have_value(words)
    expect(chat.box).to_be_focused()
    expect(part).to_have_value(before)


def test_keys_on_a_chip_write_and_press_nothing(chat: ChatOnPage) -> None:
    chat.say(START)
    chat.walk_to(chat.button("Yes, I agree"))
    chat.page.keyboard.type("no thank you, why do you ask")
    expect(chat.box).to_have_value("no thank you, why do you ask")
    expect(said_last(chat)).to_have_text("Request a consultation")


def test_space_and_enter_press_a_chip_that_was_reached_by_tab(chat: ChatOnPage) -> None:
    chat.say(START)
    chat.walk_to(chat.button("Yes, I agree"))
    chat.page.keyboard.press("Space")
    chat.said("Is this consultation for you")
    chat.walk_to(chat.button("For me"))
    chat.page.keyboard.press("Enter")
    chat.said("What is your full name?")


def test_the_focus_never_goes_to_an_answer_by_itself(chat: ChatOnPage) -> None:
    chat.host.get_by_role("button", name="Request a consultation").click()
    for answer in ("Yes, I agree", "For me"):
        chat.button(answer).wait_for()
        expect(chat.box).to_be_focused()
        chat.choose(answer)
    chat.field("Full name", "Ana Ruiz")
    expect(chat.box).to_be_focused()
    chat.say("What is lupus?")
    chat.choose("Symptoms of lupus")
    expect(chat.box).to_be_focused()
    chat.page.keyboard.press("Space")
    expect(said_last(chat)).to_have_text("Symptoms of lupus")


def test_a_part_typed_on_a_chip_goes_on_behind_what_was_written(chat: ChatOnPage) -> None:
    chat.say(START)
    chat.page.keyboard.type("half a ")
    chat.walk_to(chat.button("Yes, I agree"))
    chat.page.keyboard.type("sentence")
    expect(chat.box).to_have_value("half a sentence")


def test_words_typed_at_the_question_whether_to_end_keep_the_chat(chat: ChatOnPage) -> None:
    chat.say("hello")
    chat.button("End chat").click()
    chat.page.keyboard.type(HELP)
    expect(chat.host.get_by_role("alertdialog")).to_have_count(0)
    expect(chat.box).to_have_value(HELP)
    chat.page.keyboard.press("Enter")
    expect(chat.host.get_by_role("alert")).to_contain_text("This may be an emergency")


def test_words_typed_while_the_assistant_writes_or_after_a_click_beside_everything_arrive(chat: ChatOnPage) -> None:
    chat.order(queue=["slow"])
    chat.box.fill("hello")
    chat.box.press("Enter")
    chat.host.locator(".who").click()
    chat.page.keyboard.type(HELP)
    expect(chat.box).to_have_value(HELP)


def test_a_shortcut_of_the_browser_is_no_word(chat: ChatOnPage) -> None:
    chat.say(START)
    chat.walk_to(chat.button("Yes, I agree"))
    chat.page.keyboard.press("Control+b")
    expect(chat.button("Yes, I agree")).to_be_focused()


def test_words_in_a_field_are_sent_again_after_the_session_ended(chat: ChatOnPage) -> None:
    for answer in (START, *TO_FIELD["Full name"]):
        chat.say(answer)
    chat.order(queue=["401"])
    field_of(chat, "Full name").focus()
    chat.write(HELP)
    expect(said_last(chat)).to_have_text(HELP)
    expect(chat.host.get_by_role("alert")).to_contain_text("This may be an emergency")
