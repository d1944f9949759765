"""When a service that is started again is planned anew."""

import pytest
from pytest_django import Settings

from datalab.accounts.models import User
from datalab.core.delivery import Delivery
from datalab.launcher import owner
from datalab.launcher.models import Service
from datalab.tenants.models import Tenant


class Asked(Exception):
    """It would have been planned anew."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("planned", "delivery", "secrets", "anew"),
    [
        pytest.param("", Delivery.INJECTOR, ["shared/db"], False, id="as before"),
        pytest.param(None, Delivery.INJECTOR, [], False, id="a chart that knows no Secret"),
        pytest.param("", Delivery.KUBERNETES_SECRET, ["shared/db"], True, id="now by a Secret"),
        pytest.param("nb.secrets", Delivery.INJECTOR, ["shared/db"], True, id="now injected"),
        pytest.param(
            "nb.secrets", Delivery.EXTERNAL_SECRETS, ["shared/db"], False, id="a Secret still"
        ),
        pytest.param("", Delivery.KUBERNETES_SECRET, [], False, id="it has no secrets"),
    ],
)
def test_values_that_say_another_way_for_secrets_are_made_anew(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    acme: Tenant,
    bob: User,
    planned: str | None,
    delivery: Delivery,
    secrets: list[str],
    anew: bool,
) -> None:
    def plan_launch(**_: object) -> None:
        raise Asked

    monkeypatch.setattr(owner, "plan_launch", plan_launch)
    settings.SECRET_DELIVERY = delivery
    service = Service.objects.create(
        tenant=acme,
        owner=bob,
        name="nb",
        host="nb-acme-abcde",
        secrets=secrets,
        values={} if planned is None else {"datalab": {"secretName": planned}},
    )
    if not anew:
        owner.plan_for_owner(service)
        return
    with pytest.raises(Asked):
        owner.plan_for_owner(service)
