from tests.unit.routes.rows import Least, Row

ROWS = {
    "me": Row(least=Least.ANYBODY),
    "notifications_list": Row(least=Least.ANYBODY),
    "notifications_read": Row(least=Least.ANYBODY, body={}),
}
