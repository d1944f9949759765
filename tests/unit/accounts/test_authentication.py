"""Programs: bearer tokens of Datalab and of the issuer."""

from contextlib import ExitStack
from datetime import timedelta
from typing import cast

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import now

from datalab.accounts.models import ApiToken, User, digest_of
from datalab.accounts.slots import back_channel_slot
from datalab.providers import registry
from datalab.providers.identity.base import Identity
from datalab.providers.identity.memory import MemoryIdentity
from datalab.tenants.models import Tenant

pytestmark = pytest.mark.django_db
TOKEN = "dl_of-alice"


def me(token: str, scheme: str = "Bearer") -> int:
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"{scheme} {token}")
    return client.get("/api/v1/me").status_code


def keep(user: User, token: str = TOKEN, *, expires_in: timedelta = timedelta(days=1)) -> ApiToken:
    return ApiToken.objects.create(
        user=user, name="script", digest=digest_of(token), expires_at=now() + expires_in
    )


def test_no_credentials_are_a_401_that_says_how() -> None:
    answer = Client(HTTP_HOST="localhost").get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not_signed_in"
    assert answer["Cache-Control"] == "no-store"


def test_a_token_of_datalab_stands_for_its_owner(alice: User) -> None:
    keep(alice)
    assert me(TOKEN) == 200
    assert me(TOKEN, scheme="bearer") == 200


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("dl_unknown", id="unknown"),
        pytest.param("", id="empty"),
        pytest.param("dl_of-alice x", id="two words"),
        pytest.param("ünïcode", id="not ascii"),
        pytest.param("a.b.c", id="like a signed token"),
    ],
)
def test_a_token_that_nobody_issued_is_a_401(alice: User, token: str) -> None:
    keep(alice)
    assert me(token) == 401


def test_an_expired_token_is_a_401(alice: User) -> None:
    keep(alice, expires_in=timedelta(seconds=-1))
    assert me(TOKEN) == 401


def test_a_disabled_persons_token_is_a_401(alice: User) -> None:
    keep(alice)
    User.objects.update(is_active=False)
    assert me(TOKEN) == 401


def test_a_wrong_token_is_not_made_good_by_a_session(alice: User) -> None:
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION="Bearer dl_wrong")
    client.force_login(alice, backend="datalab.accounts.oidc.SignInBackend")
    assert client.get("/api/v1/me").status_code == 401


def test_the_last_use_is_written_at_most_once_a_minute(alice: User) -> None:
    row = keep(alice)
    me(TOKEN)
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    me(TOKEN)
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    me(TOKEN)
    row.refresh_from_db()
    assert cast("object", row.last_used_at) != first - timedelta(minutes=2)


def test_a_token_is_shown_once_kept_as_a_hash_and_revoked(alice: User) -> None:
    keep(alice)
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    made = client.post("/api/v1/tokens", {"name": "ci"}, content_type="application/json")
    assert made.status_code == 201
    token = made.json()["token"]
    assert me(token) == 200
    assert not ApiToken.objects.filter(digest=token).exists()
    assert "token" not in client.get("/api/v1/tokens").json()[0]
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204
    assert me(token) == 401


def test_somebody_elses_token_cannot_be_revoked(alice: User, bob: User) -> None:
    keep(alice)
    other = keep(bob, "dl_of-bob")
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert client.delete(f"/api/v1/tokens/{other.id}").status_code == 404
    assert me("dl_of-bob") == 200


def test_a_token_for_ten_years_is_refused_with_the_field(alice: User) -> None:
    keep(alice)
    client = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    asked = {"name": "x", "expires_in_days": 3650}
    answer = client.post("/api/v1/tokens", asked, content_type="application/json")
    assert answer.status_code == 400
    assert "expires_in_days" in answer.json()["fields"]


def issue(*groups: str) -> None:
    identity = Identity(
        issuer="https://idp.test", subject="new", username="nora", email="", groups=groups
    )
    cast("MemoryIdentity", registry.identity_provider()).issue("opaque", identity)


def test_an_access_token_of_the_issuer_signs_in_by_its_groups(acme: Tenant) -> None:
    issue("acme:member")
    assert me("opaque") == 200
    nora = User.objects.get(issuer="https://idp.test", subject="new")
    assert [one.tenant.slug for one in nora.memberships.all()] == ["acme"]


def test_an_access_token_without_a_mapped_group_is_a_401(acme: Tenant) -> None:
    issue("somewhere:else")
    assert me("opaque") == 401
    assert not User.objects.filter(subject="new").exists()


def test_when_every_slot_waits_for_the_issuer_the_caller_is_told_to_come_again(
    acme: Tenant,
) -> None:
    issue("acme:member")
    with ExitStack() as taken:
        for _ in range(settings.BACK_CHANNEL_SLOTS):
            taken.enter_context(back_channel_slot())
        assert me("opaque") == 503
    assert me("opaque") == 200
