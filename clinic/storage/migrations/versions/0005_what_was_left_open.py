"""What of the questionnaire was not asked, and what the patient left out."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column; of older requests it is not known."""
    op.add_column("consultation_requests", sa.Column("left_open", sa.Text()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("consultation_requests", "left_open")
