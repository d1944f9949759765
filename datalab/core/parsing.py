"""Reading what a request brings: JSON, of a bounded size and depth."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


class BoundedJSON(JSONParser):
    """Django's own limit answers with a page; this one with our error, before anything is parsed."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(most + 1)
        if len(content) > most:
            raise TooLarge
        try:
            return json.loads(content, parse_constant=_no_number)
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}") from error
        except RecursionError:
            raise ParseError("This is nested too deep.") from None


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON, and no database takes them."""
    raise ValueError(f"{text} is no number")
