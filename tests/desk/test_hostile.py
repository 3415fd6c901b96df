"""Every form and every page of the desk takes every text: no failure of ours, and the desk goes on."""

from __future__ import annotations

import os
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.domain.actors import Role
from tests.desk.conftest import SignIn, Visitor
from tests.desk.test_matrix import FIELDS, ROUTES
from tests.hostile import texts

CALLS = max(1, int(os.environ.get("MARROW_TEST_HOSTILE_CALLS", "100")) // 4)
# They end the session that the test needs.
LEFT_OUT = {"POST /sign-out"}
VALUES = st.sampled_from([*FIELDS.values(), ""]) | texts
PARTS = st.fixed_dictionaries({"reference": VALUES, "name": VALUES, "digest": VALUES})


@pytest.fixture(params=[Role.LEAD, Role.ADMIN])
def visitor(request: pytest.FixtureRequest, sign_in: SignIn) -> Visitor:
    """Signed in once, for all examples."""
    return sign_in(request.param)


@settings(max_examples=CALLS, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_text_in_every_form(visitor: Visitor, reference: str, data: st.DataObject) -> None:
    method, route = ROUTES[data.draw(st.sampled_from(sorted(set(ROUTES) - LEFT_OUT)))]
    parts = data.draw(PARTS | st.just({"reference": reference}))
    address = route.path
    for name, value in parts.items():
        address = address.replace(f"{{{name}}}", quote(value[:300].encode("utf-8", "replace"), safe=""))
    fields = data.draw(st.dictionaries(st.sampled_from([*FIELDS, "search", "page", "order", "next"]), VALUES))
    if method == "GET":
        answer = visitor.get(address, params={name: value[:300] for name, value in fields.items()})
    else:
        answer = visitor.submit(address, **{name: value.encode("utf-8", "replace") for name, value in fields.items()})
    assert answer.status_code < 500, (method, address, fields)
    assert visitor.get("/health").status_code == 200
