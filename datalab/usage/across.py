"""Use across tenants, under the names and labels that they have today."""

from collections import defaultdict

from datalab.tenants.models import Tenant
from datalab.usage.report import Report, Tally

NO_LABEL = "No group"


def titles_of_tenants() -> dict[str, str]:
    """A tenant that is gone keeps the name that its use was written down with."""
    return {str(pk): name for pk, name in Tenant.objects.values_list("pk", "display_name")}


def folded_by_label(found: Report) -> Report:
    """By the tenants' group label. Those that are gone have none."""
    labels = {str(pk): label for pk, label in Tenant.objects.values_list("pk", "group")}
    result: Report = defaultdict(Tally)
    for (period, key), one in found.items():
        label = labels.get(key[0], "")
        result[period, (label, label or NO_LABEL)].merge(one)
    return dict(result)
