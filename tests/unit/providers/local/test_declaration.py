"""`local/environment.yaml`: read strictly, and named by all that makes an environment what it is."""

from pathlib import Path

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.local.declaration import Declaration, read_declaration

PLAIN = """\
title: My Tool
images: [example.test/tool]
requirements: requirements.txt
home: /home/me
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tool" / "local"
    (folder / "node").mkdir(parents=True)
    (folder / "requirements.txt").write_text("six==1.17.0 --hash=sha256:aa\n")
    return folder


def read(folder: Path, text: str) -> Declaration:
    (folder / "environment.yaml").write_text(text)
    return read_declaration(folder)


def test_a_plain_declaration_is_read_as_it_stands(folder: Path) -> None:
    declaration = read(folder, PLAIN)
    assert declaration.title == "My Tool"
    assert declaration.images == ["example.test/tool"]
    assert declaration.requirements == folder / "requirements.txt"
    assert declaration.home == Path("/home/me")
    assert declaration.node is None
    assert declaration.key.startswith("my-tool-")


def test_a_node_part_is_read_with_its_defaults(folder: Path) -> None:
    node = read(folder, f"{PLAIN}node: {{folder: node, locked: [a/b]}}\n").node
    assert node is not None
    assert (node.folder, node.locked, node.compile_in) == (folder / "node", ["a/b"], ".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[]", "not a mapping", id="a list"),
        pytest.param("a: [", "cannot be read", id="no YAML"),
        pytest.param(PLAIN.replace("title", "name"), "title is missing", id="no title"),
        pytest.param(f"{PLAIN}nodes: {{}}\n", "nobody knows nodes", id="a field misspelt"),
        pytest.param(
            PLAIN.replace("requirements.txt", "other.txt"), "other.txt is missing", id="no lock"
        ),
        pytest.param(
            PLAIN.replace("requirements.txt", "../../x"), "leads out", id="a lock from elsewhere"
        ),
        pytest.param(
            f"{PLAIN}node: {{folder: node, removed: [../*]}}\n", "leads out", id="removes too much"
        ),
        pytest.param(
            f"{PLAIN}node: {{folder: node, links: {{/bin/sh: x}}}}\n", "leads out", id="links out"
        ),
        pytest.param(
            f"{PLAIN}node: {{folder: node, script: x}}\n", "nobody knows script", id="a node field"
        ),
        pytest.param(f"{PLAIN}variables: {{A: 1}}\n", "variables is not", id="a number as text"),
        pytest.param(f"{PLAIN}hidden: node\n", "hidden is not a list", id="a text as list"),
    ],
)
def test_a_mistake_is_named_with_the_chart(folder: Path, text: str, said: str) -> None:
    with pytest.raises(ProviderRefused, match=said) as refusal:
        read(folder, text)
    assert "the chart tool" in refusal.value.detail


def test_the_key_changes_with_the_files_and_only_with_them(folder: Path) -> None:
    first = read(folder, PLAIN).key
    assert read(folder, PLAIN).key == first
    (folder / "requirements.txt").write_text("six==1.17.0 --hash=sha256:bb\n")
    second = read(folder, PLAIN).key
    (folder / "node" / "package.json").write_text("{}")
    third = read(folder, PLAIN).key
    assert len({first, second, third}) == 3
