"""The same bucket by those who each have their own way to S3, in a pod and without a key."""

import pytest

from datalab.accounts.models import User
from datalab.launcher.models import Service
from datalab.tenants.models import Tenant
from tests.cluster.identity.conftest import RememberingObjects
from tests.cluster.identity.programs import clients_image
from tests.cluster.identity.world import World
from tests.cluster.layout import Layout
from tests.parts.desk import Loopback

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),
]

WRITTEN = "name,age\nada,36\n"
AWS = ("python3", "-m", "awscli", "s3", "cp", "--quiet")
POLARS = """\
import os, polars
found = polars.scan_csv("s3://{bucket}/people.csv", storage_options={{
    "aws_endpoint_url": os.environ["AWS_ENDPOINT_URL_S3"], "aws_allow_http": "true",
}}).collect()
print(found.write_csv(), end="")
"""
S3FS = """\
import s3fs
print(s3fs.S3FileSystem().cat("{bucket}/people.csv").decode(), end="")
"""
DUCKDB = """\
import duckdb, importlib.util, os, pathlib, urllib.parse
for name in ("httpfs", "aws"):
    [folder] = importlib.util.find_spec("duckdb_extension_" + name).submodule_search_locations
    [file] = pathlib.Path(folder).rglob(name + ".duckdb_extension")
    duckdb.execute("LOAD '" + str(file) + "'")
endpoint = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL_S3"]).netloc
duckdb.execute(
    "CREATE SECRET (TYPE s3, PROVIDER credential_chain, ENDPOINT '" + endpoint + "',"
    " USE_SSL false, URL_STYLE 'path')"
)
[row] = duckdb.execute("SELECT name, age FROM read_csv('s3://{bucket}/people.csv')").fetchall()
print("name,age\\n" + row[0] + "," + str(row[1]))
"""


@pytest.fixture(scope="session")
def tool(layout: Layout) -> tuple[str, str]:
    name, _, tag = clients_image(layout).rpartition(":")
    return name, tag


def read_by(world: World, service: Service, script: str, bucket: str) -> str:
    code, said = world.inside(service, "python3", "-c", script.format(bucket=bucket))
    assert code == 0, said
    return said


def test_each_reads_what_the_aws_cli_has_written(
    world: World, hers: Tenant, ann: User, objects: RememberingObjects, desk: Loopback
) -> None:
    service = world.run(hers, ann)
    write = f"printf '{WRITTEN}' > /tmp/people.csv && exec \"$@\""
    copy = (*AWS, "/tmp/people.csv", f"s3://{hers.bucket}/people.csv")  # noqa: S108 - in the pod
    code, said = world.inside(service, "sh", "-c", write, "sh", *copy)
    assert code == 0, said
    for name, script in (("polars", POLARS), ("s3fs", S3FS), ("duckdb", DUCKDB)):
        assert read_by(world, service, script, hers.bucket) == WRITTEN, name
    assert set(desk.answered) == {200}
    assert len(objects.issued) == 1
    assert world.inside(service, "sh", "-c", "ls ~/.aws")[0] != 0  # nobody has kept a key
