from tests.unit.routes.rows import Least, Row, Who

# Whoever runs the platform does not read what its tenants keep.
NOT_A_MEMBER = {Who.PLATFORM_ADMIN: 403}

ROWS = {
    "secrets_list": Row(least=Least.VIEWER),
    "secrets_read": Row(least=Least.MEMBER, differs=NOT_A_MEMBER),
    "secrets_write": Row(least=Least.MEMBER, body={"data": {"A": "1"}}, differs=NOT_A_MEMBER),
    "secrets_delete": Row(least=Least.MEMBER, differs=NOT_A_MEMBER),
}
