from django.urls import path

from datalab.accounts.acting_api import ActingView, StopActingView
from datalab.accounts.api import MeView
from datalab.accounts.notification_api import NotificationsReadView, NotificationsView

urlpatterns = [
    path("me", MeView.as_view()),
    path("me/notifications", NotificationsView.as_view()),
    path("me/notifications/read", NotificationsReadView.as_view()),
    path("acting", ActingView.as_view()),
    path("acting/stop", StopActingView.as_view()),
]
