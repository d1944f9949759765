"""What every object store promises. Add a store: add a fixture parameter."""

import secrets as random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.objects.base import Credentials, Holdings, ObjectStore
from datalab.providers.objects.memory import MemoryObjects
from datalab.providers.objects.minio_admin import ensure_platform_user
from datalab.providers.objects.s3 import S3Objects
from tests.parts.juicefs import Gateway

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

HOUR = timedelta(hours=1)
Put = Callable[[str, str, bytes], None]


@pytest.fixture(params=["memory", pytest.param("juicefs", marks=pytest.mark.embedded)])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    if request.param == "memory":
        return MemoryObjects()
    gateway: Gateway = request.getfixturevalue("gateway")
    return gateway.objects()


@pytest.fixture
def put(store: ObjectStore) -> Iterator[Put]:
    """As a tenant's tool would: by an address signed for it."""
    with httpx.Client(trust_env=False) as client:

        def upload(bucket: str, key: str, content: bytes) -> None:
            if isinstance(store, MemoryObjects):
                return store.put(bucket, key, content)
            url = store.upload_url(bucket, key, valid_for=HOUR)
            assert client.put(url, content=content).status_code == 200
            return None

        yield upload


@pytest.fixture
def bucket(store: ObjectStore) -> Iterator[str]:
    name = f"contract-{random.token_hex(4)}"
    store.ensure_bucket(name)
    yield name
    store.remove_bucket(name)


def all_of(store: ObjectStore, bucket: str, prefix: str) -> tuple[list[str], list[str], int]:
    """Folders, keys, and on how many pages they came."""
    folders: list[str] = []
    keys: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page = store.list(bucket, prefix, cursor=cursor)
        folders += page.folders
        keys += [one.key for one in page.objects]
        cursor, pages = page.next_cursor, pages + 1
    return folders, keys, pages


def test_making_a_bucket_twice_keeps_what_it_holds(
    store: ObjectStore, bucket: str, put: Put
) -> None:
    put(bucket, "notes.txt", b"hello")
    store.ensure_bucket(bucket)
    page = store.list(bucket, "")
    assert [(one.key, one.size) for one in page.objects] == [("notes.txt", 5)]


def test_a_list_shows_one_level_folders_and_objects(
    store: ObjectStore, bucket: str, put: Put
) -> None:
    for key in ("top.txt", "data/a.csv", "data/deep/b.csv", "übung/c d.txt"):
        put(bucket, key, b"1")
    assert all_of(store, bucket, "")[:2] == (["data/", "übung/"], ["top.txt"])
    assert all_of(store, bucket, "data/")[:2] == (["data/deep/"], ["data/a.csv"])
    assert all_of(store, bucket, "übung/")[:2] == ([], ["übung/c d.txt"])
    assert all_of(store, bucket, "nothing/")[:2] == ([], [])


def test_a_bucket_of_more_than_a_page_is_listed_and_removed_whole(
    store: ObjectStore, bucket: str, put: Put
) -> None:
    wanted = [f"n/{number:04}" for number in range(1050)]
    for key in wanted:
        put(bucket, key, b"")
    folders, keys, pages = all_of(store, bucket, "n/")
    assert (folders, keys, pages) == ([], wanted, 2)
    store.remove_bucket(bucket)
    with pytest.raises(ProviderRefused):
        store.list(bucket, "")


def test_what_a_bucket_holds_is_counted_up_to_a_bound(
    store: ObjectStore, bucket: str, put: Put
) -> None:
    for number in range(5):
        put(bucket, f"folder/{number}", b"1234")
    assert store.count(bucket, at_most=100) == Holdings(objects=5, size=20, more=False)
    assert store.count(bucket, at_most=5) == Holdings(objects=5, size=20, more=False)
    assert store.count(bucket, at_most=3) == Holdings(objects=3, size=12, more=True)


def test_a_bucket_is_emptied_a_few_objects_at_a_time(
    store: ObjectStore, bucket: str, put: Put
) -> None:
    for number in range(5):
        put(bucket, f"folder/{number}", b"1234")
    deleted = store.empty(bucket, at_most=3)
    assert deleted == 3
    assert store.count(bucket, at_most=100).objects == 2
    assert [store.empty(bucket, at_most=3) for _ in range(2)] == [2, 0]
    assert store.count(bucket, at_most=100) == Holdings(objects=0, size=0, more=False)


def test_a_bucket_that_is_not_there_holds_nothing_and_needs_no_emptying(
    store: ObjectStore,
) -> None:
    assert store.count("contract-nothing", at_most=1) == Holdings(objects=0, size=0, more=False)
    assert store.empty("contract-nothing", at_most=1) == 0


def test_a_deleted_object_is_gone_and_deleting_it_again_succeeds(
    store: ObjectStore, bucket: str, put: Put
) -> None:
    put(bucket, "a/b.txt", b"1")
    store.delete(bucket, "a/b.txt")
    store.delete(bucket, "a/b.txt")
    assert all_of(store, bucket, "")[:2] == ([], [])


def test_removing_what_is_absent_succeeds(store: ObjectStore) -> None:
    store.remove_bucket("contract-nothing")


def test_a_bucket_that_is_not_there_is_refused_not_empty(store: ObjectStore) -> None:
    with pytest.raises(ProviderRefused):
        store.list("contract-nothing", "")


@pytest.mark.parametrize("name", ["", "..", "a/b", "Alpha", "*", "alpha\n", "-a", "ab"])
def test_a_bucket_that_is_no_label_is_refused_before_it_is_sent(
    store: ObjectStore, name: str
) -> None:
    for attempt in (
        lambda: store.ensure_bucket(name),
        lambda: store.remove_bucket(name),
        lambda: store.list(name, ""),
        lambda: store.delete(name, "key"),
        lambda: store.download_url(name, "key", valid_for=HOUR),
        lambda: store.issue_credentials(name, session="x", valid_for=HOUR),
    ):
        with pytest.raises(ProviderRefused):
            attempt()


def test_credentials_live_as_long_as_was_asked(store: ObjectStore, bucket: str) -> None:
    issued = store.issue_credentials(bucket, session="a service", valid_for=HOUR)
    left = issued.expires_at - datetime.now(UTC)
    assert HOUR - timedelta(minutes=1) < left <= HOUR + timedelta(seconds=5)


def test_nothing_secret_shows_in_a_repr(store: ObjectStore, bucket: str) -> None:
    issued = store.issue_credentials(bucket, session="x", valid_for=HOUR)
    shown = repr([store, issued])
    assert issued.secret_key not in shown
    assert issued.session_token not in shown


def test_a_store_that_is_not_there_is_unavailable() -> None:
    store = S3Objects(endpoint="http://127.0.0.1:1", access_key=lambda: "a", secret_key=lambda: "b")
    for call in (store.ping, lambda: store.ensure_bucket("contract")):
        with pytest.raises(ProviderUnavailable):
            call()


def test_a_store_that_works_answers_a_ping(store: ObjectStore) -> None:
    store.ping()


@pytest.mark.embedded
class TestTheRealGateway:
    def test_signed_addresses_carry_a_file_there_and_back_as_an_attachment(
        self, gateway: Gateway
    ) -> None:
        store = gateway.objects()
        store.ensure_bucket("signed")
        with httpx.Client(trust_env=False) as client:
            client.put(store.upload_url("signed", "é/x.html", valid_for=HOUR), content=b"<b>")
            answer = client.get(store.download_url("signed", "é/x.html", valid_for=HOUR))
            unsigned = client.get(f"{gateway.endpoint}/signed/é/x.html")
        assert (answer.content, answer.headers["content-disposition"]) == (b"<b>", "attachment")
        assert unsigned.status_code == 403

    def test_credentials_see_their_bucket_and_no_other(self, gateway: Gateway) -> None:
        store = gateway.objects()
        for name in ("mine", "theirs"):
            store.ensure_bucket(name)
        tool = client_with(gateway, store.issue_credentials("mine", session="x", valid_for=HOUR))
        tool.put_object(Bucket="mine", Key="a", Body=b"1")
        assert tool.get_object(Bucket="mine", Key="a")["Body"].read() == b"1"
        assert [one["Name"] for one in tool.list_buckets()["Buckets"]] == ["mine"]
        forbidden: dict[str, Callable[[], Any]] = {
            "list another": lambda: tool.list_objects_v2(Bucket="theirs"),
            "write another": lambda: tool.put_object(Bucket="theirs", Key="a", Body=b""),
            "read another": lambda: tool.get_object(Bucket="theirs", Key="a"),
            "delete in another": lambda: tool.delete_object(Bucket="theirs", Key="a"),
            "make a bucket": lambda: tool.create_bucket(Bucket="fresh"),
            "remove its own bucket": lambda: tool.delete_bucket(Bucket="mine"),
            "open its own bucket to all": lambda: tool.put_bucket_policy(
                Bucket="mine", Policy="{}"
            ),
        }
        assert {name: code_of(call) for name, call in forbidden.items()} == dict.fromkeys(
            forbidden, "AccessDenied"
        )

    def test_unfinished_uploads_and_empty_folders_do_not_keep_a_bucket(
        self, gateway: Gateway
    ) -> None:
        store = gateway.objects()
        store.ensure_bucket("littered")
        keys = store.issue_credentials("littered", session="x", valid_for=HOUR)
        tool = client_with(gateway, keys)
        tool.put_object(Bucket="littered", Key="a/b/c", Body=b"1")
        tool.put_object(Bucket="littered", Key="empty/folder/", Body=b"")
        tool.create_multipart_upload(Bucket="littered", Key="half")
        store.remove_bucket("littered")
        with pytest.raises(ProviderRefused):
            store.list("littered", "")

    def test_a_wrong_key_is_refused(self, gateway: Gateway) -> None:
        store = S3Objects(
            endpoint=gateway.endpoint,
            access_key=lambda: gateway.access_key,
            secret_key=lambda: "not-the-key",
        )
        with pytest.raises(ProviderRefused):
            store.ensure_bucket("contract")

    def test_the_platforms_principal_is_made_again_with_a_new_key(self, gateway: Gateway) -> None:
        def make(root_password: str, secret_key: str) -> None:
            ensure_platform_user(
                endpoint=gateway.address,
                root_user="root",
                root_password=root_password,
                access_key="second-platform",
                secret_key=secret_key,
            )

        for key in ("first-secret-key", "second-secret-key"):
            make(gateway.root_password, key)
            store = S3Objects(
                endpoint=gateway.endpoint,
                access_key=lambda: "second-platform",
                secret_key=lambda key=key: key,  # type: ignore[misc]
            )
            store.ensure_bucket("contract-principal")
        with pytest.raises(ProviderRefused):
            make("not-the-password", "third-secret-key")


def client_with(gateway: Gateway, keys: Credentials) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=gateway.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.session_token,
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


def code_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as exc:
        return exc.response["Error"]["Code"]
    return "allowed"
