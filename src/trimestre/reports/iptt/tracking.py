"""The sheet «IPTT»: indicators below the results that they measure, all periods, status and explanations.

Data flow: results framework -> rows in order -> figures of every span, status, notes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from trimestre.contracts.framework import Result
from trimestre.contracts.indicators import Indicator
from trimestre.reports.history import indicators_told
from trimestre.reports.iptt.notes import marks_told, notes_of, restatements
from trimestre.reports.iptt.sheet import ACTUAL, FIRST_ROW, HEAD_ROW, PERCENT, TARGET, Block, Book, a1
from trimestre.reports.iptt.spans import Span
from trimestre.reports.quarter import Quarter
from trimestre.reports.words import day, status_text, told, unit_text
from trimestre.texts.tracking_labels import DIRECTIONS, KINDS, LEVELS
from trimestre.texts.words import WORDS

_DEEPEST = 7
"""Excel knows no deeper outline."""
_FIXED = 4
"""Columns that stay in place."""
_BASELINE = 8
"""Column of the baseline."""


@dataclass(frozen=True)
class Row:
    """A result with the indicators that hang below it, or one indicator."""

    depth: int
    result: Result | None
    indicator: Indicator | None = None
    below: tuple[Indicator, ...] = ()
    """Of a result: its indicators and those of the results below it."""


def rows_of(quarter: Quarter) -> list[Row]:
    """Results from objectives down to outputs in their order, each followed by its indicators and the results below.

    Indicators without a result stand last, below a row of their own (``result`` and ``indicator`` are ``None``).
    """
    results, indicators = quarter.project.results, indicators_told(quarter)
    codes = {result.result for result in results}

    def below(code: str) -> Iterator[Indicator]:
        yield from (item for item in indicators if item.parent == code)
        for child in results:
            if child.parent == code:
                yield from below(child.result)

    def walk(parent: str | None, depth: int) -> Iterator[Row]:
        for result in results:
            if result.parent == parent:
                yield Row(depth, result, below=tuple(below(result.result)))
                yield from (
                    Row(depth + 1, result, item, (item,)) for item in indicators if item.parent == result.result
                )
                yield from walk(result.result, depth + 1)

    rows = list(walk(None, 0))
    loose = tuple(item for item in indicators if item.parent not in codes)
    if loose:
        rows.append(Row(0, None, below=loose))
        rows += [Row(1, None, item, (item,)) for item in loose]
    return rows


def write(book: Book) -> tuple[dict[str, int], dict[str, int]]:
    """Write the sheet; returns indicator -> its row, and span -> the column of its figures."""
    labels, quarter = book.labels, book.told.quarter
    sheet = book.sheet("IPTT")
    names = [
        (labels["number"], 5),
        (labels["level"], 11),
        (labels["code"], 9),
        (labels["indicator"], 42),
        (labels["unit"], 13),
        (labels["direction"], 12),
        (labels["cumulative"], 11),
        (labels["kind"], 7),
        (f"{labels['baseline']}: {labels['baseline_value'].lower()}", 10),
        (f"{labels['baseline']}: {labels['baseline_day'].lower()}", 11),
    ]
    blocks = book.blocks(len(names), book.told.spans, partial(_parts, book))
    book.head(sheet, names, blocks)
    book.title(sheet, labels["title"], _FIXED)
    last = blocks[-1].first + len(blocks[-1].parts)
    _tail_head(book, sheet, last)
    places: dict[str, int] = {}
    number = FIRST_ROW
    for row in rows_of(quarter):
        if row.indicator is None:
            said = _group(book, sheet, number, row, last)
        else:
            places[row.indicator.code] = number
            said = _indicator(book, sheet, number, row.indicator, blocks, len(places))
            said |= _tail(book, sheet, number, row.indicator, blocks, last)
        book.row(sheet, number, min(row.depth, _DEEPEST), said)
        number += 1
    book.printed(sheet, number, blocks, _FIXED)
    small = book.format(font_size=9)
    sheet.write_string(HEAD_ROW - 1, 0, " ".join(marks_told(book.told, book.language)), small)
    for place, text in enumerate(restatements(quarter, book.language), start=number + 1):
        sheet.write_string(place, 1, text, small)
    return places, {block.span.covers: block.column(ACTUAL) for block in blocks if ACTUAL in block.parts}


def _parts(book: Book, span: Span) -> tuple[str, ...]:
    """Of a span that nobody told the targets alone; nothing of one that is past and has none."""
    if span.told_by is not None:
        return TARGET, ACTUAL, PERCENT
    targets = any(book.told.target(span, indicator) is not None for indicator in indicators_told(book.told.quarter))
    return (TARGET,) if span.planned or targets else ()


def _tail_head(book: Book, sheet: Any, first: int) -> None:
    labels, period = book.labels, str(book.told.quarter.period)
    columns = (("status", 17), ("progress", 16), ("explanation", 52), ("notes", 58))
    blocks_below = book.format(bold=True, bg_color="#D9E2F3", border=1)
    head = book.format(bold=True, bg_color="#1F3864", font_color="#FFFFFF", border=1, text_wrap=True, align="center")
    for place, (name, width) in enumerate(columns, start=first):
        book.width(sheet, place, width)
        sheet.write_string(FIRST_ROW - 2, place, labels[name].format(period=period), head)
        sheet.write_string(FIRST_ROW - 1, place, "", blocks_below)


def _group(book: Book, sheet: Any, number: int, row: Row, status: int) -> dict[int, str]:
    """The row of a result: its level, code and name, and how many of its indicators stand where; returns its texts."""
    style = book.format(bold=True, bg_color="#E9EDF5", border=1, text_wrap=True)
    for column in range(status + 4):
        sheet.write_blank(number, column, None, style)
    level = LEVELS[book.language][row.result.level] if row.result else ""
    name = told(row.result.name, book.language) if row.result else book.labels["unplaced"]
    code = row.result.result if row.result else ""
    texts = {1: level, 2: code, 3: name, status + 2: summary(book, row.below)}
    for column, text in texts.items():
        sheet.write_string(number, column, text, style)
    return texts


def summary(book: Book, indicators: tuple[Indicator, ...]) -> str:
    """«3 indicadores: 1 Meta alcanzada, 2 Con rezago», of the quarter of the table."""
    labels, codes = book.labels, {item.code for item in indicators}
    figures = [figure for figure in book.told.quarter.figures if figure.indicator.code in codes and figure.total]
    if not indicators:
        return labels["no_indicators"]
    many = labels["one_indicator" if len(indicators) == 1 else "indicators"].format(count=len(indicators))
    found = Counter(status_text(figure.total["status"], book.language) for figure in figures if figure.total)
    statuses = ", ".join(f"{count} {name}" for name, count in sorted(found.items()) if name)
    return labels["group"].format(indicators=many, statuses=statuses) if statuses else many


def _indicator(
    book: Book, sheet: Any, row: int, indicator: Indicator, blocks: list[Block], number: int
) -> dict[int, str]:
    """What an indicator is, its baseline and its figures; returns its texts by column."""
    text = book.format(border=1, text_wrap=True)
    centred = book.format(border=1, text_wrap=True, align="center")
    language, period = book.language, str(book.told.quarter.period)
    sheet.write_number(row, 0, number, centred)
    columns = (
        (1, LEVELS[language][indicator.level], text),
        (2, indicator.code, text),
        (3, told(indicator.name, language), text),
        (4, unit_text(indicator, language), text),
        (5, DIRECTIONS[language][indicator.direction], centred),
        (6, "NC" if indicator.span == "period" else "C", centred),
        (7, KINDS[language][indicator.kind_of_value], centred),
    )
    for column, said, style in columns:
        sheet.write_string(row, column, said, style)
    missing = book.format(border=1, align="right", font_color="#595959")
    base = indicator.base(period) if indicator.baseline else None
    if base is None:
        said = WORDS[language]["n_d" if indicator.baseline else "n_a"]
        sheet.write_string(row, _BASELINE, said, missing)
    else:
        book.number(sheet, row, _BASELINE, indicator, base)
    measured = indicator.baseline.measured_on if indicator.baseline else None
    sheet.write_string(row, _BASELINE + 1, day(measured, language), centred)
    for block in blocks:
        book.figures(sheet, row, block, indicator, blocks=blocks)
    return {column: said for column, said, _ in columns}


def _tail(book: Book, sheet: Any, row: int, indicator: Indicator, blocks: list[Block], first: int) -> dict[int, str]:
    """Status, progress from the baseline, explanation and notes of the quarter; returns the texts by column."""
    quarter = book.told.quarter
    figure = next((item for item in quarter.figures if item.indicator.code == indicator.code), None)
    cell = figure.total if figure else None
    status = cell["status"] if cell else None
    sheet.write_string(row, first, status_text(status, book.language), book.status_format(status))
    progress = cell["percent_of_progress"] if cell else None
    if progress is None:
        sheet.write_blank(row, first + 1, None, book.format(border=1))
    else:
        now = next(block for block in blocks if block.span.covers == str(quarter.period))
        base, target = a1(row, _BASELINE), a1(row, now.column(TARGET))
        formula = f"=ROUND(({a1(row, now.column(ACTUAL))}-{base})/({target}-{base}),3)"
        style = book.format(num_format="0.0%", border=1, align="right")
        sheet.write_formula(row, first + 1, formula, style, float(progress / 100))
    said = figure.explanation["text"] if figure and figure.explanation else ""
    texts = {
        first + 2: " ".join(said.split()),
        first + 3: " ".join(notes_of(quarter, indicator, figure, book.language)),
    }
    for column, sentence in texts.items():
        sheet.write_string(row, column, sentence, book.format(border=1, text_wrap=True))
    return texts
