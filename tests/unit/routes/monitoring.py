from tests.unit.routes.rows import Least, Row

ROWS = {"platform_health": Row(least=Least.PLATFORM_ADMIN)}
