"""Logs: structured, and without anything a patient told."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from clinic.logs import configure_logging, log_event, redact


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logging("DEBUG", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_fields(stream: io.StringIO) -> None:
    log_event(logging.getLogger("clinic"), "request_submitted", reference="MR-7F3K-9Q2M", count=2)
    [line] = lines(stream)
    assert line["event"] == "request_submitted"
    assert (line["reference"], line["count"], line["level"]) == ("MR-7F3K-9Q2M", 2, "info")


@pytest.mark.parametrize("field", ["answers", "full_name", "email", "text", "conversation_id", "rule"])
def test_a_field_that_may_hold_what_a_patient_told_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        log_event(logging.getLogger("clinic"), "request_submitted", **{field: "x"})


def test_an_exception_is_logged_without_its_text(stream: io.StringIO) -> None:
    try:
        raise ValueError("Ana Ruiz has a fever")
    except ValueError:
        logging.getLogger("clinic").exception("action_failed")
    [line] = lines(stream)
    assert line["exception"] == "ValueError"
    assert "test_logs.py" in str(line["stack"])
    assert "Ana" not in stream.getvalue()


def test_libraries_that_print_conversations_stay_above_debug(stream: io.StringIO) -> None:
    logging.getLogger("rasa_sdk.executor").debug("tracker: my name is Ana")
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ana@example.org now", "mail [email] now"),
        ("call +52 55 1234 5678", "call [number]"),
        ("born 1992-03-14", "born [number]"),
        ("at postgresql://u:secret@h/d", "at [url]h/d"),
        ("served in 12 ms on port 5055", "served in 12 ms on port 5055"),
    ],
)
def test_redact_takes_out_contacts_dates_and_passwords(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_people_read_lines_in_the_form_of_the_bots_log(stream: io.StringIO) -> None:
    written = io.StringIO()
    configure_logging("INFO", written, form="text")
    log_event(logging.getLogger("clinic"), "request_submitted", reference="MR-7F3K-9Q2M", count=2)
    try:
        raise ValueError("Ana Ruiz has a fever")
    except ValueError:
        logging.getLogger("clinic").exception("mail ana@example.org failed")
    event, failure, *stack = written.getvalue().splitlines()
    assert event.endswith("INFO     clinic  - request_submitted reference=MR-7F3K-9Q2M count=2")
    assert failure.endswith("ERROR    clinic  - mail [email] failed exception=ValueError")
    assert stack
    assert all(line.startswith("    ") for line in stack)
    assert "Ana" not in written.getvalue()
