"""The engine's own sentences to the patient; the questions themselves are in `intake.yml`."""

from __future__ import annotations

from collections.abc import Sequence

COMMANDS = "You can also type “back”, “skip”, “pause”, “stop”, “review”, or “talk to a person”."
WELCOME = (
    "I will ask some short questions for your consultation request. You can ask me anything in between, go "
    "“back”, “skip” what is optional, "
    "or “pause” and come back later."
)
PAUSED = "We stop here for now. Your answers are kept. To go on, just type “resume”."
LEFT = "Goodbye, and take care. We stop here for now, and nothing was sent. To go on another time, just type “resume”."
UNDERWAY = "We are already in the middle of your consultation request, so let us go on with it."
CANCELLED = (
    "I have stopped, and the answers you gave here are deleted. Nothing was sent. You can still "
    "ask me questions, or start again at any time."
)
RESTARTED = "All right, we start again from the beginning. The earlier answers are gone."
DECLINED = (
    "That is fine. Nothing is kept, and nothing is sent. You can still ask me any question about lupus or stem cells."
)
NOT_SENT = (
    "That is fine. Nothing was sent, and your answers are deleted. You can still ask me questions, "
    "or start again at any time."
)
CHOOSE_ONE = "Please choose one of these, or type it again in full."
GOING_ON = "Good, we go on."
KEPT = "I kept your answer."
FIRST_QUESTION = "This is the first question, so there is nothing to go back to."
NOTHING_TO_CHANGE = "There is no answer to change yet."
CONSENT_FIRST = "I have kept nothing yet. First I need your yes or no to this question."
REQUIRED = "I am sorry, the clinic cannot do without this answer."
REQUIRED_TO_KEEP = "I am sorry, the clinic cannot do without this answer. You can change it, or type “keep”."
STILL_NEEDED = "Before I can send it, one more answer is needed."
REVIEW_HELP = "Please look at your answers. Type “send” to send them, “change 4” to change the fourth one, or “pause”."
MINOR = (
    "Thank you for telling me. For a patient under 18, a parent or guardian has to fill this in. If you "
    "are that person, we can go on right away. "
    "If the date was a slip, just type the right date."
)
MINOR_ALONE = (
    "By this date of birth the patient is under 18. Please ask a parent or guardian to fill this in "
    "together with you. You can type “pause” and come "
    "back with them. If the date was a slip, please type the right date."
)

ALL_WELL = {
    "emergency": "I am glad to hear that. Your answers are kept, and we go on where we stopped.",
    "crisis": "I am glad that you are safe. Your answers are kept, and we go on where we stopped. If it gets hard "
    "again, the numbers above are there for you at any time.",
}
LOCAL_NUMBER = "your local emergency number"
YES_OR_NO = "Please answer yes or no."

CONFIRM = {
    "cancel": "Do you want to stop and delete the answers you gave here? Type “yes” to delete them, “no” "
    "to go on, or “pause” to keep them for later.",
    "restart": "Do you want to start over? Your answers so far will be deleted. Please answer yes or no.",
}
CONFIRM_CHOICES = [("yes", "Yes"), ("no", "No, go on")]
WHICH_ITEM = "Which answer would you like to change? Type its name or its number."
WHICH_ONE = "Which one do you mean?"
TYPE_AGAIN = "Please type it again."
NO_CONTACT = (
    "Without this permission the clinic cannot reply to you, so I cannot send the request. Would you "
    "like to change your answer, or "
    "finish without sending? If you finish, your answers are deleted."
)
NO_CONTACT_CHOICES = [("change", "Change my answer"), ("finish", "Finish without sending")]
ASK_GUARDIAN = (
    "Are you filling this in for the patient, as a parent or guardian? Then please answer “for someone else”."
)
NO_ANSWER_THERE = "I could not read an answer there."
SEND_CHANGE_OR_PAUSE = "Please answer “send”, “change” or “pause”."
REFERENCE_HINT = (
    "That looks like the reference of a request you sent. To look it up, type “check my request”. "
    "Here I need the answer to the question."
)
MAY_SKIP = "You can skip this one: type “skip”."
SUMMARY = "Here is what I have:"
NO_ANSWERS = "There are no answers yet."
ASK_TO_SEND = (
    "Is everything right? Type “send” to send it to the clinic, “change” and the name or number to "
    "change something, or “pause”."
)
REVIEW_CHOICES = [("send", "Send my request"), ("change", "Change something"), ("pause", "Pause")]


def one_of(labels: Sequence[str]) -> str:
    """List what an answer may mean, numbered."""
    return " or ".join(f"{index}) {label}" for index, label in enumerate(labels, 1)) + "?"


def answer_so_far(shown: str) -> str:
    """Show the answer that is kept."""
    return f"Your answer so far: {shown}. Type a new answer, or “keep”."


def progress(step: int, total: int) -> str:
    """Say how far we are."""
    return f"(Question {step} of {total})"


def left_out(labels: Sequence[str]) -> str:
    """Say which questions were skipped."""
    return f"Left out: {', '.join(labels)}. You can still add them."


def still_here(kind: str, number: str) -> str:
    """Say after an alarm that nothing is lost, whom to call, and how to go on."""
    if kind == "crisis":
        return (
            f"I am still here, and your answers are kept. You do not have to be alone with this: please talk to "
            f"someone now. The numbers are above, and {number} comes to you. When you are safe, type “I am safe now”, "
            "and we go on where we stopped."
        )
    return (
        f"I am still here, and your answers are kept. If it is happening now, call {number}. "
        "Otherwise type “go on”, and we go on where we stopped."
    )


def if_it_happens_now(kind: str, number: str) -> str:
    """Say whom to call, beside a finding that is past or comes now and then."""
    if kind == "crisis":
        return f"If you feel like that now, call {number}, or tell me so."
    return f"If this happens now, call {number}."


def after_alarm_outside(kind: str, number: str, *, well: bool) -> str:
    """Say something warm after an alarm while nothing is begun."""
    if well:
        return (
            "I am glad to hear that. If it comes back, call "
            f"{number} at once. I am here if you would like to ask anything about lupus or stem cells."
        )
    if kind == "crisis":
        return (
            "I am still here. You do not have to be alone with this: the numbers are above, and "
            f"{number} comes to you. When you are safe, you can ask me anything about lupus or stem cells."
        )
    return (
        f"I am still here. If it is happening now, call {number}. Otherwise, you can ask me anything about lupus or "
        "stem cells."
    )


def welcome_back(done: int, total: int, *, at_review: bool) -> str:
    """Say where we are when an intake goes on."""
    where = "All questions are answered." if at_review else f"You have answered {done} of {total} questions."
    return f"Welcome back. {where} We go on where we stopped."


def noted(items: Sequence[tuple[str, str]]) -> str:
    """Acknowledge an answer that was read out of other words."""
    return "I noted: " + "; ".join(f"{label}: {value}" for label, value in items) + "."


def understood(items: Sequence[tuple[str, str]]) -> str:
    """Acknowledge facts that were not asked for yet."""
    listed = "; ".join(f"{label}: {value}" for label, value in items)
    return f"I noted from what you wrote: {listed}. I will not ask that again. You can change it at any time."


def changed(label: str, before: str, after: str) -> str:
    """Say what was changed."""
    return (
        f"I changed “{label}” from {before} to {after}." if before != after else f"“{label}” stays as it was: {after}."
    )


def changing(label: str) -> str:
    """Announce that an item is asked again."""
    return f"All right, let us change “{label}”."


def dropped(labels: Sequence[str]) -> str:
    """Say which answers no longer apply."""
    return f"I took out what no longer applies: {', '.join(labels)}."


def removed(label: str) -> str:
    """Say that an answer was taken out at the patient's wish."""
    return f"I took out your answer to “{label}”."


def way_out(*, optional: bool) -> str:
    """Offer what can be done when an answer does not come through."""
    skip = "skip this question (type “skip”), " if optional else ""
    return f"We can also {skip}talk to a person, or pause here. Or just try once more."
