"""What other parts may want to know about accounts without accounts knowing them."""

from django.dispatch import Signal

grants_replaced = Signal()
"""Sent with `user`, `grants: profile.Grants` and `by`, inside the transaction.

At each sign-in, and for everybody after a change of the group rules. The issuer's groups are the
whole truth about the memberships that came from groups: a receiver replaces them all. Grants may
be empty, for someone who has lost every group.
"""

signed_in = Signal()
"""Sent with `user` and `identity`, inside the transaction of the sign-in, after their grants."""

asked_in = Signal()
"""Sent with `identity` and `user` (None: not known yet) about somebody whom no group lets in.

A receiver that answers True vouches for them.
"""

locked = Signal()
"""Sent with `user` and `by`, inside the transaction: the person may do nothing any more."""
