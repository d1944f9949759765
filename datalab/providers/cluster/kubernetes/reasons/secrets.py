"""Why the chosen secrets are not there: only the log of the Vault agent's init container says it.

https://developer.hashicorp.com/vault/docs/platform/k8s/injector
"""

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason

AGENT = "vault-agent-init"
"""What the injector calls its container."""
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


def agent_waits(output: str) -> Reason:
    """`output` is the end of what the agent wrote: its newest complaint is at the end."""
    for line in reversed(output.splitlines()):
        found = first(_SAYINGS, line)
        if found is not None:
            return reason(found.reason.code, found.reason.message, raw=output)
    return reason("SecretsComing", "Its secrets are being fetched.", raw=output)
