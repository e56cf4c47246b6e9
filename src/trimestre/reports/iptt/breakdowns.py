"""A sheet per disaggregation: every indicator that has it, its total and its categories, span by span.

Data flow: breakdowns of the indicators told -> sheets.
"""

from collections.abc import Mapping
from typing import Any

from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.reports.history import indicators_told
from trimestre.reports.iptt.sheet import ACTUAL, FIRST_ROW, PERCENT, TARGET, Block, Book, a1, shown
from trimestre.reports.iptt.spans import Span, marks_of
from trimestre.reports.words import category_names, disaggregation_name, told

_FIXED = 3


def write(book: Book, tracking: Mapping[str, int], columns: Mapping[str, int]) -> None:
    """Write the sheets. ``tracking``: indicator -> its row on the sheet «IPTT»; ``columns``: span -> its figures'."""
    indicators = indicators_told(book.told.quarter)
    breakdowns = dict.fromkeys("×".join(parts) for item in indicators for parts in item.breakdowns())
    for breakdown in sorted(breakdowns, key="sex".__ne__):  # sexes first, the others as they come
        having = [item for item in indicators if book.told.categories(item.code, breakdown)]
        if having:
            _sheet(book, breakdown, having, tracking, columns)


def _sheet(
    book: Book,
    breakdown: str,
    indicators: list[Indicator],
    tracking: Mapping[str, int],
    columns: Mapping[str, int],
) -> None:
    name = disaggregation_name(breakdown, book.language)
    sheet = book.sheet(name)

    def parts(span: Span) -> tuple[str, ...]:
        targets = _has_targets(indicators, breakdown, span.covers)
        if span.told_by is None:
            return (TARGET,) if targets else ()
        return (TARGET, ACTUAL, PERCENT) if targets else (ACTUAL,)

    names = [(book.labels["code"], 9), (book.labels["indicator"], 40), (book.labels["category"], 40)]
    blocks = book.blocks(len(names), book.told.spans, parts)
    book.head(sheet, names, blocks)
    book.title(sheet, f"{book.labels['disaggregation']}: {name[0].lower()}{name[1:]}", _FIXED)
    row = FIRST_ROW
    text = book.format(border=1, text_wrap=True)
    for indicator in indicators:
        total = told(indicator.name, book.language)
        book.row(sheet, row, 0, {1: total})
        _total(book, sheet, row, indicator, blocks, tracking[indicator.code], columns)
        row += 1
        categories = book.told.categories(indicator.code, breakdown)
        names_of = category_names(book.told.quarter.project, breakdown, categories, book.language)
        for category, said in names_of.items():
            book.row(sheet, row, 1, {1: total, 2: said})
            for column, value in enumerate((indicator.code, total, said)):
                sheet.write_string(row, column, value, text)
            for block in blocks:
                book.figures(sheet, row, block, indicator, (breakdown, category), blocks)
            row += 1
    book.printed(sheet, row, blocks, _FIXED)


def _has_targets(indicators: list[Indicator], breakdown: str, covers: str) -> bool:
    """Whether any category has a target in a span."""
    return any(
        item.period == covers and item.disaggregation == breakdown
        for indicator in indicators
        for item in indicator.category_targets
    )


def _total(
    book: Book,
    sheet: Any,
    row: int,
    indicator: Indicator,
    blocks: list[Block],
    tracking: int,
    columns: Mapping[str, int],
) -> None:
    """The total of an indicator, which is that of the sheet «IPTT»."""
    bold = book.format(border=1, text_wrap=True, bold=True, bg_color="#E9EDF5")
    total = disaggregation_name(TOTAL, book.language)
    for column, value in enumerate((indicator.code, told(indicator.name, book.language), total)):
        sheet.write_string(row, column, value, bold)
    for block in blocks:
        cell = book.told.cell(block.span, indicator.code)
        book.figures(sheet, row, block, indicator, blocks=blocks)
        if cell is None or cell["value"] is None or ACTUAL not in block.parts:
            continue
        style = book.number_format(indicator, cell["value"], marks=marks_of(block.span, cell), bold=True)
        formula = f"='IPTT'!{a1(tracking, columns[block.span.covers])}"
        sheet.write_formula(row, block.column(ACTUAL), formula, style, shown(indicator, cell["value"]))
