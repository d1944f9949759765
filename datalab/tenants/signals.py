"""What parts above tenants hear of them."""

from django.dispatch import Signal

rights_lost = Signal()
"""Sent with `tenant`, `user`, `fate: lifecycle.Fate` and `by: str`, inside the transaction.

The person may no longer run services there: removed, or a viewer from now on.
"""

suspended = Signal()
"""Sent with `tenant`, `reason` and `by`, inside the transaction: a receiver pauses what runs."""

reactivated = Signal()
"""Sent with `tenant` and `by`, inside the transaction: what suspending has paused may run again."""
