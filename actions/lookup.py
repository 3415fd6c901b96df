"""The look-up of a request by reference, or of an intake by code, with the date of birth: its form, what follows."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import ClinicAction, Event
from actions.codes import take_on
from actions.own_request import KnownRequest
from actions.services import Services
from actions.tracker import CONTROL_SLOT, SENT_SLOT, is_first_action, latest_turn
from clinic.domain.codes import normalise_code
from clinic.domain.reference import find_reference
from clinic.errors import StorageUnavailable, TooManyAttempts
from clinic.intake.kinds.registry import parse
from clinic.intake.kinds.yesno import strict_yesno
from clinic.intake.model.result import Accepted, Context, Refused, Unclear
from clinic.intake.model.turn import Turn
from clinic.intake.reading.after_sending import says_something
from clinic.service.lookup import find_request, withdraw_request

FORM = "lookup_form"
REFERENCE, BIRTH, CONFIRMATION = "lookup_reference", "lookup_date_of_birth", "lookup_confirmation"
PURPOSE, ATTEMPTS, REQUESTED, TEXT = "lookup_purpose", "lookup_attempts", "requested_slot", "lookup_text"
WITHDRAW, ADD, COPY, CODE = "withdraw", "add", "copy", "code"
NOT_NEEDED = "not_needed"
ERASE_SLOT = "erase_conversations"
LEAVING = frozenset({"stop_intake", "start_intake", "resume_intake", "deny"})
NOT_UNDERSTOOD = "nlu_fallback"
MOST_ATTEMPTS = 3


class SetLookup(ClinicAction):
    """Starts a look-up for one purpose, with whatever the first message or the chat told already."""

    def __init__(self, services: Services, name: str, purpose: str) -> None:
        super().__init__(services)
        self.action_name = name
        self._purpose = purpose

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Sets the purpose and forgets an earlier look-up."""
        turn = latest_turn(tracker)
        typed = (normalise_code if self._purpose == CODE else find_reference)(turn.text)
        known = tracker.get_slot(SENT_SLOT) or {}
        # Of the request that the chat knows nothing is asked again.
        ours = self._purpose != CODE and bool(known) and typed in (None, known.get("reference"))
        return [
            SlotSet(PURPOSE, self._purpose),
            SlotSet(REFERENCE, known["reference"] if ours else typed),
            SlotSet(BIRTH, known["born"] if ours else None),
            SlotSet(CONFIRMATION, None if self._purpose == WITHDRAW else NOT_NEEDED),
            SlotSet(TEXT, turn.text if self._purpose == ADD and says_something(turn) else None),
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
        value, problem = self._read(requested, turn, tracker.get_slot(PURPOSE))
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

    def _read(self, requested: str, turn: Turn, purpose: str | None) -> tuple[Any, str]:
        if requested == REFERENCE and purpose == CODE:
            return normalise_code(turn.text), self._say("code_unreadable")
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
    """Asks one of the look-up's questions; `asks_code` is its sentence where an intake is looked up by its code."""

    def __init__(self, services: Services, slot: str, asks: str, kind: str, asks_code: str | None = None) -> None:
        super().__init__(services)
        self.action_name = f"action_ask_{FORM}_{slot}"
        self._text = self._say(asks)
        self._text_of_code = self._say(asks_code) if asks_code else self._text
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
        purpose = tracker.get_slot(PURPOSE)
        steps = [REFERENCE, BIRTH] + ([CONFIRMATION] if purpose == WITHDRAW else [])
        slot = str(self._question["id"])
        place = {"step": steps.index(slot) + 1 if slot in steps else len(steps), "total": len(steps)}
        text = self._text_of_code if purpose == CODE else self._text
        dispatcher.utter_message(text=text, json_message={"question": {**self._question, **place}})
        return []


class Lookup(ClinicAction):
    """Answers the look-up, with one and the same text for a wrong reference, or code, and a wrong date."""

    action_name = "action_lookup"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Does what the look-up is for; then forgets what was typed."""
        reference, born = tracker.get_slot(REFERENCE), tracker.get_slot(BIRTH)
        events = [SlotSet(slot, None) for slot in (REFERENCE, BIRTH, CONFIRMATION, PURPOSE, ATTEMPTS, TEXT)]
        if not reference or not born:
            return events
        try:
            done = self._answer(dispatcher, tracker, reference, date.fromisoformat(born))
        except TooManyAttempts as limit:
            done = []
            dispatcher.utter_message(text=self._say("lookup_too_many", minutes=max(1, round(limit.retry_after / 60))))
        except StorageUnavailable:
            done = []
            dispatcher.utter_message(text=self._say("lookup_unreachable"))
        goes_on = any(event.get("name") == CONTROL_SLOT for event in done)
        erased = any(tracker.sender_id in event["value"] for event in done if event.get("name") == ERASE_SLOT)
        if tracker.get_slot(CONTROL_SLOT) and not erased and not goes_on:
            dispatcher.utter_message(text=self._say("lookup_intake_waits"))
        return events + done

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, reference: str, born: date) -> list[Event]:
        purpose = tracker.get_slot(PURPOSE)
        if purpose == CODE:
            return take_on(self._services, dispatcher, tracker, reference, born)
        ours = (tracker.get_slot(SENT_SLOT) or {}).get("reference") == reference
        if purpose == WITHDRAW:
            return self._withdraw(dispatcher, tracker, reference, born, counted=not ours)
        if not ours and not self._is_found(tracker, reference, born):
            dispatcher.utter_message(text=self._say("lookup_not_found"))
            return []
        mine = KnownRequest(self._services, reference, born)
        said = tracker.get_slot(TEXT)
        if purpose == ADD:
            return mine.add(dispatcher, said) if said else mine.ask_addition(dispatcher)
        return mine.copy(dispatcher) if purpose == COPY else mine.tell_status(dispatcher)

    def _is_found(self, tracker: Tracker, reference: str, born: date) -> bool:
        services, limiter = self._services, self._services.clinic.limiter
        found = find_request(services.unit_of_work(), limiter, reference, born, tracker.sender_id, services.now())
        return found is not None

    def _withdraw(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, reference: str, born: date, *, counted: bool
    ) -> list[Event]:
        services = self._services
        if tracker.get_slot(CONFIRMATION) != "yes":
            dispatcher.utter_message(text=self._say("lookup_kept"))
            return []
        limiter = services.clinic.limiter if counted else None
        withdrawal = withdraw_request(
            services.unit_of_work(), limiter, reference, born, tracker.sender_id, services.now()
        )
        if withdrawal is None:
            dispatcher.utter_message(text=self._say("lookup_not_found"))
            return []
        dispatcher.utter_message(
            text=self._say("lookup_erased", reference=reference),
            json_message={"request": {"reference": reference, "status": "withdrawn"}},
        )
        # The bot's tracker store erases the conversations named here when it saves this turn.
        forgotten = [SlotSet(SENT_SLOT, None)] if not counted else []
        return [SlotSet(ERASE_SLOT, list(withdrawal.conversations)), *forgotten]


def lookup_actions(services: Services) -> list[ClinicAction]:
    """Every action of the look-up."""
    return [
        SetLookup(services, "action_set_status_lookup", "status"),
        SetLookup(services, "action_set_withdrawal_lookup", WITHDRAW),
        SetLookup(services, "action_set_addition_lookup", ADD),
        SetLookup(services, "action_set_copy_lookup", COPY),
        SetLookup(services, "action_set_code_lookup", CODE),
        ValidateLookupForm(services),
        AskLookup(services, REFERENCE, "lookup_reference", "text", "code_how"),
        AskLookup(services, BIRTH, "lookup_birth_date", "date", "code_birth_date"),
        AskLookup(services, CONFIRMATION, "lookup_confirm", "yesno"),
        Lookup(services),
    ]
