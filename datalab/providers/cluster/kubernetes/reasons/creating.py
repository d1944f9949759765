"""Why there is no pod: what the API server answers the one who makes it.

https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from datalab.providers.cluster.kubernetes.reasons.saying import Saying, Verdict, first, verdict

_SAYINGS = (
    Saying(
        pattern=r"exceeded quota: \S+, requested: (?P<asked>.+?), used: (?P<used>.+?), "
        r"limited: (?P<limit>[^;\n]+)",
        code="QuotaInCluster",
        sentence="The tenant's limit in the cluster is reached: it asks for {asked}, taken are "
        "{used}, the limit is {limit}. It starts by itself once another service is paused or "
        "removed.",
    ),
    Saying(
        pattern=r"failed quota: \S+ must specify (?P<what>.+?)( for: .*)?$",
        code="NothingAskedFor",
        sentence="The chart does not say how much it needs ({what}), which the tenant's limits "
        "demand. Choose another version, or tell whoever keeps the chart.",
        mends=False,
    ),
    Saying(
        pattern=r"(?P<bound>maximum|minimum) (?P<what>\S+) usage per (?P<per>\w+) is "
        r"(?P<limit>[^,]+?), but \w+ is (?P<asked>[^\s,\]]+)",
        code="LimitRange",
        sentence="It asks for {asked} of {what}, where the cluster's {bound} for one "
        "{per} is {limit}. Change what it asks for.",
        mends=False,
    ),
    Saying(
        pattern=r"(?P<what>\S+) max limit to request ratio per \w+ is (?P<limit>\S+),",
        code="LimitRange",
        sentence="Its limit of {what} is more than {limit} times what it asks for, which the "
        "cluster does not allow. Change what it asks for.",
        mends=False,
    ),
    Saying(
        pattern=r'violates PodSecurity "(?P<level>[a-z]+):[^"]*": (?P<what>[^(]+?) \(',
        code="PodSecurity",
        sentence="The cluster's {level} security standard does not allow what this chart does: "
        "{what}. Choose another chart or version, or ask the platform's administrator.",
        mends=False,
    ),
    Saying(
        pattern=r'failed calling webhook "(?P<name>[^"]+)"',
        code="AdmissionSilent",
        sentence="A part of the cluster that looks at each new pod ({name}) does not answer. "
        "This is tried again by itself; if it lasts, tell the platform's administrator.",
    ),
    Saying(
        pattern=r'admission webhook "(?P<name>[^"]+)" denied the request',
        code="AdmissionDenied",
        sentence="A rule of the cluster ({name}) refuses it. The details say why; the platform's "
        "administrator knows the rule.",
        mends=False,
    ),
    Saying(
        pattern=r"ValidatingAdmissionPolicy '(?P<name>[^']+)' .*denied request",
        code="AdmissionDenied",
        sentence="A rule of the cluster ({name}) refuses it. The details say why; the platform's "
        "administrator knows the rule.",
        mends=False,
    ),
    Saying(
        pattern=r"no PriorityClass with name (?P<name>\S+) was found",
        code="NoPriorityClass",
        sentence="The cluster has no priority class {name}. Tell the platform's administrator.",
        mends=False,
    ),
    Saying(
        pattern=r'serviceaccount "(?P<name>[^"]+)" not found',
        code="NoServiceAccount",
        sentence="Its service account {name} is not there. This is tried again by itself; if it "
        "lasts, restart the service.",
    ),
    Saying(
        pattern=r"because it is being terminated",
        code="NamespaceGoes",
        sentence="The tenant's namespace is being removed from the cluster: nothing new starts "
        "there.",
        mends=False,
    ),
)


def not_created(text: str) -> Verdict:
    return first(_SAYINGS, text) or verdict(
        "NotCreated",
        "The cluster has not made its pod. This is tried again by itself; if it lasts, the "
        "details tell the platform's administrator why.",
        raw=text,
    )
