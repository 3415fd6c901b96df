"""Resume codes of unsent intakes, the chats an intake came from, and what patients add to a sent request."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

_DRAFTS, _REQUESTS, _ADDITIONS = "intake_drafts", "consultation_requests", "request_additions"


def upgrade() -> None:
    """Add the columns and the table; older drafts get a code with their next change."""
    op.add_column(_DRAFTS, sa.Column("earlier_conversations", sa.Text()))
    op.add_column(_DRAFTS, sa.Column("code_index", sa.String(64)))
    op.add_column(_DRAFTS, sa.Column("birth_date_index", sa.String(64)))
    op.create_index(f"ix_{_DRAFTS}_code_index", _DRAFTS, ["code_index"], unique=True)
    op.add_column(_REQUESTS, sa.Column("earlier_conversations", sa.Text()))
    op.create_table(
        _ADDITIONS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_ADDITIONS}"),
        sa.ForeignKeyConstraint(
            ["request_id"], [f"{_REQUESTS}.id"], name=f"fk_{_ADDITIONS}_request_id_{_REQUESTS}", ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{_ADDITIONS}_request_id", _ADDITIONS, ["request_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table(_ADDITIONS)
    op.drop_column(_REQUESTS, "earlier_conversations")
    op.drop_index(f"ix_{_DRAFTS}_code_index", _DRAFTS)
    for column in ("birth_date_index", "code_index", "earlier_conversations"):
        op.drop_column(_DRAFTS, column)
