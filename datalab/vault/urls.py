from django.urls import path

from datalab.vault import api

urlpatterns = [
    path("tenants/<str:tenant>/secrets", api.SecretsView.as_view()),
    path("tenants/<str:tenant>/secrets/<path:path>", api.SecretView.as_view()),
]
