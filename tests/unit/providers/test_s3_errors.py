"""What stores of other makers answer, without them: versions, and errors by their codes."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable
from datalab.providers.objects.emptying import empty
from datalab.providers.objects.s3 import S3Objects, translated


@pytest.fixture
def store() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_every_version_and_every_mark_of_a_deletion_goes(
    store: tuple[Any, Stubber], status: str
) -> None:
    client, stub = store
    stub.add_response("get_bucket_versioning", {"Status": status})
    stub.add_response(
        "list_object_versions",
        {
            "IsTruncated": True,
            "NextKeyMarker": "a",
            "NextVersionIdMarker": "2",
            "Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}],
        },
        {"Bucket": "old"},
    )
    stub.add_response(
        "list_object_versions",
        {"IsTruncated": False, "DeleteMarkers": [{"Key": "a", "VersionId": "3"}]},
        {"Bucket": "old", "KeyMarker": "a", "VersionIdMarker": "2"},
    )
    gone = [{"Key": "a", "VersionId": version} for version in "123"]
    stub.add_response(
        "delete_objects", {}, {"Bucket": "old", "Delete": {"Objects": gone, "Quiet": True}}
    )
    stub.add_response("list_multipart_uploads", {"IsTruncated": False})
    empty(client, "old")


def test_a_file_that_cannot_be_deleted_now_is_tried_again_later(
    store: tuple[Any, Stubber],
) -> None:
    client, stub = store
    stub.add_response("get_bucket_versioning", {})
    stub.add_response("list_objects_v2", {"Contents": [{"Key": "locked"}]})
    stub.add_response("delete_objects", {"Errors": [{"Key": "locked", "Code": "AccessDenied"}]})
    with pytest.raises(ProviderUnavailable):
        empty(client, "old")


def answer(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "AnyCall",
    )


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        pytest.param(answer("SlowDown", 503), ProviderUnavailable, id="too many requests"),
        pytest.param(answer("InternalError", 500), ProviderUnavailable, id="its own fault"),
        pytest.param(answer("RequestTimeout", 400), ProviderUnavailable, id="cut off, a 400"),
        pytest.param(answer("Anything", 502), ProviderUnavailable, id="a proxy before it"),
        pytest.param(answer("AccessDenied", 403), ProviderRefused, id="not allowed"),
        pytest.param(answer("NoSuchBucket", 404), ProviderRefused, id="not there"),
        pytest.param(answer("BucketAlreadyExists", 409), ProviderRefused, id="somebody else's"),
        pytest.param(
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            ProviderUnavailable,
            id="no connection",
        ),
        pytest.param(NoCredentialsError(), ProviderRefused, id="no keys at all"),
    ],
)
def test_what_an_error_means(error: Exception, meaning: type[ProviderError]) -> None:
    with pytest.raises(meaning), translated():
        raise error


def test_a_key_file_that_cannot_be_read_is_an_outage_not_a_crash() -> None:
    def unreadable() -> str:
        raise PermissionError("/run/secrets/key")

    store = S3Objects(endpoint="http://127.0.0.1:1", access_key=unreadable)
    with pytest.raises(ProviderUnavailable):
        store.ensure_bucket("alpha")
