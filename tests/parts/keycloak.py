"""A real Keycloak on the machine's JDK, its distribution fetched from Maven once."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

VERSION = "26.7.3"
SHA1 = "1e21a7f572581692aacb379dbba8413f99b67208"
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "datalab-tests"
PEOPLE: Mapping[str, Sequence[str]] = {"alice": ["blue"], "root": ["platform-admins"], "nobody": []}
"""The names of their groups. The password of each is in PASSWORDS."""
PASSWORDS = {name: f"{name}-pw" for name in ("alice", "eve", "root", "nobody")}
HEAP = {"JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx320m"}
STARTS_WITHIN = 360.0
"""Half a minute on a machine that has nothing else to do."""


@dataclass(frozen=True, kw_only=True)
class Realm:
    """What an administrator of Keycloak enters. Without a secret the client is a public one."""

    people: Mapping[str, Sequence[str]] = field(default_factory=lambda: PEOPLE)
    redirect: str = "http://localhost:*"
    secret: str = field(default="", repr=False)


def missing() -> str:
    """What this machine lacks to run it, as a sentence; empty where nothing."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"Keycloak needs {' and '.join(lacking)}, which this machine lacks." if lacking else ""


def distribution() -> Path:
    """Unpacked and built, which takes half a minute; fetched at the first use."""
    home = KEPT / f"keycloak-{VERSION}-built"
    if home.is_dir():
        return home
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as scratch:
        with zipfile.ZipFile(_fetch(Path(scratch))) as packed:
            packed.extractall(scratch)
        unpacked = Path(scratch) / f"keycloak-{VERSION}"
        for script in (unpacked / "bin").glob("*.sh"):
            script.chmod(0o755)
        build = [str(unpacked / "bin" / "kc.sh"), "build", "--db=dev-file"]
        subprocess.run(build, env={**os.environ, **HEAP}, check=True, timeout=600)
        with suppress(OSError):  # somebody else was quicker
            unpacked.rename(home)
    return home


def _fetch(folder: Path) -> Path:
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    subprocess.run(
        [
            *(str(shutil.which("mvn")), "-q", "dependency:copy"),
            *(f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"),
        ],
        check=True,
        timeout=600,
    )
    archive = folder / f"keycloak-quarkus-dist-{VERSION}.zip"
    if hashlib.sha1(archive.read_bytes()).hexdigest() != SHA1:  # noqa: S324 - Maven's own sum
        raise AssertionError(f"{archive} is not what was expected")
    return archive


@contextmanager
def running_keycloak(
    folder: Path,
    port: int,
    *,
    realm: Realm | None = None,
    address: str = "127.0.0.1",
    pair: tuple[str, str] | None = None,
) -> Iterator[str]:
    """The issuer's name. `pair`: certificate and key, PEM; without them it is plain http.

    A copy of the distribution, so that nothing of an earlier run is in it.
    """
    home = folder / "keycloak"
    shutil.copytree(distribution(), home, symlinks=True)
    file = home / "data" / "import" / "datalab-realm.json"  # the name must be the realm's
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(_realm(realm or Realm())))
    command = [str(home / "bin" / "kc.sh"), "start", "--optimized", "--import-realm"]
    command += ["--hostname-strict=false", f"--http-host={address}"]
    command += _listening(folder, port, pair)
    with (folder / "keycloak.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **HEAP}, start_new_session=True
        )
    issuer = f"{'https' if pair else 'http'}://{address}:{port}/realms/datalab"
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while not _answers(issuer):
            assert process.poll() is None, (folder / "keycloak.log").read_text()[-3000:]
            assert time.monotonic() < deadline, (folder / "keycloak.log").read_text()[-3000:]
            time.sleep(0.5)
        yield issuer
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # kc.sh may have forked its Java
        process.wait()


def _listening(folder: Path, port: int, pair: tuple[str, str] | None) -> Sequence[str]:
    if pair is None:
        return ["--http-enabled=true", f"--http-port={port}"]
    files = folder / "keycloak.crt", folder / "keycloak.key"
    for file, text in zip(files, pair, strict=True):
        file.touch(mode=0o600)
        file.write_text(text)
    certificate = (
        f"--https-certificate-file={files[0]}",
        f"--https-certificate-key-file={files[1]}",
    )
    return ["--http-enabled=false", f"--https-port={port}", *certificate]


def _answers(issuer: str) -> bool:
    try:
        # Whose certificate it has is the platform's affair.
        found = httpx.get(
            f"{issuer}/.well-known/openid-configuration",
            trust_env=False,
            verify=False,  # noqa: S501
        )
    except httpx.TransportError:
        return False
    return found.status_code == 200


def _realm(realm: Realm) -> dict[str, object]:
    claims = {
        "id.token.claim": "true",
        "access.token.claim": "true",
        "userinfo.token.claim": "true",
    }
    groups = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "false", **claims},
    }
    client = {
        "clientId": "datalab",
        "enabled": True,
        "publicClient": not realm.secret,
        **({"secret": realm.secret} if realm.secret else {}),
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": [realm.redirect],
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": [groups],
    }
    known = sorted({group for groups in realm.people.values() for group in groups})
    return {
        "realm": "datalab",
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": name} for name in known],
        "clients": [client],
        "users": [
            {
                "username": name,
                "enabled": True,
                "emailVerified": True,
                "email": f"{name}@example.test",
                "firstName": name.capitalize(),
                "lastName": "Test",
                "groups": [f"/{group}" for group in groups],
                "credentials": [{"type": "password", "value": PASSWORDS[name], "temporary": False}],
            }
            for name, groups in realm.people.items()
        ],
    }
