"""What is in the tenants' buckets, as the platform itself sees them."""

import json
from datetime import timedelta

import httpx

from datalab.embedded.wiring import S3_PLATFORM_USER
from datalab.providers.objects.s3 import S3Objects
from tests.e2e.platform import Platform


def bucket_of(platform: Platform) -> S3Objects:
    keys = platform.state / "secrets"
    ports = json.loads((platform.state / "ports.json").read_text())
    return S3Objects(
        endpoint=f"http://127.0.0.1:{ports['s3']}",
        access_key=lambda: S3_PLATFORM_USER,
        secret_key=(keys / "s3_platform").read_text,
    )


def object_keys(platform: Platform, bucket: str) -> list[str]:
    """All keys of a bucket, folders walked."""
    store, keys, folders = bucket_of(platform), [], [""]
    while folders:
        page = store.list(bucket, folders.pop())
        keys += [one.key for one in page.objects]
        folders += page.folders
    return keys


def object_text(platform: Platform, bucket: str, key: str) -> str | None:
    if key not in object_keys(platform, bucket):
        return None
    url = bucket_of(platform).download_url(bucket, key, valid_for=timedelta(minutes=5))
    return httpx.get(url, trust_env=False).text


def put_text(platform: Platform, bucket: str, key: str, text: str) -> None:
    url = bucket_of(platform).upload_url(bucket, key, valid_for=timedelta(minutes=5))
    assert httpx.put(url, content=text, trust_env=False).status_code == 200
