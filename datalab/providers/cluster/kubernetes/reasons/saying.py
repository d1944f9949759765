"""One row of the tables: a pattern of the cluster's text, and our sentence for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from datalab.providers.cluster.base import Reason

_LONGEST_RAW = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`mends`: the cluster goes on trying and may well succeed without anybody; else it is a failure."""

    reason: Reason
    mends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """`sentence` may name the pattern's groups in braces."""

    pattern: str
    code: str
    sentence: str
    mends: bool = True

    def verdict(self, text: str) -> Verdict | None:
        """None where the text says something else."""
        found = re.search(self.pattern, text, re.DOTALL)
        if found is None:
            return None
        words = {name: said or "" for name, said in found.groupdict().items()}
        return verdict(self.code, self.sentence.format(**words), raw=text, mends=self.mends)


def verdict(code: str, sentence: str, *, raw: str = "", mends: bool = True) -> Verdict:
    return Verdict(reason=reason(code, sentence, raw=raw), mends=mends)


def reason(code: str, sentence: str, *, raw: str = "") -> Reason:
    return Reason(code=code, message=sentence, raw=raw[-_LONGEST_RAW:])


def first(sayings: Iterable[Saying], text: str) -> Verdict | None:
    """The rows are tried in order: the more specific ones stand first."""
    return next((found for one in sayings if (found := one.verdict(text))), None)
