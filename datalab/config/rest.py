"""What the libraries of the API are told."""

FRAMEWORK = {
    "EXCEPTION_HANDLER": "datalab.core.http.error_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "datalab.accounts.authentication.BearerAuthentication",
        "datalab.accounts.authentication.PageAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["datalab.core.parsing.BoundedJSON"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    # Else `?format=` chooses a renderer, and one that does not exist is a 404.
    "URL_FORMAT_OVERRIDE": None,
}
SCHEMA = {
    "TITLE": "Datalab",
    "DESCRIPTION": "Everything a person can do in the page, a program can do here.",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "datalab.core.schema.describe_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Role": "datalab.tenants.lifecycle.ROLES",
        "Phase": "datalab.launcher.lifecycle.PHASES",
        "Kind": "datalab.tenants.lifecycle.KINDS",
        "RoomState": "datalab.catalog.verdict.STATES",
        "PartState": "datalab.monitoring.checking.STATES",
        "TenantState": "datalab.tenants.lifecycle.STATES",
        "InvitationState": "datalab.tenants.lifecycle.INVITATION_STATES",
        "ServicesFate": "datalab.tenants.lifecycle.FATES",
        "QuotaScope": "datalab.quotas.models.SCOPES",
        "MembershipSource": "datalab.tenants.lifecycle.SOURCES",
    },
}
