"""All settings, from the environment only. `make up` fills it for the embedded platform."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datalab.config import env

BASE_DIR = Path(__file__).resolve().parents[2]

EMBEDDED = env.text("DATALAB_PROFILE", "production") == "embedded"
STATE_DIR = Path(env.text("DATALAB_STATE_DIR", str(BASE_DIR / ".datalab"))).absolute()
"""Embedded: all state below one folder. Otherwise only a cache that may be lost."""

# -- the front door ------------------------------------------------------------------------------
ORIGIN = env.text("DATALAB_ORIGIN", "http://localhost:8080")
"""Where people find the page. Tools live at `<service>.` before its host name."""
_origin = urlsplit(ORIGIN)
SERVICE_DOMAIN = env.text("DATALAB_SERVICE_DOMAIN", _origin.netloc)
"""`<host>.<this>` is a service's own origin; with the port where there is one."""

GATE_PORT = env.integer("DATALAB_GATE_PORT", 8081)
RELAY_PORT = env.integer("DATALAB_RELAY_PORT", 8082)
"""Where the gate listens, on 127.0.0.1: for the front door, and for what goes to tools."""
GATE_SECRET = env.secret("DATALAB_GATE_SECRET", "")
"""Signs what the gate tells the relay. Empty: drawn once into a 0600 file below STATE_DIR."""
DIALER = env.text("DATALAB_DIALER", "datalab.providers.cluster.local.dial.dial")
"""`async (ReleaseRef) -> socket.socket`, connected to a tool."""

SECRET_KEY = env.secret("DATALAB_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = [_origin.hostname or "localhost", *env.words("DATALAB_INTERNAL_HOSTS", "127.0.0.1")]
CSRF_TRUSTED_ORIGINS = [ORIGIN]

# `__Host-` cookies cannot be set by a tool on a neighbouring name. Browsers treat localhost as
# secure, also over plain http.
SESSION_COOKIE_NAME = "__Host-datalab"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=10).total_seconds())
CSRF_COOKIE_NAME = "__Host-datalab_csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
"""Bytes of a request's body; more is a 413 before it is parsed."""

# -- Django --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "drf_spectacular",
    "datalab.accounts",
    "datalab.audit",
    "datalab.tenants",
    "datalab.catalog",
    "datalab.launcher",
    "datalab.vault",
    "datalab.gate",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "datalab.config.urls"
WSGI_APPLICATION = "datalab.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "frontend" / "dist"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "/static/"
FRONTEND_DIR = BASE_DIR / "frontend" / "dist"
WHITENOISE_ROOT = FRONTEND_DIR
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(STATE_DIR / "datalab.sqlite3"),
    "CONN_MAX_AGE": 60,
    "OPTIONS": {
        # Without IMMEDIATE a transaction that reads first and writes later fails under load.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
DATABASES: dict[str, dict[str, Any]] = {"default": SQLITE}

# -- the API -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "datalab.core.http.error_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "datalab.accounts.authentication.BearerAuthentication",
        "datalab.accounts.authentication.PageAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Datalab",
    "DESCRIPTION": "Everything a person can do in the page, a program can do here.",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
}

# -- who may come in -----------------------------------------------------------------------------
TOKEN_LONGEST = timedelta(days=365)
PORTAL_THREADS = env.integer("DATALAB_PORTAL_THREADS", 16)
BACK_CHANNEL_SLOTS = 8
"""Requests that may wait for the issuer at a time; the built-in one needs as many threads again."""
GROUP_RULES = env.parsed(
    "DATALAB_GROUP_RULES",
    [
        {
            "pattern": "(?P<tenant>[a-z][-a-z0-9]*):(?P<role>admin|member|viewer)",
            "tenant": "{tenant}",
            "role": "{role}",
        },
        {"pattern": "platform-admin", "role": "platform-admin"},
    ]
    if EMBEDDED
    else [],
)
"""`[{pattern, tenant, role}]`: groups of the issuer that give access. All others give none."""

ONE_WORKER = EMBEDDED
"""There is a single worker process, so that claims of an earlier one are void at its start."""

# -- the queue -----------------------------------------------------------------------------------
CELERY_BROKER_URL = env.secret("DATALAB_BROKER_URL", "filesystem://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(STATE_DIR / "queue"),
        "data_folder_out": str(STATE_DIR / "queue"),
        "control_folder": str(STATE_DIR / "queue-control"),
        "polling_interval": 0.05,
    }
CELERY_BEAT_SCHEDULE = {
    "services-that-are-due": {
        "task": "datalab.launcher.tasks.reconcile_due_services",
        "schedule": 2.0,
    },
    "tenants-that-are-due": {
        "task": "datalab.tenants.tasks.reconcile_due_tenants",
        "schedule": 5.0,
    },
    "secrets-that-changed": {
        "task": "datalab.launcher.tasks.refresh_secrets",
        "schedule": 4.0,
    },
    "quota-drift": {"task": "datalab.launcher.tasks.mend_quota_drift", "schedule": 300.0},
}

# -- the outside world ---------------------------------------------------------------------------
CATALOGS = [{"id": "datalab", "name": "Datalab", "location": str(BASE_DIR / "charts_catalog")}]
KUBE_VERSION = env.text("DATALAB_KUBE_VERSION", "1.34.0")
PROVIDERS: dict[str, dict[str, Any]] = {
    "cluster": {
        "class": env.text("DATALAB_CLUSTER", "datalab.providers.cluster.local.LocalRuntime")
    },
    "charts": {"class": "datalab.providers.charts.helm.Helm"},
    "secrets": {"class": "datalab.providers.secrets.vault.VaultSecrets"},
    "objects": {"class": "datalab.providers.objects.s3.S3Objects"},
    "identity": {"class": "datalab.providers.identity.oidc.OidcTokens"},
}
