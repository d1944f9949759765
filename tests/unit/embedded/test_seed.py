"""The demo's tenants and accounts: there once, and then in the hands of their people."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

from datalab.accounts.models import ApiToken, User
from datalab.embedded.installation import Installation
from datalab.embedded.seed import seed
from datalab.tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(state=tmp_path / "state", port=8080)
    installation.prepare()
    return installation


def accounts(installation: Installation) -> dict[str, dict[str, Any]]:
    written = json.loads(installation.accounts.read_text())["accounts"]
    return {one["username"]: one for one in written}


def test_two_tenants_have_an_administrator_and_a_member_each(installation: Installation) -> None:
    seed(installation)
    found = accounts(installation)
    assert {one["role"] for one in found.values()} == {
        "platform-admin",
        "admin",
        "member",
        "viewer",
    }
    for tenant in ("acme", "globex"):
        assert {"admin", "member"} <= {a["role"] for a in found.values() if a["tenant"] == tenant}
    assert found["admin"]["tenant"] is None
    assert User.objects.get(username="admin").is_platform_admin
    assert Membership.objects.get(user__username="bob").tenant.slug == "acme"


def test_passwords_differ_open_the_account_and_are_for_the_owner_only(
    installation: Installation,
) -> None:
    seed(installation)
    found = accounts(installation)
    assert len({one["password"] for one in found.values()}) == len(found)
    assert installation.accounts.stat().st_mode & 0o077 == 0
    for name, one in found.items():
        assert User.objects.get(username=name).check_password(one["password"])


def test_a_second_start_changes_nothing(installation: Installation) -> None:
    seed(installation)
    before = installation.accounts.read_text()
    seed(installation)
    assert installation.accounts.read_text() == before
    assert Tenant.objects.count() == 2
    assert ApiToken.objects.count() == 6


def test_what_an_administrator_changed_stays(installation: Installation) -> None:
    seed(installation)
    Membership.objects.filter(user__username="bob").delete()
    Tenant.objects.get(slug="globex").delete()
    seed(installation)
    assert not Membership.objects.filter(user__username="bob").exists()
    assert not Tenant.objects.filter(slug="globex").exists()


def test_lost_passwords_are_drawn_anew(installation: Installation) -> None:
    seed(installation)
    before = accounts(installation)
    installation.accounts.unlink()
    seed(installation)
    for name, one in accounts(installation).items():
        assert one["password"] != before[name]["password"]
        assert User.objects.get(username=name).check_password(one["password"])


def test_a_token_that_soon_ends_or_was_revoked_is_replaced(installation: Installation) -> None:
    seed(installation)
    before = accounts(installation)
    ApiToken.objects.filter(user__username="alice").update(expires_at=now() + timedelta(days=1))
    ApiToken.objects.filter(user__username="bob").delete()
    seed(installation)
    after = accounts(installation)
    changed = {name for name in after if after[name]["token"] != before[name]["token"]}
    assert changed == {"alice", "bob"}
