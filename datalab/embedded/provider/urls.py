"""Below /o/. Named one by one: the library's own list also has pages where any account registers

applications and clients. The app's name is the one by which the library finds them.
"""

from django.urls import path
from oauth2_provider import views

from datalab.embedded.provider.views import SignInFormView

app_name = "oauth2_provider"
urlpatterns = [
    path("login/", SignInFormView.as_view(), name="login"),
    path("authorize/", views.AuthorizationView.as_view(), name="authorize"),
    path("token/", views.TokenView.as_view(), name="token"),
    path("revoke_token/", views.RevokeTokenView.as_view(), name="revoke-token"),
    path("userinfo/", views.UserInfoView.as_view(), name="user-info"),
    path("logout/", views.RPInitiatedLogoutView.as_view(), name="rp-initiated-logout"),
    path(
        ".well-known/openid-configuration",
        views.ConnectDiscoveryInfoView.as_view(),
        name="oidc-connect-discovery-info",
    ),
    path(".well-known/jwks.json", views.JwksInfoView.as_view(), name="jwks-info"),
]
