"""Providers for tests on a free port of the loopback: one that speaks OpenID Connect, and GitHub at the same address.

They check what a careful provider checks: who asks, where it sends people back to, that a code is used once and by
who has begun the login.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "hedgerow-test", "s3cret/with+signs"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})

Claims = dict[str, Any]


def signed(claims: Claims, player: "PlayedProvider") -> str:
    """An ID token as it should be."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


@dataclass
class PlayedProvider:
    """A provider and the person who is at the browser. What it says can be changed before a login."""

    url: str = ""
    person: Claims = field(
        default_factory=lambda: {
            "sub": "ada-1",
            "email": "ada@acme.example",
            "email_verified": True,
            "given_name": "Ada",
            "family_name": "Lovelace",
        }
    )
    about: Claims = field(default_factory=dict)
    changed: Claims = field(default_factory=dict)
    make_token: Callable[[Claims, "PlayedProvider"], str] = signed
    discovery: Claims = field(default_factory=dict)
    in_redirect: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    github_user: Claims = field(default_factory=lambda: {"id": 583231, "login": "ada", "name": "Ada Lovelace"})
    github_emails: list[Claims] = field(
        default_factory=lambda: [
            {"email": "ada@home.example", "primary": False, "verified": True},
            {"email": "ada@acme.example", "primary": True, "verified": True},
        ]
    )
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to; the person agrees."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        self.asked.append(query)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], **self.in_redirect})}"

    def exchange(self, form: dict[str, str], who: tuple[str, str]) -> tuple[int, Claims]:
        """What a code is worth."""
        if who != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        begun = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            begun is None
            or begun["redirect_uri"] != form.get("redirect_uri")
            or begun["code_challenge"] != challenge.rstrip(b"=").decode()
        ):
            return 400, {"error": "invalid_grant"}
        access_token = secrets.token_urlsafe(16)
        self.tokens.add(access_token)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, **self.person, **self.changed}
        if "nonce" in begun:
            claims.setdefault("nonce", begun["nonce"])
        claims = {name: value for name, value in claims.items() if value is not None}
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
        return 200, {**answer, "id_token": self.make_token(claims, self)}

    def document(self) -> Claims:
        """Its discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            **self.discovery,
        }


@contextmanager
def playing_provider() -> Iterator[PlayedProvider]:
    """A running provider."""
    player = PlayedProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"player": player}))
    player.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield player
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    player: PlayedProvider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        player, query = self.player, dict(parse_qsl(address.query))
        if address.path in {"/authorize", "/login/oauth/authorize"}:
            self.send_response(302)
            self.send_header("Location", player.authorize(query))
            self.end_headers()
            return
        answers: dict[str, tuple[bool, Callable[[], Any]]] = {
            "/.well-known/openid-configuration": (False, player.document),
            "/keys": (False, lambda: {"keys": [KEY.as_dict(private=False)]}),
            "/userinfo": (True, lambda: {**player.person, **player.about}),
            "/api/v3/user": (True, lambda: player.github_user),
            "/api/v3/user/emails": (True, lambda: player.github_emails),
        }
        needs_token, answer = answers[address.path]
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if needs_token and token not in player.tokens:
            self._answer(401, {"message": "Bad credentials"})
        else:
            self._answer(200, answer())

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        scheme, _, told = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, secret = base64.b64decode(told).decode().partition(":")
        else:
            name, secret = form.get("client_id", ""), form.get("client_secret", "")
        by_form_only = self.path.startswith("/login/oauth/")
        self._answer(*self.player.exchange(form, ("", "") if by_form_only and scheme else (name, secret)))

    def _answer(self, status: int, body: Any) -> None:
        if urlsplit(self.path).path in self.player.broken:
            status, content = 502, b"<html>Bad gateway</html>"
        else:
            content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
