"""What the widget does: the intake, FAQ answers, failures, safety messages and the end of a chat."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from .chat import ChatOnPage
from .conftest import OpenPage

PHONE = (390, 844)


@pytest.fixture
def chat(open_page: OpenPage, base: str) -> ChatOnPage:
    return ChatOnPage(open_page(), base).open()


@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
def test_a_whole_intake_by_pointer(open_page: OpenPage, base: str, size: tuple[int, int]) -> None:
    page = open_page(size=size, has_touch=size == PHONE)
    chat = ChatOnPage(page, base).open()
    chat.through_intake()
    expect(chat.host.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "12")
    chat.choose("Change E-mail address")
    expect(chat.log.locator(".patient").last).to_have_text("You: change E-mail address")
    chat.field("E-mail address", "ana.ruiz@example.org")
    expect(chat.log).to_contain_text("ana.ruiz@example.org")
    chat.choose("Send to the clinic")
    expect(chat.log.locator("code")).to_have_text("MR-7F3K-9Q2M")
    expect(chat.host.get_by_role("progressbar")).to_have_count(0)
    expect(chat.button("Change E-mail address")).to_have_count(0)
    assert page.problems == []  # type: ignore[attr-defined]


def test_a_whole_intake_by_keyboard_alone(open_page: OpenPage, base: str) -> None:
    page = open_page()
    chat = ChatOnPage(page, base)
    keys = page.keyboard

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)
        page.wait_for_timeout(50)
        chat.answered()

    def pick(name: str) -> None:
        chat.walk_to(chat.button(name))
        press("Enter")

    chat.launcher.focus()
    press("Enter")
    assert chat.focused() == "Your message"
    chat.write("I want to request a consultation")
    pick("Yes, I agree")
    assert chat.focused() == "Your message"
    pick("For me")
    chat.write("Ana Ruiz")
    chat.walk_to(chat.host.get_by_label("Month"))
    for value in ("March", "5"):
        keys.type(value)
        keys.press("Tab")
    chat.write("1985")
    chat.said("In which country")
    chat.write("Mexico")
    chat.walk_to(chat.host.get_by_role("textbox", name="E-mail address"))
    chat.write("ana@example.org")
    chat.write("+52 55 1234 5678")
    chat.write("2015")
    for name in ("Joint pain", "Fatigue"):
        chat.walk_to(chat.host.get_by_role("checkbox", name=name))
        keys.press("Space")
    press("Enter")
    chat.said("Do you have an infection")
    chat.walk_to(chat.button("No"))
    press("Space")
    assert chat.focused() == "Your message"
    chat.write("Can I travel?")
    chat.said("May the clinic contact you")
    pick("Yes, they may")
    chat.said("Shall I send this")
    expect(chat.log.locator("dl")).to_contain_text("Fatigue, Joint pain")
    expect(chat.log.locator("dl")).to_contain_text("March 5, 1985")
    pick("Send to the clinic")
    expect(chat.log.locator("code")).to_have_text("MR-7F3K-9Q2M")


def test_escape_minimises_and_gives_the_focus_back(open_page: OpenPage, base: str) -> None:
    page = open_page()
    chat = ChatOnPage(page, base).open()
    page.keyboard.press("Escape")
    expect(chat.launcher).to_be_focused()
    link = page.get_by_role("link", name="Ask a question")
    for _ in range(2):
        link.press("Enter")
        expect(chat.box).to_be_focused()
        page.keyboard.press("Escape")
        expect(link).to_be_focused()


def test_an_address_with_the_fragment_opens_the_chat(open_page: OpenPage, base: str) -> None:
    chat = ChatOnPage(open_page("/#marrow-chat"), base)
    expect(chat.host.get_by_role("dialog")).to_be_visible()


def test_on_a_phone_the_page_behind_is_out_of_reach(open_page: OpenPage, base: str) -> None:
    page = open_page(size=PHONE)
    chat = ChatOnPage(page, base).open()
    for _ in range(14):
        page.keyboard.press("Tab")
        outside = page.evaluate("() => document.activeElement?.closest('main, header, footer') !== null")
        assert not (outside and page.evaluate("() => document.activeElement !== document.body"))
    page.keyboard.press("Escape")
    expect(chat.launcher).to_be_focused()


def test_an_answer_shows_sources_and_evidence_and_takes_a_vote(chat: ChatOnPage) -> None:
    chat.say("Does stem cell therapy work?")
    expect(chat.log).to_contain_text("Limited evidence")
    chat.host.get_by_text("3 sources").click()
    article = chat.host.get_by_role("link", name="systematic review")
    expect(article).to_have_attribute("href", "https://pmc.ncbi.nlm.nih.gov/articles/PMC6751808/")
    expect(article).to_have_attribute("rel", "noopener noreferrer")
    helpful = chat.button("Yes, this helped")
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(chat.log).to_contain_text("Thank you.")
    vote = httpx.get(f"{chat.base}/dev/feedback").json()[-1]
    assert (vote["topic"], vote["helpful"]) == ("therapy_benefits", True)
    chat.choose("What clinics say about results")
    expect(chat.log).to_contain_text("Claimed by clinics")


def test_a_topic_that_may_have_been_meant_is_one_tap_away(chat: ChatOnPage) -> None:
    chat.say("symptoms of lupus")
    meant = chat.log.get_by_role("list", name="Or did you mean")
    meant.get_by_role("button", name="What stem cell therapy can and cannot do").click()
    expect(chat.log).to_contain_text("Limited evidence")


def test_a_question_in_the_middle_is_answered_and_the_step_stays(chat: ChatOnPage) -> None:
    chat.say("I want to request a consultation")
    chat.say("What is lupus?")
    expect(chat.log.locator(".evidence")).to_have_text("Well established")
    expect(chat.button("Yes, I agree")).to_be_visible()


def test_back_skip_and_pause_send_their_words(chat: ChatOnPage) -> None:
    chat.say("I want to request a consultation")
    expect(chat.button("Back")).to_have_count(0)
    chat.choose("Yes, I agree")
    expect(chat.button("Skip")).to_have_count(0)
    chat.choose("Back")
    expect(chat.button("Yes, I agree")).to_be_visible()
    chat.choose("Pause")
    chat.choose("Resume")
    expect(chat.button("Yes, I agree")).to_be_visible()


def test_changing_an_answer_starts_from_the_present_one(chat: ChatOnPage) -> None:
    chat.through_intake()
    chat.choose("Change Symptoms now")
    expect(chat.host.get_by_role("checkbox", name="Joint pain")).to_be_checked()
    expect(chat.host.get_by_label("Something else")).to_have_value("tired legs")
    chat.host.get_by_text("Rash", exact=True).click()
    chat.choose("Send (3)")
    expect(chat.log.locator("dl").last).to_contain_text("Joint pain, Rash, tired legs")
    chat.choose("Change Date of birth")
    expect(chat.host.get_by_role("textbox", name="Year")).to_have_value("1985")
    chat.choose("Keep my answer")
    expect(chat.log.locator("dl").last).to_contain_text("March 5, 1985")


def test_progress_and_lists_are_shown_once(chat: ChatOnPage) -> None:
    chat.through_intake()
    expect(chat.log).not_to_contain_text("(Question")
    expect(chat.log).not_to_contain_text("3. Full name")
    expect(chat.log.locator("dl")).to_contain_text("Full name")


def test_a_date_can_be_typed_and_a_wrong_one_is_explained(chat: ChatOnPage) -> None:
    chat.say("I want to request a consultation")
    chat.choose("Yes, I agree")
    chat.choose("For me")
    chat.field("Full name", "Ana Ruiz")
    chat.host.get_by_label("Day").fill("31")
    chat.host.get_by_label("Month").select_option(label="February")
    chat.host.get_by_label("Year").fill("1985")
    chat.button("Send this date").click()
    expect(chat.host.get_by_role("alert")).to_contain_text("Please check the date")
    chat.say("5 March 1985")
    chat.said("In which country")


def test_the_conversation_is_restored_after_a_reload(chat: ChatOnPage) -> None:
    chat.say("I want to request a consultation, I live in Mexico")
    chat.choose("Yes, I agree")
    chat.box.fill("half a sent")
    chat.page.reload()
    expect(chat.log).to_contain_text("Is this consultation for you")
    expect(chat.log.locator(".patient").last).to_have_text("You: Yes, I agree")
    expect(chat.button("For me")).to_be_visible()
    expect(chat.box).to_have_value("half a sent")
    assert chat.page.evaluate("() => document.activeElement === document.body")
    stored = chat.page.evaluate("() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "Mexico" not in stored


def test_a_long_conversation_is_loaded_in_pages(chat: ChatOnPage) -> None:
    for number in range(26):
        chat.say(f"hello {number}")
    chat.page.reload()
    expect(chat.log).to_contain_text("hello 25")
    expect(chat.log).not_to_contain_text("hello 0")
    chat.button("Show earlier messages").click()
    expect(chat.log).to_contain_text("hello 0")
    expect(chat.button("Show earlier messages")).to_have_count(0)


def test_a_lost_answer_is_fetched_by_trying_again(chat: ChatOnPage) -> None:
    chat.order(queue=["lost"])
    chat.say("What is lupus?")
    expect(chat.log).to_contain_text("Not sent. The connection failed.")
    chat.choose("Try again")
    expect(chat.log.locator(".patient")).to_have_count(1)
    expect(chat.log.locator(".evidence")).to_have_count(1)
    chat.page.reload()
    expect(chat.log.locator(".evidence")).to_have_count(1)


@pytest.mark.parametrize(
    ("fault", "words", "way_out"),
    [
        ("drop", "The connection failed.", "Try again"),
        ("500", "The clinic's server has a problem. Chat number for the clinic: C-", "Try again"),
        ("413", "The message is too long.", "Change"),
    ],
)
def test_failures_say_what_to_do(chat: ChatOnPage, fault: str, words: str, way_out: str) -> None:
    chat.order(queue=[fault])
    chat.say("What is lupus?")
    expect(chat.log).to_contain_text(words)
    chat.button(way_out).click()
    if way_out == "Change":
        expect(chat.box).to_have_value("What is lupus?")
        chat.box.press("Enter")
    expect(chat.log).to_contain_text("Well established")


def test_too_many_messages_wait_for_the_time_the_server_names(chat: ChatOnPage) -> None:
    chat.order(queue=["429"])
    chat.say("What is lupus?")
    expect(chat.host.get_by_role("button", name="Try again in")).to_have_attribute("aria-disabled", "true")
    chat.button("Try again").click()
    expect(chat.log).to_contain_text("Well established")


def test_an_ended_session_leaves_nothing_on_the_screen(chat: ChatOnPage) -> None:
    chat.say("I want a person")
    chat.order(queue=["401"])
    chat.say("What is lupus?")
    expect(chat.host.get_by_text("Your earlier chat has ended")).to_be_visible()
    expect(chat.log).to_contain_text("Well established")
    expect(chat.log).not_to_contain_text("I want a person")


def test_an_answer_to_a_minimised_chat_marks_the_launcher(chat: ChatOnPage) -> None:
    chat.order(queue=["slow"])
    chat.box.fill("hello")
    chat.box.press("Enter")
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_have_accessible_name("Harbour assistant , 1 new message")
    chat.launcher.click()
    chat.said("How can I help you?")
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_have_accessible_name("Harbour assistant")


def test_ending_the_chat_leaves_nothing_for_the_next_person(chat: ChatOnPage) -> None:
    chat.say("I want a person")
    chat.button("End chat").click()
    dialog = chat.host.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="Keep chatting")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.button("End chat")).to_be_focused()
    chat.button("End chat").click()
    with chat.page.expect_response(lambda response: response.request.method == "DELETE") as ended:
        dialog.get_by_role("button", name="End chat").click()
    assert ended.value.status == 204
    expect(chat.host.get_by_text("Nothing of it is left")).to_be_visible()
    expect(chat.log).to_be_empty()
    assert '"token":""' in chat.page.evaluate("() => Object.values(sessionStorage).join()")
    chat.page.reload()
    expect(chat.host.get_by_text("Talk to a person")).to_be_visible()


def test_nothing_is_asked_of_the_server_before_the_first_message(open_page: OpenPage, base: str) -> None:
    page = open_page()
    chat = ChatOnPage(page, base)
    before = len(chat.calls())
    chat.open()
    expect(chat.host.get_by_text("I am an automated assistant, not a person.")).to_be_visible()
    assert len(chat.calls()) == before
    assert page.evaluate("() => document.cookie + localStorage.length") == "0"


def test_the_reference_can_be_copied(open_page: OpenPage, base: str) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    chat = ChatOnPage(page, base).open()
    chat.say("status of MR-7F3K-9Q2M")
    chat.button("Copy").click()
    expect(chat.log.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == "MR-7F3K-9Q2M"


def test_markup_in_a_message_stays_text(chat: ChatOnPage) -> None:
    chat.say("<b>bold</b>")
    expect(chat.log.locator(".assistant b, .assistant img, .patient b")).to_have_count(0)
    chat.said("<b>Not bold</b> <img src=x onerror=alert(1)> javascript:alert(1)")
    links = chat.log.get_by_role("link")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.org/page")


def test_spanish_texts(open_page: OpenPage, base: str) -> None:
    page: Page = open_page()
    page.evaluate("() => document.querySelector('marrow-chat').setAttribute('locale', 'es-MX')")
    chat = ChatOnPage(page, base)
    chat.launcher.click()
    first = chat.host.locator(".first p").first
    expect(first).to_contain_text("solo entiende inglés")
    for number in ("911", "112"):
        expect(first.get_by_role("link", name=number)).to_have_attribute("href", f"tel:{number}")
    expect(chat.host.get_by_text("Soy un asistente automático")).to_be_visible()
    chat.host.get_by_role("button", name="¿Qué es el lupus?").click()
    expect(chat.log).to_contain_text("Bien establecido")
    expect(chat.log.locator(".patient")).to_have_text("Usted: ¿Qué es el lupus?")
