import json
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.tenants.models import Tenant

URL = "/api/v1/tenants/acme/secrets"
ClientOf = Callable[[User], APIClient]
pytestmark = pytest.mark.usefixtures("acme", "globex")


def put(client: APIClient, path: str, **data: str) -> int:
    return int(client.put(f"{URL}/{path}", {"data": data}, format="json").status_code)


def test_a_secret_is_written_listed_read_and_deleted(client_of: ClientOf, bob: User) -> None:
    client = client_of(bob)
    assert put(client, "db/main", PASSWORD="x") == 200
    assert client.get(URL).json() == {"results": [{"path": "db/main"}]}
    assert client.get(f"{URL}/db/main").json()["data"] == {"PASSWORD": "x"}
    assert client.delete(f"{URL}/db/main").status_code == 204
    assert client.get(f"{URL}/db/main").status_code == 404


def test_who_comes_second_is_told(client_of: ClientOf, alice: User, bob: User) -> None:
    put(client_of(bob), "db", A="1")
    stale = {"data": {"A": "2"}, "version": 1}
    assert client_of(alice).put(f"{URL}/db", stale, format="json").status_code == 200
    late = client_of(bob).put(f"{URL}/db", stale, format="json")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


def test_a_personal_secret_is_only_its_owners(client_of: ClientOf, alice: User, bob: User) -> None:
    put(client_of(bob), "personal/key", A="bobs")
    assert client_of(alice).get(f"{URL}/personal/key").status_code == 404
    assert client_of(alice).get(URL).json() == {"results": []}


def test_a_viewer_sees_names_and_no_values(client_of: ClientOf, bob: User, carol: User) -> None:
    put(client_of(bob), "db", A="1")
    assert client_of(carol).get(URL).json() == {"results": [{"path": "db"}]}
    assert client_of(carol).get(f"{URL}/db").status_code == 403
    assert put(client_of(carol), "db", A="2") == 403


def test_another_tenant_finds_nothing(client_of: ClientOf, bob: User, mallory: User) -> None:
    put(client_of(bob), "db", A="1")
    for method in ("get", "put", "delete"):
        assert getattr(client_of(mallory), method)(f"{URL}/db").status_code == 404
    assert client_of(mallory).get("/api/v1/tenants/globex/secrets/db").status_code == 404


def test_who_runs_the_platform_does_not_read_what_tenants_keep(
    client_of: ClientOf, bob: User
) -> None:
    put(client_of(bob), "db", A="1")
    admin = User.objects.create_user("root", is_platform_admin=True)
    assert client_of(admin).get(f"{URL}/db").status_code == 403


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"9A": "x"}, id="a digit first"),
        pytest.param({"A-B": "x"}, id="a hyphen"),
        pytest.param({"A=B": "x"}, id="an equals sign"),
        pytest.param({"PATH": "/evil"}, id="the search path"),
        pytest.param({"LD_PRELOAD": "/evil.so"}, id="the loader"),
        pytest.param({"UID": "7"}, id="what a shell cannot set"),
        pytest.param({"DATALAB_BUCKET": "x"}, id="what the platform sets"),
        pytest.param({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "x"}, id="where keys come from"),
        pytest.param({"A": "x\0y"}, id="a NUL"),
        pytest.param({"A": "\ud800"}, id="half a character"),
        pytest.param({"A": "ü" * 40_000}, id="too long in bytes"),
        pytest.param({f"A{n}": "x" * 60_000 for n in range(9)}, id="too much together"),
        pytest.param({"A": {"nested": "x"}}, id="no text"),
        pytest.param({"A": "x" * 70_000}, id="too long"),
        pytest.param({f"A{n}": "" for n in range(101)}, id="too many"),
    ],
)
def test_what_cannot_be_an_environment_is_refused(
    client_of: ClientOf, bob: User, data: dict[str, object]
) -> None:
    body = json.dumps({"data": data})  # also what no text can hold
    answer = client_of(bob).put(f"{URL}/db", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert client_of(bob).get(URL).json() == {"results": []}


def test_each_wrong_name_is_named_with_its_reason(client_of: ClientOf, bob: User) -> None:
    answer = client_of(bob).put(
        f"{URL}/db", {"data": {"A-B": "x", "PATH": "x", "FINE": "x"}}, format="json"
    )
    assert sorted(answer.json()["fields"]) == ["data.A-B", "data.PATH"]


def test_values_are_kept_by_no_cache(client_of: ClientOf, bob: User) -> None:
    put(client_of(bob), "db", A="1")
    assert "no-store" in client_of(bob).get(f"{URL}/db")["Cache-Control"]


def test_the_audit_holds_names_and_never_values(
    client_of: ClientOf, bob: User, acme: Tenant
) -> None:
    put(client_of(bob), "db", PASSWORD="hunter2")
    event = Event.objects.get(type="secret.written")
    assert event.data["names"] == ["PASSWORD"]
    assert "hunter2" not in str(event.data)
