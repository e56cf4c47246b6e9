"""A workbook goes out: instructions, one sheet to fill, drop-downs, and a hidden mark by which it is known again.

Only input cells are unlocked. Texts are written as texts: one that begins with ``=`` is no formula.

Data flow: lines of a kind -> XlsxWriter -> file.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports.workbooks.model import Book, Field, Line, Lists, digest, inputs

VERSION = 1
"""Of the layout: a file of another one is refused."""

MARK = "_trimestre"
"""Sheet that no menu of Excel unhides: A1 what the file is, below it a record a row with its digest."""

HEADER = 2
"""Rows above the lines: title and headings."""

_CHOICE_ROWS = 1_000
_INLINE = 200
"""A list of choices with more signs than this stands on the sheet of lists (Excel takes 255)."""


def write_book(
    book: Book, project: Project, period: Period, lines: Sequence[Line], path: Path, *, partner: str | None = None
) -> Path:
    """Write the file; :class:`ContractError` when it can't be written there."""
    import xlsxwriter

    if path.suffix.lower() != ".xlsx":
        raise ContractError(texts.WORKBOOK_REFUSALS["ending"].format(name=path.name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as made:
            _Writer(book, project, period, lines, partner, made).write()
    except (OSError, xlsxwriter.exceptions.FileCreateError):
        raise ContractError(texts.WORKBOOK_REFUSALS["unwritable"].format(path=path)) from None
    return path


class _Writer:
    def __init__(
        self, book: Book, project: Project, period: Period, lines: Sequence[Line], partner: str | None, made: Any
    ) -> None:
        self.book, self.project, self.period, self.partner, self.made = book, project, period, partner, made
        # A partner's copy is for its own rows: others are refused when it comes back.
        self.lines = [*lines, *(Line({}) for _ in range(0 if partner else book.blank))]
        self.lists: Lists = book.lists(project)
        self._listed: dict[tuple[str, ...], str] = {}
        self._formats: dict[tuple[str, bool], Any] = {}

    def write(self) -> None:
        self._instructions()
        self.sheet = self.made.add_worksheet(texts.WORKBOOKS[self.book.kind]["sheet"])
        self.lists_sheet = self.made.add_worksheet(texts.WORKBOOK_SAID["lists"])
        self._head()
        for number, line in enumerate(self.lines, start=HEADER):
            self._line(number, line)
        self._validate_columns()
        self._mark()
        self.lists_sheet.hide()
        self.sheet.activate()
        self.sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})

    def _instructions(self) -> None:
        sheet = self.made.add_worksheet(texts.WORKBOOK_SAID["instructions"])
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        wrapped = self.made.add_format({"text_wrap": True, "valign": "top"})
        bold = self.made.add_format({"bold": True, "valign": "top", "text_wrap": True})
        sheet.write_string(0, 0, self._title(), self.made.add_format({"bold": True, "font_size": 14}))
        row = 2
        for text in (texts.WORKBOOKS[self.book.kind]["sentence"], *texts.WORKBOOK_INSTRUCTIONS,
                     *texts.WORKBOOK_NOTES.get(self.book.kind, ())):  # fmt: skip
            sheet.merge_range(row, 0, row, 1, text, wrapped)
            sheet.set_row(row, 15 * (1 + len(text) // 125))
            row += 1
        for number, column in enumerate(self.book.fields, start=row + 1):
            heading, help_text = texts.WORKBOOK_FIELDS[self.book.kind][column.name]
            sheet.write_string(number, 0, heading, bold)
            sheet.write_string(number, 1, help_text, wrapped)
            sheet.set_row(number, 15 * (1 + len(help_text) // 100))
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.protect("")

    def _title(self) -> str:
        parts = [texts.WORKBOOKS[self.book.kind]["name"], str(self.period), self.project.framework.project]
        return " · ".join([*parts, *([self.partner] if self.partner else [])])

    def _head(self) -> None:
        bold = self.made.add_format({"bold": True, "font_size": 14})
        head = self.made.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "top",
                "bottom": 1,
                "bg_color": "#1F3B57",
                "font_color": "#FFFFFF",
            }
        )
        self.sheet.write_string(0, 0, self._title(), bold)
        for number, column in enumerate(self.book.fields):
            heading, help_text = texts.WORKBOOK_FIELDS[self.book.kind][column.name]
            self.sheet.write_string(HEADER - 1, number, heading, head)
            self.sheet.write_comment(HEADER - 1, number, help_text, {"author": "Trimestre", "x_scale": 2})
            self.sheet.set_column(number, number, column.width)
        self.sheet.set_row(HEADER - 1, 32)
        keys = sum(1 for column in self.book.fields if column.part in ("key", "code"))
        self.sheet.freeze_panes(HEADER, min(keys, 2))
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEADER - 1)

    def _line(self, number: int, line: Line) -> None:
        # Only where a text needs it: a row with a height of its own no longer grows with what is typed.
        shown = {column.name: self._shown(column, line.values.get(column.name)) for column in self.book.fields}
        tall = max(_lines(shown[column.name], column.width) for column in self.book.fields)
        if tall > 1:
            self.sheet.set_row(number, 15 * min(tall, 20))
        for place, column in enumerate(self.book.fields):
            open_cell = column.part == "input" or (column.part == "key" and line.key is None)
            style = self._format(column.type, open_cell)
            self._cell(number, place, shown[column.name], style)
            if column.name in line.lists:
                self._validation(number, number, place, column, list(line.lists[column.name]))

    def _shown(self, column: Field, value: Any) -> Any:
        """A choice by its name."""
        if not column.choices or value is None:
            return value
        names = {code: name for name, code in self.lists.get(column.choices, {}).items()}
        return names.get(str(value), value)

    def _cell(self, number: int, place: int, value: Any, style: Any) -> None:
        if value is None or value == "":
            self.sheet.write_blank(number, place, None, style)
        elif isinstance(value, date):
            self.sheet.write_datetime(number, place, value, style)
        elif isinstance(value, Decimal):
            self.sheet.write_number(number, place, float(value), style)
        else:
            self.sheet.write_string(number, place, str(value), style)

    def _format(self, kind: str, open_cell: bool) -> Any:
        if (kind, open_cell) not in self._formats:
            look = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#BFBFBF", "locked": not open_cell}
            look |= {"day": {"num_format": "dd/mm/yyyy"}, "number": {"num_format": "#,##0.####"}}.get(kind, {})
            look |= {"bg_color": "#FFF9E5"} if open_cell else {"bg_color": "#F2F2F2", "font_color": "#404040"}
            self._formats[kind, open_cell] = self.made.add_format(look)
        return self._formats[kind, open_cell]

    def _validate_columns(self) -> None:
        last = HEADER + max(len(self.lines), 1) - 1
        own = {name for line in self.lines for name in line.lists}
        for place, column in enumerate(self.book.fields):
            if column.part == "shown" or column.name in own:
                continue
            if column.choices and self.lists.get(column.choices):
                self._validation(HEADER, last, place, column, list(self.lists[column.choices]))
            elif column.type == "day":
                rule = {"validate": "date", "criteria": "between", "minimum": date(1990, 1, 1),
                        "maximum": date(2099, 12, 31), "error_type": "warning",
                        "error_title": texts.WORKBOOK_SAID["day_title"],
                        "error_message": texts.WORKBOOK_SAID["day_message"]}  # fmt: skip
                self.sheet.data_validation(HEADER, place, last, place, rule)

    def _validation(self, first: int, last: int, place: int, column: Field, names: list[str]) -> None:
        """A drop-down; a longer list stands once on the hidden sheet."""
        self.sheet.data_validation(
            first, place, last, place,
            {
                "validate": "list",
                "source": self._source(tuple(names)),
                "error_type": "stop" if column.type == "choice" else "warning",
                "error_title": texts.WORKBOOK_SAID["choice_title"],
                "error_message": texts.WORKBOOK_SAID["choice_message"],
            },
        )  # fmt: skip

    def _source(self, names: tuple[str, ...]) -> Any:
        if names not in self._listed:
            if sum(len(name) + 1 for name in names) < _INLINE and not any("," in name for name in names):
                return list(names)
            place = len(self._listed)
            from xlsxwriter.utility import xl_col_to_name

            for number, name in enumerate(names):
                self.lists_sheet.write_string(number, place, name)
            letter = xl_col_to_name(place)
            title = texts.WORKBOOK_SAID["lists"]
            self._listed[names] = f"='{title}'!${letter}$1:${letter}${len(names)}"
        return self._listed[names]

    def _mark(self) -> None:
        sheet = self.made.add_worksheet(MARK)
        said: Mapping[str, Any] = {
            "kind": self.book.kind, "version": VERSION, "project": self.project.framework.project,
            "period": str(self.period), "partner": self.partner,
        }  # fmt: skip
        sheet.write_string(0, 0, json.dumps(said, ensure_ascii=False))
        keyed = [line for line in self.lines if line.key is not None]
        for number, line in enumerate(keyed, start=1):
            sheet.write_string(number, 0, json.dumps(line.key, ensure_ascii=False))
            sheet.write_string(number, 1, digest(line.known or inputs(self.book.fields, line.values)))
        sheet.very_hidden()


def _lines(value: Any, width: int) -> int:
    """Lines that a text takes in a column."""
    return sum(1 + len(part) // width for part in value.split("\n")) if isinstance(value, str) else 1
