from celery import shared_task
from django.core.management import call_command
from django.utils.timezone import now

from datalab.accounts.support import end_those_in_time


@shared_task
def forget_expired_sessions() -> None:
    """A row is made for everybody who only looks at the sign-in page, too."""
    call_command("clearsessions", verbosity=0)


@shared_task
def end_acting_sessions() -> None:
    """Their time is up; this only writes it down."""
    end_those_in_time(now())
