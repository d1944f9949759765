from tests.unit.routes.rows import Least, Row, Who

# The token in the path is bob's, the member's.
ONLY_THE_OWNER = dict.fromkeys((Who.VIEWER, Who.ADMIN, Who.OTHER_ADMIN, Who.PLATFORM_ADMIN), 404)

ROWS = {
    "me": Row(least=Least.ANYBODY),
    "tokens_list": Row(least=Least.ANYBODY),
    "tokens_create": Row(least=Least.ANYBODY, body={"name": "ci"}),
    "tokens_delete": Row(least=Least.ANYBODY, differs=ONLY_THE_OWNER),
}
