"""What other parts may want to know about accounts without accounts knowing them."""

from django.dispatch import Signal

signed_in = Signal()
"""Sent with `user` and `grants: profile.Grants`, inside the transaction of the sign-in.

The issuer's groups are the whole truth about the memberships that came from groups: a receiver
replaces them all. Grants may be empty, for someone who has lost every group.
"""
