"""How long the desk's queue, search and request page take with few and with many requests.

`.venv/bin/python -m benchmarks.desk [--few 2000] [--many 200000] [--rounds 60] [--postgresql URL] [--output FILE]`

Each size has a database of its own: SQLite in a temporary folder, or a schema in the database of `--postgresql`. Each
holds the open queue of a clinic (300 requests), and all others are closed. Both are measured in one run and take
turns, so that a machine that is busy for a while slows both. Times are those of the services, in milliseconds, audit
included: what a page waits for before it is put together.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from clinic.bootstrap import Clinic, bootstrap
from clinic.domain.actors import Actor, Role
from clinic.domain.queue import Order, QueueFilter, queue_key
from clinic.domain.reference import new_reference
from clinic.domain.search import terms_of
from clinic.domain.statuses import RequestStatus
from clinic.service.queue import read_queue, search_requests
from clinic.service.requests import change_status, view_request
from clinic.service.submission import submit_request
from clinic.settings import Settings
from clinic.storage.models import RequestRow, SearchTermRow
from clinic.storage.request_rows import request_of
from scripts.demo import asked_by, submissions

ACTOR = Actor("benchmark", Role.LEAD)
OPEN_REQUESTS = 300
AT_ONCE = 5000
# One name in fifty, as the most frequent family names of a country are; each other one belongs to three patients.
COMMON_EVERY, OF_A_NAME = 50, 3
WANTED = 1001
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def patient(number: int) -> dict[str, str]:
    """Return name, addresses and date of birth of one patient."""
    family = "García" if number % COMMON_EVERY == 0 else f"Family{word(number // OF_A_NAME)}"
    return {
        "full_name": f"Given{word(number % 500)} {family}",
        "email": f"patient{number}@example.org",
        "phone": f"+34{600_000_000 + number}",
        "date_of_birth": (NOW - timedelta(days=9000 + number % 15000)).date().isoformat(),
    }


def word(number: int) -> str:
    """Return a number in letters: names have no digits."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def fill(clinic: Clinic, count: int) -> None:
    """Store `count` requests, the first ones open: copies of made-up ones, found by names and addresses of their own.

    What is encrypted is copied as it is, since a page decrypts it all the same; what is searched is made for each.
    """
    uow, asked = clinic.unit_of_work, asked_by(clinic.settings.questionnaire_path)
    sent = [submit_request(uow(), each, moment, clinic.deadlines) for moment, each in submissions(NOW, asked)]
    change_status(ACTOR, uow(), sent[-1].reference, RequestStatus.DECLINED, NOW)
    drawn, keyring, engine = random.Random(7), clinic.database.keyring, clinic.database.engine
    with Session(engine) as session:
        rows = list(session.scalars(select(RequestRow).order_by(RequestRow.id)))
        kept = [request_of(row) for row in rows]
        ids = [row.id for row in rows]
    plain = as_stored(RequestRow.__table__)
    terms_table = as_stored(SearchTermRow.__table__)
    with engine.connect() as connection:
        stored = {row.id: dict(row._mapping) for row in connection.execute(select(plain))}
    models = [stored[each] for each in ids]
    references = {request.reference for request in kept}
    # The oldest first, as they come: a newer request has a higher number.
    times = sorted(NOW - timedelta(minutes=drawn.randrange(700 * 24 * 60)) for _ in range(count))
    for start in range(len(rows), count, AT_ONCE):
        made, terms = [], []
        for number in range(start, min(count, start + AT_ONCE)):
            is_open = number >= count - OPEN_REQUESTS
            place = drawn.randrange(len(kept) - 1) if is_open else len(kept) - 1
            about, received = patient(number), times[number]
            reference = unused(references)
            request = kept[place].changed("x", "x", NOW, reference=reference, created_at=received)
            made.append(
                {
                    **models[place],
                    "id": number + 1,
                    "reference": reference,
                    "intake_id": f"{number:032x}x",
                    "created_at": received if engine.dialect.name != "sqlite" else received.replace(tzinfo=None),
                    "queue_key": queue_key(request),
                    "conversation_index": keyring.index("conversation", f"rest:{number}"),
                }
            )
            for term in terms_of(about):
                terms.append({"request_id": number + 1, "digest": keyring.index(f"search-{term.kind}", term.value)})
        with engine.begin() as connection:
            connection.execute(insert(plain), made)
            connection.execute(insert(terms_table), terms)
    if engine.dialect.name == "postgresql":
        # As its own autovacuum does; nobody does it for SQLite.
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def as_stored(table: Any) -> Table:
    """Return a table with its columns as the database has them, so that nothing is encrypted again."""
    columns = [Column(each.name, getattr(each.type, "impl", each.type)) for each in table.columns]
    return Table(table.name, MetaData(), *columns)


def unused(references: set[str]) -> str:
    """Return a reference that none of `references` is, and add it to them."""
    while (reference := new_reference()) in references:
        pass
    references.add(reference)
    return reference


def works_of(clinic: Clinic, count: int) -> dict[str, Callable[[], object]]:
    """Return what is measured in one database."""
    uow = clinic.unit_of_work
    first = read_queue(ACTOR, uow(), NOW, QueueFilter())
    closed = QueueFilter(statuses=(RequestStatus.DECLINED,), order=Order.NEWEST)
    deep = read_queue(ACTOR, uow(), NOW, closed)
    assert first is not None
    assert deep is not None
    reference, seen, after, open_after = first.requests[0].reference, first.stamp, deep.after, first.after
    one, filters = patient(WANTED), {
        "nobody's": QueueFilter(assigned_to=""),
        "emergencies": QueueFilter(urgent=True),
        "overdue": QueueFilter(overdue_at=NOW),
        "new": QueueFilter(statuses=(RequestStatus.NEW,)),
        "oldest": QueueFilter(order=Order.OLDEST),
    }  # fmt: skip
    asked = {
        "family name": one["full_name"].split()[1].upper(),
        "common family name": "garcia",
        "whole name": one["full_name"],
        "part of a name": "iven",
        "e-mail": one["email"],
        "phone": one["phone"],
        "phone as dialled there": one["phone"][3:],
        "reference": reference,
    }

    def queue(wanted: QueueFilter) -> object:
        return read_queue(ACTOR, uow(), NOW, wanted)

    def search(wanted: str) -> object:
        return search_requests(ACTOR, uow(), NOW, wanted)

    return {
        "queue": lambda: read_queue(ACTOR, uow(), NOW, QueueFilter()),
        "queue, unchanged": lambda: read_queue(ACTOR, uow(), NOW, QueueFilter(), seen=seen),
        "queue, next page": lambda: read_queue(ACTOR, uow(), NOW, QueueFilter(), after=open_after),
        **{f"queue, {name}": partial(queue, each) for name, each in filters.items()},
        "closed, newest": lambda: read_queue(ACTOR, uow(), NOW, closed),
        "closed, next page": lambda: read_queue(ACTOR, uow(), NOW, closed, after=after),
        **{f"search, {name}": partial(search, each) for name, each in asked.items()},
        "request": lambda: view_request(ACTOR, uow(), reference, NOW),
    }


def measured(few: Callable[[], object], many: Callable[[], object], rounds: int) -> tuple[dict[str, float], ...]:
    """Return median and 95th percentile in milliseconds of both, which take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 3):
        for place, work in enumerate((few, many)):
            begun = time.perf_counter()
            work()
            if turn >= 3:
                times[place].append((time.perf_counter() - begun) * 1000)
    return tuple(
        {"median": round(statistics.median(each), 2), "p95": round(statistics.quantiles(each, n=20)[-1], 2)}
        for each in times
    )


@contextmanager
def filled(count: int, postgresql: str) -> Iterator[Clinic]:
    """Make a clinic with so many requests; everything is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = {"database_url": stack.enter_context(schema(postgresql))} if postgresql else {}
        clinic = bootstrap(Settings(data_dir=Path(folder), _env_file=None, **url))  # type: ignore[arg-type,call-arg]
        stack.callback(clinic.database.dispose)
        begun = time.perf_counter()
        fill(clinic, count)
        print(f"{count} requests stored in {time.perf_counter() - begun:.0f} s", flush=True)
        yield clinic


@contextmanager
def schema(url: str) -> Iterator[str]:
    """Make a schema of its own in a PostgreSQL database."""
    name = f"marrow_benchmark_{uuid.uuid4().hex[:8]}"
    engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield make_url(url).update_query_dict({"options": f"-c search_path={name}"}).render_as_string(False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


def compare(few: int, many: int, rounds: int, postgresql: str = "") -> dict[str, Any]:
    """Return the times of both sizes on one kind of database."""
    with filled(few, postgresql) as small, filled(many, postgresql) as large:
        works = works_of(small, few), works_of(large, many)
        found: dict[str, Any] = {}
        for name in works[0]:
            a, b = measured(works[0][name], works[1][name], rounds)
            found[name] = {"few": a, "many": b, "ratio_of_medians": round(b["median"] / a["median"], 2)}
            print(
                f"{name:<32} {a['median']:>7} ms  {b['median']:>7} ms (p95 {b['p95']})  "
                f"x{found[name]['ratio_of_medians']}", flush=True
            )  # fmt: skip
    return found


def main() -> None:
    """Measure, print, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=2000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--postgresql", default="", help="URL of a PostgreSQL database; without it SQLite is measured")
    parser.add_argument("--output", type=Path, default=Path("reports/desk.json"))
    given = parser.parse_args()
    found: Mapping[str, Any] = compare(given.few, given.many, given.rounds, given.postgresql)
    result = {
        "database": "PostgreSQL" if given.postgresql else "SQLite", "machine": platform.machine(),
        "python": platform.python_version(), "requests": [given.few, given.many], "open": OPEN_REQUESTS,
        "rounds": given.rounds, "times": found,
    }  # fmt: skip
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
