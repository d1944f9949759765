from datalab.launcher.models import Service
from tests.unit.routes.rows import Least, Row
from tests.unit.routes.world import World


def paused(world: World) -> None:
    Service.objects.filter(pk=world.service.pk).update(wanted="paused", observed="paused")


ROWS = {
    "platform_read": Row(least=Least.PLATFORM_ADMIN),
    "platform_services_list": Row(least=Least.PLATFORM_ADMIN),
    "services_list": Row(least=Least.VIEWER),
    "services_launch": Row(least=Least.MEMBER, body={"chart": "jupyter", "name": "mine"}),
    "services_read": Row(least=Least.VIEWER),
    "services_change": Row(least=Least.MEMBER, body={"resources": {"cpu": "1"}}),
    "services_remove": Row(least=Least.MEMBER),
    "services_pause": Row(least=Least.MEMBER),
    "services_resume": Row(least=Least.MEMBER, given=paused),
    "services_restart": Row(least=Least.MEMBER),
    "services_hand_over": Row(least=Least.MEMBER, body={"to": "alice"}),
    "services_logs": Row(least=Least.VIEWER),
}
