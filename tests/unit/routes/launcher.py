import shutil

from django.utils.timezone import now

from datalab.catalog.kept import kept_in
from datalab.catalog.models import KeptChart
from datalab.catalog.sources import find_chart
from datalab.launcher.lifecycle import Change
from datalab.launcher.models import Service
from datalab.launcher.revisions import note, note_outcomes
from tests.unit.routes.rows import Least, Row
from tests.unit.routes.world import World


def paused(world: World) -> None:
    Service.objects.filter(pk=world.service.pk).update(wanted="paused", observed="paused")


def older(world: World) -> None:
    """The service had another size before, with which it ran."""
    row = Service.objects.get(pk=world.service.pk)
    note(row, Change.LAUNCHED, by="bob", at=now())
    note_outcomes([row])
    Service.objects.filter(pk=row.pk).update(options={"resources": {"cpu": "1"}})
    note(Service.objects.get(pk=row.pk), Change.CHANGED, by="bob", at=now())


def of_older_files(world: World) -> None:
    """The catalogue has other files of its version by now."""
    row = KeptChart.objects.create(digest="0" * 64, name="jupyter", version="1.0.0", kept_at=now())
    chart = find_chart("datalab", "jupyter", None)
    Service.objects.filter(pk=world.service.pk).update(kept=row, version=chart.version)
    kept_in("datalab").mkdir(parents=True, exist_ok=True)
    link = kept_in("datalab") / row.digest
    if not link.exists():
        shutil.copytree(chart.folder, link / "jupyter")


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
    "services_upgrade_offer": Row(least=Least.VIEWER),
    "services_upgrade": Row(least=Least.MEMBER, given=of_older_files),
    "services_rollback": Row(least=Least.MEMBER, given=older),
    "services_revisions": Row(least=Least.VIEWER),
    "services_hand_over": Row(least=Least.MEMBER, body={"to": "alice"}),
    "services_logs": Row(least=Least.VIEWER),
}
