"""Sends the finished intake to the clinic: exactly one consultation request, however often it runs."""

from __future__ import annotations

import logging

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.alarm import kind_of, rule_of, time_of
from actions.base import ClinicAction, Event
from actions.drafts import born
from actions.intake import FORM, OUTCOME_SLOT, REQUESTED, REVIEW, moved_events
from actions.metrics import NOT_STORED, REQUESTS
from actions.services import Services
from actions.tracker import CONTROL_SLOT, SENT_SLOT, channel_of, intake_state, locale_of
from clinic.domain.asked import Asked
from clinic.domain.prescreen import ToldSign
from clinic.domain.requests import ConsultationRequest, LeftOpen, SafetyEvent
from clinic.domain.statuses import status_for_patients
from clinic.errors import IntakeMoved, StorageUnavailable
from clinic.intake.model.state import IntakeState
from clinic.logs import log_event
from clinic.service.submission import Submission, consents_from_control, submit_request

logger = logging.getLogger(__name__)


def safety_events(tracker: Tracker) -> tuple[SafetyEvent, ...]:
    """The emergencies and crises of this conversation, as its messages show them."""
    found = []
    for event in tracker.events:
        if event.get("event") != "user":
            continue
        parse = event.get("parse_data") or {}
        kind = kind_of(parse)
        if kind:
            found.append(SafetyEvent(kind=kind, rule=rule_of(parse), at=time_of(event)))
    return tuple(found)


def told_signs(services: Services, state: IntakeState) -> tuple[ToldSign, ...]:
    """The danger signs that were told without an alarm, as the clinic's staff reads them."""
    known = services.questionnaire
    return tuple(
        ToldSign(
            rule=sign["rule"],
            why=sign.get("why", ""),
            question=known.get(sign["question"]).label if sign.get("question") in known else "",
        )
        for sign in state.signs
    )


class SubmitConsultationRequest(ClinicAction):
    """Creates the request and tells the patient the reference; on failure the review stays open."""

    action_name = "action_submit_consultation_request"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._ids = [question.id for question in services.questionnaire.questions]
        # Stays known to the conversation: an emergency later on must show the right numbers.
        self._residence = services.questionnaire.with_role("residence").id

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
        """Submits the intake that the slots hold, if the patient confirmed it."""
        if tracker.get_slot(OUTCOME_SLOT) != "confirmed":
            return []
        state = intake_state(tracker, self._ids)
        if state is None:
            dispatcher.utter_message(text=self._say("nothing_to_send"))
            return [SlotSet(OUTCOME_SLOT, None)]
        try:
            request = self._submit(state, tracker)
        except StorageUnavailable:
            NOT_STORED.inc()
            log_event(logger, "request_not_stored", logging.WARNING, intake_id=state.intake_id)
            dispatcher.utter_message(text=self._say("not_saved"))
            return reopened(state)
        except IntakeMoved:
            dispatcher.utter_message(text=self._say("moved"))
            return moved_events(self._services, tracker, self._ids)
        REQUESTS.inc()
        log_event(logger, "request_sent", reference=request.reference, intake_id=state.intake_id)
        dispatcher.utter_message(
            text=self._say("sent", reference=request.reference),
            json_message={
                "request": {"reference": request.reference, "status": status_for_patients(request.status).value}
            },
        )
        cleared = [SlotSet(question, None) for question in self._ids if question != self._residence]
        known = {"reference": request.reference, "born": born(self._services, state)}
        return [*cleared, SlotSet(CONTROL_SLOT, None), SlotSet(OUTCOME_SLOT, "sent"), SlotSet(SENT_SLOT, known)]

    def after_failure(self, tracker: Tracker) -> list[Event]:
        """Keeps the review open, so that the patient can send again."""
        state = intake_state(tracker, self._ids)
        return reopened(state) if state is not None else []

    def _submit(self, state: IntakeState, tracker: Tracker) -> ConsultationRequest:
        services = self._services
        submission = Submission(
            intake_id=state.intake_id,
            conversation_id=tracker.sender_id,
            channel=channel_of(tracker),
            locale=locale_of(tracker, services.language.tag),
            questionnaire_version=str(services.questionnaire.version),
            answers=dict(state.answers),
            words={key: said for key, said in state.words.items() if key in state.answers},
            consents=consents_from_control(state.consents),
            asked=Asked(
                birth_date=services.questionnaire.with_role("birth_date").id,
                privacy_consent=services.questionnaire.with_role("privacy_consent").id,
                points=services.questionnaire.prescreened,
            ),
            safety_events=safety_events(tracker),
            told_signs=told_signs(services, state),
            left_open=LeftOpen(services.engine.not_asked(state), state.skipped),
        )
        return submit_request(services.unit_of_work(), submission, services.now(), services.clinic.deadlines)


def reopened(state: IntakeState) -> list[Event]:
    """The events that put the patient back at the review with every answer kept."""
    open_again = state.with_changes(open_question=REVIEW, stage="asking")
    return [
        SlotSet(CONTROL_SLOT, open_again.control()),
        SlotSet(OUTCOME_SLOT, None),
        ActiveLoop(FORM),
        SlotSet(REQUESTED, REVIEW),
    ]
