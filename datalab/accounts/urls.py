from django.urls import path

from datalab.accounts.acting_api import ActingView, StopActingView
from datalab.accounts.api import MeView

urlpatterns = [
    path("me", MeView.as_view()),
    path("acting", ActingView.as_view()),
    path("acting/stop", StopActingView.as_view()),
]
