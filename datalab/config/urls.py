"""Every address of the portal. The embedded profile adds the built-in identity provider at /o/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from datalab.config.views import no_such_endpoint, page
from datalab.core.health import healthy

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthy),
    path("api/v1/schema", SpectacularAPIView.as_view()),
    path("api/v1/", include("datalab.accounts.urls")),
    path("api/v1/", include("datalab.tenants.urls")),
    path("api/v1/", include("datalab.catalog.urls")),
    path("api/v1/", include("datalab.vault.urls")),
    path("api/v1/", include("datalab.launcher.urls")),
]
urlpatterns += [path("", include("datalab.gate.urls"))]
urlpatterns += [path("oidc/", include("datalab.accounts.sign_in_urls"))]
if settings.EMBEDDED:
    urlpatterns += [path("o/", include("datalab.embedded.provider.urls"))]
urlpatterns += [
    re_path(r"^api(?:/|$)", no_such_endpoint),
    # Everything else is an address inside the page, but for what belongs to others.
    re_path(r"^(?!(?:o|oidc|open|static|assets|internal)(?:/|$)).*$", page),
]
