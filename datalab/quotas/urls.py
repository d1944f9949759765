from django.urls import path

from datalab.quotas import api

_QUOTA = "tenants/<str:tenant>/quota"

urlpatterns = [
    path(_QUOTA, api.QuotaView.as_view()),
    path(f"{_QUOTA}/member-default", api.MemberDefaultView.as_view()),
    path(f"{_QUOTA}/members/<str:user>", api.OneMemberQuotaView.as_view()),
]
