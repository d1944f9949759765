"""Accounts at the edges of a first sign-in."""

import pytest

from datalab.accounts import actions
from datalab.accounts.models import User
from datalab.accounts.profile import Grants, Profile
from datalab.providers.identity.base import Identity

pytestmark = pytest.mark.django_db


def identity(subject: str, username: str = "ann") -> Identity:
    return Identity(issuer="https://idp", subject=subject, username=username, email="", groups=[])


def signed_in(subject: str, username: str = "ann") -> User:
    grants = Grants(tenants={"acme": "member"})
    user = actions.sign_in(profile=Profile(identity=identity(subject, username), grants=grants))
    assert user is not None
    return user


def test_two_first_sign_ins_at_once_make_one_account() -> None:
    first = signed_in("s1")
    # The second one had looked for the account before the first one had made it.
    assert actions._new_account(identity("s1")) == first  # noqa: SLF001 - the race's later half
    assert User.objects.count() == 1


def test_two_people_of_one_name_get_two_names() -> None:
    names = {signed_in("s1").username, signed_in("s2").username, signed_in("s3", "ANN").username}
    assert "ann" in names
    assert len({name.lower() for name in names}) == 3


@pytest.mark.parametrize("username", ["Ann Ä. / root", "../../etc", "", "a" * 300])
def test_any_name_of_the_issuer_becomes_one_that_we_can_use(username: str) -> None:
    user = signed_in("s1", username)
    user.full_clean(exclude=["password"])
    assert "/" not in user.username
    assert user.username


def test_a_name_at_the_issuer_that_changes_does_not_change_ours() -> None:
    before = signed_in("s1", "ann").username
    assert signed_in("s1", "ann-married").username == before


def test_a_disabled_person_is_refused() -> None:
    signed_in("s1")
    User.objects.update(is_active=False)
    grants = Grants(platform_admin=True)
    assert actions.sign_in(profile=Profile(identity=identity("s1"), grants=grants)) is None
