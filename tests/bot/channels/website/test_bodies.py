"""Bodies are read strictly: one meaning, known fields, right types, a size that fits."""

from __future__ import annotations

import pytest

from bot.channels.website.http import (
    ProblemError,
    bearer_token,
    check_content_type,
    check_fields,
    is_boolean,
    is_message_text,
    matches,
    parse_object,
    without_controls,
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "valid JSON"),
        (b"{", "valid JSON"),
        (b'{"a": 1} x', "valid JSON"),
        (b'{"a": NaN}', "valid JSON"),
        (b'{"a": -Infinity}', "valid JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "valid JSON"),
        (b'{"a": "\xff"}', "valid UTF-8"),
        (b"\xff\xfe{\x00}\x00", "valid UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "b": 2}}', "twice"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"null", "JSON object"),
        (b"[" * 8000, "valid JSON"),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, "valid JSON"),
    ],
)
def test_a_body_with_no_or_two_meanings_is_refused(body, said):
    with pytest.raises(ProblemError, match=said) as caught:
        parse_object(body)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json;charset="utf-8"', True),
        ("application/json; charset=latin-1", False),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("application/jsonp", False),
        ("", False),
        (None, False),
    ],
)
def test_only_json_in_utf8_is_read(content_type, accepted):
    if accepted:
        check_content_type(content_type)
        return
    with pytest.raises(ProblemError) as caught:
        check_content_type(content_type)
    assert caught.value.status == 415


FIELDS = {"id": matches(r"[a-z]{1,3}", "up to 3 letters"), "helpful": is_boolean}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"id": "abc"}, "'helpful' is missing"),
        ({"id": "abcd", "helpful": True}, "'id' must be up to 3 letters"),
        ({"id": "ab\n", "helpful": True}, "'id' must be"),
        ({"id": 7, "helpful": True}, "'id' must be"),
        ({"id": None, "helpful": True}, "'id' must be"),
        ({"id": "abc", "helpful": 1}, "'helpful' must be true or false"),
        ({"id": "abc", "helpful": "true"}, "'helpful' must be true or false"),
        ({"id": "abc", "helpful": True, "secret name": "x"}, "only these fields: helpful, id"),
    ],
)
def test_wrong_missing_and_unknown_fields_are_named_but_never_quoted(body, said):
    with pytest.raises(ProblemError, match=said) as caught:
        check_fields(body, required=FIELDS, optional={})
    assert "secret name" not in caught.value.detail


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\x00\x01", "\ud800", 5, None, ["hello"], {}])
def test_what_is_no_message_is_refused(text):
    assert is_message_text(text)


@pytest.mark.parametrize("text", ["x", "¿Qué es lupus?", "狼疮", "👩‍⚕️", "a" * 2500, "two\nlines"])
def test_what_people_write_is_accepted(text):
    assert is_message_text(text) is None


def test_a_message_may_be_too_long():
    with pytest.raises(ProblemError) as caught:
        is_message_text("a" * 2501)
    assert caught.value.status == 413


def test_control_characters_go_and_line_breaks_stay():
    assert without_controls("a\x00b\x1b[31m\r\nc\rd\te\x7f") == "ab[31m\nc\nd\te"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc"])
def test_a_token_comes_only_as_bearer(header):
    with pytest.raises(ProblemError) as caught:
        bearer_token(header)
    assert caught.value.status == 401


def test_a_bearer_token_is_read_in_any_case():
    assert bearer_token("bearer abc") == "abc"
