"""Changing a tenant's counters: one conditional UPDATE, as SQL that is written once.

The ORM takes twice as long to say the same, all of it in this process (`tests/bench/quota.py`).
"""

import uuid
from collections.abc import Mapping, Sequence
from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, models, router

from datalab.core.quantities import Resource


def take(
    model: type[models.Model], tenant_id: uuid.UUID, asked: Mapping[Resource, int], *, alone: bool
) -> bool:
    """Add all of it, or nothing and False where that would pass a limit. Less than 0 gives back.

    `alone`: only while the tenant's counters are the only ones that count; also False where not.
    """
    taken = {resource: amount for resource, amount in asked.items() if amount != 0}
    if not taken:
        return True
    bounded = [resource for resource, amount in taken.items() if amount > 0]
    connection = connections[router.db_for_write(model) or DEFAULT_DB_ALIAS]
    key = models.UUIDField().get_db_prep_value(tenant_id, connection)
    values = [*taken.values(), key, *(taken[resource] for resource in bounded)]
    table = model._meta.db_table  # noqa: SLF001 - public in spite of its name
    with connection.cursor() as cursor:
        cursor.execute(_update(table, tuple(taken), tuple(bounded), alone=alone), values)
        changed: int = cursor.rowcount
    return changed == 1


@cache
def _update(
    table: str, taken: Sequence[Resource], bounded: Sequence[Resource], *, alone: bool
) -> str:
    """Names come from the model and from an enumeration; whatever a person says is a parameter."""
    changes = ", ".join(f"used_{name} = used_{name} + %s" for name in taken)
    conditions = ["tenant_id = %s", *(f"used_{name} + %s <= limit_{name}" for name in bounded)]
    conditions += ["NOT counts_members"] if alone else []
    return f"UPDATE {table} SET {changes} WHERE {' AND '.join(conditions)}"  # noqa: S608 - see above
