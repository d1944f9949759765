from django.urls import path

from datalab.tenants import api, audit_api, deletion_api, member_api, token_api, webhooks_api

urlpatterns = [
    path("tenants", api.TenantsView.as_view()),
    path("platform/tenant-slug", api.TenantSlugView.as_view()),
    path("tenants/<str:tenant>", api.OneTenantView.as_view()),
    path("platform/former-tenants", deletion_api.FormerTenantsView.as_view()),
    path("tenants/<str:tenant>/deletion", deletion_api.DeletionView.as_view()),
    path("tenants/<str:tenant>/deletion/cancel", deletion_api.CancelDeletionView.as_view()),
    path("tenants/<str:tenant>/suspend", api.SuspendView.as_view()),
    path("tenants/<str:tenant>/reactivate", api.ReactivateView.as_view()),
    path("tenants/<str:tenant>/audit", audit_api.TenantAuditView.as_view()),
    path("tenants/<str:tenant>/audit/export", audit_api.TenantAuditExportView.as_view()),
    path("audit", audit_api.PlatformAuditView.as_view()),
    path("audit/export", audit_api.PlatformAuditExportView.as_view()),
    path("webhooks", webhooks_api.WebhooksView.as_view()),
    path("webhooks/<uuid:webhook>", webhooks_api.WebhookView.as_view()),
    path("webhooks/<uuid:webhook>/test", webhooks_api.WebhookTestView.as_view()),
    path("webhooks/<uuid:webhook>/deliveries", webhooks_api.DeliveriesView.as_view()),
    path("audit/types", audit_api.EventTypesView.as_view()),
    path("tenants/<str:tenant>/members", member_api.MembersView.as_view()),
    path("tenants/<str:tenant>/members/<str:user>", member_api.OneMemberView.as_view()),
    path("tenants/<str:tenant>/kept-out", member_api.KeptOutView.as_view()),
    path("tenants/<str:tenant>/kept-out/<str:user>", member_api.OneKeptOutView.as_view()),
    path("tenants/<str:tenant>/tokens", token_api.TenantTokensView.as_view()),
    path("tenants/<str:tenant>/tokens/<uuid:token_id>", token_api.TenantTokenView.as_view()),
    path("tokens", token_api.TokensView.as_view()),
    path("tokens/<uuid:token_id>", token_api.OneTokenView.as_view()),
]
