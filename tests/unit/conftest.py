"""What the tests over all routes share."""

import pytest

from datalab.accounts.models import User
from datalab.tenants.models import Tenant
from tests.conftest import make_user
from tests.unit.routes.world import World, make_service, make_token


@pytest.fixture
def world(acme: Tenant, globex: Tenant, bob: User, mallory: User) -> World:
    make_user("dave")
    root = make_user("root")
    User.objects.filter(pk=root.pk).update(is_platform_admin=True)
    return World(
        acme=acme,
        globex=globex,
        service=make_service(acme, bob, "nb"),
        foreign_service=make_service(globex, mallory, "nb"),
        token=make_token(bob, "dl_of-bob"),
        foreign_token=make_token(mallory, "dl_of-mallory"),
    )
