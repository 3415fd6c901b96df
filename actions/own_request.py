"""Answers about the request that a chat knows: its status, what comes next, a copy, and additions to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from actions.base import ClinicAction, Event
from actions.services import Services
from actions.tracker import CONTROL_SLOT, SENT_SLOT, latest_turn
from clinic.domain.requests import ConsultationRequest
from clinic.domain.statuses import STATUSES, status_for_patients
from clinic.errors import StorageUnavailable
from clinic.intake.model.state import IntakeState
from clinic.intake.reading.after_sending import Wish, read_wish
from clinic.service.own_request import OwnRequest, add_to_request, own_request


@dataclass(frozen=True)
class KnownRequest:
    """A request that this chat sent, or found by its reference and the date of birth."""

    services: Services
    reference: str
    born: date

    def tell_status(self, dispatcher: CollectingDispatcher) -> list[Event]:
        """Where the request is, what comes next, and how long that takes if the clinic says so."""
        mine = self._read()
        if mine is None:
            return self._gone(dispatcher)
        say, request = self.services.language.say, mine.request
        parts = [say(f"status_{request.status}", reference=self.reference)]
        if STATUSES[request.status].waits:
            time = self.services.facts.get("reply_time")
            parts.append(say("after_next_person"))
            parts.append(say("after_next_time", time=time) if time else say("after_next_unknown"))
            parts.append(say("after_next_ways"))
        else:
            parts.append(say("after_next_closed"))
        dispatcher.utter_message(text=" ".join(parts), json_message=self._told(request), buttons=self._ways())
        return self._known()

    def copy(self, dispatcher: CollectingDispatcher) -> list[Event]:
        """Everything the request holds that the patient told, with what she added since."""
        mine = self._read(copy=True)
        if mine is None:
            return self._gone(dispatcher)
        say, request = self.services.language.say, mine.request
        heading = say("copy_heading", date=f"{request.created_at:%Y-%m-%d}", reference=self.reference)
        dispatcher.utter_message(text=heading)
        skipped = request.left_open.skipped if request.left_open else ()
        [summary] = self.services.engine.summary(IntakeState(answers=self._answers(request), skipped=skipped))
        added = [say("copy_added", date=f"{each.at:%Y-%m-%d}", text=each.text) for each in mine.additions]
        dispatcher.utter_message(text="\n".join([summary.text, *added]), json_message=summary.custom)
        return self._known()

    def add(self, dispatcher: CollectingDispatcher, text: str) -> list[Event]:
        """Adds what she wrote, and reads it back."""
        services, say = self.services, self.services.language.say
        request = add_to_request(services.unit_of_work(), self.reference, self.born, text, services.now())
        if request is None:
            if self._read() is None:
                return self._gone(dispatcher)
            dispatcher.utter_message(text=say("added_not", reference=self.reference))
            return self._known()
        at = services.now().isoformat(timespec="seconds")
        dispatcher.utter_message(
            text=say("added", reference=self.reference, text=text.strip()),
            json_message={"addition": {"reference": self.reference, "text": text.strip(), "at": at}},
        )
        return self._known()

    def ask_addition(self, dispatcher: CollectingDispatcher) -> list[Event]:
        """Asks what to add; the next message is it."""
        dispatcher.utter_message(text=self.services.language.say("adding", reference=self.reference))
        return self._known(adding=True)

    def leave_addition(self, dispatcher: CollectingDispatcher) -> list[Event]:
        """Adds nothing."""
        dispatcher.utter_message(text=self.services.language.say("adding_left"))
        return self._known()

    def about_files(self, dispatcher: CollectingDispatcher) -> list[Event]:
        """How records reach the clinic, if it says so: a chat takes none."""
        say = self.services.language.say
        how = self.services.facts.get("sending_records") or say("after_files_wait")
        dispatcher.utter_message(text=say("after_files", how=how), buttons=self._ways("add"))
        return self._known()

    def sent_already(self, dispatcher: CollectingDispatcher) -> list[Event]:
        """Nothing is sent twice by accident; the way to another request is shown."""
        said = self.services.language.say("already_sent", reference=self.reference)
        dispatcher.utter_message(text=said, buttons=self._ways("add", "another"))
        return self._known()

    def _read(self, *, copy: bool = False) -> OwnRequest | None:
        services = self.services
        return own_request(services.unit_of_work(), self.reference, self.born, services.now(), copy=copy)

    def _answers(self, request: ConsultationRequest) -> dict[str, object]:
        """The answers under the ids of today's questions: the date of birth is stored under a name of its own."""
        asked = self.services.questionnaire.with_role("birth_date").id
        return {**request.answers, asked: self.born.isoformat()}

    def _told(self, request: ConsultationRequest) -> dict[str, object]:
        return {"request": {"reference": self.reference, "status": status_for_patients(request.status).value}}

    def _ways(self, *names: str) -> list[dict[str, str]]:
        say = self.services.language.say
        return [{"title": say(f"button_{name}"), "payload": say(f"typed_{name}")} for name in names or ("add", "copy")]

    def _known(self, *, adding: bool = False) -> list[Event]:
        known = {"reference": self.reference, "born": self.born.isoformat()}
        return [SlotSet(SENT_SLOT, {**known, "adding": True} if adding else known)]

    def _gone(self, dispatcher: CollectingDispatcher) -> list[Event]:
        dispatcher.utter_message(text=self.services.language.say("sent_gone", reference=self.reference))
        return [SlotSet(SENT_SLOT, None)]


class AfterSending(ClinicAction):
    """Answers what a patient says about the request that this chat knows; leaves everything else to the rules."""

    action_name = "action_after_sending"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Reads the wish and does it; raises ActionExecutionRejection where there is none."""
        known = tracker.get_slot(SENT_SLOT) or {}
        turn, adding = latest_turn(tracker), bool(known.get("adding"))
        open_intake = bool(tracker.get_slot(CONTROL_SLOT))
        wish = read_wish(self._services.language, turn, adding=adding, open_intake=open_intake) if known else None
        if wish is None:
            raise ActionExecutionRejection(self.action_name, "not about the request that was sent")
        mine = KnownRequest(self._services, known["reference"], date.fromisoformat(known["born"]))
        try:
            return self._done(mine, wish, dispatcher, turn.text)
        except StorageUnavailable:
            dispatcher.utter_message(text=self._say("lookup_unreachable"))
            return []

    def _done(self, mine: KnownRequest, wish: Wish, dispatcher: CollectingDispatcher, text: str) -> list[Event]:
        if wish == "add":
            return mine.add(dispatcher, text)
        return {
            "next": mine.tell_status,
            "files": mine.about_files,
            "copy": mine.copy,
            "ask_addition": mine.ask_addition,
            "leave_addition": mine.leave_addition,
            "again": mine.sent_already,
        }[wish](dispatcher)
