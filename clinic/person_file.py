"""Everything that is kept of one person as a file to hand over: JSON for machines, a page to read for people."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from clinic.labels import Labels
from clinic.records import case_json
from clinic.service.persons import PersonData

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}h2{margin-top:2rem}"
    "dl{display:grid;grid-template-columns:14rem 1fr;gap:.3rem 1rem}dt{color:#444}dd{margin:0;white-space:pre-wrap}"
    "blockquote{margin:.4rem 0}"
)


def person_json(data: PersonData, labels: Labels, now: datetime) -> str:
    """Return everything as one JSON object."""
    return json.dumps(_record(data, labels, now), ensure_ascii=False, indent=2) + "\n"


def person_html(data: PersonData, labels: Labels, now: datetime) -> str:
    """Return everything as one page without scripts, that needs no other file and asks for none."""
    record = _record(data, labels, now)
    parts = [f"<h1>What the clinic keeps about you</h1><p>As of {now:%-d %B %Y, %H:%M} UTC.</p>"]
    for request in record["requests"]:
        parts.append(_request(request))
    for draft in record["unfinished_intakes"]:
        parts.append(_section("An unfinished intake", _plain_pairs(draft)))
    for chat in record["conversations"]:
        lines = [(f"{line['at'][:16].replace('T', ' ')} {line['by']}", line["text"]) for line in chat["lines"]]
        parts.append(_section("The chat", lines or [("Kept", "nothing any more")]))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    title = "<title>What the clinic keeps about you</title>"
    top = f"<head>{head}{title}<style>{_STYLE}</style></head>"
    return f'<!doctype html><html lang="en">{top}<body>{"".join(parts)}</body></html>\n'


def _record(data: PersonData, labels: Labels, now: datetime) -> dict[str, Any]:
    return {
        "exported_at": now.isoformat(),
        "requests": [case_json(case, labels) for case in data.cases],
        "unfinished_intakes": [
            {
                "intake_id": draft.intake_id,
                "channel": draft.channel,
                "created_at": draft.created_at.isoformat(),
                "updated_at": draft.updated_at.isoformat(),
                "state": draft.state,
                "safety_events": [
                    {"kind": event.kind, "rule": event.rule, "at": event.at.isoformat()}
                    for event in draft.safety_events
                ],
            }
            for draft in data.drafts
        ],
        "conversations": [
            {
                "conversation_id": conversation,
                "lines": [
                    {"by": "patient" if line.by_patient else "Marrow", "at": line.at.isoformat(), "text": line.text}
                    for line in lines
                ],
            }
            for conversation, lines in data.chats.items()
        ],
    }


def _request(request: Mapping[str, Any]) -> str:
    words = request["words"]
    answers = [
        (each["question"] or name, f"{each['answer']}\n“{words[name]}”" if words.get(name) else each["answer"])
        for name, each in request["labels"].items()
    ]
    told = [
        ("Status", request["status"]),
        ("Received", request["created_at"]),
        ("Changed", request["updated_at"]),
        ("With", request["assigned_to"] or ""),
        *(
            (f"Consent: {each['question_id']}", f"{each['answer']} ({each['given_at']})")
            for each in request["consents"]
        ),
        *((f"{each['kind'].capitalize()} in the chat", each["at"]) for each in request["safety_events"]),
        *(("For staff to discuss", each["text"]) for each in request["notes"]),
        *((f"{each['status']} since", f"{each['started_at']} {each['by']}") for each in request["stays"]),
        *(("Added after sending", f"{each['text']} ({each['at']})") for each in request["additions"]),
        *((f"Note by {each['by']}", f"{each['text']} ({each['at']})") for each in request["team_notes"]),
        *((f"Call by {each['by']}", f"{each['outcome']}: {each['text']} ({each['at']})") for each in request["calls"]),
    ]
    return _section(f"Request {request['reference']}", [*answers, *told])


def _plain_pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), each if isinstance(each, str) else json.dumps(each, ensure_ascii=False, indent=1))
        for name, each in values.items()
    ]


def _section(title: str, pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in pairs if value)
    return f"<section><h2>{escape(title)}</h2><dl>{rows}</dl></section>"
