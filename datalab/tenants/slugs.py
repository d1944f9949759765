"""What a new tenant is called outside, made of its display name. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from datalab.core.names import TENANT_MAX

_HASHED = len("--") + 8
_NOT_COMPOSED = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "þ": "th"})


def candidates(display_name: str) -> Iterator[str]:
    """The most readable first: plain words, then words and a hash of the whole, without end.

    The same display name gives the same ones. Whoever makes a tenant takes the first that is free.
    """
    words = _words(display_name)
    if words:
        yield words
    beginning = words[: TENANT_MAX - _HASHED].strip("-") or "t"
    for number in count(1):
        whole = f"{display_name}\n{number}".encode("utf-8", "surrogatepass")
        yield f"{beginning}--{hashlib.sha256(whole).hexdigest()[:8]}"


def _words(text: str) -> str:
    """Letters and digits of ASCII, as near to the text as they come; empty where nothing is left."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_NOT_COMPOSED))
    ascii_only = folded.encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if words and not words[0].isalpha():
        words = f"t-{words}"
    return words[:TENANT_MAX].strip("-")
