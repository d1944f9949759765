"""Images without Docker. Needs no cluster."""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

from tests.cluster.images.archive import Image, pack, write_archive

NAME = "example.test/web:1"


def read(archive: tarfile.TarFile, name: str) -> Any:
    file = archive.extractfile(name)
    assert file is not None
    return json.load(file)


def blob(archive: tarfile.TarFile, digest: str) -> Any:
    return read(archive, f"blobs/sha256/{digest.removeprefix('sha256:')}")


def test_an_archive_leads_from_its_name_to_every_layer(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "file").write_text("content")
    layer = pack(tmp_path / "root", tmp_path / "layer.tar")
    image = Image(name=NAME, layers=[layer], command=["/file"], variables={"A": "b"}, user="1:2")
    with tarfile.open(write_archive(image, tmp_path / "image.tar")) as archive:
        index = read(archive, "index.json")["manifests"][0]
        manifest = blob(archive, index["digest"])
        config = blob(archive, manifest["config"]["digest"])
    assert index["annotations"]["io.containerd.image.name"] == NAME
    digest = f"sha256:{hashlib.sha256(layer.read_bytes()).hexdigest()}"
    assert [one["digest"] for one in manifest["layers"]] == [digest]
    assert config["rootfs"]["diff_ids"] == [digest]
    assert (config["config"]["Cmd"], config["config"]["User"]) == (["/file"], "1:2")
    assert "A=b" in config["config"]["Env"]


def test_a_layer_can_stand_deeper_and_its_links_stay_as_they_are(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "python").symlink_to("./../python3")
    (root / "lib").symlink_to("/usr/lib")
    with tarfile.open(pack(root, tmp_path / "layer.tar", at="/opt/tool")) as layer:
        links = {one.name: one.linkname for one in layer if one.issym()}
        owners = {(one.uid, one.gid) for one in layer}
    assert links == {"./opt/tool/bin/python": "./../python3", "./opt/tool/lib": "/usr/lib"}
    assert owners == {(0, 0)}
