"""The user administration of MinIO-like stores: of it, only what makes the platform's principal.

The store's root may not assume roles, so the platform needs a user of its own; it may do all with
buckets and objects, and nothing with users. Needed by whoever sets the store up, never by the
running platform. https://min.io/docs/minio/linux/reference/minio-mc-admin.html
"""

import json
from typing import Any

from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException
from minio.minioadmin import MinioAdmin
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from datalab.core.errors import ProviderRefused, ProviderUnavailable

POLICY = "datalab-platform"
_PROVIDER = "objects"
_DOCUMENT: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}],
}


def ensure_platform_user(
    *, endpoint: str, root_user: str, root_password: str, access_key: str, secret_key: str
) -> None:
    """Make the principal, or give it this key again. `endpoint` is `host:port`, plain http.

    ProviderUnavailable while the store does not answer yet; ProviderRefused where the root's
    password is not the one that the store was made with.
    """
    admin = MinioAdmin(
        endpoint=endpoint,
        credentials=StaticProvider(root_user, root_password),
        secure=False,
        http_client=PoolManager(
            timeout=Timeout(connect=3, read=10), retries=Retry(total=0), maxsize=1
        ),
    )
    try:
        admin.user_add(access_key, secret_key)
        admin.policy_add(POLICY, policy=_DOCUMENT)
        if POLICY not in json.loads(admin.user_info(access_key)).get("policyName", "").split(","):
            admin.policy_set(POLICY, user=access_key)
    except HTTPError as exc:
        raise ProviderUnavailable("The object store does not answer.", provider=_PROVIDER) from exc
    except MinioAdminException as exc:
        raise ProviderRefused(
            "The object store refused its administrator.", provider=_PROVIDER
        ) from exc
