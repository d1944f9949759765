from tests.unit.routes.rows import Least, Row

ROWS = {
    "me": Row(least=Least.ANYBODY),
}
