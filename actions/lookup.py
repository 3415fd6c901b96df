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
from clinic.domain.statuses import status_for_patients
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


class SetLookup(ClinicAction):
    """Starts a look-up for one purpose, with whatever the first message told already."""

    def __init__(self, services: Services, name: str, purpose: str) -> None:
        super().__init__(services)
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
            left = self._say("lookup_left")
            dispatcher.utter_message(text=left if turn.intent in LEAVING else f"{problem} {left}")
            return [SlotSet(REFERENCE, None), SlotSet(BIRTH, None), SlotSet(REQUESTED, None), ActiveLoop(None)]
        dispatcher.utter_message(text=problem)
        return [SlotSet(ATTEMPTS, attempts), SlotSet(REQUESTED, requested)]

    def after_failure(self, tracker: Tracker) -> list[Event]:
        """Keeps the question open."""
        return [SlotSet(ATTEMPTS, tracker.get_slot(ATTEMPTS)), SlotSet(REQUESTED, tracker.get_slot(REQUESTED))]

    def _read(self, requested: str, turn: Turn) -> tuple[Any, str]:
        if requested == REFERENCE:
            return find_reference(turn.text), self._say("lookup_no_reference")
        if requested == BIRTH:
            return self._birth_date(turn)
        question = self._services.questionnaire.with_role("contact_consent")
        return strict_yesno(self._services.language, question, turn.text), self._say("lookup_yes_or_no")

    def _birth_date(self, turn: Turn) -> tuple[str | None, str]:
        question = self._services.questionnaire.with_role("birth_date")
        context = Context(today=self._services.now().date(), language=self._services.language, for_other=True)
        parsed = parse(question, turn.text, context)
        match parsed:
            case Accepted(value=value):
                return str(value), ""
            case Unclear(options=options):
                dates = self._services.language.list_or([option.label for option in options])
                return None, self._say("lookup_which_date", dates=dates)
            case Refused(problem=problem):
                return None, problem


class AskLookup(ClinicAction):
    """Asks one of the look-up's questions."""

    def __init__(self, services: Services, slot: str, asks: str, kind: str) -> None:
        super().__init__(services)
        self.action_name = f"action_ask_{FORM}_{slot}"
        self._text = self._say(asks)
        self._question = {
            "id": slot,
            "kind": kind,
            "choices": [{"value": reply, "label": self._say(f"lookup_{reply}")} for reply in ("yes", "no")]
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

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Tells the status or erases the request; then forgets what was typed."""
        reference, born = tracker.get_slot(REFERENCE), tracker.get_slot(BIRTH)
        events = [SlotSet(slot, None) for slot in (REFERENCE, BIRTH, CONFIRMATION, PURPOSE, ATTEMPTS)]
        if not reference or not born:
            return events
        try:
            events += self._answer(dispatcher, tracker, reference, date.fromisoformat(born))
        except TooManyAttempts as limit:
            dispatcher.utter_message(text=self._say("lookup_too_many", minutes=max(1, round(limit.retry_after / 60))))
        except StorageUnavailable:
            dispatcher.utter_message(text=self._say("lookup_unreachable"))
        erased = [event["value"] for event in events if event["name"] == ERASE_SLOT]
        if tracker.get_slot(CONTROL_SLOT) and [tracker.sender_id] not in erased:
            dispatcher.utter_message(text=self._say("lookup_intake_waits"))
        return events

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, reference: str, born: date) -> list[Event]:
        services, key = self._services, tracker.sender_id
        if tracker.get_slot(PURPOSE) == "withdraw":
            if tracker.get_slot(CONFIRMATION) != "yes":
                dispatcher.utter_message(text=self._say("lookup_kept"))
                return []
            withdrawal = withdraw_request(
                services.unit_of_work(), services.clinic.limiter, reference, born, key, services.now()
            )
            if withdrawal is None:
                dispatcher.utter_message(text=self._say("lookup_not_found"))
                return []
            self._tell(dispatcher, self._say("lookup_erased", reference=reference), reference, "withdrawn")
            # The bot's tracker store erases the conversations named here when it saves this turn.
            return [SlotSet(ERASE_SLOT, [withdrawal.conversation_id])]
        request = find_request(services.unit_of_work(), services.clinic.limiter, reference, born, key, services.now())
        if request is None:
            dispatcher.utter_message(text=self._say("lookup_not_found"))
            return []
        told = self._say(f"status_{request.status}", reference=reference)
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
        AskLookup(services, REFERENCE, "lookup_reference", "text"),
        AskLookup(services, BIRTH, "lookup_birth_date", "date"),
        AskLookup(services, CONFIRMATION, "lookup_confirm", "yesno"),
        Lookup(services),
    ]
