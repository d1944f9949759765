"""How the client's secret is kept."""

import hashlib
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare


class RandomSecretHasher(BasePasswordHasher):
    """One round of SHA-256, for secrets of 256 random bits and more; never for passwords.

    What is random cannot be guessed back, and the secret is checked at every token call: a
    password's hasher would cost 0.3 s of CPU each time.
    """

    algorithm = "random_sha256"

    def encode(self, password: str, salt: str = "") -> str:
        del salt
        return f"{self.algorithm}${hashlib.sha256(password.encode()).hexdigest()}"

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        del encoded
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        del encoded
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to even out: there is one round only."""
