"""SIGKILL of the bot or the action server in an intake loses no answer and makes no second request."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx

from tests.conversations.checks import APOLOGIES, custom_objects, open_question, spoken
from tests.conversations.player import REVIEW, SEND, Player
from tests.e2e.leaks import leaks_in_logs
from tests.e2e.servers import ServerName, Stack
from tests.patient import STORED_AS_TYPED
from tests.patient import TYPED as ANSWERS

# Any question brings the open one again, so it shows where the intake stands.
ASIDE = "what is lupus?"
# At which question which server dies: while nothing happens, or while it handles the answer.
KILLS: list[tuple[str, ServerName, str]] = [
    ("for_whom", "actions", "idle"),
    ("full_name", "bot", "idle"),
    ("date_of_birth", "actions", "answering"),
    ("country", "bot", "answering"),
    ("email", "actions", "idle"),
    ("lupus_type", "bot", "idle"),
    ("therapy_interest", "bot", "answering"),
    ("symptoms", "actions", "answering"),
    (REVIEW, "actions", "answering"),
    (REVIEW, "bot", "after the request is stored"),
]


def test_ten_kills_in_one_intake_lose_nothing(own_stack: Stack) -> None:
    before = own_stack.references()
    player = Player(own_stack, "ten-kills")
    player.start_intake()
    for question, server, moment in KILLS:
        # Sent, or stopped in the middle of sending: then "send" must do it, and no second time.
        if own_stack.references() != before or open_question(player.replies) is None:
            break
        player.answer_until(question, ANSWERS)
        answer = SEND if question == REVIEW else ANSWERS[question]
        if moment == "idle":
            kill_while_idle(own_stack, player, server, answer)
        else:
            stored = moment == "after the request is stored"
            kill_while_answering(own_stack, player, server, answer, wait_for_request=stored)
        where = where_it_stands(player)
        assert where in expected_positions(question), f"after {server} died ({moment}) at {question}: {where}"
    finish(player)

    (reference,) = own_stack.references() - before
    request = own_stack.show_request(reference)
    assert request["answers"] == STORED_AS_TYPED
    born = STORED_AS_TYPED["date_of_birth"]
    assert leaks_in_logs(own_stack, [ANSWERS["full_name"], ANSWERS["email"], born]) == []


def test_the_same_reference_is_told_after_the_bot_died_in_the_middle_of_sending(own_stack: Stack) -> None:
    before = own_stack.references()
    player = Player(own_stack, "dies-while-sending")
    player.answer_until(REVIEW, ANSWERS)
    kill_while_answering(own_stack, player, "bot", SEND, wait_for_request=True)
    (reference,) = own_stack.references() - before
    if where_it_stands(player) == REVIEW:
        assert player.send() == reference
    assert own_stack.references() - before == {reference}


def test_an_emergency_and_a_question_are_answered_without_the_action_server(own_stack: Stack) -> None:
    player = Player(own_stack, "actions-down")
    player.answer_until("email", ANSWERS)
    own_stack.servers["actions"].kill()
    try:
        player.say("I have crushing chest pain and I can't breathe", {"safety": "emergency", "question": None})
        player.say("I want to kill myself", {"safety": "crisis"})
        Player(own_stack, "faq-without-actions").say("what is lupus?", {"faq": "lupus_definition"})
    finally:
        own_stack.servers["actions"].start()
    player.say("resume", {"question": "email"})


def kill_while_idle(stack: Stack, player: Player, server: ServerName, answer: str) -> None:
    """Kills `server` between two messages; an answer sent meanwhile is never met with silence."""
    stack.servers[server].kill()
    if server == "actions":
        replies = stack.say(player.sender, answer)
        assert any(apology in spoken(replies) for apology in APOLOGIES), replies
    stack.servers[server].start()


def kill_while_answering(
    stack: Stack, player: Player, server: ServerName, answer: str, *, wait_for_request: bool
) -> None:
    """Sends `answer` and kills `server` in the middle of it, or as soon as the request is stored."""
    before = stack.references()
    with ThreadPoolExecutor(1) as background:
        sending = background.submit(stack.say, player.sender, answer)
        deadline = time.monotonic() + (10 if wait_for_request else 0.03)
        while time.monotonic() < deadline and not (wait_for_request and stack.references() != before):
            time.sleep(0.002)
        stack.servers[server].kill()
        # The connection may die with the bot: the patient sees an error and writes again.
        with suppress(httpx.HTTPError):
            sending.result(timeout=60)
    stack.servers[server].start()


def where_it_stands(player: Player) -> str | None:
    """The question that is open now."""
    question = open_question(player.say(ASIDE))
    return question["id"] if question else None


def expected_positions(question: str) -> set[str | None]:
    """Where an intake may stand after a crash at `question`: there (answer again) or one further."""
    order = [*ANSWERS, REVIEW]
    following = order[order.index(question) + 1] if question != REVIEW else None
    return {question, following}


def finish(player: Player) -> None:
    """Goes on to the end; sends only when that has not happened yet."""
    if open_question(player.replies) is not None:
        player.answer_until(REVIEW, ANSWERS)
        player.send()
    assert not custom_objects(player.say(SEND), "question")
