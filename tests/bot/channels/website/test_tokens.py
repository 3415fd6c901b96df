"""A session's token opens its own chat until it expires, and nothing else opens it."""

from __future__ import annotations

import time

import jwt
import pytest

from bot.channels.website.tokens import AUDIENCE, InvalidTokenError, new_session, sign, verify

KEY, OLD_KEY, OTHER = "k" * 40, "o" * 40, "x" * 40
NOW = time.time()
CLAIMS = {"aud": AUDIENCE, "sub": "abc-1", "exp": int(NOW) + 60, "locale": "en"}


def test_a_token_brings_its_session_back():
    session = new_session("es-MX", NOW, 3600)
    assert verify(sign(session, [KEY]), [KEY]) == session
    assert session.expires_at == int(NOW) + 3600
    assert session.conversation.startswith(session.public_id + "-")
    assert len(session.public_id) == 8


def test_conversations_are_random():
    assert len({new_session("en", NOW, 60).conversation for _ in range(500)}) == 500


def test_a_rotated_key_still_opens_and_a_removed_one_does_not():
    session = new_session("en", NOW, 3600)
    token = sign(session, [OLD_KEY])
    assert verify(token, [KEY, OLD_KEY]) == session
    with pytest.raises(InvalidTokenError):
        verify(token, [KEY])


def without(claim):
    return jwt.encode({name: value for name, value in CLAIMS.items() if name != claim}, KEY, "HS256")


SIGNED = jwt.encode(CLAIMS, KEY, "HS256")


FORGED = {
    "empty": "",
    "one letter": "x",
    "three letters": "a.b.c",
    "a public id": "ab1c2d3e",
    "damaged signature": SIGNED[:-2] + ("AA" if not SIGNED.endswith("AA") else "BB"),
    "no signature": SIGNED.rpartition(".")[0] + ".",
    "another key": jwt.encode(CLAIMS, OTHER, "HS256"),
    "another algorithm": jwt.encode(CLAIMS, KEY, "HS512"),
    "no algorithm": jwt.encode(CLAIMS, None, "none"),
    "expired": jwt.encode({**CLAIMS, "exp": int(NOW) - 1}, KEY, "HS256"),
    "another audience": jwt.encode({**CLAIMS, "aud": "desk"}, KEY, "HS256"),
    "no moment": jwt.encode({**CLAIMS, "exp": "later"}, KEY, "HS256"),
    **{f"without {claim}": without(claim) for claim in CLAIMS},
}


# Named: a token differs from run to run, and every worker of a run must name its tests alike.
@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_forged_damaged_expired_and_incomplete_tokens_open_nothing(token):
    with pytest.raises(InvalidTokenError):
        verify(token, [KEY])
