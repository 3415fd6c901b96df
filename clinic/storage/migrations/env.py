"""Alembic's entry point: migrates over the connection it is given, or over the one of the settings."""

from alembic import context
from sqlalchemy import Connection

from clinic.settings import load_settings
from clinic.storage.data_key import load_keyring
from clinic.storage.database import Database
from clinic.storage.models import Base


def migrate(connection: Connection) -> None:
    """Run the migrations over an open connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    settings = load_settings()
    with Database.from_settings(settings, load_keyring(settings)).engine.begin() as own:
        migrate(own)
