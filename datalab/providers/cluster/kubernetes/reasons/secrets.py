"""Why the chosen secrets are not there: only the log of the Vault agent's init container says it.

https://developer.hashicorp.com/vault/docs/platform/k8s/injector
"""

import re
from dataclasses import replace

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason

AGENT = "vault-agent-init"
"""What the injector calls its container."""
_BEGINS = re.compile(r"\d{4}-\d\d-\d\dT\S+ \[|==>")
_SAYINGS = (
    Saying(
        pattern=r"error authenticating.*?(Code: 40[03]|permission denied|not authorized)",
        code="SecretsRefused",
        sentence="The secret store does not let this service in. Restart it; if that does not "
        "help, tell the platform's administrator.",
    ),
    Saying(
        pattern=r"/data/[^/\s]+/(?P<path>[^)\s]+)\).*?(Code: 403|permission denied)",
        code="SecretForbidden",
        sentence="It may not read the secret {path}. Choose another one, or ask an admin of the "
        "tenant.",
    ),
    Saying(
        pattern=r"no secret exists at \S*?/data/[^/\s]+/(?P<path>[^\s\"]+)",
        code="SecretMissing",
        sentence="There is no secret {path} any more. Write it again, or launch without it.",
    ),
    Saying(
        pattern=r"map has no entry for key|executing \"[^\"]*\" at",
        code="SecretUnreadable",
        sentence="A chosen secret cannot be written as a file. Look at its keys and values.",
    ),
    Saying(
        pattern=r"connection refused|no such host|i/o timeout|deadline exceeded|Code: 50[0-9]|"
        r"server is sealed|Vault is sealed",
        code="SecretsSilent",
        sentence="The secret store does not answer. This is tried again by itself; if it lasts, "
        "tell the platform's administrator.",
    ),
)


def like(code: str, pattern: str) -> Saying:
    """The same sentence where something else than the agent says it."""
    return next(replace(one, pattern=pattern) for one in _SAYINGS if one.code == code)


def agent_waits(output: str) -> Reason:
    """`output` is the end of what the agent wrote: its newest complaint is at the end."""
    for entry in reversed(_entries(output)):
        found = first(_SAYINGS, entry)
        if found is not None:
            return reason(found.reason.code, found.reason.message, raw=output)
    return reason("SecretsComing", "Its secrets are being fetched.", raw=output)


def _entries(output: str) -> list[str]:
    """What was written at one time, each as a line: the agent quotes answers of several lines."""
    entries: list[list[str]] = []
    for line in output.splitlines():
        if not entries or _BEGINS.match(line):
            entries.append([])
        entries[-1].append(line)
    return [" ".join(entry) for entry in entries]
