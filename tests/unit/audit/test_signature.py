"""Against the vector of the specification, so that any receiver's library takes it."""

import base64

from datalab.audit.signature import secret_of, signed_headers

# https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests
SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_standard_webhooks() -> None:
    headers = signed_headers(base64.b64decode(SECRET), id=ID, at=AT, body=BODY)
    assert headers == {
        "webhook-id": ID,
        "webhook-timestamp": str(AT),
        "webhook-signature": SIGNATURE,
    }


def test_the_secret_is_spelt_as_libraries_read_it() -> None:
    assert secret_of(base64.b64decode(SECRET)).reveal() == f"whsec_{SECRET}"
