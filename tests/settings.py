"""Settings of the unit tests: memory providers, eager tasks, a database of their own.

SQLite, or PostgreSQL below `python -m tests.parts.postgres pytest …`.
"""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DATALAB_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DATALAB_PROFILE", "embedded")
# The tests' machine does three things at once and gives this one the least of it.
os.environ.setdefault("DATALAB_DATABASE_STATEMENT_SECONDS", "120")
os.environ.setdefault("DATALAB_DATABASE_LOCK_SECONDS", "120")
os.environ.setdefault("DATALAB_STATE_DIR", tempfile.mkdtemp(prefix="datalab-tests-"))

from datalab.config.settings import *  # noqa: F403
from datalab.config.settings import DATABASES, INSTALLED_APPS, PASSWORD_HASHERS, STATE_DIR

if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    # A file, not :memory:, so that tests with threads share it.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(STATE_DIR) / "test.sqlite3")}
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS[1:]]
AUDIT_STRICT = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PROVIDERS = {
    "cluster": {"class": "datalab.providers.cluster.memory.MemoryRuntime"},
    "charts": {"class": "datalab.providers.charts.memory.MemoryCharts"},
    "secrets": {"class": "datalab.providers.secrets.memory.MemorySecrets"},
    "objects": {"class": "datalab.providers.objects.memory.MemoryObjects"},
    "webhooks": {"class": "datalab.providers.webhooks.memory.MemoryWebhooks"},
    "identity": {"class": "datalab.providers.identity.memory.MemoryIdentity"},
}
