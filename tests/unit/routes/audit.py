from tests.unit.routes.rows import Least, Row

ROWS = {
    "audit_list": Row(least=Least.ADMIN),
    "audit_export": Row(least=Least.ADMIN),
    "audit_types": Row(least=Least.ANYBODY),
    "platform_audit_list": Row(least=Least.PLATFORM_ADMIN),
    "platform_audit_export": Row(least=Least.PLATFORM_ADMIN),
}
