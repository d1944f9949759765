"""Which service a host name stands for. Pure.

The front door's rule matches too much (`a.localhost:8080.evil.com`, `A.LOCALHOST`), so the name is
read once more, whole, and only in the one spelling that browsers send.
"""

import re

_LABEL = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")


def label_of(host: str, domain: str) -> str | None:
    """`jupyter-acme-x1y2z` for `jupyter-acme-x1y2z.localhost:8080`; None for anything else."""
    label, dot, rest = host.partition(".")
    if not dot or rest != domain or _LABEL.fullmatch(label) is None:
        return None
    return label


def is_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None
