from celery import shared_task
from oauth2_provider.models import clear_expired

from datalab.embedded.provider.sessions import SessionStore


@shared_task
def forget_expired() -> None:
    """Sessions, codes and tokens of the built-in provider that nobody can use any more."""
    SessionStore.clear_expired()
    clear_expired()
