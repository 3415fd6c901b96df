"""A sign-in service for tests that speaks OpenID Connect: discovery, authorization code with PKCE, signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "desk", "a secret of the desk at the service"


class OpenIdServer:
    """The service; `person` is who is signed in there, `lie` changes the claims of its tokens."""

    def __init__(self) -> None:
        self.person = "lead"
        self.lie: dict[str, object] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.signs_with = self.key
        self._codes: dict[str, dict[str, str]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._get(self)

            def do_POST(self) -> None:
                outer._post(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def _get(self, asked: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(asked.path)
        if parts.path == "/.well-known/openid-configuration":
            self._answer(asked, {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        elif parts.path == "/keys":
            self._answer(asked, {"keys": [self.key.as_dict(private=False)]})
        elif parts.path == "/authorize":
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert given["client_id"] == CLIENT
            assert given["response_type"] == "code"
            assert given["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(16)
            self._codes[code] = given
            back = urlencode({"code": code, "state": given["state"]})
            asked.send_response(302)
            asked.send_header("location", f"{given['redirect_uri']}?{back}")
            asked.end_headers()
        else:
            asked.send_error(404)

    def _post(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers["content-length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        login = base64.b64decode(asked.headers.get("authorization", "").removeprefix("Basic ")).decode()
        known = self._codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if known is None or challenge != known["code_challenge"] or login.split(":")[0] != CLIENT:
            self._answer(asked, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": known["nonce"],
            "preferred_username": self.person, **self.lie,
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with)
        self._answer(asked, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token})

    @staticmethod
    def _answer(asked: BaseHTTPRequestHandler, values: dict[str, object], status: int = 200) -> None:
        body = json.dumps(values).encode()
        asked.send_response(status)
        asked.send_header("content-type", "application/json")
        asked.send_header("content-length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)

    def serve(self) -> None:
        """Answer until it is stopped."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def openid_server() -> Iterator[OpenIdServer]:
    """One running service."""
    server = OpenIdServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)
