"""Below /oidc/. The names are those by which mozilla-django-oidc finds them."""

from django.urls import path
from mozilla_django_oidc.views import OIDCLogoutView

from datalab.accounts.views import CallbackView, SignInView

urlpatterns = [
    path("authenticate/", SignInView.as_view(), name="oidc_authentication_init"),
    path("callback/", CallbackView.as_view(), name="oidc_authentication_callback"),
    path("logout/", OIDCLogoutView.as_view(), name="oidc_logout"),
]
