"""A workbook comes back: is it one of ours, and what do its cells say? Everything that is wrong is told at once.

Columns are found by their headings and the sheet by its name or its headings, so that moving them hurts nothing.

Data flow: file -> openpyxl, values as last saved -> rows of typed values, problems.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.base import comparable
from trimestre.errors import ContractError, PermanentError
from trimestre.periods import Period
from trimestre.pipeline.uploads.upload_checks import check_workbook
from trimestre.reports.workbooks.model import Book, Field, Key, Row, Sheet, plain, problem
from trimestre.reports.workbooks.writing import MARK, VERSION
from trimestre.warehouse.decisions import is_personal

MOST_SCANNED = 60_000
"""Rows that are looked at; blank formatted ones cost nothing else."""
MOST_ROWS = 20_000
"""Rows that say something: 200 indicators have 4,000 targets in five years, and what goes out is to come back."""
_HEADER_ROWS = 10

_NUMBER = re.compile(r"^[-+]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d+)? ?%?$")
_DAY = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?$")
_PASTED = range(2000, 2100)
"""Years of a date that was pasted into a cell without its format: it is the number of its day, as the file counts."""
_LARGEST = Decimal(10) ** 15
"""From here on Excel itself no longer knows the last digit of a number."""
_SIGNS_ONLY = re.compile(r'"[^"]*"|\\.')
"""What of a number's format is printed as it stands: in ``0"%"`` a sign and no percentage."""
_YEARS = range(1950, 2100)
"""A day of another year is a slip: a 12 in a cell of days is the 12 January 1900 to Excel."""
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")


def read_book(book: Book, path: Path, project: Project, period: Period | None = None) -> Sheet:
    """Read a file of a kind; what is wrong stands in ``problems``. ``period``: the quarter it has to be of."""
    reader = _Reader(book, project, path.name)
    return reader.read(path, period)


def kind_of(path: Path) -> str | None:
    """Which kind of workbook a file says it is; ``None`` = none of ours."""
    try:
        check_workbook(path)
        book = _load(path, values=True)
    except (PermanentError, OSError):
        return None
    try:
        kind = _mark_of(book).get("kind")
        return kind if isinstance(kind, str) else None
    finally:
        book.close()


def _load(path: Path, *, values: bool) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
    except Exception:  # what openpyxl raises at a damaged workbook is of every class there is
        raise ContractError(_refusal("no_workbook", path)) from None


def _refusal(what: str, path: Path) -> str:
    return texts.WORKBOOK_REFUSALS[what].format(name=path.name)


def _mark_of(book: Any) -> Mapping[str, Any]:
    if MARK not in book.sheetnames:
        return {}
    try:
        first = next(book[MARK].iter_rows(max_row=1, max_col=1, values_only=True), (None,))
        found = json.loads(first[0] or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class _Reader:
    def __init__(self, book: Book, project: Project, name: str) -> None:
        self.book, self.project, self.name = book, project, name
        self.problems: list[str] = []
        lists = book.lists(project)
        self.lists = {
            name: {comparable(text): code for text, code in choices.items()}
            | {comparable(code): code for code in choices.values()}
            for name, choices in lists.items()
        }

    def read(self, path: Path, period: Period | None) -> Sheet:
        nothing = Sheet(self.book.kind, self.project.framework.project, period, None)
        try:
            check_workbook(path)
            values, formulas = _load(path, values=True), _load(path, values=False)
        except (PermanentError, OSError) as error:
            return Sheet(nothing.kind, nothing.project, period, None, problems=(str(error),))
        try:
            return self._read(values, formulas, period)
        except ContractError as error:
            self.problems.append(str(error))
        except Exception:  # a sheet may be damaged where the workbook is not
            self.problems.append(_refusal("no_workbook", path))
        finally:
            values.close()
            formulas.close()
        return Sheet(nothing.kind, nothing.project, period, None, problems=tuple(self.problems))

    def _read(self, values: Any, formulas: Any, period: Period | None) -> Sheet:
        self.first_day = values.epoch.date()
        mark = _mark_of(values)
        found = self._check_mark(mark, period)
        title = self._sheet(values)
        rows = tuple(self._rows(values[title], formulas[title], title))
        if len(rows) > MOST_ROWS:
            raise ContractError(texts.WORKBOOK_REFUSALS["rows"].format(name=self.name, found=len(rows), most=MOST_ROWS))
        partner = mark.get("partner")
        return Sheet(
            self.book.kind, str(mark["project"]), found, partner if isinstance(partner, str) else None,
            rows, dict(_digests(values)), tuple(self.problems),
        )  # fmt: skip

    def _check_mark(self, mark: Mapping[str, Any], period: Period | None) -> Period:
        """The quarter of the file; :class:`ContractError` when it is not one of this kind, project and quarter."""
        expected = {"kind": self.book.kind, "version": VERSION, "project": self.project.framework.project}
        names = {kind: said["name"] for kind, said in texts.WORKBOOKS.items()}
        for what, wanted in expected.items():
            if mark.get(what) != wanted:
                found = mark.get(what)
                raise ContractError(
                    texts.WORKBOOK_REFUSALS[f"mark_{what}" if mark else "mark"].format(
                        name=self.name, found=names.get(str(found), found), expected=names.get(str(wanted), wanted)
                    )
                )
        found = Period.parse(str(mark.get("period")))
        if found not in self.project.periods.all() or (period is not None and found != period):
            raise ContractError(
                texts.WORKBOOK_REFUSALS["mark_period"].format(name=self.name, found=found, expected=period or "–")
            )
        return found

    def _sheet(self, values: Any) -> str:
        """Name of the sheet to read: the one that is called so, else the one with the headings."""
        wanted = comparable(texts.WORKBOOKS[self.book.kind]["sheet"])
        titles = [title for title in values.sheetnames if title != MARK]
        titles.sort(key=lambda title: comparable(title) != wanted)
        for title in titles:
            if self._header(values[title]) is not None:
                return str(title)
        needed = self._headings()
        raise ContractError(
            texts.WORKBOOK_REFUSALS["sheet"].format(
                name=self.name, sheet=texts.WORKBOOKS[self.book.kind]["sheet"], headings=", ".join(needed)
            )
        )

    def _headings(self) -> dict[str, Field]:
        """Heading -> field, of those that are read."""
        said = texts.WORKBOOK_FIELDS[self.book.kind]
        return {said[column.name][0]: column for column in self.book.fields if column.part != "shown"}

    def _header(self, sheet: Any) -> tuple[int, dict[str, int]] | None:
        """Row of the headings and field -> column, from 0."""
        sheet.reset_dimensions()
        needed = self._headings()
        for number, row in enumerate(sheet.iter_rows(max_row=_HEADER_ROWS, values_only=True), start=1):
            texts_found = [comparable(str(value)) if value is not None else "" for value in row]
            found = {
                c.name: texts_found.index(comparable(h)) for h, c in needed.items() if comparable(h) in texts_found
            }
            if len(found) == len(needed):
                return number, found
        return None

    def _rows(self, values: Any, formulas: Any, title: str) -> Iterator[Row]:
        header = self._header(values)
        if header is None:
            return
        formulas.reset_dimensions()
        first, columns = header
        span = {"min_row": first + 1, "max_row": first + MOST_SCANNED}
        fields = {column.name: column for column in self.book.fields}
        pairs = zip(values.iter_rows(**span), formulas.iter_rows(**span), strict=False)
        for number, (cells, typed) in enumerate(pairs, start=first + 1):
            if all(cell.value in (None, "") and source.value in (None, "") for cell, source in
                   zip(cells, typed, strict=False)):  # fmt: skip
                continue
            read: dict[str, Any] = {}
            places: dict[str, str] = {}
            for name, place in columns.items():
                cell = cells[place] if place < len(cells) else None
                source = typed[place] if place < len(typed) else None
                places[name] = f"{title}!{_letter(place)}{number}"
                read[name] = self._value(fields[name], cell, source, places[name])
            if any(value is not None for value in read.values()):
                yield Row(read, places)

    def _value(self, column: Field, cell: Any, source: Any, place: str) -> Any:
        value = said = getattr(cell, "value", None)
        if value in (None, "") and getattr(source, "data_type", None) == "f":
            self._wrong(place, None, column, "formula")
            return None
        value = plain(str(value) if isinstance(value, bool) else value)  # TRUE is no number
        if value is None:
            return None
        if isinstance(value, str) and value in _ERRORS:
            self._wrong(place, value, column, "error_value")
            return None
        if column.type == "number":
            return self._number(column, value, getattr(cell, "number_format", "") or "", place)
        if column.type == "day":
            return self._day(column, value, place)
        text = _as_text(said if isinstance(said, datetime) else value)
        if column.type == "choice" and column.choices:
            return self._choice(column, text, place)
        if len(text) > column.longest:
            self._wrong(place, text, column, "longest", most=column.longest)
        elif not column.personal and is_personal(text):
            self._wrong(place, text, column, "personal")
        else:
            return text
        return None

    def _number(self, column: Field, value: Any, number_format: str, place: str) -> Any:
        if isinstance(value, str) and comparable(value) == comparable(texts.NOT_AVAILABLE):
            return texts.NOT_AVAILABLE
        found = value
        if isinstance(value, Decimal) and "%" in _SIGNS_ONLY.sub("", number_format):
            found = 100 * value
        elif isinstance(value, str) and _NUMBER.match(value):
            found = Decimal(value.rstrip("% ").replace(",", ""))
        if isinstance(found, Decimal) and abs(found) < _LARGEST:
            return plain(found)
        self._wrong(place, value, column, "number")
        return None

    def _day(self, column: Field, value: Any, place: str) -> date | None:
        found = _day_of(value, self.first_day)
        if found is None or found.year not in _YEARS:
            self._wrong(place, value, column, "day")
            return None
        return found

    def _choice(self, column: Field, text: str, place: str) -> str | None:
        choices = self.lists.get(column.choices or "", {})
        found = choices.get(comparable(text))
        if found is None:
            known = list(dict.fromkeys(choices.values()))
            told = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
            self._wrong(place, text, column, "choice", known=told or "–")
        return found

    def _wrong(self, place: str, value: Any, column: Field, rule: str, **more: object) -> None:
        self.problems.append(problem(place, value, column, rule, **more))


def _day_of(value: Any, first_day: date) -> date | None:
    """A day as Excel keeps it, as it counts it from the file's first one on, or as people type it."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, Decimal) and value == int(value):
            pasted = first_day + timedelta(days=int(value))
            return pasted if pasted.year in _PASTED else None
        if match := _DAY.match(str(value)):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _ISO.match(str(value)):
            return date(*map(int, match.groups()))
    except (ValueError, OverflowError):
        pass
    return None


def _digests(values: Any) -> Iterator[tuple[Key, str]]:
    for key, found in values[MARK].iter_rows(min_row=2, max_row=MOST_SCANNED, max_col=2, values_only=True):
        if key and found:
            yield tuple(map(str, json.loads(key))), str(found)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime) and value.time() != time.min:
        return f"{value:%d/%m/%Y %H:%M:%S}".removesuffix(":00")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))
