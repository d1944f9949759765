"""What the chart tells the parts is what the settings read, and no secret is among it."""

import json
import re

import pytest

from datalab.catalog.preset_rules import parse_presets
from datalab.config.broker import broker
from datalab.config.database import database
from tests.unit.deploy.rendering import (
    EXAMPLES,
    ROOT,
    Refused,
    containers,
    notes,
    of_kind,
    pods,
    rendered,
    settings_of,
)

READ = re.compile(r'env\.\w+\(\s*"(DATALAB_\w+)"|environ\.get\("(DATALAB_\w+)"')
OF_A_SECRET = re.compile(r"SECRET(?!_DELIVERY)|PASSWORD|TOKEN|ACCESS_KEY")


def known() -> set[str]:
    """What any module reads from the environment."""
    found: set[str] = set()
    for file in (ROOT / "datalab").rglob("*.py"):
        for one, other in READ.findall(file.read_text()):
            found.add(one or other)
    for file in (ROOT / "datalab" / "config").glob("*.py"):
        found |= set(re.findall(r'partial\(env\.secret, "(DATALAB_\w+)"', file.read_text()))
    return found


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_setting_is_one_that_is_read(example: str) -> None:
    objects = rendered(example)
    told = set(settings_of(objects))
    for _, pod in pods(objects):
        for container in containers(pod):
            told |= {one["name"] for one in container.get("env", ())}
    ours = {name for name in told if name.startswith("DATALAB_")}
    assert {name for name in ours - known() if name.removesuffix("_FILE") not in known()} == set()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_config_map_holds_no_secret(example: str) -> None:
    assert not [name for name in settings_of(rendered(example)) if OF_A_SECRET.search(name)]


def test_the_migration_is_told_the_same_as_all_the_others() -> None:
    objects = rendered("everything")
    [job] = of_kind(objects, "Job").values()
    [check, migrate] = containers(job["spec"]["template"]["spec"])
    told = {
        one["name"]: one["value"]
        for one in check["env"]
        if not one["value"].startswith("/run/secrets/datalab/")
    }
    assert told == settings_of(objects)
    assert {"name": "DATALAB_DATABASE_STATEMENT_SECONDS", "value": "0"} in migrate["env"]


def test_presets_are_what_the_platform_reads_and_its_own_without_any() -> None:
    said = json.loads(settings_of(rendered("everything"))["DATALAB_PRESETS"])
    found = parse_presets(said)
    assert [one.id for one in found] == ["small", "slice"]
    assert found[1].placement.devices == {"nvidia.com/mig-1g.10gb": 1}
    assert "DATALAB_PRESETS" not in settings_of(rendered("minimal"))


def test_the_database_and_the_broker_are_understood() -> None:
    told = settings_of(rendered("everything"))
    found = database(
        told["DATALAB_DATABASE_URL"],
        password="from-file",
        sqlite_file=ROOT / "none",
        statement_seconds=30,
        lock_seconds=10,
    )
    assert (found["USER"], found["HOST"], found["PORT"], found["NAME"]) == (
        "platform", "postgres.data.svc", "5433", "platform",
    )  # fmt: skip
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert found["OPTIONS"]["sslrootcert"] == "/etc/datalab/ca/ca.crt"
    made = broker(told["DATALAB_BROKER_URL"], password="p", ca_file=told["DATALAB_BROKER_CA_FILE"])
    assert made.url == "rediss://datalab:p@valkey.data.svc:6380/1"
    assert made.tls is not None
    assert made.tls["ssl_ca_certs"] == "/etc/datalab/ca/ca.crt"


@pytest.mark.parametrize(
    ("example", "more", "expected"),
    [
        pytest.param("minimal", {}, "1", id="the door alone, as a load balancer"),
        pytest.param("everything", {}, "2", id="an ingress before the door"),
        pytest.param("traefik", {}, "1", id="an ingress that asks by itself"),
        pytest.param("traefik", {"trustedProxies": 3}, "3", id="as it was said"),
    ],
)
def test_the_proxies_before_the_portal_are_counted(
    example: str, more: dict[str, int], expected: str
) -> None:
    assert settings_of(rendered(example, more))["DATALAB_TRUSTED_PROXIES"] == expected


def test_any_other_setting_can_be_made_but_no_secret_and_none_of_the_charts_own() -> None:
    assert settings_of(rendered("everything"))["DATALAB_AUDIT_KEEP_DAYS"] == "400"
    for name in ("DATALAB_SECRET_KEY", "DATALAB_VAULT_SECRET_ID", "DATALAB_S3_ACCESS_KEY_FILE"):
        with pytest.raises(Refused, match=f"invalid propertyName '{name}'"):
            rendered("minimal", {"settings": {name: "x"}})
    with pytest.raises(Refused, match=r"settings\.DATALAB_ORIGIN: the chart sets it"):
        rendered("minimal", {"settings": {"DATALAB_ORIGIN": "https://elsewhere.example"}})


def test_who_installs_is_told_what_is_left_to_do() -> None:
    said = notes("minimal")
    assert "Datalab 0.1.0 is at https://datalab.example" in said
    assert "Nothing leads into the cluster yet" in said
    assert "Nothing leads" not in notes("everything")
