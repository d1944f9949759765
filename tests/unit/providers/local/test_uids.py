"""A user per tenant, when the platform is run by root."""

import json
import os
from pathlib import Path

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.uids import LOWEST, PLATFORMS, TENANTS, Uids


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.mark.usefixtures("as_root")
def test_each_namespace_keeps_a_user_of_its_own(tmp_path: Path) -> None:
    acme, globex = Uids(tmp_path).of("acme"), Uids(tmp_path).of("globex")
    assert acme != globex
    assert Uids(tmp_path).of("acme") == acme


@pytest.mark.usefixtures("as_root")
def test_the_users_are_nobody_elses(tmp_path: Path) -> None:
    assert LOWEST <= Uids(tmp_path).of("acme") < LOWEST + PLATFORMS * TENANTS <= 2**31


@pytest.mark.usefixtures("as_root")
def test_two_platforms_have_different_users(tmp_path: Path) -> None:
    roots = [tmp_path / name for name in ("one", "two")]
    for root in roots:
        root.mkdir()
    one, two = (Uids(root).of("acme") for root in roots)
    assert one != two


@pytest.mark.usefixtures("as_root")
def test_a_setting_says_where_they_begin(tmp_path: Path) -> None:
    assert [Uids(tmp_path, base=500_000).of(name) for name in ("a", "b")] == [500_000, 500_001]


@pytest.mark.usefixtures("as_root")
def test_there_is_an_end_before_another_platforms_users_begin(tmp_path: Path) -> None:
    uids = Uids(tmp_path, base=500_000)
    (tmp_path / "uids.json").write_text(json.dumps({"last": 500_000 + TENANTS - 1}))
    assert uids.of("last") == 500_000 + TENANTS - 1
    with pytest.raises(ProviderRefused):
        uids.of("one-too-many")


def test_without_root_all_are_the_platforms_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert Uids(tmp_path).of("acme") == 1234
