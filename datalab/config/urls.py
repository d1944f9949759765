"""Every address of the portal. The embedded profile adds the built-in identity provider at /o/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from datalab.config.views import no_such_endpoint, page
from datalab.monitoring import views as monitoring

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", monitoring.alive),
    path("readyz", monitoring.ready),
    path("metrics", monitoring.metrics),
    path("api/v1/schema", SpectacularAPIView.as_view()),
    path("api/v1/", include("datalab.accounts.urls")),
    path("api/v1/", include("datalab.tenants.urls")),
    path("api/v1/", include("datalab.quotas.urls")),
    path("api/v1/", include("datalab.usage.urls")),
    path("api/v1/", include("datalab.catalog.urls")),
    path("api/v1/", include("datalab.vault.urls")),
    path("api/v1/", include("datalab.launcher.urls")),
    path("api/v1/", include("datalab.monitoring.urls")),
]
urlpatterns += [path("", include("datalab.gate.urls"))]
urlpatterns += [path("oidc/", include("datalab.accounts.sign_in_urls"))]
if settings.EMBEDDED:
    urlpatterns += [path("o/", include("datalab.embedded.provider.urls"))]
urlpatterns += [
    re_path(r"^api(?:/|$)", no_such_endpoint),
    # Everything else is an address inside the page, but for what belongs to others.
    re_path(r"^(?!(?:o|oidc|open|static|assets|internal|metrics|healthz|readyz)(?:/|$)).*$", page),
]
