"""What is counted, by labels that stay few."""

import http.client
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.actions import create_token
from datalab.accounts.models import User
from datalab.core import metrics
from datalab.launcher.models import Service
from datalab.monitoring.scraping import exposition, serve
from datalab.tenants.models import Quota, Tenant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("acme")]
ClientOf = Callable[[User], APIClient]
URL = "/api/v1/tenants/acme/services"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def scraped() -> dict[tuple[str, ...], float]:
    text = exposition(of_platform=True).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def launch(client: APIClient, **more: object) -> int:
    body = {"chart": "jupyter", "name": "notebook", **more}
    return client.post(URL, body, format="json").status_code


def test_a_launch_is_counted_when_asked_and_when_it_runs(client_of: ClientOf, bob: User) -> None:
    before = [
        value("datalab_launches_total", outcome=outcome, reason="none")
        for outcome in ("accepted", "running")
    ]
    assert launch(client_of(bob)) == 202
    after = [
        value("datalab_launches_total", outcome=outcome, reason="none")
        for outcome in ("accepted", "running")
    ]
    assert after == [one + 1 for one in before]
    assert value("datalab_phase_seconds_count", phase="queued") >= 1


def test_a_refusal_is_counted_by_what_was_short(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    Quota.objects.update(limit_services=0)
    before = value("datalab_quota_refusals_total", resource="services")
    assert launch(client_of(bob)) == 409
    assert value("datalab_quota_refusals_total", resource="services") == before + 1
    assert value("datalab_launches_total", outcome="refused", reason="quota_exceeded") >= 1


def test_answers_are_measured_by_template_and_never_by_what_was_asked(
    client_of: ClientOf, bob: User
) -> None:
    client_of(bob).get(f"{URL}/no-such-service-anywhere")
    Client().get("/api/v1/no-such-address-anywhere")
    text = exposition(of_platform=False).decode()
    assert 'route="api/v1/tenants/<str:tenant>/services/<str:service>",status="404"' in text
    assert "anywhere" not in text
    assert "acme" not in text


def test_the_state_is_read_from_the_database(client_of: ClientOf, bob: User) -> None:
    launch(client_of(bob))
    found = scraped()
    assert found["datalab_services", "running"] == 1
    assert found["datalab_services", "failed"] == 0
    assert found["datalab_tenants",] == 1
    Service.objects.update(check_after=now() - timedelta(seconds=90))
    assert scraped()["datalab_reconcile_lag_seconds", "service"] == pytest.approx(90, abs=5)


def test_uses_of_tokens_are_counted(bob: User) -> None:
    _, token = create_token(user=bob, name="ci", valid_for=timedelta(days=1), now=now())
    used = {"kind": "datalab", "outcome": "accepted"}
    before = value("datalab_tokens_used_total", **used)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert client.get("/api/v1/me").status_code == 200
    client.credentials(HTTP_AUTHORIZATION="Bearer dl_wrong")
    assert client.get("/api/v1/me").status_code == 401
    assert value("datalab_tokens_used_total", **used) == before + 1
    assert value("datalab_tokens_used_total", kind="datalab", outcome="refused") >= 1


def test_a_reason_that_a_runtime_makes_up_does_not_grow_the_labels() -> None:
    assert metrics.bounded("OutOfMemory") == "OutOfMemory"
    assert metrics.bounded("") == "none"
    assert metrics.bounded('quo"ted and long') == metrics.OTHER
    labels = {metrics.bounded(f"Reason{number}") for number in range(1000)}
    assert len(labels) <= metrics.MOST_REASONS + 1


def test_a_worker_answers_its_scraper_and_probes_and_nobody_else(settings: Settings) -> None:
    settings.METRICS_TOKEN = "s3cret"
    server = serve("127.0.0.1", 0)
    try:
        answers = [
            ask(server.server_port, path, header)
            for path, header in (
                ("/metrics", "Bearer s3cret"),
                ("/metrics", "Bearer no"),
                ("/", "Bearer s3cret"),
                ("/healthz", ""),
            )
        ]
    finally:
        server.shutdown()
        server.server_close()
    assert answers == [200, 404, 404, 200]


def ask(port: int, path: str, authorization: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Authorization": authorization})
    status = connection.getresponse().status
    connection.close()
    return status
