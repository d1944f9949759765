"""A real Keycloak on the machine's JDK, its distribution fetched from Maven once."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

VERSION = "26.7.3"
SHA1 = "1e21a7f572581692aacb379dbba8413f99b67208"
KEPT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "datalab-tests"
PASSWORDS = {"alice": "alice-pw", "root": "root-pw", "nobody": "nobody-pw"}
STARTS_WITHIN = 240.0


def missing() -> str:
    """What this machine lacks to run it, as a sentence; empty where nothing."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"Keycloak needs {' and '.join(lacking)}, which this machine lacks." if lacking else ""


def distribution() -> Path:
    """The unpacked archive, fetched at the first use."""
    home = KEPT / f"keycloak-{VERSION}"
    if home.is_dir():
        return home
    KEPT.mkdir(parents=True, exist_ok=True)
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    subprocess.run(
        [
            *(str(shutil.which("mvn")), "-q", "dependency:copy"),
            *(f"-Dartifact={artifact}", f"-DoutputDirectory={KEPT}"),
        ],
        check=True,
        timeout=600,
    )
    archive = KEPT / f"keycloak-quarkus-dist-{VERSION}.zip"
    if hashlib.sha1(archive.read_bytes()).hexdigest() != SHA1:  # noqa: S324 - Maven's own sum
        raise AssertionError(f"{archive} is not what was expected")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(KEPT / "unpacking")
    for script in (KEPT / "unpacking" / home.name / "bin").glob("*.sh"):
        script.chmod(0o755)
    (KEPT / "unpacking" / home.name).rename(home)
    archive.unlink()
    return home


@contextmanager
def running_keycloak(folder: Path, port: int) -> Iterator[str]:
    """The issuer's name. A copy of the distribution, so that nothing of an earlier run is in it."""
    home = folder / "keycloak"
    shutil.copytree(distribution(), home, symlinks=True)
    realm = home / "data" / "import" / "datalab-realm.json"  # the name must be the realm's
    realm.parent.mkdir(parents=True)
    realm.write_text(json.dumps(_realm()))
    command = [str(home / "bin" / "kc.sh"), "start-dev", "--import-realm"]
    command += ["--http-host=127.0.0.1", f"--http-port={port}"]
    heap = {"JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx320m"}
    with (folder / "keycloak.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **heap}, start_new_session=True
        )
    issuer = f"http://127.0.0.1:{port}/realms/datalab"
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


def _answers(issuer: str) -> bool:
    try:
        found = httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False)
    except httpx.TransportError:
        return False
    return found.status_code == 200


def _realm() -> dict[str, object]:
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
        "publicClient": True,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": ["http://localhost:*"],
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": [groups],
    }
    members = {"alice": ["/blue"], "root": ["/platform-admins"], "nobody": []}
    return {
        "realm": "datalab",
        "enabled": True,
        "sslRequired": "none",
        "groups": [{"name": "blue"}, {"name": "platform-admins"}],
        "clients": [client],
        "users": [
            {
                "username": name,
                "enabled": True,
                "emailVerified": True,
                "email": f"{name}@example.test",
                "firstName": name.capitalize(),
                "lastName": "Test",
                "groups": members[name],
                "credentials": [{"type": "password", "value": password, "temporary": False}],
            }
            for name, password in PASSWORDS.items()
        ],
    }
