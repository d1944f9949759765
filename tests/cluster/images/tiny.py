"""The two images that a cluster begins with, out of the machine's busybox."""

import shutil
import tempfile
from pathlib import Path

from tests.cluster.images.archive import Image, pack, write_archive
from tests.cluster.layout import PAUSE, TINY
from tests.cluster.shell import KitError, run

_NAP = "trap 'exit 0' TERM INT; while :; do sleep 2147483 & wait $!; done"
_COMMANDS = {
    PAUSE: ["/bin/sh", "-c", _NAP],
    TINY: ["/bin/httpd", "-f", "-p", "8080", "-h", "/srv"],
}
NAMES = tuple(_COMMANDS)
_FILES = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nuser:x:1000:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "srv/index.html": "It works.\n",
    "srv/healthz": "ok\n",
}


def write_tiny(name: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="datalab-image-") as scratch:
        root = Path(scratch) / "root"
        fill(root)
        layer = pack(root, Path(scratch) / "layer.tar")
        write_archive(Image(name=name, layers=[layer], command=_COMMANDS[name]), target)


def fill(root: Path) -> None:
    """A file system of busybox alone. Debian's is dynamic, so its libraries come along."""
    found = shutil.which("busybox")
    if found is None:
        raise KitError("busybox is not installed: apt-get install busybox")
    for folder in ("bin", "tmp", "root"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for name, text in _FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for library in _libraries(found):
        target = root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library, target)
    shutil.copy2(found, root / "bin" / "busybox")
    for applet in run("busybox", "--list").split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")


def _libraries(program: str) -> list[str]:
    return [word for word in run("ldd", program).split() if word.startswith("/")]
