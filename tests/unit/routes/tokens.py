from tests.unit.routes.rows import Least, Row, Who

# The token in the path is bob's, the member's; a platform administrator may end any.
ONLY_THE_OWNER = dict.fromkeys((Who.VIEWER, Who.ADMIN, Who.OTHER_ADMIN), 404)

ROWS = {
    "tokens_list": Row(least=Least.ANYBODY, keeps_tokens=True),
    "tokens_create": Row(least=Least.ANYBODY, body={"name": "ci"}, keeps_tokens=True),
    "tokens_delete": Row(least=Least.ANYBODY, keeps_tokens=True, differs=ONLY_THE_OWNER),
    "tenant_tokens_list": Row(least=Least.ADMIN),
    "tenant_tokens_take_out": Row(least=Least.ADMIN),
}
