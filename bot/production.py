"""What a bot that patients talk to never runs with, whatever started it."""

from __future__ import annotations

import logging

from rasa import telemetry
from rasa.core.agent import Agent
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sqlalchemy.engine import URL

logger = logging.getLogger(__name__)

# An address that only Rasa's own interface has (rasa/server.py).
API_PATH = "/tracker"
ARTICLES = "utter_faq/"


def check_start(development: bool, app: Sanic | None = None) -> None:
    """Refuses in production what shows patients' words to others; warns of it in development.

    Args:
        development: whether no patient is real.
        app: the server, once its routes are there; without one its interface is not looked at.

    Raises:
        RasaException: in production, naming all that has to be changed.
    """
    found = []
    if logging.getLogger("rasa").isEnabledFor(logging.DEBUG):
        found.append("--debug (or LOG_LEVEL=DEBUG) writes patients' words into the log: start without it")
    if development:
        for problem in found:
            logger.warning("%s where patients are real.", problem)
        return
    if telemetry.is_telemetry_enabled():
        found.append("usage reports to Rasa are on: set RASA_TELEMETRY_ENABLED=false")
    if app is not None and any(API_PATH in route.uri for route in app.router.routes):
        found.append("--enable-api opens every conversation to whoever reaches the port: start without it")
    if found:
        raise RasaException(f"Marrow does not start in production: {'; '.join(found)}.")


def say_unreviewed(agent: Agent | None) -> None:
    """Tells the log how many articles no clinician has signed; nothing where there are none or no bot is loaded."""
    responses = agent.domain.responses if agent is not None and agent.domain is not None else {}
    # A direct answer belongs to its article.
    articles = [told for name, told in responses.items() if name.startswith(ARTICLES) and "." not in name]
    faqs = [told[0].get("custom", {}).get("faq", {}) for told in articles]
    unreviewed = sum(not faq.get("reviewed", False) for faq in faqs)
    if unreviewed:
        logger.warning("%s of %s articles have not been reviewed by a clinician.", unreviewed, len(faqs))


def check_store(agent: Agent | None, database: URL) -> None:
    """Refuses a bot that keeps conversations in one place and what its channels know of them in another.

    A withdrawal erases both only where they are one, and a reload finds its conversation only there.

    Args:
        agent: the loaded bot; None while it could not be loaded, which is said elsewhere.
        database: where the channel keeps its own.

    Raises:
        RasaException: the two differ, or conversations are kept in memory alone.
    """
    if agent is None:
        return
    engine = getattr(agent.tracker_store, "engine", None)
    if engine is None or engine.url != database:
        place = "memory alone" if engine is None else engine.url.render_as_string(hide_password=True)
        raise RasaException(
            f"Marrow does not start: conversations are kept in {place}, and what the channels know of them in "
            f"{database.render_as_string(hide_password=True)}. Give both MARROW_TRACKER_URL, as the endpoints and "
            "credentials files that come with Marrow do."
        )
