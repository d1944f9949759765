from django.urls import path

from datalab.launcher import api

_SERVICE = "tenants/<str:tenant>/services/<str:service>"

urlpatterns = [
    path("platform", api.PlatformView.as_view()),
    path("services", api.AllServicesView.as_view()),
    path("tenants/<str:tenant>/services", api.ServicesView.as_view()),
    path(_SERVICE, api.OneServiceView.as_view()),
    path(f"{_SERVICE}/pause", api.PauseView.as_view()),
    path(f"{_SERVICE}/resume", api.ResumeView.as_view()),
    path(f"{_SERVICE}/restart", api.RestartView.as_view()),
    path(f"{_SERVICE}/upgrade", api.UpgradeView.as_view()),
    path(f"{_SERVICE}/rollback", api.RollBackView.as_view()),
    path(f"{_SERVICE}/revisions", api.RevisionsView.as_view()),
    path(f"{_SERVICE}/hand-over", api.HandOverView.as_view()),
    path(f"{_SERVICE}/logs", api.LogsView.as_view()),
]
