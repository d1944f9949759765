"""All settings, from the environment only. `make up` fills it for the embedded platform."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datalab.config import env, presets, providers, rest
from datalab.config.broker import FOLDER, broker
from datalab.config.built_in_issuer import in_state, oauth2_provider
from datalab.config.database import database
from datalab.config.schedule import schedule
from datalab.core.delivery import Delivery
from datalab.core.logging import configure_structlog, logging_config
from datalab.core.quantities import Resource

BASE_DIR = Path(__file__).resolve().parents[2]

EMBEDDED = env.text("DATALAB_PROFILE", "production") == "embedded"
STATE_DIR = Path(env.text("DATALAB_STATE_DIR", str(BASE_DIR / ".datalab"))).absolute()
"""Embedded: all state below one folder. Otherwise only a cache that may be lost."""

# -- the front door ------------------------------------------------------------------------------
ORIGIN = env.text("DATALAB_ORIGIN", "http://localhost:8080")
"""Where people find the page. Tools live at `<service>.` before its host name."""
_origin = urlsplit(ORIGIN)
TRUSTED_PROXIES = env.integer("DATALAB_TRUSTED_PROXIES", 1)
"""How many proxies stand between people and the portal, each adding to `X-Forwarded-For`."""
PROXY_NETWORKS = env.networks(
    "DATALAB_PROXY_NETWORKS",
    "127.0.0.0/8,::1/128"
    if EMBEDDED
    else "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
)
"""Where those proxies are. What anybody else says about addresses is not believed."""
SERVICE_DOMAIN = env.text("DATALAB_SERVICE_DOMAIN", _origin.netloc)
"""`<host>.<this>` is a service's own origin; with the port where there is one."""

GATE_PORT = env.integer("DATALAB_GATE_PORT", 8081)
RELAY_PORT = env.integer("DATALAB_RELAY_PORT", 8082)
"""Where the gate listens: for the front door, and for what goes to tools."""
GATE_ADDRESS = env.text("DATALAB_GATE_ADDRESS", "127.0.0.1")
"""0.0.0.0 in a pod, where a NetworkPolicy lets in the front door alone."""
CREDENTIALS_PORT = env.integer("DATALAB_CREDENTIALS_PORT", 0)
"""Where pods ask for their bucket's keys, over TLS. 0: nowhere; on one machine a socket is enough."""
CREDENTIALS_CERTIFICATE = env.text("DATALAB_CREDENTIALS_CERTIFICATE", "")
CREDENTIALS_KEY = env.text("DATALAB_CREDENTIALS_KEY", "")
"""Files, PEM. Read again when they are replaced."""
GATE_SECRET = env.secret("DATALAB_GATE_SECRET", "")
"""Signs what the gate tells the relay. Empty: drawn once into a 0600 file below STATE_DIR."""
CLUSTER = env.choice(
    "DATALAB_CLUSTER", "local" if EMBEDDED else "kubernetes", ["local", "kubernetes"]
)
"""Where services run: as processes of this machine, or on a cluster of Kubernetes."""
DIALER = env.text("DATALAB_DIALER", f"datalab.providers.cluster.{CLUSTER}.dial.dial")
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
SILENCED_SYSTEM_CHECKS = ["security.W008"]
"""From http to https leads the front door, which is the only way in."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if _origin.scheme == "https":
    # TLS ends at the ingress, which says so; nothing but the address of redirects depends on it.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
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
    "datalab.quotas",
    "datalab.usage",
    "datalab.catalog",
    "datalab.launcher",
    "datalab.monitoring",
    "datalab.vault",
    "datalab.gate",
    "datalab.config",
    # The library's templates have siblings in ours, which come first.
    *(["datalab.embedded.provider", "oauth2_provider"] if EMBEDDED else []),
]
MIDDLEWARE = [
    "datalab.core.middleware.RequestLog",
    "datalab.core.middleware.AnswerHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "datalab.embedded.provider.sessions.ProviderSessions"
    if EMBEDDED
    else "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "datalab.accounts.standing_in.StandingIn",
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
WHITENOISE_ROOT = FRONTEND_DIR if FRONTEND_DIR.is_dir() else None
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/.+-[\w-]{8}\.\w+$"
"""Vite puts a hash of the content into these names."""
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

DATABASES: dict[str, dict[str, Any]] = {
    "default": database(
        env.secret("DATALAB_DATABASE_URL", ""),
        password=env.secret("DATALAB_DATABASE_PASSWORD", ""),
        sqlite_file=STATE_DIR / "datalab.sqlite3",
        statement_seconds=env.integer("DATALAB_DATABASE_STATEMENT_SECONDS", 30),
        lock_seconds=env.integer("DATALAB_DATABASE_LOCK_SECONDS", 10),
    )
}

# -- the API -------------------------------------------------------------------------------------
REST_FRAMEWORK = rest.FRAMEWORK
SPECTACULAR_SETTINGS = rest.SCHEMA

# -- who may come in -----------------------------------------------------------------------------
OIDC_ISSUER = f"{ORIGIN}/o" if EMBEDDED else env.text("DATALAB_OIDC_ISSUER", "")
_issuer = "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER)) if OIDC_ISSUER else ""
OIDC_RP_CLIENT_ID = "datalab" if EMBEDDED else env.text("DATALAB_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET: Any = (
    in_state("client.client_secret") if EMBEDDED else env.secret("DATALAB_OIDC_CLIENT_SECRET", "")
)
"""Empty for a public client: PKCE is used either way."""
OIDC_RP_SCOPES = env.text(
    "DATALAB_OIDC_SCOPES", "openid email profile groups" if EMBEDDED else "openid email profile"
)
OIDC_GROUPS_CLAIM = env.text("DATALAB_OIDC_GROUPS_CLAIM", "groups")
OIDC_RP_SIGN_ALGO = env.text("DATALAB_OIDC_ALGORITHM", "RS256")
PORTAL_PORT = env.integer("DATALAB_PORTAL_PORT", 8000)
_back_channel = f"http://127.0.0.1:{PORTAL_PORT}/o"
OIDC_ENDPOINTS: dict[str, Any] | None = (
    {
        "authorization": f"{OIDC_ISSUER}/authorize/",
        "end_session": f"{OIDC_ISSUER}/logout/",
        # Past the front door, and never by a name below localhost.
        "token": f"{_back_channel}/token/",
        "userinfo": f"{_back_channel}/userinfo/",
        "jwks": f"{_back_channel}/.well-known/jwks.json",
        "names_itself": True,
    }
    if EMBEDDED
    else None
)
"""None: read from the issuer's discovery document at first use."""
OIDC_USE_PKCE = True
OIDC_USE_NONCE = True
OIDC_STORE_ID_TOKEN = True  # in the session's row: signing out names it to the issuer
OIDC_TIMEOUT = 15
OIDC_OP_LOGOUT_URL_METHOD = "datalab.accounts.views.sign_out_url"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "datalab.accounts.oidc.SignInBackend",
    *(["datalab.embedded.provider.views.PasswordBackend"] if EMBEDDED else []),
]
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

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the component library sets styles on elements
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        # Signing in or out is a form whose answer leads on: to the issuer, or to a tool.
        f"form-action 'self' {_issuer} {_origin.scheme}://*.{SERVICE_DOMAIN}",
    ]
)

# -- the built-in OpenID provider ----------------------------------------------------------------
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    *(["datalab.embedded.provider.hashers.RandomSecretHasher"] if EMBEDDED else []),
]
LOGIN_URL = "/o/login/" if EMBEDDED else "/sign-in"
OAUTH2_PROVIDER = oauth2_provider(OIDC_ISSUER)

# -- the log -------------------------------------------------------------------------------------
LOGGING = logging_config(as_json=env.flag("DATALAB_LOG_JSON", default=not EMBEDDED))
configure_structlog()
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# -- health and metrics --------------------------------------------------------------------------
METRICS_TOKEN = env.secret("DATALAB_METRICS_TOKEN", "")
"""What a scraper sends as its bearer token. Empty: nobody gets metrics."""
METRICS_PORT = env.integer("DATALAB_METRICS_PORT", 0)
"""Where a worker answers a scraper. 0: nowhere."""
METRICS_ADDRESS = env.text("DATALAB_METRICS_ADDRESS", "127.0.0.1")

ONE_WORKER = EMBEDDED
"""There is a single worker process, so claims of an earlier one are void at its start."""

AUDIT_KEEP_DAYS = env.integer("DATALAB_AUDIT_KEEP_DAYS", 0)
"""0: for ever. The database refuses less than 30."""
AUDIT_STRICT = env.flag("DATALAB_AUDIT_STRICT", default=False)
"""Whether an event with something that is no plain value fails; else the value is left out."""

# -- the queue -----------------------------------------------------------------------------------
_broker = broker(
    env.secret("DATALAB_BROKER_URL", FOLDER),
    password=env.secret("DATALAB_BROKER_PASSWORD", ""),
    ca_file=env.text("DATALAB_BROKER_CA_FILE", ""),
)
CELERY_BROKER_URL = _broker.url
CELERY_BROKER_USE_SSL = _broker.tls
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL == FOLDER:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(STATE_DIR / "queue"),
        "data_folder_out": str(STATE_DIR / "queue"),
        "control_folder": str(STATE_DIR / "queue-control"),
        "polling_interval": 0.05,
    }
CELERY_BEAT_SCHEDULE = schedule(embedded=EMBEDDED, local=CLUSTER == "local")

# -- the outside world ---------------------------------------------------------------------------
CATALOGS = [{"id": "datalab", "name": "Datalab", "location": str(BASE_DIR / "charts_catalog")}]
KUBE_VERSION = env.text("DATALAB_KUBE_VERSION", "1.34.0")
ALLOWED_IMAGES = env.words(
    "DATALAB_ALLOWED_IMAGES",
    "quay.io/jupyter/,docker.io/codercom/code-server,ghcr.io/mlflow/mlflow",
)
"""Prefixes of image references that charts may use. Empty: every image."""
PRESETS = env.parsed("DATALAB_PRESETS", presets.DEFAULT)
"""Sizes that people choose by name, with devices and machines: docs/operators/presets.md."""
SECRET_DELIVERY = Delivery(
    env.choice("DATALAB_SECRET_DELIVERY", Delivery.INJECTOR, list(Delivery))
    if CLUSTER == "kubernetes"
    else Delivery.INJECTOR
)
"""How chosen secrets reach pods. On one machine nobody looks at it: the platform writes the files."""
INJECTED = {
    Resource.CPU: env.text("DATALAB_INJECTED_CPU", "250m"),
    Resource.MEMORY: env.text("DATALAB_INJECTED_MEMORY", "128Mi"),
}
"""What the Vault Agent injector's container is given in a pod that asks for secrets."""
VAULT_MOUNT = env.text("DATALAB_VAULT_MOUNT", "datalab")
TOOLS = {
    # As a tool sees them: in the sandbox all of it is joined to its own loopback.
    "s3_endpoint": env.text("DATALAB_TOOLS_S3_ENDPOINT", "http://127.0.0.1:9000"),
    "s3_region": env.text("DATALAB_S3_REGION", "us-east-1"),
    "credentials_uri": env.text(
        "DATALAB_TOOLS_CREDENTIALS_URI", "http://127.0.0.1:9911/v1/credentials"
    ),
    # On a cluster the relay beside the tool says who it is: there the tool has no token.
    "credentials_token_file": ""
    if env.text("DATALAB_CREDENTIALS_RELAY_IMAGE", "")
    else "/var/run/datalab/token",
    "relay_image": env.text("DATALAB_CREDENTIALS_RELAY_IMAGE", ""),
    "relay_upstream": env.text("DATALAB_CREDENTIALS_RELAY_UPSTREAM", ""),
    # A ConfigMap in each tenant's namespace: whom the relay believes, as PEM below `ca.crt`.
    "relay_authority": env.text("DATALAB_CREDENTIALS_RELAY_AUTHORITY", "datalab"),
}
"""The relay is a container in each tool's pod: deploy/relay. Without an image there is none."""
KUBECONFIG = env.text("DATALAB_KUBECONFIG", "")
"""A file with the cluster's address and credentials. Empty: the cluster is the one of this very pod."""
_store = providers.store(VAULT_MOUNT)
_clusters = providers.clusters(
    catalog=CATALOGS[0],
    state_dir=STATE_DIR,
    kubeconfig=KUBECONFIG,
    delivery=SECRET_DELIVERY,
    store=_store,
)
PROVIDERS: dict[str, dict[str, Any]] = {
    "cluster": _clusters[CLUSTER],
    **({"workloads": providers.workloads(KUBECONFIG)} if CLUSTER == "kubernetes" else {}),
    "charts": {"class": "datalab.providers.charts.helm.Helm"},
    "secrets": providers.secrets(_store),
    "objects": providers.objects(TOOLS["s3_region"]),
    "webhooks": providers.webhooks(embedded=EMBEDDED),
    **providers.mail_if_set(),
    "identity": {
        "class": "datalab.providers.identity.oidc.OidcTokens",
        "options": {
            "issuer": OIDC_ISSUER,
            "client_id": OIDC_RP_CLIENT_ID,
            "client_secret": OIDC_RP_CLIENT_SECRET,
            "algorithm": OIDC_RP_SIGN_ALGO,
            "groups_claim": OIDC_GROUPS_CLAIM,
            "endpoints": OIDC_ENDPOINTS,
        },
    },
}
