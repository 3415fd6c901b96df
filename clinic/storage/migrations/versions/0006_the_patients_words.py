"""What the patient wrote for each answer."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column; of older requests the words are in the transcript only."""
    op.add_column("consultation_requests", sa.Column("words", sa.Text()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("consultation_requests", "words")
