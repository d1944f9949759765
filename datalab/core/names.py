"""Names for outside systems: valid for any input, and never the same for two inputs.

The rule is Kubernetes' DNS label, which namespaces, Helm releases, host names and S3 buckets share:
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
"""

import hashlib
import re
import unicodedata

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
RELEASE_MAX = 40
TENANT_MAX = 40


def is_label(name: str, *, longest: int = 63) -> bool:
    """True for a lower-case DNS label that starts with a letter."""
    return len(name) <= longest and LABEL.fullmatch(name) is not None


def slug(text: str, *, longest: int = 40) -> str:
    """A DNS label for any text: itself where it is one, else readable letters and a hash of all."""
    if is_label(text, longest=longest) and not _looks_hashed(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[: longest - 10].strip("-")
    if not readable or not readable[0].isalpha():
        readable = f"x{readable}"[: longest - 10].strip("-")
    return f"{readable}--{digest}"


def _looks_hashed(text: str) -> bool:
    """Two hyphens are kept for hashed names, so that no plain name can be one."""
    return "--" in text
