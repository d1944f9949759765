"""The operations of the OpenAPI schema, as the code has it now."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")
BELOW_A_TENANT = "/api/v1/tenants/{tenant}"


@dataclass(frozen=True, kw_only=True)
class Operation:
    id: str
    method: str
    path: str
    answers: tuple[int, ...]
    is_list: bool
    """It answers with rows, all or a page of them."""

    @property
    def success(self) -> int:
        return next(status for status in self.answers if 200 <= status < 300)

    @property
    def is_below_a_tenant(self) -> bool:
        return self.path.startswith(BELOW_A_TENANT)

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


@cache
def operations() -> Mapping[str, Operation]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = (
        Operation(
            id=one["operationId"],
            method=method,
            path=path,
            answers=tuple(int(status) for status in one["responses"]),
            is_list=method == "get" and _has_rows(one["responses"]),
        )
        for path, methods in schema["paths"].items()
        for method, one in methods.items()
        if method in METHODS
    )
    return {one.id: one for one in found}


def _has_rows(responses: Mapping[str, Any]) -> bool:
    content = responses.get("200", {}).get("content", {}).get("application/json", {})
    shape = content.get("schema", {})
    return shape.get("type") == "array" or "/Paginated" in shape.get("$ref", "")
