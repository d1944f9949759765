import subprocess

import pytest

from datalab.core.errors import InvalidInput
from datalab.providers.secrets.base import Secret
from datalab.vault.paths import to_api, to_store
from datalab.vault.rendering import render_files

NASTY = "a'b\"c$HOME`id`\\ \n ü €\t#;&|"


def secret(**data: str) -> Secret:
    return Secret(data=data, version=1)


def test_a_shell_reads_back_exactly_what_was_written(tmp_path: object) -> None:
    script = render_files([secret(NASTY=NASTY, PLAIN="x")])["/vault/secrets/env.sh"]
    program = script + b"printf '%s' \"$NASTY\""
    done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, check=True, timeout=10)
    assert done.stdout.decode() == NASTY


def test_each_name_is_a_file_too_and_the_later_secret_wins() -> None:
    files = render_files([secret(A="1", B="2"), secret(A="3")])
    assert files["/vault/secrets/A"] == b"3"
    assert files["/vault/secrets/B"] == b"2"
    assert files["/vault/secrets/env.sh"] == b"export A='1'\nexport B='2'\nexport A='3'\n"


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        pytest.param("db", "shared/db", id="the tenant's"),
        pytest.param("warehouse/reader", "shared/warehouse/reader", id="in a folder"),
        pytest.param("personal/db", "users/bob/db", id="one's own"),
    ],
)
def test_where_a_secret_lies(path: str, stored: str) -> None:
    assert to_store(path, "bob") == stored
    assert to_api(stored) == path


@pytest.mark.parametrize(
    "path",
    ["", "/db", "../globex/db", "a/../../b", "a//b", "-x", "a b", "x/" * 9 + "x", "personal/"],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        to_store(path, "bob")


def test_odd_user_names_never_share_a_folder() -> None:
    assert to_store("personal/x", "a.b") != to_store("personal/x", "a_b")
