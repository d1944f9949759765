"""An issuer that says what a test wants it to say, honest or not. On loopback, in a thread."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "datalab"
ACCESS_TOKEN = "the-access-token"
SUBJECT = "subject-of-ann"


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _own_key() -> rsa.RSAPrivateKey:
    """Making one takes 0.1 s; every issuer of a run may have the same."""
    return rsa_key()


def half_hash(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Issuer:
    """`claims` change the honest token's, None takes one out; `userinfo` is what /userinfo says."""

    port: int
    key: rsa.RSAPrivateKey = field(default_factory=_own_key)
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": SUBJECT})
    headers: dict[str, Any] = field(default_factory=dict)
    signed_with: rsa.RSAPrivateKey | str | None = None
    algorithm: str = "RS256"
    nonce: str = ""
    token_status: int = 200
    introspection: dict[str, Any] = field(default_factory=lambda: {"active": False})
    asked: list[str] = field(default_factory=list)
    discovery_changes: dict[str, Any] = field(default_factory=dict)

    @property
    def discovery(self) -> dict[str, Any]:
        honest = {
            "issuer": self.name,
            "authorization_endpoint": f"{self.name}/authorize",
            "token_endpoint": f"{self.name}/token",
            "userinfo_endpoint": f"{self.name}/userinfo",
            "jwks_uri": f"{self.name}/jwks",
            "introspection_endpoint": f"{self.name}/introspect",
        }
        return {k: v for k, v in {**honest, **self.discovery_changes}.items() if v is not None}

    @property
    def name(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def id_token(self) -> str:
        now = int(time.time())
        honest: dict[str, Any] = {
            "iss": self.name,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "at_hash": half_hash(ACCESS_TOKEN),
            "preferred_username": "ann",
            "groups": ["acme:member"],
        }
        claims = {k: v for k, v in {**honest, **self.claims}.items() if v is not None}
        headers = {"kid": "k1", **self.headers}
        key: Any = self.key if self.signed_with is None else self.signed_with
        return jwt.encode(claims, key, algorithm=self.algorithm, headers=headers)

    def access_token(self, **changed: Any) -> str:
        """A signed one, as Keycloak's; None takes a claim out."""
        now = int(time.time())
        honest = {
            "iss": self.name,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "preferred_username": "ann",
            "email": "ann@acme.test",
            "groups": ["acme:member"],
        }
        claims = {k: v for k, v in {**honest, **changed}.items() if v is not None}
        key: Any = self.key if self.signed_with is None else self.signed_with
        return jwt.encode(
            claims, key, algorithm=self.algorithm, headers={"kid": "k1", **self.headers}
        )

    def answer(self, path: str) -> tuple[int, Any]:
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.discovery
            case "/introspect":
                return 200, self.introspection
            case "/token":
                tokens = {"id_token": self.id_token(), "access_token": ACCESS_TOKEN}
                return self.token_status, {**tokens, "token_type": "Bearer"}
            case "/userinfo":
                return 200, self.userinfo
            case "/jwks":
                public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
                return 200, {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}
            case _:
                return 404, {}

    @property
    def endpoints(self) -> dict[str, Any]:
        return {
            "authorization": f"{self.name}/authorize",
            "token": f"{self.name}/token",
            "userinfo": f"{self.name}/userinfo",
            "jwks": f"{self.name}/jwks",
            "names_itself": False,
        }


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    issuer = Issuer(port=0)

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = issuer.answer(self.path)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _reply  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
