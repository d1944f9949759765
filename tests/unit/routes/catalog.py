from tests.unit.routes.rows import Least, Row

ROWS = {
    "catalogs_list": Row(least=Least.ANYBODY),
    "charts_list": Row(least=Least.VIEWER),
    "charts_read": Row(least=Least.VIEWER),
    "charts_form": Row(least=Least.VIEWER),
    "room_read": Row(least=Least.VIEWER),
    "charts_preview": Row(least=Least.MEMBER, body={}),
}
