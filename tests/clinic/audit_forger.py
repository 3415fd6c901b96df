"""Somebody who can write everything in the database, and has no key of the audit."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from clinic.domain.audit import faults_of
from clinic.keys import AuditKeys
from clinic.service.requests import list_requests, view_request
from clinic.service.submission import submit_request
from clinic.storage.audit import SqlAlchemyAudit
from clinic.storage.audit_trail import AuditTrail
from clinic.storage.database import Database
from clinic.storage.models import AuditHeadRow, AuditRow
from clinic.storage.unit_of_work import SqlAlchemyUnitOfWork

from .builders import NOW, STAFF, submission

ENTRIES = AuditRow.__table__
HEAD = AuditHeadRow.__table__
COLUMNS = [column.name for column in ENTRIES.columns if column.name != "number"]
LENGTH = 24


def fill(database: Database, entries: int = LENGTH) -> None:
    """Writes that many entries about two requests, each in a transaction of its own."""
    uow = SqlAlchemyUnitOfWork(database)
    references = [submit_request(uow, submission(letter * 32), NOW).reference for letter in "ab"]
    for number in range(entries):
        now = NOW + timedelta(seconds=number)
        if number % 3:
            view_request(replace(STAFF, id=f"person{number % 4}"), uow, references[number % 2], now)
        else:
            list_requests(STAFF, uow, now)


def stored_faults(connection: Connection, trail: AuditTrail, keys: AuditKeys | None = None) -> list[Any]:
    """What a check finds in the rows as this connection sees them."""
    with Session(bind=connection) as session:
        audit = SqlAlchemyAudit(session)
        return faults_of(list(audit.entries()), audit.head(), trail.read()[0], keys or trail.keys)


def open_the_table(connection: Connection) -> None:
    """Takes away what makes the table append-only, as somebody with every right in the database can."""
    if connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER audit_refuses_{verb}")
    else:
        connection.exec_driver_sql("ALTER TABLE audit_entries DISABLE TRIGGER ALL")


class Forger:
    """Somebody who can write everything in the database, and has no key."""

    def __init__(self, connection: Connection, draw: random.Random) -> None:
        self.connection, self.draw = connection, draw
        self.rows = [dict(row._mapping) for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.number))]

    def tamper(self) -> str:
        """Does one thing to the audit, and says which."""
        ways = [
            self.edit,
            self.remove,
            self.cut_off,
            self.insert_,
            self.swap,
            self.repeat,
            self.move_head,
            self.close_up,
        ]
        way = self.draw.choice(ways)
        way()
        return way.__name__

    def edit(self) -> None:
        row, column = self.draw.choice(self.rows), self.draw.choice(COLUMNS)
        others = [other[column] for other in self.rows if other[column] != row[column]]
        value = self.draw.choice([*others, "x", ""])
        if value == row[column]:
            value = "y"
        self._set(row["number"], {column: value})

    def remove(self) -> None:
        first = self.draw.randint(1, LENGTH - 1)
        last = min(LENGTH - 1, first + self.draw.randint(0, 3))
        self._delete(range(first, last + 1))

    def cut_off(self) -> None:
        """The end, and the head made to fit."""
        keep = self.draw.randint(0, LENGTH - 1)
        self._delete(range(keep + 1, LENGTH + 1))
        self._fit_head(keep)

    def insert_(self) -> None:
        """A copy of an entry at the end, with the chain made to fit."""
        forged = {**self.draw.choice(self.rows), "number": LENGTH + 1, "previous": self.rows[-1]["seal"]}
        if self.draw.random() < 0.5:
            forged["seal"] = "".join(self.draw.choices("0123456789abcdef", k=64))
        self.connection.execute(insert(ENTRIES).values(**forged))
        self.connection.execute(update(HEAD).values(number=LENGTH + 1, seal=forged["seal"]))

    def swap(self) -> None:
        one, other = self.draw.sample(self.rows, 2)
        names = COLUMNS if self.draw.random() < 0.5 else [name for name in COLUMNS if name not in ("seal", "previous")]
        if all(one[name] == other[name] for name in names):
            names = COLUMNS
        self._set(one["number"], {name: other[name] for name in names})
        self._set(other["number"], {name: one[name] for name in names})

    def repeat(self) -> None:
        one, other = self.draw.sample(self.rows, 2)
        self._set(one["number"], {name: other[name] for name in COLUMNS})

    def move_head(self) -> None:
        row = self.draw.choice(self.rows[:-1])
        self.connection.execute(update(HEAD).values(number=row["number"], seal=row["seal"]))

    def close_up(self) -> None:
        """One entry out of the middle, and those behind it moved up."""
        gone = self.draw.randint(1, LENGTH - 1)
        self._delete([gone])
        for row in self.rows[gone:]:
            self.connection.execute(
                update(ENTRIES).where(ENTRIES.c.number == row["number"]).values(number=row["number"] - 1)
            )
        if gone > 1:
            self._set(gone, {"previous": self.rows[gone - 2]["seal"]})
        self.connection.execute(update(HEAD).values(number=LENGTH - 1))

    def _set(self, number: int, values: dict[str, Any]) -> None:
        self.connection.execute(update(ENTRIES).where(ENTRIES.c.number == number).values(**values))

    def _delete(self, numbers: Any) -> None:
        self.connection.execute(delete(ENTRIES).where(ENTRIES.c.number.in_(list(numbers))))

    def _fit_head(self, number: int) -> None:
        seal = self.rows[number - 1]["seal"] if number else ""
        self.connection.execute(update(HEAD).values(number=number, seal=seal))
