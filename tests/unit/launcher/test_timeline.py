"""A timeline is read in its order from an index, however much there is of others."""

import uuid

import pytest
from django.db import connection
from django.db.models import QuerySet

from datalab.launcher.models import ServiceEvent
from datalab.tenants.models import Tenant

MINE = uuid.UUID(int=0)
OF_ONE = ServiceEvent.objects.filter(service_id=MINE)


@pytest.fixture
def many(acme: Tenant) -> None:
    ServiceEvent.objects.bulk_create(
        ServiceEvent(tenant=acme, service_id=uuid.UUID(int=number % 50), phase="running")
        for number in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE launcher_serviceevent")
        if connection.vendor == "postgresql":
            # So few rows it had better read one after the other.
            cursor.execute("SET LOCAL enable_seqscan = off")


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    "query",
    [
        pytest.param(OF_ONE.order_by("-id")[:500], id="the newest"),
        pytest.param(OF_ONE.filter(id__gt=900).order_by("id")[:100], id="what came after"),
    ],
)
def test_a_timeline_is_read_from_its_index_without_sorting(query: QuerySet[ServiceEvent]) -> None:
    plan = query.all().explain()
    assert "events_of_service" in plan
    assert "TEMP B-TREE" not in plan
