"""Codes with which somebody who has lost the authenticator app signs in."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column; who has an app already gets codes by setting it up again."""
    op.add_column("accounts", sa.Column("recovery", sa.Text()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("accounts", "recovery")
