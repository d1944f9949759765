"""The shapes of secrets in the API."""

import re
from typing import Any

from rest_framework import serializers

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_MOST_NAMES = 100
_LONGEST_VALUE = 64 * 1024
"""Bytes. Linux starts no program with a variable of 128 KiB."""
_LARGEST = 512 * 1024
"""Bytes of all values together, for the same reason."""
_TAKEN = re.compile(
    # The loader and the interpreter would do something else with it.
    r"LD_\w+|PATH|HOME|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|NODE_OPTIONS"
    # A shell refuses to set it, or acts on it: then the tool does not start at all.
    r"|IFS|ENV|BASH_ENV|BASHOPTS|BASH_VERSINFO|SHELLOPTS|OPTIND|PPID|UID|EUID|GROUPS|PS4|_"
    # The platform's own.
    r"|DATALAB_\w+|AWS_CONTAINER_\w+"
)


class SecretEntrySerializer(serializers.Serializer[Any]):
    path = serializers.CharField()


class SecretListSerializer(serializers.Serializer[Any]):
    results = SecretEntrySerializer(many=True)


class SecretSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    data = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]
    version = serializers.IntegerField()


class SecretWriteSerializer(serializers.Serializer[Any]):
    """`version` is the one that was read (0: it must be new); left out: whatever it is."""

    data = serializers.DictField(  # type: ignore[assignment]  # the API's own word
        child=serializers.CharField(
            max_length=_LONGEST_VALUE, allow_blank=True, trim_whitespace=False
        ),
        allow_empty=False,
    )
    version = serializers.IntegerField(min_value=0, required=False, allow_null=True)

    def validate_data(self, data: dict[str, str]) -> dict[str, str]:
        if len(data) > _MOST_NAMES:
            raise serializers.ValidationError(f"At most {_MOST_NAMES} names in one secret.")
        wrong = {
            name[:60]: problem
            for name, value in data.items()
            if (problem := _problem_with(name, value))
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        if sum(len(value.encode()) for value in data.values()) > _LARGEST:
            raise serializers.ValidationError(f"More than {_LARGEST // 1024} KiB in one secret.")
        return data


def _problem_with(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        return "Cannot be the name of an environment variable: letters, digits and _ only."
    if _TAKEN.fullmatch(name):
        return "This name means something to the shell or the platform already."
    if len(value.encode()) > _LONGEST_VALUE:
        return f"The value is longer than {_LONGEST_VALUE // 1024} KiB."
    return ""
