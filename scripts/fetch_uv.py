"""Gets the locked uv from the package index, for a Python that has neither pip nor venv.

Debian's and Ubuntu's are such. Standard library only, from Python 3.8 on: it runs before anything
is installed. `fetch_uv.py LOCK TARGET`
"""

import hashlib
import io
import json
import os
import platform
import re
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

INDEX = "https://pypi.org/simple"
JSON = "application/vnd.pypi.simple.v1+json"
SECONDS = 60


def main() -> None:
    lock, target = Path(sys.argv[1]), Path(sys.argv[2])
    version, hashes = locked(lock.read_text())
    wheel = download(address_of(version), hashes)
    with zipfile.ZipFile(io.BytesIO(wheel)) as files:
        content = files.read(f"uv-{version}.data/scripts/uv")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_bytes(content)
    draft.chmod(0o755)
    draft.replace(target)


def locked(text: str) -> "tuple[str, set[str]]":
    """uv's version and the hashes of its files, from a lock with hashes."""
    found = re.search(r"^uv==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)", text, re.MULTILINE)
    if found is None:
        sys.exit("The lock does not name uv with its hashes.")
    return found[1], set(re.findall(r"sha256:([0-9a-f]{64})", found[2]))


def address_of(version: str) -> str:
    """The wheel for this machine: https://packaging.python.org/en/latest/specifications/simple-repository-api/"""
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or INDEX
    if not index.startswith("https://"):
        sys.exit("Packages are fetched over https only.")
    page = f"{index.rstrip('/')}/uv/"
    request = urllib.request.Request(page, headers={"Accept": JSON})  # noqa: S310 - https
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - https
        files = json.load(answer)["files"]
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    wheels = (one for one in files if one["filename"].startswith(f"uv-{version}-"))
    suitable = [
        one for one in wheels if libc in one["filename"] and platform.machine() in one["filename"]
    ]
    if not suitable:
        sys.exit(f"There is no uv {version} for {libc} on {platform.machine()}.")
    return urllib.parse.urljoin(page, str(suitable[0]["url"]))


def download(address: str, hashes: "set[str]") -> bytes:
    """Refuses what the lock does not know."""
    if not address.startswith("https://"):
        sys.exit("Packages are fetched over https only.")
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - https
        content: bytes = answer.read()
    if hashlib.sha256(content).hexdigest() not in hashes:
        sys.exit("The downloaded uv is not the locked one.")
    return content


if __name__ == "__main__":
    main()
