"""A real OpenBao server on a free loopback port, with its state in a folder of the test."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import hvac

from datalab.core.errors import ProviderUnavailable
from datalab.providers.secrets import openbao_config as config
from datalab.providers.secrets.vault import VaultSecrets
from datalab.providers.secrets.vault_session import VaultSession, translated
from tests.parts.ports import free_port, status_of, stop, wait_for

BAO = shutil.which("bao", path=str(Path(sys.executable).parent)) or "bao"


@dataclass(kw_only=True)
class OpenBao:
    folder: Path
    port: int = field(default_factory=free_port)
    platform_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    operator_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def audit_log(self) -> Path:
        return self.folder / "audit.log"

    @property
    def server_log(self) -> Path:
        return self.folder / "server.log"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, without waiting."""
        config.write_unseal_key(self.folder / "unseal.key")
        (self.folder / "openbao").mkdir(exist_ok=True)
        text = config.server_config(
            address=f"127.0.0.1:{self.port}",
            storage=self.folder / "openbao",
            key_file=self.folder / "unseal.key",
            audit_log=self.audit_log,
        )
        (self.folder / "openbao.hcl").write_text(text)
        with self.server_log.open("ab") as log:
            self.process = subprocess.Popen(
                [BAO, "server", f"-config={self.folder / 'openbao.hcl'}"],
                stdout=log,
                stderr=log,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    config.PLATFORM_SECRET_VARIABLE: self.platform_secret,
                    config.OPERATOR_SECRET_VARIABLE: self.operator_secret,
                },
            )
        return self.process

    def start(self) -> None:
        process = self.launch()
        wait_for(lambda: status_of(self.port, "/v1/sys/health") == 200, process)
        wait_for(self.answers, process)

    def answers(self) -> bool:
        """Health says yes while the new mount is still made ready; a real read tells."""
        try:
            self.secrets().read("nobody", "shared/nothing")
        except ProviderUnavailable:
            return False
        return True

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def call(self, token: str, method: str, path: str) -> tuple[int, str]:
        """One request as somebody who holds `token` could make it, with no client between."""
        with httpx.Client(trust_env=False) as client:
            answer = client.request(
                method, f"{self.address}/v1/{path}", headers={"X-Vault-Token": token}, json={}
            )
        return answer.status_code, answer.text

    def secrets(self, *, kubernetes_auth: str = "") -> VaultSecrets:
        return VaultSecrets(
            address=self.address,
            role_id=config.PLATFORM_ROLE,
            secret_id=lambda: self.platform_secret,
            kubernetes_auth=kubernetes_auth,
        )

    def let_pods_sign_in(self, *, address: str, reviewer: str, ca: str) -> None:
        """What an operator does once: the Kubernetes sign-in, asking the API server at `address`."""
        operator = VaultSession(
            address=self.address,
            role_id=config.OPERATOR_ROLE,
            secret_id=lambda: self.operator_secret,
        )
        settings = {
            "kubernetes_host": address,
            "kubernetes_ca_cert": ca,
            "token_reviewer_jwt": reviewer,
            "disable_local_ca_jwt": True,
        }
        known = operator.as_platform(lambda vault: vault.sys.list_auth_methods())
        if "kubernetes/" not in known["data"]:
            operator.as_platform(lambda vault: vault.sys.enable_auth_method("kubernetes"))
        operator.as_platform(
            lambda vault: vault.write_data("auth/kubernetes/config", data=settings)
        )

    def sign_in_as_pod(self, role: str, token: str) -> str:
        """As the agent in a pod does. AccessRefused, or the store's token."""
        client = hvac.Client(url=self.address, token="")
        with translated():
            answer = client.auth.kubernetes.login(role=role, jwt=token, use_token=False)
        return str(answer["auth"]["client_token"])


@contextmanager
def running_openbao(folder: Path) -> Iterator[OpenBao]:
    bao = OpenBao(folder=folder)
    try:
        bao.start()
        yield bao
    finally:
        if bao.process:
            stop(bao.process)
