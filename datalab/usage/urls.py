from django.urls import path

from datalab.usage import api

urlpatterns = [
    path("tenants/<str:tenant>/usage", api.UsageView.as_view()),
    path("tenants/<str:tenant>/usage.csv", api.UsageTableView.as_view()),
    path("tenants/<str:tenant>/usage/<uuid:service_id>", api.ServiceUsageView.as_view()),
    path("usage", api.AllUsageView.as_view()),
    path("usage.csv", api.AllUsageTableView.as_view()),
    path("prices", api.PricesView.as_view()),
]
