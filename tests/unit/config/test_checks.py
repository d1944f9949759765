"""A wrong setting stops the process, by an id that can be looked up."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from datalab.config.checks import check_database_is_known
from datalab.core.quantities import Resource


def found(settings: Settings, **changed: Any) -> list[str | None]:
    for name, value in changed.items():
        setattr(settings, name, value)
    ids = [one.id for one in run_checks(tags=["security"])]
    return [one for one in ids if one and one.startswith("datalab.E")]


def test_the_embedded_settings_are_right(settings: Settings) -> None:
    assert found(settings) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"OIDC_ISSUER": ""}, "datalab.E001", id="no issuer"),
        pytest.param({"OIDC_ISSUER": "idp.example"}, "datalab.E002", id="no address"),
        pytest.param({"OIDC_ISSUER": "https://idp.example/?a=b"}, "datalab.E002", id="a query"),
        pytest.param({"OIDC_ISSUER": "http://idp.example"}, "datalab.E003", id="in the clear"),
        pytest.param({"OIDC_RP_CLIENT_ID": ""}, "datalab.E004", id="no client"),
        pytest.param({"OIDC_RP_SCOPES": "email openids"}, "datalab.E005", id="no openid"),
        pytest.param({"OIDC_RP_SIGN_ALGO": "HS256"}, "datalab.E006", id="a shared key"),
        pytest.param({"OIDC_RP_SIGN_ALGO": "none"}, "datalab.E006", id="no signature"),
        pytest.param({"GROUP_RULES": {"a": "b"}}, "datalab.E007", id="rules that are no list"),
        pytest.param({"GROUP_RULES": [{"pattern": "("}]}, "datalab.E007", id="a bad pattern"),
        pytest.param({"GROUP_RULES": []}, "datalab.E008", id="no rules"),
        pytest.param({"PORTAL_THREADS": 15}, "datalab.E009", id="too few threads"),
        pytest.param({"PRESETS": [{"id": "a"}]}, "datalab.E060", id="a preset without a title"),
        pytest.param({"PRESETS": None}, "datalab.E060", id="presets that are no list"),
        pytest.param({"CREDENTIALS_PORT": 8443}, "datalab.E050", id="keys in the clear"),
        pytest.param(
            {"CREDENTIALS_PORT": 8443, "CREDENTIALS_CERTIFICATE": "/c"},
            "datalab.E050",
            id="a certificate without its key",
        ),
        pytest.param({"INJECTED": {Resource.CPU: "lots"}}, "datalab.E052", id="no quantity"),
        pytest.param({"INJECTED": {Resource.CPU: "0"}}, "datalab.E052", id="an agent for nothing"),
    ],
)
def test_a_wrong_setting_is_named(
    settings: Settings, changed: dict[str, Any], expected: str
) -> None:
    assert found(settings, **changed) == [expected]


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        pytest.param("https://gate.datalab.svc:8443", [], id="an address"),
        pytest.param("", ["datalab.E051"], id="none"),
        pytest.param("http://gate.datalab.svc", ["datalab.E051"], id="in the clear"),
        pytest.param("https://gate.datalab.svc/v1/x", ["datalab.E051"], id="with a path"),
    ],
)
def test_a_relay_needs_somebody_to_ask(
    settings: Settings, upstream: str, expected: list[str]
) -> None:
    tools = {**settings.TOOLS, "relay_image": "relay:1", "relay_upstream": upstream}
    assert found(settings, TOOLS=tools) == expected


POSTGRESQL = "django.db.backends.postgresql"


@pytest.fixture
def use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the settings name another database, without connecting to it."""

    def use(**changed: Any) -> None:
        database = {"ENGINE": POSTGRESQL, "HOST": "db.example", "OPTIONS": {}, **changed}
        monkeypatch.setitem(settings.DATABASES, "default", database)

    return use


def test_in_production_a_database_must_be_named(
    settings: Settings, use: Callable[..., None]
) -> None:
    use(ENGINE="datalab.config.sqlite")
    settings.CELERY_BROKER_URL = "redis://queue.example/0"
    assert found(settings, EMBEDDED=False) == ["datalab.E010"]
    use()
    assert found(settings) == []


def test_in_production_a_broker_must_be_named(settings: Settings, use: Callable[..., None]) -> None:
    use()
    assert found(settings, EMBEDDED=False) == ["datalab.E011"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, ["datalab.W001"], id="whatever the server wants"),
        pytest.param({"OPTIONS": {"sslmode": "require"}}, ["datalab.W001"], id="any certificate"),
        pytest.param({"OPTIONS": {"sslmode": "verify-full"}}, [], id="its certificate"),
        pytest.param({"HOST": "/run/postgresql"}, [], id="a socket"),
        pytest.param({"HOST": "127.0.0.1"}, [], id="this machine"),
    ],
)
def test_the_databases_certificate_should_be_checked(
    use: Callable[..., None], changed: dict[str, Any], expected: list[str]
) -> None:
    use(**changed)
    assert [one.id for one in check_database_is_known(None)] == expected
