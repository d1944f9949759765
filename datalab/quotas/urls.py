from django.urls import path

from datalab.quotas import api, request_api

_QUOTA = "tenants/<str:tenant>/quota"
_REQUEST = f"{_QUOTA}/requests/<uuid:request_id>"

urlpatterns = [
    path(_QUOTA, api.QuotaView.as_view()),
    path(f"{_QUOTA}/member-default", api.MemberDefaultView.as_view()),
    path(f"{_QUOTA}/members/<str:user>", api.OneMemberQuotaView.as_view()),
    path(f"{_QUOTA}/requests", request_api.QuotaRequestsView.as_view()),
    path(f"{_REQUEST}/withdraw", request_api.WithdrawView.as_view()),
    path(f"{_REQUEST}/grant", request_api.GrantView.as_view()),
    path(f"{_REQUEST}/refuse", request_api.RefuseView.as_view()),
    path("capacity", request_api.CapacityView.as_view()),
    path("capacity/requests", request_api.AllQuotaRequestsView.as_view()),
]
