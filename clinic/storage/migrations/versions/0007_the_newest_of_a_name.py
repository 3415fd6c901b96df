"""The newest requests under a name are found without reading all that share it."""

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE, _OLD, _NEW = "search_terms", "ix_search_terms_digest", "ix_search_terms_digest_request_id"


def upgrade() -> None:
    """Put another index in the place of the one over the digest alone."""
    op.create_index(_NEW, _TABLE, ["digest", "request_id"])
    op.drop_index(_OLD, _TABLE)


def downgrade() -> None:
    """Go back to that one."""
    op.create_index(_OLD, _TABLE, ["digest"])
    op.drop_index(_NEW, _TABLE)
