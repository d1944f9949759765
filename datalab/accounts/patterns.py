"""Patterns of group names that are written in the page. Pure.

Not regular expressions: `*` is any text, `{tenant}` and `{role}` are what their names say, and
everything else is itself. A bad regular expression can keep a process busy for good; these match
within a bounded number of steps, whatever somebody writes. The test has a table that tries.
"""

import re

LONGEST = 200
LONGEST_GROUP = 256
"""Longer group names match nothing."""
MOST_WILDCARDS = 3
_PARTS = {
    "*": ".*",
    "{tenant}": "(?P<tenant>[a-z][-a-z0-9]{0,39})",
    "{role}": "(?P<role>admin|member|viewer)",
}
_TOKENS = re.compile(r"\*|\{[^{}]*\}|[{}]|[^*{}]+")


def compiled(text: str) -> re.Pattern[str]:
    """ValueError with a sentence where it is no pattern. Used with fullmatch only."""
    if not text or len(text) > LONGEST:
        raise ValueError(f"a pattern has 1 to {LONGEST} characters")
    if not text.isprintable():
        raise ValueError("a pattern is one line of letters and signs")
    tokens = _TOKENS.findall(text)
    wildcards = [one for one in tokens if one in _PARTS]
    if len(wildcards) > MOST_WILDCARDS:
        raise ValueError(f"at most {MOST_WILDCARDS} of *, {{tenant}} and {{role}} in one pattern")
    for one in tokens:
        if one not in _PARTS and one[0] in "{}":
            raise ValueError(f"{one} means nothing here: only {{tenant}} and {{role}} do")
        if one != "*" and wildcards.count(one) > 1:
            raise ValueError(f"{one} may stand once")
    if "".join(tokens).strip("*") == "":
        raise ValueError("this would match every group: name at least a part of one")
    return re.compile("".join(_PARTS.get(one) or re.escape(one) for one in tokens))
