"""Requests, drafts, safety events, and the check of the data key."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "consultation_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("intake_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("questionnaire_version", sa.String(32), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text()),
        sa.Column("conversation_index", sa.String(64)),
        sa.Column("birth_date_index", sa.String(64)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_requests"),
        sa.UniqueConstraint("reference", name="uq_consultation_requests_reference"),
        sa.UniqueConstraint("intake_id", name="uq_consultation_requests_intake_id"),
    )
    for column in ("status", "conversation_index", "created_at"):
        op.create_index(f"ix_consultation_requests_{column}", "consultation_requests", [column])
    op.create_table(
        "intake_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("intake_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("conversation_index", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intake_drafts"),
        sa.UniqueConstraint("intake_id", name="uq_intake_drafts_intake_id"),
    )
    op.create_index("ix_intake_drafts_conversation_index", "intake_drafts", ["conversation_index"])
    op.create_table(
        "safety_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer()),
        sa.Column("intake_id", sa.String(64)),
        sa.Column("conversation_index", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_safety_events"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["consultation_requests.id"],
            name="fk_safety_events_request_id_consultation_requests",
            ondelete="CASCADE",
        ),
    )
    for column in ("request_id", "intake_id", "conversation_index"):
        op.create_index(f"ix_safety_events_{column}", "safety_events", [column])
    op.create_table(
        "key_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_check"),
    )


def downgrade() -> None:
    """Drop the first tables."""
    for table in ("key_check", "safety_events", "intake_drafts", "consultation_requests"):
        op.drop_table(table)
