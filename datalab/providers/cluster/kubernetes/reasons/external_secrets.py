"""Why the External Secrets operator has not brought the chosen secrets into the cluster.

Its conditions say only that it could not; the events about both its objects say why.
https://external-secrets.io/latest/api/components/
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reading import Json, condition, happened_at, moment
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason
from datalab.providers.cluster.kubernetes.reasons.secrets import like

WAITS = "SecretsComing"
"""The code of the reason that a pod waits for the Secret with them."""
SILENT_AFTER = timedelta(seconds=30)
_COMPLAINTS = {"UpdateFailed", "InvalidProviderConfig"}
_KEY = r"\(key: [^/\s]+/(?P<path>[^)\s]+)\)"

_SAYINGS = (
    like("SecretsRefused", r"/v1/auth/\S+/login.*?Code: 40[03]"),
    Saying(
        pattern=r"cannot request Kubernetes service account token",
        code="SecretsOperatorRefused",
        sentence="The External Secrets operator cannot sign in as this service. This is tried again "
        "by itself; if it lasts, tell the platform's administrator: the operator needs the right "
        "to make tokens of service accounts.",
    ),
    like("SecretForbidden", rf"{_KEY}.*?(Code: 403|permission denied)"),
    like("SecretMissing", rf"{_KEY}.*?([Ss]ecret not found|Secret does not exist)"),
    like("SecretUnreadable", r"could not (apply|execute) template|fetching templateFrom"),
    like(
        "SecretsSilent",
        r"connection refused|no such host|no route to host|i/o timeout|deadline exceeded|EOF|"
        r"Code: 50[0-9]|is sealed",
    ),
    Saying(
        pattern=r"x509: |tls: ",
        code="SecretsUntrusted",
        sentence="The secret store's certificate is not believed in the cluster. Tell the "
        "platform's administrator.",
    ),
)


def not_brought(asked: Json, events: Iterable[Json], now: datetime) -> Reason | None:
    """`asked` is the ExternalSecret. None where it is too early to say more than that they come."""
    said = condition(asked, "Ready")
    if said.get("status") == "True":
        return reason(
            WAITS,
            "Its chosen secrets are in the cluster by now. The machine looks for them again by "
            "itself, within two minutes.",
        )
    if said.get("status") == "False":
        return _complaint(str(said.get("message", "")), _newest_first(asked, events))
    if now - moment(asked["metadata"].get("creationTimestamp")) < SILENT_AFTER:
        return None
    return reason(
        "SecretsOperatorSilent",
        "The External Secrets operator, which brings its chosen secrets, does not do so. It starts "
        "by itself once it does; tell the platform's administrator that the operator is down.",
    )


def _newest_first(asked: Json, events: Iterable[Json]) -> Sequence[str]:
    """Of this attempt: those about a former one of the same name are older."""
    begun = moment(asked["metadata"].get("creationTimestamp"))
    told = [one for one in events if one["reason"] in _COMPLAINTS and happened_at(one) >= begun]
    return [one["message"] for one in sorted(told, key=happened_at, reverse=True)]


def _complaint(condition: str, complaints: Sequence[str]) -> Reason:
    """The newest that the table knows: one may only say that the other object is not ready."""
    known = (found for text in complaints if (found := first(_SAYINGS, text)))
    if found := next(known, None):
        return found.reason
    return reason(
        "SecretsNotBrought",
        "The External Secrets operator could not bring its chosen secrets. This is tried again by "
        "itself; if it lasts, the details tell the platform's administrator why.",
        raw="\n".join([*complaints[:1], condition]),
    )
