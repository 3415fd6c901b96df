"""The audit, the outbox, and what the clinic's team does with a request."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

_TIME = sa.DateTime(timezone=True)
_REQUESTS = "consultation_requests"
# The patient waits for the clinic in these (see clinic/domain/statuses.py).
_WAITING = ("new", "in_review")


def upgrade() -> None:
    """Add columns to requests, and the new tables."""
    _add_columns()
    _create_work_tables()
    _create_outbox()
    _create_audit()
    _begin_stays()
    _refuse_changes()


def _add_columns() -> None:
    columns: list[sa.Column[Any]] = [
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("changed_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("change", sa.String(32), nullable=False, server_default=""),
        sa.Column("assigned_to", sa.String(64)),
        sa.Column("assigned_at", _TIME),
        sa.Column("waiting_since", _TIME),
        sa.Column("due_at", _TIME),
    ]
    for column in columns:
        op.add_column(_REQUESTS, column)
    for name in ("assigned_to", "due_at"):
        op.create_index(f"ix_{_REQUESTS}_{name}", _REQUESTS, [name])


def _of_request(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["request_id"], [f"{_REQUESTS}.id"], name=f"fk_{table}_request_id_{_REQUESTS}", ondelete="CASCADE"
        ),
    ]


def _create_work_tables() -> None:
    tables: dict[str, list[sa.schema.SchemaItem]] = {
        "status_stays": [
            sa.Column("status", sa.String(16), nullable=False),
            sa.Column("started_at", _TIME, nullable=False),
            sa.Column("ended_at", _TIME),
        ],
        "staff_notes": [
            sa.Column("text", sa.Text(), nullable=False),
            sa.Column("at", _TIME, nullable=False),
        ],
        "calls": [
            sa.Column("outcome", sa.Text(), nullable=False),
            sa.Column("text", sa.Text(), nullable=False),
            sa.Column("at", _TIME, nullable=False),
        ],
    }
    for table, columns in tables.items():
        op.create_table(table, *_of_request(table), *columns)
        op.create_index(f"ix_{table}_request_id", table, ["request_id"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", _TIME),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        sa.ForeignKeyConstraint(
            ["reference"], [f"{_REQUESTS}.reference"], name=f"fk_outbox_reference_{_REQUESTS}", ondelete="CASCADE"
        ),
    )
    for name in ("reference", "next_at"):
        op.create_index(f"ix_outbox_{name}", "outbox", [name])


def _create_audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("session", sa.String(64)),
        sa.Column("address", sa.String(64)),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "seal": ""}])
    op.create_table(
        "audit_subjects",
        sa.Column("reference", sa.String(16), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_audit_subjects"),
        sa.ForeignKeyConstraint(
            ["reference"],
            [f"{_REQUESTS}.reference"],
            name=f"fk_audit_subjects_reference_{_REQUESTS}",
            ondelete="CASCADE",
        ),
    )


def _begin_stays() -> None:
    """Who moved a request so far, and through what, is not known: its present stay begins at its last change."""
    requests = sa.table(
        _REQUESTS, *(sa.column(name) for name in ("id", "status", "created_at", "updated_at", "waiting_since"))
    )
    stays = sa.table("status_stays", *(sa.column(name) for name in ("request_id", "status", "started_at", "actor")))
    began = sa.case((requests.c.status == "new", requests.c.created_at), else_=requests.c.updated_at)
    present = sa.select(requests.c.id, requests.c.status, began, sa.literal(""))
    op.execute(sa.insert(stays).from_select(["request_id", "status", "started_at", "actor"], present))
    op.execute(sa.update(requests).where(requests.c.status.in_(_WAITING)).values(waiting_since=requests.c.created_at))


def _refuse_changes() -> None:
    """Have the database itself refuse to change or delete an entry of the audit."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit_entries "
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION marrow_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION marrow_append_only()"
    )


def downgrade() -> None:
    """Drop the new tables and columns."""
    for table in ("audit_subjects", "audit_head", "audit_entries", "outbox", "calls", "staff_notes", "status_stays"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION marrow_append_only()")
    for name in ("assigned_to", "due_at"):
        op.drop_index(f"ix_{_REQUESTS}_{name}", _REQUESTS)
    for name in ("version", "changed_by", "change", "assigned_to", "assigned_at", "waiting_since", "due_at"):
        op.drop_column(_REQUESTS, name)
