from tests.unit.routes.rows import Least, Row

ROWS = {
    "quota_read": Row(least=Least.VIEWER),
    "quota_change": Row(least=Least.PLATFORM_ADMIN, body={"limits": {"cpu": "4"}}),
    "quota_change_default": Row(least=Least.ADMIN, body={"limits": {"cpu": "4"}}),
    "quota_change_member": Row(least=Least.ADMIN, body={"limits": {"cpu": "4"}}),
}
