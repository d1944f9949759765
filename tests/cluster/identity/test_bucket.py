"""A tool on a cluster and its tenant's bucket: no key is named anywhere, and none lies anywhere."""

import base64
import gzip
import json
from typing import Any

import pytest

from datalab.accounts.models import User
from datalab.tenants.models import Tenant
from tests.cluster.identity.conftest import RememberingObjects
from tests.cluster.identity.world import World
from tests.parts.desk import Loopback
from tests.parts.juicefs import Gateway

pytestmark = [pytest.mark.kubernetes, pytest.mark.django_db(transaction=True)]

BOTO = """\
import boto3, botocore, json
s3 = boto3.client("s3")
s3.put_object(Bucket={own!r}, Key="boto3", Body=b"1")
for number in range(10):
    own = [one["Key"] for one in s3.list_objects_v2(Bucket={own!r}).get("Contents", [])]
try:
    s3.list_objects_v2(Bucket={other!r})
    other = "open"
except botocore.exceptions.ClientError as refusal:
    other = refusal.response["Error"]["Code"]
print(json.dumps([own, other, [one["Name"] for one in s3.list_buckets()["Buckets"]]]))
"""
OTHERS = {
    "s3fs": "import s3fs; found = s3fs.S3FileSystem(client_kwargs={{'endpoint_url': "
    "os.environ['AWS_ENDPOINT_URL_S3']}}).ls({own!r})",
    "pyarrow": "from pyarrow import fs; found = [one.path for one in fs.S3FileSystem("
    "endpoint_override=os.environ['AWS_ENDPOINT_URL_S3']).get_file_info(fs.FileSelector({own!r}))]",
}
KINDS = (
    *(f"/api/v1/namespaces/{{}}/{one}" for one in ("secrets", "configmaps", "pods", "events")),
    "/api/v1/namespaces/{}/serviceaccounts",
    "/apis/apps/v1/namespaces/{}/statefulsets",
)


def test_a_pod_works_in_its_tenants_bucket_and_in_no_other(
    world: World,
    hers: Tenant,
    theirs: Tenant,
    ann: User,
    objects: RememberingObjects,
    desk: Loopback,
    gateway: Gateway,
) -> None:
    service = world.run(hers, ann)
    listed, refused, buckets = world.python(
        service, BOTO.format(own=hers.bucket, other=theirs.bucket)
    )
    assert (listed, refused, buckets) == (["boto3"], "AccessDenied", [hers.bucket])
    assert (desk.answered, len(objects.issued)) == ([200], 1)
    for name, script in OTHERS.items():
        found = world.python(
            service,
            "import os, json; " + script.format(own=hers.bucket) + "; print(json.dumps(found))",
        )
        assert found == [f"{hers.bucket}/boto3"], name
    assert len(objects.issued) == 1
    hidden = [gateway.secret_key, gateway.root_password]
    hidden += [word for one in objects.issued for word in (one.secret_key, one.session_token)]
    assert found_in(world, hers, *hidden) == []
    # That it looks into what Helm keeps, too.
    assert "secrets" in {path.rpartition("/")[2] for path in found_in(world, hers, hers.bucket)}
    _, variables = world.inside(service, "env")
    named = [one for one in variables.splitlines() if "TOKEN" in one or "SECRET" in one]
    assert named == ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/var/run/datalab/pod"]
    assert world.inside(service, "cat", "/var/run/datalab/pod") == (0, f"{service.name}-0")
    for folder in ("/var/run/datalab/token", "/var/run/secrets", "/etc/datalab"):
        assert world.inside(service, "ls", folder)[0] != 0


def found_in(world: World, tenant: Tenant, *words: str) -> list[str]:
    """Kinds of things in the namespace in which one of these stands, Helm's records unpacked."""
    return [
        path
        for path in KINDS
        for one in world.api.list(path.format(tenant.namespace)).items
        if any(word in readable(path, one) for word in words)
    ]


def readable(path: str, found: dict[str, Any]) -> str:
    """With what is packed in it. Lists do not say of what kind their items are."""
    texts = [json.dumps(found)]
    if not path.endswith("/secrets"):
        return texts[0]
    for value in (found.get("data") or {}).values():
        content = base64.b64decode(value)
        texts.append(content.decode("latin-1"))
        if found.get("type") == "helm.sh/release.v1":
            texts.append(gzip.decompress(base64.b64decode(content)).decode())
    return "\n".join(texts)
