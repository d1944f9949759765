from django.urls import path

from datalab.tenants import api

urlpatterns = [
    path("tenants", api.TenantsView.as_view()),
    path("platform/tenant-slug", api.TenantSlugView.as_view()),
    path("tenants/<str:tenant>", api.OneTenantView.as_view()),
    path("tenants/<str:tenant>/quota", api.QuotaView.as_view()),
    path("tenants/<str:tenant>/members", api.MembersView.as_view()),
    path("tenants/<str:tenant>/members/<str:user>", api.OneMemberView.as_view()),
]
