"""How the process is put together."""

# Tasks declared with `shared_task` belong to this app: it must be there before they are called.
from datalab.config.celery import app as celery_app

__all__ = ["celery_app"]
