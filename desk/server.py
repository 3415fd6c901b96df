"""Serves the desk until it is stopped; a wrong setting ends it with a plain message."""

import logging
import sys

import uvicorn

from clinic.bootstrap import bootstrap
from clinic.errors import MarrowError
from clinic.logs import configure_logging, log_event
from desk.app import make_app

logger = logging.getLogger(__name__)


def main() -> None:
    """Read the settings, prepare the database and serve."""
    try:
        clinic = bootstrap()
        settings = clinic.settings
        configure_logging(settings.log_level, form=settings.log_format)
        app = make_app(clinic)
    except (MarrowError, OSError) as error:
        sys.exit(f"The desk cannot start: {error}")
    log_event(logger, "desk_ready", port=settings.desk_port)
    uvicorn.run(
        app,
        host=settings.bind_host,
        port=settings.desk_port,
        # Addresses of pages are in the audit already; a log of them would be a second one that nobody seals.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.desk_proxies),
        forwarded_allow_ips=settings.desk_proxies or None,
    )
