"""Figures of before Trimestre as somebody typed them: one workbook -> what it says, or everything that is wrong in it.

Quarters only: the value of a year can't be told apart into quarters, so that it stands in no sheet. What is not
known is written «n. d.»; an empty cell is a mistake.

Data flow: Valores, Metas, Líneas de base (openpyxl, values as last saved) -> checked rows -> Legacy.
"""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.base import comparable
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.contracts.indicators_across import categories_of
from trimestre.errors import ContractError
from trimestre.indicators.inherited.legacy_rules import broken_rule
from trimestre.periods import PROJECT, Period, covering, span
from trimestre.warehouse.decisions import is_personal

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    AnyCell = Cell | MergedCell

_NOT_AVAILABLE = comparable(texts.NOT_AVAILABLE)
UNSPECIFIED = "no_especificado"
"""Category of what nobody told apart."""
_LONGEST_TOLD = 17
"""A longer text in a message could be anybody's e-mail or CURP in the wrong column."""


@dataclass(frozen=True)
class LegacyValue:
    """One published figure."""

    indicator: str
    period: Period
    disaggregation: str
    category: str
    value: Decimal | None
    """``None`` = not available."""
    numerator: Decimal | None
    denominator: Decimal | None
    position: str
    """``Valores!E7``."""
    document: str = ""
    """Where it was published, as it was typed."""

    @property
    def place(self) -> tuple[str, str]:
        """Breakdown and category."""
        return self.disaggregation, self.category


@dataclass(frozen=True)
class LegacyTarget:
    """A target (``covers`` names what it covers) or a baseline (``covers`` is empty)."""

    indicator: str
    covers: str
    disaggregation: str
    category: str
    value: Decimal | None
    day: date | None


@dataclass(frozen=True)
class Legacy:
    """What a workbook says."""

    values: tuple[LegacyValue, ...]
    targets: tuple[LegacyTarget, ...]

    def periods(self) -> list[Period]:
        """Quarters with a figure, in order."""
        return sorted({value.period for value in self.values})


def read_legacy(path: Path, project: Project) -> Legacy:
    """Read a workbook; :class:`ContractError` with a line for every cell that is wrong."""
    reader = _Reader(project)
    book = reader.open(path)
    if book is not None:
        reader.values(book)
        reader.targets(book)
    if reader.problems:
        raise ContractError("\n".join(reader.problems))
    return Legacy(tuple(reader.found), tuple(reader.promised))


def differing_targets(project: Project, legacy: Legacy) -> list[str]:
    """What the workbook promises and the YAML does not, as lines to paste: ``L2-01.yaml: targets: {2020-Q1: 300}``."""
    lines = []
    for item in legacy.targets:
        indicator = project.indicator(item.indicator)
        what = "target" if item.covers else "baseline"
        known = indicator.in_force(what, item.covers or None, item.disaggregation, item.category)
        told = "null" if item.value is None else f"{item.value.normalize():f}"
        if (None if item.value is None else float(item.value)) == known:
            continue
        if not item.covers:
            day = f", measured_on: {item.day}" if item.day else ""
            line = f"baseline: {{value: {told}{day}}}"
        elif item.disaggregation != TOTAL:
            line = (
                f"category_targets: [{{period: {item.covers}, disaggregation: {item.disaggregation}, "
                f"category: {item.category}, target: {told}}}]"
            )
        elif item.covers == PROJECT:
            line = f"life_of_project_target: {told}"
        else:
            line = f"targets: {{{item.covers}: {told}}}"
        lines.append(f"{item.indicator}.yaml: {line}")
    return lines


class _Reader:
    """Reads sheet by sheet and remembers what is wrong."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.problems: list[str] = []
        self.found: list[LegacyValue] = []
        self.promised: list[LegacyTarget] = []
        self._indicators = {item.code: item for item in project.indicators if item.state == "vigente"}
        self._categories = categories_of(project)
        self._unsaved: set[str] = set()
        """Positions of formulas that were saved without their value: they look like empty cells."""

    def open(self, path: Path) -> "Workbook | None":
        """The workbook with the values that formulas had when it was saved."""
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            book = load_workbook(path, data_only=True)
            self._unsaved = _formulas_without_values(load_workbook(path), book)
            return book
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, InvalidFileException):
            self._wrong(path.name, "workbook", None)
            return None

    def values(self, book: "Workbook") -> None:
        """The sheet Valores."""
        before = len(self.problems)
        for row in self._rows(book, "values", required=True):
            self._value(row)
        if len(self.problems) == before and not self.found:
            self._wrong(texts.LEGACY_SHEETS["values"][0], "nothing", None)
        if len(self.problems) == before:
            self._whole()

    def targets(self, book: "Workbook") -> None:
        """The sheets Metas and Líneas de base."""
        for row in self._rows(book, "targets"):
            indicator, value = self._indicator(row["code"]), self._number(row["value"])
            covers = self._covers(row["covers"])
            place = self._place(indicator, row) if indicator else None
            self._document(row)
            if indicator and covers and place and isinstance(value, Decimal):
                self.promised.append(LegacyTarget(indicator.code, covers, *place, value, None))
            elif value is None:
                self._wrong_cell(row["value"], "number")
        for row in self._rows(book, "baselines"):
            indicator, value = self._indicator(row["code"]), self._number(row["value"])
            self._document(row)
            day = row["day"].value
            known = day.date() if isinstance(day, datetime) else None
            if isinstance(value, Decimal) and known is None:
                self._wrong_cell(row["day"], "day")
            elif indicator and value is not False:
                self.promised.append(LegacyTarget(indicator.code, "", TOTAL, TOTAL, _known(value), known))

    def _rows(self, book: "Workbook", name: str, *, required: bool = False) -> Iterator[Mapping[str, "AnyCell"]]:
        """Key of a column -> cell, of every row that is not blank."""
        title, headings = texts.LEGACY_SHEETS[name]
        if title not in book.sheetnames:
            if required:
                self._wrong(title, "sheet", None, sheet=title)
            return
        sheet = book[title]
        columns = {comparable(str(cell.value or "")): number for number, cell in enumerate(sheet[1], start=1)}
        missing = [heading for heading in headings.values() if comparable(heading) not in columns]
        if missing:
            self._wrong(f"{title}!1", "heading", None, headings=", ".join(missing))
            return
        for number in _rows_with_cells(sheet):
            row = {key: sheet.cell(number, columns[comparable(heading)]) for key, heading in headings.items()}
            unsaved = [cell for cell in row.values() if _position(cell) in self._unsaved]
            for cell in unsaved:
                self._wrong_cell(cell, "formula")
            if not unsaved and any(_filled(cell) for cell in row.values()):
                yield row

    def _value(self, row: Mapping[str, "AnyCell"]) -> None:
        indicator = self._indicator(row["code"])
        period = self._period(row["period"])
        place = self._place(indicator, row) if indicator else None
        value, numerator, denominator = (self._number(row[name]) for name in ("value", "numerator", "denominator"))
        document = self._document(row)
        if not _filled(row["value"]):
            self._wrong_cell(row["value"], "empty")
            return
        if indicator is None or period is None or place is None or False in (value, numerator, denominator):
            return
        if place[0] == TOTAL and not indicator.total:
            self._wrong_cell(row["disaggregation"], "no_total")
            return
        parts = _known(numerator), _known(denominator)
        if broken := broken_rule(indicator, _known(value), *parts):
            self._wrong_cell(row[broken.column], broken.rule, **broken.more)
            return
        position = _position(row["value"])
        self.found.append(LegacyValue(indicator.code, period, *place, _known(value), *parts, position, document))

    def _indicator(self, cell: "AnyCell") -> Indicator | None:
        found = self._indicators.get(_text(cell))
        if found is None:
            self._wrong_cell(cell, "code", known=", ".join(self._indicators))
        return found

    def _period(self, cell: "AnyCell") -> Period | None:
        periods = self.project.periods
        try:
            found = Period.parse_any(_text(cell), self.project.framework.fiscal_year_starts)
        except ContractError:
            found = None
        if found is None or found not in periods.all():
            self._wrong_cell(cell, "period", first=periods.first, last=periods.last)
            return None
        return found

    def _covers(self, cell: "AnyCell") -> str | None:
        starts = self.project.framework.fiscal_year_starts
        known = {covers.label for period in self.project.periods.all() for covers in covering(period, starts)}
        label = _text(cell)
        if label not in known:
            self._wrong_cell(cell, "covers")
            return None
        return label

    def _place(self, indicator: Indicator, row: Mapping[str, "AnyCell"]) -> tuple[str, str] | None:
        """Breakdown and category, as they are called in results."""
        breakdown = _text(row["disaggregation"]).replace(" ", "") or TOTAL
        category = _text(row["category"])
        if breakdown == TOTAL:
            if category not in ("", TOTAL):
                self._wrong_cell(row["category"], "category_of_total")
                return None
            return TOTAL, TOTAL
        named = ["×".join(dimensions) for dimensions in indicator.breakdowns()]
        if breakdown not in named:
            self._wrong_cell(row["disaggregation"], "disaggregation", known=", ".join(named) or "–")
            return None
        if is_personal(category):  # it would stand in results for good, where nobody erases it
            self._wrong_cell(row["category"], "personal")
            return None
        dimensions, parts = breakdown.split("×"), [part.strip() for part in category.split("×")]
        for dimension, part in zip(dimensions, parts, strict=False):
            known = self._categories.get(dimension)
            if len(parts) != len(dimensions) or not part or (known and part not in known):
                self._wrong_cell(row["category"], "category", breakdown=breakdown, known=", ".join(known or ["…"]))
                return None
        return breakdown, " × ".join(parts)

    def _number(self, cell: "AnyCell") -> Decimal | bool | None:
        """A number; ``None`` where there is none or «n. d.»; ``False`` after it was told to be wrong."""
        value = cell.value
        if not _filled(cell) or comparable(str(value)) == _NOT_AVAILABLE:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong_cell(cell, "number")
            return False
        number = Decimal(str(value))
        return 100 * number if "%" in (cell.number_format or "") else number

    def _document(self, row: Mapping[str, "AnyCell"]) -> str:
        cell = row["document"]
        if not _filled(cell):
            self._wrong_cell(cell, "empty")
        elif is_personal(_text(cell)):  # it is kept with its figure
            self._wrong_cell(cell, "personal_document")
        return " ".join(_text(cell).split())

    def _whole(self) -> None:
        """What no single row can break: every thing once, no quarter left out, parts within their total."""
        known: dict[tuple[Any, ...], LegacyValue] = {}
        for value in self.found:
            first = known.setdefault((value.indicator, value.period, value.place), value)
            if first is not value:
                self._wrong(value.position, "twice", None, other=first.position)
        for code in dict.fromkeys(value.indicator for value in self.found):
            own = [value for value in self.found if value.indicator == code]
            quarters = {value.period for value in own}
            for missing in sorted(set(span(min(quarters), max(quarters))) - quarters):
                self._wrong(own[-1].position, "gap", None, missing=f"{code} {missing}")
            self._parts(self._indicators[code], own)

    def _parts(self, indicator: Indicator, own: list[LegacyValue]) -> None:
        """Parts that add up stay within their total; with all of them typed, the unspecified too, they give it."""
        totals = {value.period: value for value in own if value.disaggregation == TOTAL}
        for breakdown in ("×".join(dimensions) for dimensions in filter(indicator.adds_up, indicator.breakdowns())):
            for period in dict.fromkeys(value.period for value in own):
                parts = [v for v in own if (v.period, v.disaggregation) == (period, breakdown)]
                total = totals.get(period)
                if parts and total is None:
                    self._wrong(parts[0].position, "gap", None, missing=f"{indicator.code} {period} ({TOTAL})")
                known = [part.value for part in parts if part.value is not None]
                if total is None or (total.value is None and not known):
                    continue
                found = sum(known, Decimal(0))
                if total.value is None:  # the parts would count in later totals, and the total would not
                    self._wrong(total.position, "parts", texts.NOT_AVAILABLE, breakdown=breakdown, found=found)
                    continue
                whole = any(part.category.startswith(UNSPECIFIED) for part in parts)
                if found > total.value or (whole and found < total.value):
                    rule = "parts_whole" if whole else "parts"
                    self._wrong(total.position, rule, total.value, breakdown=breakdown, found=found)

    def _wrong_cell(self, cell: "AnyCell", rule: str, **more: object) -> None:
        self._wrong(_position(cell), rule, cell.value, **more)

    def _wrong(self, place: str, rule: str, value: object, **more: object) -> None:
        expected, mend = (text.format(**more) if more else text for text in texts.LEGACY_RULES[rule])
        said = texts.LEGACY_FOUND
        told = " ".join(str(value).split()) if value is not None else ""
        found = said["value"].format(value=told) if told else said["nothing"]
        if isinstance(value, str) and (len(told) > _LONGEST_TOLD or is_personal(told)):
            found = said["text"].format(letters=len(told))
        self.problems.append(texts.LEGACY_PROBLEM.format(place=place, found=found, expected=expected, mend=mend))


def _formulas_without_values(typed: "Workbook", saved: "Workbook") -> set[str]:
    """Positions of the formulas of sheets that hold no value of any: another program than Excel wrote them.

    Where some have a value, the others came to an empty text.
    """
    found: set[str] = set()
    for sheet in typed.worksheets:
        cells = [cell for cell in sheet._cells.values() if cell.data_type == "f"]
        if all(saved[sheet.title][cell.coordinate].value is None for cell in cells):
            found.update(map(_position, cells))
    return found


def _rows_with_cells(sheet: "Worksheet") -> list[int]:
    """The rows below the headings that hold a cell: one stray formatted cell at the end must not bring a million.

    openpyxl has no public way to them: it makes every cell that it is asked for.
    """
    return sorted({row for row, _ in sheet._cells if row > 1})


def _known(value: Decimal | bool | None) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _text(cell: "AnyCell") -> str:
    return "" if cell.value is None else str(cell.value).strip()


def _filled(cell: "AnyCell") -> bool:
    return _text(cell) != ""


def _position(cell: "AnyCell") -> str:
    return f"{cell.parent.title}!{cell.coordinate}"
