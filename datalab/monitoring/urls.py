from django.urls import path

from datalab.monitoring.api import HealthView

urlpatterns = [path("platform/health", HealthView.as_view())]
