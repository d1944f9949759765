"""How a tool's own libraries get the bucket's keys: real boto3, the gate's desk, a real gateway."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import CredentialRetrievalError

from datalab.accounts.models import User, digest_of
from datalab.gate.credentials import CredentialsDesk
from datalab.gate.pool import Pool
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service, ServiceCredential
from datalab.providers import registry
from datalab.providers.objects.base import Credentials
from datalab.providers.objects.s3 import S3Objects
from datalab.tenants.models import Tenant
from tests.parts.desk import Loopback
from tests.parts.juicefs import Gateway

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

pytestmark = [pytest.mark.embedded, pytest.mark.django_db(transaction=True)]
TOKEN = "the-token-of-this-service"


class CountingObjects(S3Objects):
    issued = 0

    def issue_credentials(self, bucket: str, *, session: str, valid_for: timedelta) -> Credentials:
        self.issued += 1
        return super().issue_credentials(bucket, session=session, valid_for=valid_for)


@pytest.fixture
def objects(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> CountingObjects:
    objects = CountingObjects(
        endpoint=gateway.endpoint,
        access_key=lambda: gateway.access_key,
        secret_key=lambda: gateway.secret_key,
    )
    monkeypatch.setattr(registry, "object_store", lambda: objects)
    return objects


@pytest.fixture
def service(objects: CountingObjects, acme: Tenant, globex: Tenant, bob: User) -> Service:
    for tenant in (acme, globex):
        objects.ensure_bucket(tenant.bucket)
    service = Service.objects.create(
        tenant=acme, owner=bob, name="notebook", host="notebook", wanted=Wanted.RUNNING.value
    )
    ServiceCredential.objects.create(service=service, digest=digest_of(TOKEN))
    return service


@pytest.fixture
def loopback(service: Service) -> Iterator[Loopback]:
    pools = Pool(), Pool()
    loopback = Loopback(desk=CredentialsDesk(pools[0], outside=pools[1]))
    yield loopback
    loopback.close()
    for pool in pools:
        pool.close()


@pytest.fixture
def tool(
    loopback: Loopback, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[], "S3Client"]:
    """A client made as in a notebook: no key is named anywhere."""
    (tmp_path / "token").write_text(TOKEN)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": loopback.uri,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_ENDPOINT_URL_S3": gateway.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return lambda: boto3.session.Session().client("s3", config=Config(proxies={}))


def test_ten_calls_cause_one_fetch(
    tool: Callable[[], "S3Client"], service: Service, loopback: Loopback, objects: CountingObjects
) -> None:
    s3 = tool()
    for number in range(10):
        s3.put_object(Bucket=service.tenant.bucket, Key=f"calls/{number}", Body=b"1")
    assert (loopback.asked, objects.issued) == (1, 1)


def test_ten_notebooks_of_a_service_cause_one_assumed_role(
    tool: Callable[[], "S3Client"], service: Service, loopback: Loopback, objects: CountingObjects
) -> None:
    for _ in range(10):
        tool().list_objects_v2(Bucket=service.tenant.bucket)
    assert (loopback.asked, objects.issued) == (10, 1)


def test_a_desk_that_is_away_is_not_noticed(
    tool: Callable[[], "S3Client"], service: Service, loopback: Loopback
) -> None:
    s3 = tool()
    s3.list_objects_v2(Bucket=service.tenant.bucket)
    loopback.close()
    s3.list_objects_v2(Bucket=service.tenant.bucket)


def test_the_keys_open_no_other_tenants_bucket(
    tool: Callable[[], "S3Client"], service: Service, globex: Tenant
) -> None:
    s3 = tool()
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == [service.tenant.bucket]
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=globex.bucket)


def test_a_service_that_is_not_to_run_gets_no_keys(
    tool: Callable[[], "S3Client"], service: Service, objects: CountingObjects
) -> None:
    Service.objects.filter(pk=service.pk).update(wanted=Wanted.PAUSED.value)
    with pytest.raises(CredentialRetrievalError) as refusal:
        tool()
    assert TOKEN not in str(refusal.value)
    assert objects.issued == 0
