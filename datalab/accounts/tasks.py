from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_expired_sessions() -> None:
    """A row is made for everybody who only looks at the sign-in page, too."""
    call_command("clearsessions", verbosity=0)
