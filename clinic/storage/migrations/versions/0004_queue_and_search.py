"""The order of the team's queue, and what requests are found by. Older rows are indexed at the next start."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

_REQUESTS = "consultation_requests"
_INDEXES = {
    "ix_consultation_requests_queue_key": ["queue_key"],
    "ix_consultation_requests_status_queue_key": ["status", "queue_key"],
    "ix_consultation_requests_assigned_to_queue_key": ["assigned_to", "queue_key"],
    "ix_consultation_requests_status_created_at": ["status", "created_at"],
}


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column(_REQUESTS, sa.Column("queue_key", sa.String(64), nullable=False, server_default=""))
    op.add_column(_REQUESTS, sa.Column("search_name", sa.Text()))
    for name, columns in _INDEXES.items():
        op.create_index(name, _REQUESTS, columns)
    op.create_table(
        "search_terms",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "digest", name="pk_search_terms"),
        sa.ForeignKeyConstraint(
            ["request_id"], [f"{_REQUESTS}.id"], name="fk_search_terms_request_id_consultation_requests",
            ondelete="CASCADE",
        ),
    )  # fmt: skip
    op.create_index("ix_search_terms_digest", "search_terms", ["digest"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("search_terms")
    for name in _INDEXES:
        op.drop_index(name, _REQUESTS)
    for column in ("search_name", "queue_key"):
        op.drop_column(_REQUESTS, column)
