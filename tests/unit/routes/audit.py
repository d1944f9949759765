from tests.unit.routes.rows import Least, Row

ROWS = {
    "audit_list": Row(least=Least.ADMIN),
    "audit_export": Row(least=Least.ADMIN),
    "audit_types": Row(least=Least.ANYBODY),
    "platform_audit_list": Row(least=Least.PLATFORM_ADMIN),
    "platform_audit_export": Row(least=Least.PLATFORM_ADMIN),
    "acting_start": Row(
        for_the_page=True,
        least=Least.PLATFORM_ADMIN,
        body={"username": "bob", "reason": "ticket 4711: his notebook waits", "minutes": 30},
    ),
    "acting_stop": Row(least=Least.ANYBODY, for_the_page=True),
}
