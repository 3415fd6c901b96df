"""What `python -m rasa_sdk --actions actions` finds here: the same actions as the action server's, for developers.

The SDK imports every module of this package, makes every `Action` without arguments, and hands them to a worker
process, which imports this module again. So importing it builds what the actions need. Nothing else imports it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pluggy
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.plugin import plugin_manager
from sanic import Sanic

from actions.base import ClinicAction, Event
from actions.door import Door
from actions.server import Executor, all_actions, prepare
from clinic.errors import MarrowError
from clinic.intake.model.content import ContentError
from clinic.settings import Settings, load_settings

PLUGIN = "marrow"


class DoorPlugin:
    """Puts the door before the SDK's own server, which has none."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @pluggy.HookimplMarker("rasa_sdk")
    def attach_sanic_app_extensions(self, app: Sanic[Any, Any]) -> None:
        """Called by the SDK for each server that it makes."""
        self._door.install(app)


def _refusal(settings: Settings) -> str | None:
    """Why the SDK's own server must not be started, or None."""
    if settings.environment == "production":
        return "it is for development only. In production start `python -m actions.server` (docs/operations.md)."
    if "--grpc" in sys.argv:
        return "gRPC has no door. Start it without --grpc."
    return None


def _shown(action: ClinicAction) -> type[Action]:
    """A class that does what `action` does, and that a worker process finds under the action's name."""

    def name(_: Action) -> str:
        return action.name()

    async def run(_: Action, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        return await action.run(dispatcher, tracker, domain)

    return type(action.name(), (Action,), {"__module__": __name__, "name": name, "run": run})


def _offer() -> dict[str, type[Action]]:
    """Every action as a class without arguments; ends the process with a plain message where it must not run."""
    try:
        settings = load_settings()
        if refused := _refusal(settings):
            sys.exit(f"`rasa_sdk --actions actions` does not start: {refused}")
        services, door = prepare()
    except (MarrowError, ContentError) as error:
        sys.exit(f"The action server cannot start: {error}")
    # The SDK listens on every address of the machine unless told otherwise.
    os.environ["SANIC_HOST"] = settings.bind_host
    # It makes the executor itself, and its own would refuse Rasa 3.6's calls, which bring no domain.
    ActionExecutor.update_and_return_domain = Executor.update_and_return_domain
    if not plugin_manager().has_plugin(PLUGIN):
        plugin_manager().register(DoorPlugin(door), name=PLUGIN)
    return {action.name(): _shown(action) for action in all_actions(services)}


globals().update(_offer())
