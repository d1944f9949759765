"""Taking everything out of a bucket, so that it can be removed."""

import base64
import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore import exceptions as aws_errors

from datalab.core.errors import ProviderUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

_AT_ONCE = 1000
"""The most that one DeleteObjects takes."""


def empty(s3: "S3Client", bucket: str) -> None:
    """All objects, all versions of them, and uploads that were begun and never finished."""
    _delete(s3, bucket, _leftovers(s3, bucket))
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def empty_some(s3: "S3Client", bucket: str, at_most: int) -> int:
    """Up to `at_most` objects or versions of them; how many there were to delete.

    Folders go with the bucket: on a store of files they come back as long as they are listed.
    """
    files = (one for one in _leftovers(s3, bucket) if not one["Key"].endswith("/"))
    return _delete(s3, bucket, islice(files, at_most))


def _delete(s3: "S3Client", bucket: str, leaving: "Iterator[ObjectIdentifierTypeDef]") -> int:
    deleted = 0
    while batch := list(islice(leaving, _AT_ONCE)):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        if errors := answer.get("Errors"):
            raise ProviderUnavailable(
                f"{len(errors)} files could not be deleted yet.", provider="objects"
            )
        deleted += len(batch)
    return deleted


def remove_folders(s3: "S3Client", bucket: str, prefix: str = "") -> None:
    """Innermost first. On a store of files, DeleteObjects leaves a key's empty folders behind."""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, Delimiter="/"
    )
    folders = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
    for folder in folders:
        remove_folders(s3, bucket, folder)
        s3.delete_object(Bucket=bucket, Key=folder)


def add_md5(params: dict[str, Any], **_: Any) -> None:
    """Older stores, JuiceFS' too, want this digest where boto3 sends a newer one only.

    A handler for `before-call.s3.DeleteObjects`.
    """
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


def _leftovers(s3: "S3Client", bucket: str) -> "Iterator[ObjectIdentifierTypeDef]":
    """Everything that keeps a bucket from being removed: every version of every object."""
    if _keeps_versions(s3, bucket):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                yield {"Key": one["Key"], "VersionId": one["VersionId"]}
        return
    for listed in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for thing in listed.get("Contents", []):
            yield {"Key": thing["Key"]}


def _keeps_versions(s3: "S3Client", bucket: str) -> bool:
    """Now, or at some time before: what it kept then is still there."""
    try:
        return "Status" in s3.get_bucket_versioning(Bucket=bucket)
    except aws_errors.ClientError as exc:
        if exc.response.get("Error", {}).get("Code") != "NotImplemented":
            raise
        return False
