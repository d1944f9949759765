"""What others hear of the process that watches the cluster."""

from django.dispatch import Signal

watcher_ready = Signal()
watcher_stopping = Signal()
