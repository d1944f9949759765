"""The shapes of secrets in the API."""

import re
from typing import Any

from rest_framework import serializers

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_MOST_NAMES = 100
_LONGEST_VALUE = 64 * 1024
_RESERVED = {
    "PATH",
    "HOME",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "IFS",
    "ENV",
    "BASH_ENV",
}


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
        for name, value in data.items():
            if not _NAME.fullmatch(name) or name in _RESERVED:
                raise serializers.ValidationError(
                    f"{name[:60]!r} cannot be the name of an environment variable."
                )
            if "\0" in value:
                raise serializers.ValidationError(f"The value of {name} has a NUL character.")
        return data
