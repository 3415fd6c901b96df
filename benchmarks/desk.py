"""How long the desk's queue, search and request page take with few and with many requests.

`.venv/bin/python -m benchmarks.desk [--few 2000] [--many 200000] [--rounds 60] [--output reports/desk.json]`

Each size has a SQLite database of its own, with the open queue of a clinic (300 requests) and all others closed. Times
are those of the services, in milliseconds, audit included: what a page waits for before it is put together.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from clinic.bootstrap import Clinic, bootstrap
from clinic.domain.actors import Actor, Role
from clinic.domain.queue import Order, QueueFilter, queue_key
from clinic.domain.reference import new_reference
from clinic.domain.statuses import RequestStatus
from clinic.service.queue import read_queue, search_requests
from clinic.service.requests import change_status, view_request
from clinic.service.submission import submit_request
from clinic.settings import Settings
from clinic.storage.models import RequestRow, SearchTermRow
from clinic.storage.requests import request_of
from scripts.demo import asked_by, submissions

ACTOR = Actor("benchmark", Role.LEAD)
OPEN_REQUESTS = 300
AT_ONCE = 5000
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def fill(clinic: Clinic, count: int) -> None:
    """Store `count` requests: copies of the made-up ones with references, names' digests and times of their own."""
    uow, asked = clinic.unit_of_work, asked_by(clinic.settings.questionnaire_path)
    sent = [submit_request(uow(), each, moment, clinic.deadlines) for moment, each in submissions(NOW, asked)]
    change_status(ACTOR, uow(), sent[-1].reference, RequestStatus.DECLINED, NOW)
    drawn = random.Random(7)
    keyring = clinic.database.keyring
    with Session(clinic.database.engine) as session:
        rows = list(session.scalars(select(RequestRow)))
        closed = next(row for row in rows if row.status == RequestStatus.DECLINED)
        names = [name for name in RequestRow.__mapper__.columns.keys() if name != "id"]  # noqa: SIM118
        models = {row.id: {name: getattr(row, name) for name in names} for row in rows}
        kept = {row.id: request_of(row) for row in rows}
        session.rollback()
        references = {row.reference for row in kept.values()}
        for start in range(len(rows), count, AT_ONCE):
            made, terms = [], []
            for number in range(start, min(count, start + AT_ONCE)):
                source = drawn.choice(list(models)) if number < OPEN_REQUESTS else closed.id
                received = NOW - timedelta(minutes=drawn.randrange(700 * 24 * 60))
                values = {
                    **models[source],
                    "id": number + 1,
                    "reference": unused(references),
                    "intake_id": f"{number:032x}x",
                }
                request = kept[source].changed("x", "x", NOW, reference=values["reference"], created_at=received)
                values |= {"created_at": received, "queue_key": queue_key(request), "conversation_index": None}
                made.append(values)
                for word in (
                    f"family{drawn.randrange(count // 3 + 1)}",
                    f"phone{number}",
                    f"mail{number}",
                    f"person{number}",
                ):
                    terms.append({"request_id": number + 1, "digest": keyring.index("search-name", word)})
            session.execute(insert(RequestRow), made)
            session.execute(insert(SearchTermRow), terms)
            session.commit()


def unused(references: set[str]) -> str:
    """Return a reference that none of `references` is, and add it to them."""
    while (reference := new_reference()) in references:
        pass
    references.add(reference)
    return reference


def measured(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds."""
    work()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return {"median": round(statistics.median(times), 2), "p95": round(statistics.quantiles(times, n=20)[-1], 2)}


def measure(count: int, rounds: int) -> dict[str, Any]:
    """Return the times with `count` requests."""
    with tempfile.TemporaryDirectory() as folder:
        clinic = bootstrap(Settings(data_dir=Path(folder), _env_file=None))  # type: ignore[call-arg]
        fill(clinic, count)
        uow = clinic.unit_of_work
        first = read_queue(ACTOR, uow(), NOW, QueueFilter())
        assert first is not None
        reference = first.requests[0].reference
        closed = QueueFilter(statuses=(RequestStatus.DECLINED,), order=Order.NEWEST)
        deep = read_queue(ACTOR, uow(), NOW, closed)
        assert deep is not None
        works: dict[str, Callable[[], object]] = {
            "queue": lambda: read_queue(ACTOR, uow(), NOW, QueueFilter()),
            "queue, unchanged": lambda: read_queue(ACTOR, uow(), NOW, QueueFilter(), seen=first.stamp),
            "closed, newest": lambda: read_queue(ACTOR, uow(), NOW, closed),
            "closed, next page": lambda: read_queue(ACTOR, uow(), NOW, closed, after=deep.after),
            "search, whole name": lambda: search_requests(ACTOR, uow(), NOW, "family7"),
            "search, part of a name": lambda: search_requests(ACTOR, uow(), NOW, "sorens"),
            "search, reference": lambda: search_requests(ACTOR, uow(), NOW, reference),
            "request": lambda: view_request(ACTOR, uow(), reference, NOW),
        }
        found = {name: measured(work, rounds) for name, work in works.items()}
        clinic.database.dispose()
    return found


def main() -> None:
    """Measure both sizes, and print and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=2000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--output", type=Path, default=Path("reports/desk.json"))
    given = parser.parse_args()
    few, many = measure(given.few, given.rounds), measure(given.many, given.rounds)
    result = {
        "database": "SQLite", "machine": platform.machine(), "python": platform.python_version(),
        "requests": [given.few, given.many], "open": OPEN_REQUESTS, "rounds": given.rounds, "few": few, "many": many,
        "ratio_of_medians": {name: round(many[name]["median"] / few[name]["median"], 2) for name in few},
    }  # fmt: skip
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name, times in many.items():
        ratio = result["ratio_of_medians"][name]
        print(f"{name:<24} {few[name]['median']:>7} ms  {times['median']:>7} ms (p95 {times['p95']})  x{ratio}")


if __name__ == "__main__":
    main()
