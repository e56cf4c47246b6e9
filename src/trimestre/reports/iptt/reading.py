"""The sheets that say how the table is to be read: definitions, explanations of every quarter, and which version it is.

Data flow: Quarter with ``earlier`` -> sheets of words.
"""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from trimestre.contracts.indicators import Indicator
from trimestre.reports.history import indicators_told
from trimestre.reports.iptt.notes import restatements
from trimestre.reports.iptt.sheet import HEAD_ROW, LINE, MOST_HIGH, Book
from trimestre.reports.quarter import Quarter
from trimestre.reports.words import day, disaggregation_name, told, unit_text, version_text
from trimestre.texts.tracking_labels import (
    ABOUT,
    AUDIENCES,
    DEFINITION_COLUMNS,
    DIRECTIONS,
    EXPLANATION_COLUMNS,
    FREQUENCIES_EN,
    MARKS,
    READING,
)

_WIDE = 115
"""Characters that fit on a line over both columns of the last sheet."""


def write_definitions(book: Book) -> None:
    """Every indicator of the table as its reference sheet defines it."""
    widths = (9, 30, 55, 14, 14, 20, 40, 55, 12, 22, 45, 9)
    rows = [_definition(indicator, book.language) for indicator in indicators_told(book.told.quarter)]
    _table(book, book.labels["definitions"], DEFINITION_COLUMNS[book.language], widths, rows)


def write_explanations(book: Book) -> None:
    """Why figures deviated from their targets, as people said it, quarter by quarter."""
    quarter = book.told.quarter
    rows = [
        (
            figure.indicator.code,
            told(figure.indicator.name, book.language),
            str(shown.period),
            " ".join(figure.explanation["text"].split()),
            figure.explanation["by"],
            day(datetime.fromisoformat(figure.explanation["at"]).astimezone(quarter.project.framework.zone),
                book.language),
        )
        for shown in (*quarter.earlier, quarter)
        for figure in shown.figures
        if figure.explanation
    ]  # fmt: skip
    if rows:
        title = book.labels["explanations"]
        _table(book, title, EXPLANATION_COLUMNS[book.language], (9, 34, 10, 80, 18, 12), sorted(rows))


def write_about(book: Book) -> None:
    """Which project, quarter and version this is, who approved it, and how to read it."""
    words, quarter = ABOUT[book.language], book.told.quarter
    sheet = book.sheet(book.labels["about"])
    sheet.set_portrait()
    sheet.fit_to_pages(1, 0)
    book.width(sheet, 0, 36)
    book.width(sheet, 1, 84)
    book.title(sheet, book.labels["title"], 2)
    row = HEAD_ROW
    how = (line.format(period=quarter.period) for line in READING[book.language])  # the others quote what people wrote
    name, text = book.format(bold=True, border=1, text_wrap=True), book.format(border=1, text_wrap=True)
    for label, value in _facts(quarter, book.language):
        sheet.write_string(row, 0, label, name)
        sheet.write_string(row, 1, value, text)
        row += 1
    for title, lines in (
        (words["how"], (*how, *MARKS[book.language].values())),
        (words["others"], tuple(_versions(quarter, book.language))),
        (words["restated"], tuple(restatements(quarter, book.language))),
    ):
        if not lines:
            continue
        row += 1
        sheet.write_string(row, 0, title, book.format(bold=True, font_size=12))
        for line in lines:
            row += 1
            sheet.merge_range(row, 0, row, 1, line, book.format(text_wrap=True))
            sheet.set_row(row, min(LINE * len(textwrap.wrap(line, _WIDE)) + 2, MOST_HIGH))


def approver(quarter: Quarter, user: str | None) -> str:
    """Who decided, as printed: name and post from ``approvers`` of framework.yaml, else the user's name."""
    found = next((item for item in quarter.project.framework.approvers if item.user == user), None)
    if found is None:
        return user or ""
    return f"{found.name}, {found.post}" if found.post and found.post != found.name else found.name


def _facts(quarter: Quarter, language: str) -> Iterator[tuple[str, str]]:
    words, version, framework = ABOUT[language], quarter.version, quarter.project.framework

    def instant(at: datetime | None) -> str:
        local = at.astimezone(framework.zone) if at else None
        return f"{day(local, language)} {local:%H:%M}" if local else ""

    yield words["project"], f"{framework.project} · {framework.name}"
    yield words["period"], str(quarter.period)
    yield words["fiscal"], quarter.fiscal
    yield words["version"], version_text(quarter, language)
    for name, value in (
        ("hash", version.hash),
        ("prepared_by", version.prepared_by),
        ("decided_by", approver(quarter, version.decided_by)),
        ("decided_at", instant(version.decided_at)),
        ("known_at", instant(version.known_at)),
        ("reason", version.reason),
    ):
        if value:
            yield words[name], value
    if framework.illustrative:
        yield words["illustrative"], words["illustrative_text"]
    yield words["audience"], AUDIENCES[language][quarter.audience]


def _versions(quarter: Quarter, language: str) -> Iterator[str]:
    for shown in quarter.earlier:
        yield f"{shown.period}: {version_text(shown, language)}"


def _definition(indicator: Indicator, language: str) -> tuple[str, ...]:
    frequency = indicator.frequency if language == "es" else FREQUENCIES_EN[indicator.frequency]
    return (
        indicator.code,
        told(indicator.name, language),
        told(indicator.definition, language),
        unit_text(indicator, language),
        DIRECTIONS[language][indicator.direction],
        ", ".join(disaggregation_name("×".join(parts), language) for parts in indicator.breakdowns()),
        told(indicator.data_source, language),
        told(indicator.method, language),
        frequency,
        indicator.responsible,
        told(indicator.limitations, language),
        str(indicator.version),
    )


def _table(
    book: Book, title: str, names: Sequence[str], widths: Sequence[int], rows: Sequence[tuple[Any, ...]]
) -> None:
    sheet = book.sheet(title)
    head = book.format(bold=True, bg_color="#1F3864", font_color="#FFFFFF", border=1, text_wrap=True)
    text = book.format(border=1, text_wrap=True)
    for column, (name, width) in enumerate(zip(names, widths, strict=True)):
        book.width(sheet, column, width)
        sheet.write_string(HEAD_ROW, column, name, head)
    book.title(sheet, title, 2)
    book.row(sheet, HEAD_ROW, 0, dict(enumerate(names)))
    for number, row in enumerate(rows, start=HEAD_ROW + 1):
        book.row(sheet, number, 0, dict(enumerate(row)))
        for column, value in enumerate(row):
            sheet.write_string(number, column, value, text)
    sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(rows), len(names) - 1)
    sheet.freeze_panes(HEAD_ROW + 1, 2)
    sheet.repeat_rows(HEAD_ROW)
    book.pages(sheet, (), 2)
