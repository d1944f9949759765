"""Below /oidc/. The names are those by which mozilla-django-oidc finds them."""

from django.urls import path

from datalab.accounts.views import CallbackView, SignInView, SignOutView

urlpatterns = [
    path("authenticate/", SignInView.as_view(), name="oidc_authentication_init"),
    path("callback/", CallbackView.as_view(), name="oidc_authentication_callback"),
    path("logout/", SignOutView.as_view(), name="oidc_logout"),
]
