from tests.unit.routes.rows import Least, Row

ROWS = {
    "tenants_list": Row(least=Least.ANYBODY),
    "tenants_create": Row(least=Least.PLATFORM_ADMIN, body={"display_name": "Initech"}),
    "tenants_read": Row(least=Least.VIEWER),
    "tenants_change": Row(least=Least.ADMIN, body={"display_name": "Acme AG"}),
    "platform_tenant_slug": Row(least=Least.PLATFORM_ADMIN, query="?display_name=Initech"),
    "quota_read": Row(least=Least.VIEWER),
    "quota_change": Row(least=Least.PLATFORM_ADMIN, body={"limits": {"cpu": "4"}}),
    "members_list": Row(least=Least.VIEWER),
    "members_add": Row(least=Least.ADMIN, body={"username": "dave", "role": "member"}),
    "members_change": Row(least=Least.ADMIN, body={"role": "member"}),
    "members_remove": Row(least=Least.ADMIN),
}
