"""The ConfigMaps and Secrets that a chart brings along."""

import base64
import binascii
from collections.abc import Mapping

from datalab.providers.cluster.local.translate.fields import Fields, refused


class Configs:
    """Contents by kind and name. What the chart does not bring is refused by name."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, str], dict[str, bytes]] = {}

    def add(self, kind: str, name: str, manifest: Fields) -> None:
        manifest.drop("immutable", "type")
        content = {key: text.encode() for key, text in manifest.strings("stringData").items()}
        data = manifest.strings("data")
        encoded = manifest.strings("binaryData") if kind == "ConfigMap" else data
        for key, text in encoded.items():
            content.setdefault(key, _decoded(text, f"{manifest.where}, key {key}"))
        if kind == "ConfigMap":
            content.update({key: text.encode() for key, text in data.items()})
        manifest.close()
        self._contents[kind, name] = content

    def content(self, kind: str, name: str, *, optional: bool, where: str) -> Mapping[str, bytes]:
        if (kind, name) in self._contents:
            return self._contents[kind, name]
        if optional:
            return {}
        raise refused(f"{where}: {kind} {name} is not part of the chart.")


def _decoded(text: str, where: str) -> bytes:
    try:
        # A line break inside is what `b64enc` and people leave behind.
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise refused(f"{where} is not base64.") from None
