"""What helm says on stderr, as errors of the platform."""

import re

from datalab.core.errors import DatalabError, InvalidInput, ProviderRefused

# `- at '/persistence/size': got number, want string`, indented where a rule holds further ones.
_SCHEMA_LINE = re.compile(r"^\s*- at '(?P<pointer>[^']*)': (?P<problem>.+)$", re.MULTILINE)
# `execution error at (chart/templates/file.yaml:1:4): the text given to fail or required`
_CHART_SAYS = re.compile(r"execution error at \([^()]*\): (?P<text>.+)")
_LONGEST = 300


def error_from(stderr: str) -> DatalabError:
    """The chart's schema and its `fail` speak to the person; all else is the chart's own fault."""
    if "don't meet the specifications of the schema" in stderr:
        fields = _fields(stderr)
        return InvalidInput("The values do not fit the chart.", fields=fields)
    said = _CHART_SAYS.search(stderr)
    if said is not None:
        return InvalidInput(said["text"][:_LONGEST].strip())
    error = ProviderRefused("The chart cannot be rendered.", provider="charts")
    error.add_note(stderr[-2000:])
    return error


def _fields(stderr: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in _SCHEMA_LINE.finditer(stderr):
        if not line["problem"].endswith("validation failed"):
            fields[_dotted(line["pointer"])] = line["problem"][:_LONGEST]
    return fields


def _dotted(pointer: str) -> str:
    """https://datatracker.ietf.org/doc/html/rfc6901 to the dotted paths of our errors."""
    parts = pointer.strip("/").split("/")
    return ".".join(part.replace("~1", "/").replace("~0", "~") for part in parts)
