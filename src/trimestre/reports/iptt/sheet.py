"""A sheet of the tracking table: formats, column blocks of spans, figures and percentages with their formulas.

Percentages are fractions in percent format, as Excel has them; what is missing is a word, never a zero. A formula has
the published figure as its cached value, so that a preview shows it.

Data flow: Told -> blocks -> cells of an XlsxWriter worksheet.
"""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.periods import PROJECT
from trimestre.reports.iptt.spans import Span, Told, marks_of
from trimestre.reports.quarter import PRELIMINARY
from trimestre.reports.words import covers_name, is_percent, value_text
from trimestre.texts.tracking_labels import TRACKING
from trimestre.texts.words import WORDS

HEAD_ROW = 4
"""Row of the spans' names; that of the columns' names is below it."""
FIRST_ROW = HEAD_ROW + 2
FONT = "Arial"
"""Widths of columns are counted in digits of this font in size 10; LibreOffice has one of the same measures."""
_LEGAL = 5
_SCALE = 65
"""Percent at which pages are printed."""
_PAGE = 1800
"""Width of a landscape legal page at that scale, in pixels of a screen, with some room for other fonts."""
LINE = 13.5
"""Height of a line of text, in points."""
MOST_HIGH = 409
"""Points that a row may be high: Excel knows no higher one."""
_COLOURS = {
    "alcanzada": ("#C6E9CF", "#0B4A1D"),
    "conforme": ("#FFF2C2", "#5C4600"),
    "con_rezago": ("#F6C9C4", "#7A1509"),
    "sin_dato": ("#E3E3E3", "#333333"),
    "sin_meta": ("#F2F2F2", "#333333"),
}
"""Background and text of a status; its word stands there, too."""
TARGET, ACTUAL, PERCENT = "target", "actual", "percent"


@dataclass(frozen=True)
class Block:
    """The columns of one span."""

    span: Span
    first: int
    parts: tuple[str, ...]

    def column(self, part: str) -> int:
        """The column of one of its parts."""
        return self.first + self.parts.index(part)


@dataclass
class Book:
    """The workbook that is written, and what every sheet needs of it."""

    book: Any
    told: Told
    language: str
    caption: str
    """Project, quarter and version, one line."""
    footer: str
    _formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _widths: dict[str, dict[int, int]] = field(default_factory=dict)
    """Sheet -> width of each of its columns."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the table in its language."""
        return TRACKING[self.language]

    def format(self, **properties: Any) -> Any:
        """A format; each one is made once."""
        known = {"valign": "top", "font_name": FONT, "font_size": 10, **properties}
        if "border" in known and "align" not in known:
            known |= {"align": "left", "indent": 1}  # a text never touches the number beside it
        key = tuple(sorted(known.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(known)
        return self._formats[key]

    def status_format(self, status: str | None, **properties: Any) -> Any:
        """The format of a status: words on a colour that differs in lightness, too."""
        background, colour = _COLOURS.get(status or "", ("#FFFFFF", "#000000"))
        return self.format(bg_color=background, font_color=colour, border=1, text_wrap=True, **properties)

    def sheet(self, title: str) -> Any:
        """A new sheet under a name that Excel takes: 31 characters, none twice, none of ``[]:*?/\\``."""
        plain = "".join("-" if sign in "[]:*?/\\" else sign for sign in title).strip("'")[:31]
        name, number = plain, 2
        while name.casefold() in self._names:
            name, number = f"{plain[:27]} ({number})", number + 1
        self._names.add(name.casefold())
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_LEGAL)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
        # A blank after the size: a caption that begins with a digit would be read as part of it.
        sheet.set_header(f"&L&9 {_plain(self.caption)}")
        sheet.set_footer(f"&L&8 {_plain(self.footer)}&R&8 {self.labels['page']}")
        sheet.hide_gridlines(2)
        return sheet

    def title(self, sheet: Any, title: str, across: int) -> None:
        """The first rows of a sheet, over the columns that every page repeats: what it is, of which project, quarter
        and version. Asks for the widths of these columns."""
        project = self.told.quarter.project.framework
        lines: tuple[tuple[str, dict[str, Any]], ...] = (
            (title, {"bold": True, "font_size": 14}),
            (self.labels["project"].format(project=project.project, name=project.name), {}),
            (self.caption, {"italic": True}),
        )
        room = sum(self._widths[sheet.get_name()][column] for column in range(across))
        for row, (text, properties) in enumerate(lines):
            size = properties.get("font_size", 10)
            many = len(textwrap.wrap(text, max(room * 9 // int(size), 10)))
            sheet.set_row(row, LINE * many * int(size) / 10 + 2)
            sheet.merge_range(row, 0, row, across - 1, text, self.format(text_wrap=True, **properties))

    def width(self, sheet: Any, column: int, width: int, options: Mapping[str, int] | None = None) -> None:
        """Set the width of a column."""
        sheet.set_column(column, column, width, None, dict(options or {}))
        self._widths.setdefault(sheet.get_name(), {})[column] = width

    def row(self, sheet: Any, number: int, level: int, texts: Mapping[int, str]) -> None:
        """Make a row as high as its longest text asks for, since not every viewer does; ``texts``: column -> text."""
        widths = self._widths[sheet.get_name()]
        lines = [len(textwrap.wrap(text, max(widths[column] - 2, 4))) for column, text in texts.items()]
        sheet.set_row(number, min(LINE * max([1, *lines]) + 2, MOST_HIGH), None, {"level": level})

    def blocks(self, first: int, spans: Sequence[Span], parts_of: Callable[[Span], tuple[str, ...]]) -> list[Block]:
        """The column blocks of spans from a column on; one without parts has none."""
        blocks = []
        for span in spans:
            if parts := parts_of(span):
                blocks.append(Block(span, first, parts))
                first += len(parts)
        return blocks

    def head(self, sheet: Any, names: Sequence[tuple[str, int]], blocks: Sequence[Block]) -> None:
        """Names of the columns before the blocks (with their widths) and of the blocks; freezes and repeats them."""
        head = self.format(
            bold=True, bg_color="#1F3864", font_color="#FFFFFF", border=1, text_wrap=True, align="center"
        )
        below = self.format(bold=True, bg_color="#D9E2F3", border=1, text_wrap=True, align="center")
        sheet.set_row(HEAD_ROW, 36)
        sheet.set_row(HEAD_ROW + 1, 30)
        for place, (name, width) in enumerate(names):
            self.width(sheet, place, width)
            sheet.write_string(HEAD_ROW, place, name, head)
            sheet.write_string(HEAD_ROW + 1, place, "", below)
        for block in blocks:
            last = block.first + len(block.parts) - 1
            text = self._name_of(block.span)
            if last > block.first:
                sheet.merge_range(HEAD_ROW, block.first, HEAD_ROW, last, text, head)
            else:
                sheet.write_string(HEAD_ROW, block.first, text, head)
            for part in block.parts:
                sheet.write_string(HEAD_ROW + 1, block.column(part), self.labels[part], below)
            earlier = block.span.is_quarter and block.span.covers < str(self.told.quarter.period)
            for place in range(block.first, last + 1):
                self.width(sheet, place, 10 if last > block.first else 13, {"level": 1} if earlier else {})

    def printed(self, sheet: Any, rows: int, blocks: Sequence[Block], fixed: int) -> None:
        """Print set-up, panes and filter of a sheet with blocks."""
        sheet.repeat_rows(HEAD_ROW, HEAD_ROW + 1)
        sheet.freeze_panes(FIRST_ROW, fixed)
        self.pages(sheet, blocks, fixed)
        if rows > FIRST_ROW:
            sheet.autofilter(HEAD_ROW + 1, 0, rows - 1, max(self._widths[sheet.get_name()]))

    def pages(self, sheet: Any, blocks: Sequence[Block], fixed: int) -> None:
        """Pages that repeat the first ``fixed`` columns and cut no block in two."""
        together = {block.first: len(block.parts) for block in blocks}
        sheet.repeat_columns(0, fixed - 1)
        sheet.set_print_scale(_SCALE)
        sheet.set_v_pagebreaks(list(_breaks(self._widths[sheet.get_name()], together, fixed)))

    def figures(
        self,
        sheet: Any,
        row: int,
        block: Block,
        indicator: Indicator,
        place: tuple[str, str] = (TOTAL, TOTAL),
        blocks: Sequence[Block] = (),
    ) -> None:
        """Target, figure and percentage of an indicator in a span. ``blocks``: those of the row, for sums."""
        cell = self.told.cell(block.span, indicator.code, *place)
        if TARGET in block.parts:
            target = self.told.target(block.span, indicator, *place)
            self.number(sheet, row, block.column(TARGET), indicator, target, target=True)
        if PERCENT in block.parts:
            self._percent(sheet, row, block, cell)
        if ACTUAL not in block.parts:
            return
        column = block.column(ACTUAL)
        if cell is None:
            sheet.write_blank(row, column, None, self.format(border=1))
            return
        if cell["value"] is None:
            text = value_text(indicator, cell, self.language)
            sheet.write_string(row, column, text, self.format(border=1, align="right", font_color="#595959"))
            return
        style = self.number_format(indicator, cell["value"], marks=marks_of(block.span, cell))
        if parts := self.told.sum_of(block.span, indicator, *place):
            columns = {other.span.covers: other.column(ACTUAL) for other in blocks if ACTUAL in other.parts}
            if all(part.covers in columns for part in parts):
                formula = "+".join(f"N({a1(row, columns[part.covers])})" for part in parts)
                sheet.write_formula(row, column, f"={formula}", style, shown(indicator, cell["value"]))
                return
        sheet.write_number(row, column, shown(indicator, cell["value"]), style)

    def number(
        self, sheet: Any, row: int, column: int, indicator: Indicator, value: Decimal | None, *, target: bool = False
    ) -> None:
        """A target or baseline; an empty cell without one."""
        if value is None:
            sheet.write_blank(row, column, None, self.format(border=1))
            return
        decimals = max(0, -int(value.normalize().as_tuple().exponent))
        style = self.number_format(indicator, value, decimals=decimals, **({"bg_color": "#F4F7FC"} if target else {}))
        sheet.write_number(row, column, shown(indicator, value), style)

    def number_format(
        self,
        indicator: Indicator,
        value: Decimal,
        *,
        decimals: int | None = None,
        marks: Sequence[str] = (),
        **properties: Any,
    ) -> Any:
        """The format of a figure by its kind; ``marks`` stand beside it and it stays a number."""
        places = indicator.decimals if decimals is None else decimals
        pattern = ("0" if is_percent(indicator) else "#,##0") + ("." + "0" * places if places else "")
        pattern += "%" * is_percent(indicator) + (f'" {" ".join(marks)}"' if marks else "")
        if marks:
            properties["italic"] = True
        return self.format(num_format=pattern, border=1, align="right", **properties)

    def _percent(self, sheet: Any, row: int, block: Block, cell: Cell | None) -> None:
        column, percent = block.column(PERCENT), cell["percent_of_target"] if cell else None
        if percent is not None:
            formula = f"=ROUND({a1(row, block.column(ACTUAL))}/{a1(row, block.column(TARGET))},3)"
            style = self.format(num_format="0.0%", border=1, align="right")
            sheet.write_formula(row, column, formula, style, float(percent / 100))
        elif cell is not None and cell["value"] is not None and cell["target"] is not None:
            text = WORDS[self.language]["n_a"]
            sheet.write_string(row, column, text, self.format(border=1, align="right", font_color="#595959"))
        else:
            sheet.write_blank(row, column, None, self.format(border=1))

    def _name_of(self, span: Span) -> str:
        """Name of a span, and below it which version tells it, or up to which quarter it is told."""
        name, labels = covers_name(span.covers, self.language), self.labels
        if span.told_by is None:
            return f"{name}\n{labels['planned' if span.planned else 'not_told']}"
        version, period = span.told_by.version, str(span.told_by.period)
        if span.covers == PROJECT or not span.is_quarter:
            return f"{name}\n{labels['until'].format(period=period)}"
        if version.kind == PRELIMINARY:
            return f"{name}\n{labels['kind_preliminar']}"
        kind = "kind_restated" if version.restates else f"kind_{version.kind}"
        return f"{name}\n{labels[kind].format(vintage=version.vintage)}"


def shown(indicator: Indicator, value: Decimal) -> float:
    """A figure as the sheet holds it: percentages as fractions."""
    return float(value / 100) if is_percent(indicator) else float(value)


def a1(row: int, column: int) -> str:
    """The name of a cell."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column))


def _breaks(widths: Mapping[int, int], blocks: Mapping[int, int], fixed: int) -> Iterator[int]:
    """The columns before which a page ends; ``blocks``: first column -> number of columns that stay together."""
    pixels = {column: 7 * width + 5 for column, width in widths.items()}
    whole = room = _PAGE - sum(pixels[column] for column in range(fixed))
    column = fixed
    while column in widths:
        together = blocks.get(column, 1)
        wide = sum(pixels[place] for place in range(column, column + together))
        if wide > room and room < whole:
            yield column
            room = whole
        room -= wide
        column += together


def _plain(text: str) -> str:
    """A text in a header or footer, where & begins a code; Excel takes 255 characters in all."""
    return text[:180].replace("&", "&&")
