from celery import shared_task
from django.core.management import call_command
from django.utils.module_loading import import_string
from django.utils.timezone import now

from datalab.accounts.models import RuleSet
from datalab.accounts.reconcile import apply_rules
from datalab.accounts.support import end_those_in_time


@shared_task
def forget_expired_sessions() -> None:
    """A row is made for everybody who only looks at the sign-in page, too."""
    call_command("clearsessions", verbosity=0)


@shared_task
def end_acting_sessions() -> None:
    """Their time is up; this only writes it down."""
    end_those_in_time(now())


@shared_task
def apply_group_rules() -> None:
    """After a change of the rules; also due at times, so that a lost message only delays."""
    at = now()
    if RuleSet.objects.due(at).exists() and RuleSet.objects.claim(RuleSet.ONLY, at):
        # By name: what changes rules wakes this task.
        apply_rules(import_string("datalab.accounts.group_rules.in_force")(), now=at)
