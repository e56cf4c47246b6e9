"""All marts as one workbook, a sheet each, the dictionary first; rows go to disk as they come.

Excel knows no zones: instants are shown as the clock of the project's zone showed them. Texts are written as texts,
so that nothing runs as a formula or becomes a link.

Data flow: server-side cursor -> XlsxWriter in constant memory -> workbook.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.errors import PermanentError
from trimestre.reports.exporting.columns import dictionary, expressions, kind, select
from trimestre.texts import ASKED

if TYPE_CHECKING:
    from trimestre.reports.exporting.stamp import Stamp

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
_LONGEST = 32_767
_WIDTHS = {"uuid": 38, "text": 22, "instant": 19, "date": 11, "list": 30, "json": 30}
_DICTIONARY_WIDTHS = (22, 26, 20, 80, 40, 50, 50)


def write(connection: sa.Connection, tables: Sequence[sa.Table], path: Path, stamp: "Stamp") -> dict[str, int]:
    """Write the workbook and return rows by table; :class:`PermanentError` when a table does not fit on a sheet."""
    for table in tables:
        found = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if found > MOST_ROWS:
            raise PermanentError(
                ASKED["export_rows"].format(table=table.name, rows=f"{found:,}", most=f"{MOST_ROWS:,}")
            )
    with TemporaryDirectory() as scratch:
        return _write(connection, tables, path, stamp, scratch)


def _write(
    connection: sa.Connection, tables: Sequence[sa.Table], path: Path, stamp: "Stamp", scratch: str
) -> dict[str, int]:
    """Rows wait in the folder ``scratch`` for the end of their workbook."""
    import xlsxwriter

    options = {"constant_memory": True, "tmpdir": scratch, "nan_inf_to_errors": True}
    book = xlsxwriter.Workbook(str(path), {**options, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        book.set_properties(
            {
                "title": texts.EXPORT_CLI["title"].format(project=stamp.project),
                "comments": texts.EXPORT_CLI["comments"].format(
                    at=stamp.exported_at.isoformat(timespec="seconds"),
                    pins=", ".join(f"{source} {batch}" for source, batch in stamp.pins.items()),
                ),
                "created": stamp.exported_at.replace(tzinfo=None),
            }
        )
        formats = {
            "header": book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "instant": book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
        }
        _dictionary(book.add_worksheet(texts.EXPORT_FILES["sheet"]), tables, stamp.zone, formats)
        return {table.name: _sheet(connection, book.add_worksheet(table.name), table, formats) for table in tables}
    finally:
        _close(book)


def _close(book: Any) -> None:
    """Write the file; XlsxWriter has an error of its own for a place that can't be written."""
    from xlsxwriter.exceptions import FileCreateError

    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from None
    finally:
        for sheet in book.worksheets():
            sheet.row_data_fh.close()  # which XlsxWriter does of a file only that it could write


def _dictionary(sheet: Any, tables: Sequence[sa.Table], zone: str, formats: dict[str, Any]) -> None:
    _header(sheet, texts.EXPORT_COLUMNS, _DICTIONARY_WIDTHS, formats)
    number = 0
    for number, row in enumerate(dictionary(tables, zone), start=1):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text[:_LONGEST], formats["wrap"])
    sheet.autofilter(0, 0, number, len(texts.EXPORT_COLUMNS) - 1)


def _sheet(connection: sa.Connection, sheet: Any, table: sa.Table, formats: dict[str, Any]) -> int:
    names = table.columns.keys()
    kinds = [kind(column) for column in table.columns]
    widths = [max(_WIDTHS.get(what, 12), len(name) + 4) for name, what in zip(names, kinds, strict=True)]
    _header(sheet, names, widths, formats)
    writers = [_writer(sheet, what, formats) for what in kinds]
    statement = sa.text(select(table, expressions(table, text=f"left({{0}}, {_LONGEST})")).replace(":", r"\:"))
    number = 0
    with connection.execute(statement, execution_options={"yield_per": 5_000}) as rows:
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if value is not None:
                    writers[place](number, place, value)
    sheet.autofilter(0, 0, number, len(names) - 1)
    return number


def _header(sheet: Any, names: Sequence[str], widths: Sequence[int], formats: dict[str, Any]) -> None:
    for place, (name, width) in enumerate(zip(names, widths, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, formats["header"])
    sheet.freeze_panes(1, 0)


def _writer(sheet: Any, what: str, formats: dict[str, Any]) -> Callable[[int, int, Any], Any]:
    """How a value of a kind is written: by what it is, never by what it looks like."""
    match what:
        case "integer" | "double" | "decimal":
            return lambda row, place, value: sheet.write_number(
                row, place, float(value) if isinstance(value, Decimal) else value
            )
        case "boolean":
            return lambda row, place, value: sheet.write_boolean(row, place, value)
        case "date":
            return lambda row, place, value: sheet.write_datetime(row, place, value, formats["date"])
        case "instant":
            return lambda row, place, value: sheet.write_datetime(
                row, place, value.replace(tzinfo=None), formats["instant"]
            )
        case _:
            return lambda row, place, value: sheet.write_string(row, place, value)
