"""Every address of the portal. `make up` adds the built-in identity provider at /o/."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/schema", SpectacularAPIView.as_view()),
    path("api/v1/", include("datalab.tenants.urls")),
    path("api/v1/", include("datalab.launcher.urls")),
]
