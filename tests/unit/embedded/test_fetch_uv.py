"""The one thing that is fetched without pip: only what the lock knows, and only over https."""

import hashlib
import importlib.util
import io
import json
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
WHEEL = b"a wheel"
DIGEST = hashlib.sha256(WHEEL).hexdigest()


@pytest.fixture
def fetch_uv() -> ModuleType:
    """A script, so not importable by name."""
    spec = importlib.util.spec_from_file_location("fetch_uv", ROOT / "scripts" / "fetch_uv.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def index(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """An index with these files, whatever is asked of it."""
    files = [{"filename": name, "url": f"../../files/{name}"} for name in names]
    page = json.dumps({"files": files}).encode()

    def answer(asked: object, timeout: float) -> io.BytesIO:
        return io.BytesIO(page if isinstance(asked, urllib.request.Request) else WHEEL)

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)


def test_the_lock_of_this_checkout_names_uv_with_its_hashes(fetch_uv: ModuleType) -> None:
    version, hashes = fetch_uv.locked((ROOT / "requirements" / "embedded.txt").read_text())
    assert version.count(".") == 2
    assert len(hashes) > 5


def test_another_packages_hashes_are_not_uvs(fetch_uv: ModuleType) -> None:
    lock = (
        f"uv==1.2.3 \\\n    --hash=sha256:{'a' * 64}\n"
        f"uvicorn==1.2.3 \\\n    --hash=sha256:{'b' * 64}\n"
    )
    assert fetch_uv.locked(lock) == ("1.2.3", {"a" * 64})


def test_a_lock_without_uv_is_refused(fetch_uv: ModuleType) -> None:
    with pytest.raises(SystemExit, match="does not name uv"):
        fetch_uv.locked("uvicorn==1.2.3 \\\n    --hash=sha256:" + "b" * 64)


def test_the_file_for_this_machine_is_chosen(
    fetch_uv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.36"))
    index(
        monkeypatch,
        "uv-1.2.3-py3-none-win_amd64.whl",
        "uv-1.2.3-py3-none-musllinux_1_1_x86_64.whl",
        "uv-1.2.30-py3-none-manylinux_2_17_x86_64.whl",
        "uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl",
    )
    address = fetch_uv.address_of("1.2.3")
    assert address == "https://pypi.org/files/uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl"


def test_a_machine_without_a_file_is_told_so(
    fetch_uv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(monkeypatch, "uv-1.2.3-py3-none-win_amd64.whl")
    with pytest.raises(SystemExit, match=r"no uv 1\.2\.3"):
        fetch_uv.address_of("1.2.3")


def test_what_the_lock_does_not_know_is_refused(
    fetch_uv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(monkeypatch)
    assert fetch_uv.download("https://pypi.org/x.whl", {DIGEST}) == WHEEL
    with pytest.raises(SystemExit, match="not the locked one"):
        fetch_uv.download("https://pypi.org/x.whl", {"0" * 64})


def test_nothing_is_fetched_in_the_clear(
    fetch_uv: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="https"):
        fetch_uv.download("http://pypi.org/x.whl", {DIGEST})
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.example/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    with pytest.raises(SystemExit, match="https"):
        fetch_uv.address_of("1.2.3")
