"""The one question of a cluster's API server that needs no cluster: whose is this token?

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://kubernetes.default.svc"
REVIEWER = "the-reviewers-own-token"


@dataclass(kw_only=True)
class ClusterApi:
    """Its pods' tokens are good until `end`. Answers nothing to anybody but the reviewer."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def token(
        self, namespace: str, account: str, *, audience: str, pod: str = "", user: str = ""
    ) -> str:
        """As the kubelet projects it into a pod; without `pod`, as `kubectl create token` does.

        `user`: what the reviewer is told instead of the account's name.
        """
        told = {"namespace": namespace, "serviceaccount": _named(account)}
        claims = {
            "aud": [audience],
            "exp": int(time.time()) + 600,
            "iat": int(time.time()),
            "nbf": int(time.time()) - 5,
            "iss": ISSUER,
            "kubernetes.io": {**told, "pod": _named(pod)} if pod else told,
            "sub": f"system:serviceaccount:{namespace}:{account}",
            "jti": secrets.token_hex(8),
        }
        token = self._signed(claims)
        self.claims[token] = {**claims, "user": user or claims["sub"]}
        return token

    def _signed(self, claims: dict[str, Any]) -> str:
        head = _encoded(json.dumps({"alg": "RS256"}).encode())
        text = f"{head}.{_encoded(json.dumps(claims).encode())}"
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(signature)}"

    def end(self, token: str) -> None:
        """The pod is gone."""
        del self.claims[token]

    def kubeconfig(self, folder: Path, *, token: str = REVIEWER) -> Path:
        file = folder / "kubeconfig"
        file.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
                    "clusters": [{"name": "here", "cluster": {"server": self.address}}],
                    "users": [{"name": "me", "user": {"token": token}}],
                }
            )
        )
        file.chmod(0o600)
        return file

    def review(self, spec: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        claims = self.claims.get(spec.get("token", ""))
        audiences = spec.get("audiences") or [ISSUER]
        if claims is None or not set(audiences) & set(claims["aud"]):
            return {"user": {}, "error": "[invalid bearer token, token audiences are invalid]"}
        told = claims["kubernetes.io"]
        extra = {"authentication.kubernetes.io/credential-id": [f"JTI={claims['jti']}"]}
        if "pod" in told:
            extra["authentication.kubernetes.io/pod-name"] = [told["pod"]["name"]]
            extra["authentication.kubernetes.io/pod-uid"] = [told["pod"]["uid"]]
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{told['namespace']}"]
        uid = told["serviceaccount"]["uid"]
        user = {"username": claims["user"], "uid": uid, "groups": groups, "extra": extra}
        shared = sorted(set(audiences) & set(claims["aud"]))
        return {"authenticated": True, "user": user, "audiences": shared}


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _named(name: str) -> dict[str, str]:
    return {"name": name, "uid": f"uid-of-{name}"}


def _handler(api: ClusterApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers.get("Authorization") != f"Bearer {REVIEWER}":
                self.answer(403, {"kind": "Status", "message": "no", "reason": "Forbidden"})
            elif self.path != "/apis/authentication.k8s.io/v1/tokenreviews":
                self.answer(404, {"kind": "Status", "reason": "NotFound"})
            else:
                self.answer(201, {**body, "status": api.review(body["spec"])})

        def answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def running_cluster_api() -> Iterator[ClusterApi]:
    api = ClusterApi()
    thread = threading.Thread(target=api.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield api
    finally:
        api.server.shutdown()
        api.server.server_close()
        thread.join(10)
