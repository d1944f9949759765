import pytest

from datalab.core.semver import Version


def test_versions_are_ordered_as_the_specification_says() -> None:
    """The example of https://semver.org/#spec-item-11, and numbers compared as numbers."""
    ordered = [
        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
        "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.2", "1.0.10", "2.0.0",
    ]  # fmt: skip
    shuffled = ordered[::2] + ordered[1::2]
    assert sorted(shuffled, key=Version.parse) == ordered


def test_what_was_built_when_does_not_count() -> None:
    assert Version.parse("1.2.3+linux") == Version.parse("1.2.3")


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "latest", "1.2.3.4", "-1.2.3", "1.2.3\n", "1." * 40]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        Version.parse(text)
