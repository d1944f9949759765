"""Tables for spreadsheets: a cell is never a formula."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MEDIA_TYPE = "text/csv; charset=utf-8"


class _Line:
    """What the writer writes is handed on instead of kept."""

    def write(self, text: str) -> str:
        return text


def safe(cell: object) -> str:
    """An apostrophe before what a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection"""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())  # its methods return what the file's write returns
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([safe(row.get(name)) for name in columns])
