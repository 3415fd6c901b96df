"""Session tokens: signed, expiring, and the only credential of a chat."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import jwt

ALGORITHM = "HS256"
AUDIENCE = "marrow-website"
# No vowels and nothing that looks like something else: the short id is read out on the phone.
ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
SHORT_ID_CHARACTERS = 8


class InvalidTokenError(Exception):
    """A token is forged, damaged or expired."""


@dataclass(frozen=True)
class Session:
    """One chat: its conversation id (random, for Rasa only), its language, and its end as Unix time."""

    conversation: str
    locale: str
    expires_at: int

    @property
    def public_id(self) -> str:
        """The short id that a patient may quote to the clinic; it opens nothing."""
        return self.conversation.partition("-")[0]


def new_session(locale: str, now: float, lifetime_seconds: int) -> Session:
    """A chat with a fresh conversation id: the short id, then 128 random bits."""
    short = "".join(secrets.choice(ALPHABET) for _ in range(SHORT_ID_CHARACTERS))
    return Session(f"{short}-{secrets.token_hex(16)}", locale, int(now) + lifetime_seconds)


def sign(session: Session, keys: Sequence[str]) -> str:
    """The token of `session`, signed with the first of `keys`."""
    claims = {
        "aud": AUDIENCE,
        "sub": session.conversation,
        "exp": session.expires_at,
        "locale": session.locale,
    }
    return jwt.encode(claims, keys[0], algorithm=ALGORITHM)


def verify(token: str, keys: Sequence[str]) -> Session:
    """The session of `token`, which any of `keys` may have signed; raises InvalidTokenError."""
    for key in keys:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["aud", "sub", "exp", "locale"]},
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(type(error).__name__) from error
        return Session(claims["sub"], claims["locale"], claims["exp"])
    raise InvalidTokenError("InvalidSignatureError")
