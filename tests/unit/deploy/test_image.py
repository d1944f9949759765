"""The Dockerfile and the image that the tests make without Docker hold the same."""

import re

from datalab import VERSION
from tests.cluster.images.platform import APP, COMMAND, USER, VARIABLES
from tests.unit.deploy.rendering import ROOT

DOCKERFILE = (ROOT / "deploy" / "image" / "Dockerfile").read_text()
LAST = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_both_hold_the_same_folders() -> None:
    copied = re.findall(r"^COPY (?:--from=\w+ )?\S+ (\S+)$", LAST, re.M)
    below_app = {one.strip("./") for one in copied if not one.startswith("/")} - {""}
    assert below_app | {"manage.py"} == set(APP)
    assert "COPY manage.py ./" in LAST
    assert {"/opt/datalab", "/usr/local/bin/helm"} <= set(copied)


def test_both_run_as_the_same_user_with_the_same_environment() -> None:
    assert f"USER {USER}:{USER}" in LAST
    said = re.search(r"^ENV (.+?)\n(?! )", LAST, re.M | re.S)
    assert said is not None
    words = said[1].replace("\\\n", " ").split()
    assert dict(word.split("=", 1) for word in words) == VARIABLES
    assert "WORKDIR /app" in LAST
    command = re.search(r"^CMD \[(.+)\]$", LAST, re.M)
    assert command is not None
    assert tuple(re.findall(r'"([^"]+)"', command[1])) == COMMAND


def test_everything_is_locked_and_nothing_compiles_in_the_last_stage() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert "npm ci" in DOCKERFILE
    for word in ("apt-get", "pip install", "npm", "curl", "gcc", "HEALTHCHECK"):
        assert word not in LAST, word
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert all(re.search(r":\d[\w.-]+$", base) for base in bases)
    assert f'image.version="{VERSION}"' in LAST


def test_the_builder_is_sent_what_is_copied_and_no_state() -> None:
    ignored = (ROOT / "deploy" / "image" / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[1] == "**"
    sent = {line[1:] for line in ignored if line.startswith("!")}
    sources = {
        source.split("/")[0]
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M)
        for source in line.split()[:-1]
    }
    assert sources <= {one.split("/")[0] for one in sent}
