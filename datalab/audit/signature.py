"""How a receiver knows that an event is ours: Standard Webhooks, scheme v1. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac

from datalab.core.secret import Hidden

PREFIX = "whsec_"


def secret_of(key: bytes) -> Hidden:
    """As receivers' libraries take it."""
    return Hidden(PREFIX + base64.b64encode(key).decode())


def signed_headers(key: bytes, *, id: str, at: int, body: bytes) -> dict[str, str]:  # noqa: A002
    """`at` is in seconds since 1970; receivers refuse what is more than minutes old."""
    to_sign = b".".join((id.encode(), str(at).encode(), body))
    digest = hmac.new(key, to_sign, hashlib.sha256).digest()
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
