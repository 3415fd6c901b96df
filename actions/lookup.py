"""Status check and withdrawal: the look-up form's two actions and the look-up itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.services import Services
from actions.tracker import CONTROL_SLOT, is_first_action, latest_turn
from clinic.domain.reference import find_reference
from clinic.domain.statuses import STATUS_TEXTS, status_for_patients
from clinic.errors import StorageUnavailable, TooManyAttempts
from clinic.intake.kinds.registry import parse
from clinic.intake.kinds.yesno import strict_yesno
from clinic.intake.model.result import Accepted, Context, Refused, Unclear
from clinic.intake.model.turn import Turn
from clinic.service.lookup import find_request, withdraw_request

FORM = "lookup_form"
REFERENCE, BIRTH, CONFIRMATION = "lookup_reference", "lookup_date_of_birth", "lookup_confirmation"
PURPOSE, ATTEMPTS, REQUESTED = "lookup_purpose", "lookup_attempts", "requested_slot"
NOT_NEEDED = "not_needed"
ERASE_SLOT = "erase_conversations"
LEAVING = frozenset({"stop_intake", "start_intake", "resume_intake", "deny"})
NOT_UNDERSTOOD = "nlu_fallback"
MOST_ATTEMPTS = 3

ASK_REFERENCE = "What is the reference of your request? It looks like MR-7F3K-9Q2M."
ASK_BIRTH = "And the patient's date of birth? This is so that nobody else can see or erase the request."
ASK_CONFIRMATION = (
    "If you withdraw the request, everything you told us in it is erased and cannot be brought back. "
    "Shall I erase it? (yes or no)"
)
LEFT = "All right, I have stopped. Nothing was changed."
KEPT = "All right. Your request stays as it is."
NOT_FOUND = (
    "I could not find a request with this reference and date of birth. Please check both and try again: "
    'say "check my request" or "withdraw my request". The clinic can help too: say "talk to a person".'
)
TOO_MANY = (
    "There have been several tries already, so for safety I have to wait. Please try again in about {minutes} "
    'minutes, or say "talk to a person" to reach the clinic.'
)
UNREACHABLE = (
    "I am sorry: the clinic's system cannot be reached just now, so I could not look. Nothing was changed. "
    "Please try again in a few minutes."
)
ERASED = (
    "Your request {reference} is withdrawn. What you told us in it has been erased, and so has the chat it came from. "
    "If you want to come back later, you are welcome."
)


class SetLookup(ClinicAction):
    """Starts a look-up for one purpose, with whatever the first message told already."""

    def __init__(self, services: Services, name: str, purpose: str) -> None:
        self.action_name = name
        self._purpose = purpose

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Sets the purpose and forgets an earlier look-up."""
        return [
            SlotSet(PURPOSE, self._purpose),
            SlotSet(REFERENCE, find_reference(latest_turn(tracker).text)),
            SlotSet(BIRTH, None),
            SlotSet(CONFIRMATION, NOT_NEEDED if self._purpose == "status" else None),
            SlotSet(ATTEMPTS, 0),
        ]


class ValidateLookupForm(ClinicAction):
    """Takes the reference, the date of birth and, for a withdrawal, the confirmation."""

    action_name = f"validate_{FORM}"

    def __init__(self, services: Services) -> None:
        self._services = services

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """No events at all mean "not for the form"."""
        requested = tracker.get_slot(REQUESTED)
        if not requested:
            return [SlotSet(ATTEMPTS, 0)]
        if not is_first_action(tracker):
            return [SlotSet(REQUESTED, requested)]
        turn = latest_turn(tracker)
        value, problem = self._read(requested, turn)
        if value is not None:
            return [SlotSet(requested, value), SlotSet(ATTEMPTS, 0)]
        # Rasa's rules answer these, and the form asks again; what is not understood is a failed answer.
        if turn.intent in self._services.conversation.in_forms - {NOT_UNDERSTOOD}:
            return []
        attempts = int(tracker.get_slot(ATTEMPTS) or 0) + 1
        if turn.intent in LEAVING or attempts >= MOST_ATTEMPTS:
            dispatcher.utter_message(text=LEFT if turn.intent in LEAVING else f"{problem} {LEFT}")
            return [SlotSet(REFERENCE, None), SlotSet(BIRTH, None), SlotSet(REQUESTED, None), ActiveLoop(None)]
        dispatcher.utter_message(text=problem)
        return [SlotSet(ATTEMPTS, attempts), SlotSet(REQUESTED, requested)]

    def after_failure(self, tracker: Tracker) -> list[Event]:
        """Keeps the question open."""
        return [SlotSet(ATTEMPTS, tracker.get_slot(ATTEMPTS)), SlotSet(REQUESTED, tracker.get_slot(REQUESTED))]

    def _read(self, requested: str, turn: Turn) -> tuple[Any, str]:
        if requested == REFERENCE:
            return find_reference(
                turn.text
            ), "This is not a reference I know how to read; it may have a typing mistake."
        if requested == BIRTH:
            return self._birth_date(turn)
        question = self._services.questionnaire.with_role("contact_consent")
        return strict_yesno(self._services.language, question, turn.text), "Please answer with yes or no."

    def _birth_date(self, turn: Turn) -> tuple[str | None, str]:
        question = self._services.questionnaire.with_role("birth_date")
        context = Context(today=self._services.now().date(), language=self._services.language, for_other=True)
        parsed = parse(question, turn.text, context)
        match parsed:
            case Accepted(value=value):
                return str(value), ""
            case Unclear(options=options):
                labels = " or ".join(option.label for option in options)
                return None, f"Did you mean {labels}? Please write the month as a word."
            case Refused(problem=problem):
                return None, problem


class AskLookup(ClinicAction):
    """Asks one of the look-up's questions."""

    def __init__(self, slot: str, text: str, kind: str) -> None:
        self.action_name = f"action_ask_{FORM}_{slot}"
        self._text = text
        self._question = {
            "id": slot,
            "kind": kind,
            "choices": [{"value": "yes", "label": "Yes, erase it"}, {"value": "no", "label": "No, keep it"}]
            if kind == "yesno"
            else [],
            "required": True,
            "prefilled": None,
        }

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Says the question with its place among the look-up's questions."""
        steps = [REFERENCE, BIRTH] + ([CONFIRMATION] if tracker.get_slot(PURPOSE) == "withdraw" else [])
        slot = str(self._question["id"])
        place = {"step": steps.index(slot) + 1 if slot in steps else len(steps), "total": len(steps)}
        dispatcher.utter_message(text=self._text, json_message={"question": {**self._question, **place}})
        return []


class Lookup(ClinicAction):
    """Answers the look-up, with one and the same text for a wrong reference and a wrong date."""

    action_name = "action_lookup"

    def __init__(self, services: Services) -> None:
        self._services = services

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Tells the status or erases the request; then forgets what was typed."""
        reference, born = tracker.get_slot(REFERENCE), tracker.get_slot(BIRTH)
        events = [SlotSet(slot, None) for slot in (REFERENCE, BIRTH, CONFIRMATION, PURPOSE, ATTEMPTS)]
        if not reference or not born:
            return events
        try:
            events += self._answer(dispatcher, tracker, reference, date.fromisoformat(born))
        except TooManyAttempts as limit:
            dispatcher.utter_message(text=TOO_MANY.format(minutes=max(1, round(limit.retry_after / 60))))
        except StorageUnavailable:
            dispatcher.utter_message(text=UNREACHABLE)
        erased = [event["value"] for event in events if event["name"] == ERASE_SLOT]
        if tracker.get_slot(CONTROL_SLOT) and [tracker.sender_id] not in erased:
            dispatcher.utter_message(text='Your intake is waiting where you left it. Say "resume" to go on.')
        return events

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, reference: str, born: date) -> list[Event]:
        services, key = self._services, tracker.sender_id
        if tracker.get_slot(PURPOSE) == "withdraw":
            if tracker.get_slot(CONFIRMATION) != "yes":
                dispatcher.utter_message(text=KEPT)
                return []
            withdrawal = withdraw_request(
                services.unit_of_work(), services.clinic.limiter, reference, born, key, services.now()
            )
            if withdrawal is None:
                dispatcher.utter_message(text=NOT_FOUND)
                return []
            self._tell(dispatcher, ERASED.format(reference=reference), reference, "withdrawn")
            # The bot's tracker store erases the conversations named here when it saves this turn.
            return [SlotSet(ERASE_SLOT, [withdrawal.conversation_id])]
        request = find_request(services.unit_of_work(), services.clinic.limiter, reference, born, key, services.now())
        if request is None:
            dispatcher.utter_message(text=NOT_FOUND)
            return []
        told = f"Your request {reference} {STATUS_TEXTS[request.status]}."
        self._tell(dispatcher, told, reference, status_for_patients(request.status).value)
        return []

    def _tell(self, dispatcher: CollectingDispatcher, text: str, reference: str, status: str) -> None:
        dispatcher.utter_message(text=text, json_message={"request": {"reference": reference, "status": status}})


def lookup_actions(services: Services) -> list[ClinicAction]:
    """Every action of the look-up."""
    return [
        SetLookup(services, "action_set_status_lookup", "status"),
        SetLookup(services, "action_set_withdrawal_lookup", "withdraw"),
        ValidateLookupForm(services),
        AskLookup(REFERENCE, ASK_REFERENCE, "text"),
        AskLookup(BIRTH, ASK_BIRTH, "date"),
        AskLookup(CONFIRMATION, ASK_CONFIRMATION, "yesno"),
        Lookup(services),
    ]
