"""Starts the action server: settings checked, schema up to date, every action registered."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.base import ClinicAction
from actions.codes import GiveCode
from actions.door import Door
from actions.fallback import Fallback
from actions.intake import ValidateIntakeForm, ask_actions
from actions.lookup import lookup_actions
from actions.metrics import PATH, REGISTRY, Metrics, Outbox
from actions.outside import OutsideCorrection
from actions.own_request import AfterSending
from actions.safety import AfterAlarm, RecordSafetyEvent
from actions.services import Services
from actions.submission import SubmitConsultationRequest
from clinic.actions_secret import load_actions_secrets
from clinic.bootstrap import bootstrap
from clinic.domain.events import Channel
from clinic.errors import MarrowError
from clinic.intake.model.content import ContentError
from clinic.logs import configure_logging, log_event

logger = logging.getLogger(__name__)


class Executor(ActionExecutor):
    """The SDK's executor for a bot that keeps its domain to itself.

    The SDK insists on the domain unless the bot sends a digest of it, which Rasa 3.6 cannot. No action here
    reads the domain, and sending it would multiply the size of every call (`enable_selective_domain`).
    """

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        """The domain if it came along, an empty one otherwise."""
        return payload.get("domain") or {}


def all_actions(services: Services) -> list[ClinicAction]:
    """Every action the bot may call."""
    return [
        ValidateIntakeForm(services),
        *ask_actions(services),
        SubmitConsultationRequest(services),
        RecordSafetyEvent(services),
        AfterAlarm(services),
        Fallback(services),
        OutsideCorrection(services),
        GiveCode(services),
        AfterSending(services),
        *lookup_actions(services),
    ]


def waiting_messages(services: Services) -> int:
    """How many messages to the clinic are not delivered yet."""
    settings = services.clinic.settings
    set_up = {Channel.EMAIL: bool(settings.email_receivers), Channel.WEBHOOK: bool(settings.webhook_url)}
    with services.unit_of_work() as uow:
        return len(uow.outbox.waiting([channel for channel, is_on in set_up.items() if is_on]))


def prepare() -> tuple[Services, Door]:
    """What the actions work with, and the door before them; logs are set up, tables made, content read.

    Raises MarrowError or ContentError, with a message for whoever starts it.
    """
    clinic = bootstrap()
    configure_logging(clinic.settings.log_level, form=clinic.settings.log_format)
    door = Door(load_actions_secrets(clinic.settings))
    services = Services.build(clinic)
    services.prepare_storage()
    services.warm_up()
    warnings.filterwarnings("ignore", module="rasa_sdk.utils")
    # The SDK warns at each call that Rasa's version differs; the protocol is covered by a contract test.
    logging.getLogger("rasa_sdk.executor").setLevel(logging.WARNING)
    logging.getLogger("rasa_sdk.utils").setLevel(logging.ERROR)
    return services, door


def main() -> None:
    """Serves the actions until it is stopped; a wrong setting or content file ends it with a plain message."""
    try:
        services, door = prepare()
    except (MarrowError, ContentError) as error:
        sys.exit(f"The action server cannot start: {error}")
    settings = services.clinic.settings
    executor = Executor()
    for action in all_actions(services):
        executor.register_function(action.name(), action.run)
    app = create_app(executor, cors_origins=[])
    door.install(app)
    if settings.metrics_secret is not None:
        REGISTRY.register(Outbox(lambda: waiting_messages(services)))
        metrics = Metrics(settings.metrics_secret.get_secret_value())
        app.add_route(metrics.answer, PATH, name="marrow_metrics")
    log_event(logger, "action_server_ready", port=settings.actions_port)
    app.run(
        host=settings.bind_host,
        port=settings.actions_port,
        single_process=True,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
