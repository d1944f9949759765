"""Files in S3 or what speaks like it: AWS, MinIO, Ceph, the JuiceFS gateway.

Path style and signature v4 work with all of them. https://docs.aws.amazon.com/AmazonS3/latest/API/
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore import exceptions as aws_errors
from botocore.config import Config

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.core.names import is_label
from datalab.providers.objects.base import Credentials, Holdings, Page, StoredObject
from datalab.providers.objects.emptying import add_md5, empty, empty_some, remove_folders
from datalab.providers.objects.session_policy import policy_for_bucket

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sts import STSClient

PROVIDER = "objects"
PAGE_SIZE = 1000
NOBODYS_BUCKET = "datalab-health-probe"
_SWEEPS = 3
"""How often a bucket that is still written to is emptied before it is left for the next time."""
_ANY_ROLE = "arn:aws:iam::000000000000:role/datalab"
"""AWS wants a role of the account; MinIO and its kin want any text of this form."""
_PASSING = frozenset(
    {
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "XMinioServerNotInitialized",
    }
)
_ABSENT = frozenset({"404", "NoSuchBucket", "NoSuchKey", "NotFound", "NoSuchUpload"})


class S3Objects:
    """`access_key` and `secret_key` are asked once, when first needed: they may be mounted files.

    Where the access key is empty boto3 looks for the platform's own identity (an instance role,
    IRSA). `endpoint` empty is AWS; `public_endpoint` is the one that browsers reach.
    """

    def __init__(
        self,
        *,
        endpoint: str = "",
        sts_endpoint: str = "",
        public_endpoint: str = "",
        region: str = "us-east-1",
        role_arn: str = "",
        access_key: Callable[[], str] = str,
        secret_key: Callable[[], str] = str,
    ) -> None:
        self._endpoint = endpoint
        self._sts_endpoint = sts_endpoint or endpoint
        self._public_endpoint = public_endpoint or endpoint
        self._region = region
        self._role_arn = role_arn or _ANY_ROLE
        self._access_key = access_key
        self._secret_key = secret_key

    def __repr__(self) -> str:
        return f"S3Objects(endpoint={self._endpoint!r})"

    def ping(self) -> None:
        """Asks for a bucket that is nobody's: yes, no and "not for you" are all an answer."""
        with translated():
            try:
                self._probe.head_bucket(Bucket=NOBODYS_BUCKET)
            except aws_errors.ClientError as exc:
                if _code(exc) not in {*_ABSENT, "403", "301"}:
                    raise

    def ensure_bucket(self, bucket: str) -> None:
        _check_bucket(bucket)
        with translated():
            if not self._exists(bucket):
                self._create(bucket)

    def remove_bucket(self, bucket: str) -> None:
        _check_bucket(bucket)
        with translated():
            if not self._exists(bucket):
                return
            for _ in range(_SWEEPS):
                empty(self._s3, bucket)
                if self._is_removed(bucket):
                    return
                remove_folders(self._s3, bucket)
            raise ProviderUnavailable("Something still writes here.", provider=PROVIDER)

    def count(self, bucket: str, *, at_most: int) -> Holdings:
        _check_bucket(bucket)
        objects = size = 0
        with translated():
            if not self._exists(bucket):
                return Holdings(objects=0, size=0, more=False)
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for one in page.get("Contents", []):
                    if one["Key"].endswith("/"):
                        continue  # a folder's own marker
                    if objects == at_most:
                        return Holdings(objects=objects, size=size, more=True)
                    objects += 1
                    size += one["Size"]
        return Holdings(objects=objects, size=size, more=False)

    def empty(self, bucket: str, *, at_most: int) -> int:
        _check_bucket(bucket)
        with translated():
            return empty_some(self._s3, bucket, at_most) if self._exists(bucket) else 0

    def list(self, bucket: str, prefix: str, *, cursor: str | None = None) -> Page:
        _check_bucket(bucket)
        where: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}
        if cursor:
            where["ContinuationToken"] = cursor
        with translated():
            answer = self._s3.list_objects_v2(**where, MaxKeys=PAGE_SIZE)
        return Page(
            folders=[one["Prefix"] for one in answer.get("CommonPrefixes", [])],
            objects=[
                StoredObject(key=one["Key"], size=one["Size"])
                for one in answer.get("Contents", [])
                if one["Key"] != prefix  # the folder's own marker
            ],
            next_cursor=answer.get("NextContinuationToken"),
        )

    def delete(self, bucket: str, key: str) -> None:
        _check_bucket(bucket)
        with translated():
            self._s3.delete_object(Bucket=bucket, Key=key)

    def download_url(self, bucket: str, key: str, *, valid_for: timedelta) -> str:
        # As an attachment: what a tenant uploads is never a page on the store's origin.
        return self._url(
            "get_object", bucket, key, valid_for, ResponseContentDisposition="attachment"
        )

    def upload_url(self, bucket: str, key: str, *, valid_for: timedelta) -> str:
        return self._url("put_object", bucket, key, valid_for)

    def issue_credentials(self, bucket: str, *, session: str, valid_for: timedelta) -> Credentials:
        _check_bucket(bucket)
        with translated():
            answer = self._sts.assume_role(
                RoleArn=self._role_arn,
                RoleSessionName=_session_name(session),
                Policy=policy_for_bucket(bucket),
                DurationSeconds=int(valid_for.total_seconds()),
            )
        issued = answer["Credentials"]
        return Credentials(
            access_key=issued["AccessKeyId"],
            secret_key=issued["SecretAccessKey"],
            session_token=issued["SessionToken"],
            expires_at=issued["Expiration"],
        )

    @cached_property
    def _session(self) -> boto3.session.Session:
        access_key = self._access_key()
        return boto3.session.Session(
            aws_access_key_id=access_key or None,
            aws_secret_access_key=self._secret_key() if access_key else None,
            region_name=self._region,
        )

    @cached_property
    def _s3(self) -> "S3Client":
        client = self._session.client(
            "s3", endpoint_url=self._endpoint or None, config=_config(self._endpoint)
        )
        client.meta.events.register("before-call.s3.DeleteObjects", add_md5)
        return client

    @cached_property
    def _probe(self) -> "S3Client":
        """Without patience: one try, two seconds."""
        hasty = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
        return self._session.client(
            "s3",
            endpoint_url=self._endpoint or None,
            config=_config(self._endpoint).merge(hasty),
        )

    @cached_property
    def _public_s3(self) -> "S3Client":
        return self._session.client(
            "s3", endpoint_url=self._public_endpoint or None, config=_config(self._public_endpoint)
        )

    @cached_property
    def _sts(self) -> "STSClient":
        return self._session.client(
            "sts", endpoint_url=self._sts_endpoint or None, config=_config(self._sts_endpoint)
        )

    def _exists(self, bucket: str) -> bool:
        """Ours and there. Somebody else's on the same store is an error, not a yes."""
        try:
            self._s3.head_bucket(Bucket=bucket)
        except aws_errors.ClientError as exc:
            if _code(exc) in _ABSENT:
                return False
            raise
        return True

    def _is_removed(self, bucket: str) -> bool:
        """False where it is not empty after all."""
        try:
            self._s3.delete_bucket(Bucket=bucket)
        except aws_errors.ClientError as exc:
            if _code(exc) == "BucketNotEmpty":
                return False
            if _code(exc) not in _ABSENT:
                raise
        return True

    def _create(self, bucket: str) -> None:
        # AWS refuses its first region as a constraint, and wants every other one named.
        place: dict[str, Any] = (
            {}
            if self._region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        )
        try:
            self._s3.create_bucket(Bucket=bucket, **place)
        except aws_errors.ClientError as exc:
            if _code(exc) != "BucketAlreadyOwnedByYou":
                raise

    def _url(self, method: str, bucket: str, key: str, valid_for: timedelta, **more: str) -> str:
        _check_bucket(bucket)
        with translated():
            address: str = self._public_s3.generate_presigned_url(
                method,
                Params={"Bucket": bucket, "Key": key, **more},
                ExpiresIn=int(valid_for.total_seconds()),
            )
        return address


@contextmanager
def translated() -> Iterator[None]:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    try:
        yield
    except aws_errors.ClientError as exc:
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 or status == 429 or _code(exc) in _PASSING:
            raise _unavailable() from exc
        raise _refused() from exc
    except (aws_errors.NoCredentialsError, aws_errors.ParamValidationError) as exc:
        raise _refused() from exc
    except (aws_errors.BotoCoreError, OSError) as exc:
        # No connection, a time-out, an answer cut short, keys that cannot be read or fetched now.
        raise _unavailable() from exc


def _unavailable() -> ProviderUnavailable:
    return ProviderUnavailable(
        "The object store does not answer. Try again in a moment.", provider=PROVIDER
    )


def _refused() -> ProviderRefused:
    return ProviderRefused("The object store refused this.", provider=PROVIDER)


def _code(exc: aws_errors.ClientError) -> str:
    return exc.response.get("Error", {}).get("Code", "")


def _config(endpoint: str) -> Config:
    loopback = urlsplit(endpoint).hostname in {"127.0.0.1", "localhost", "::1"}
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=3,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 3},
        # Checksums that AWS has invented lately are unknown to other stores.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # A proxy of the machine's environment must never see what goes to loopback.
        proxies={} if loopback else None,
    )


def _session_name(text: str) -> str:
    """Shows up in the store's own audit log. 2 to 64 of these characters."""
    return re.sub(r"[^\w+=,.@-]", "-", text, flags=re.ASCII)[:64].ljust(2, "-")


def _check_bucket(bucket: str) -> None:
    if not is_label(bucket) or len(bucket) < 3:
        raise ProviderRefused(f"{bucket[:80]!r} is no name of a bucket.", provider=PROVIDER)
