"""What rows that came back would change, told apart from what was only carried along and from what others changed.

Data flow: rows + digests they went out with + records now -> edits, problems.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.indicators import Indicator
from trimestre.reports.workbooks.model import (
    Book,
    Edit,
    Field,
    Key,
    Lists,
    Preview,
    Row,
    Sheet,
    Told,
    Values,
    digest,
    inputs,
    plain,
    text_of,
)


def compare(
    book: Book,
    sheet: Sheet,
    now: Mapping[Key, Values],
    key_of: Callable[[Row], Key | None],
    told: Told,
    *,
    removable: bool = True,
) -> tuple[list[Edit], int]:
    """The edits of a file, and how many of its rows change nothing.

    A row that nobody touched changes nothing, whatever happened to its record; one that was touched while somebody
    else changed the record is a problem. A row emptied takes its record away, where it is ``removable``.
    """
    edits: list[Edit] = []
    unchanged = 0
    seen: dict[Key, Row] = {}
    contents = [inputs(book.fields, record) for record in now.values()]
    for row in sheet.rows:
        said = inputs(book.fields, row.values)
        key = key_of(row)
        blank = all(value is None for value in said.values())
        if key is None:
            if not blank and said in contents:
                unchanged += 1
            elif not blank:
                edits.append(Edit(None, None, row.values, row))
            continue
        if key in seen:
            told.wrong(row, book.fields[0], "twice", other=seen[key].places[book.fields[0].name])
            continue
        seen[key] = row
        record = now.get(key)
        known = inputs(book.fields, record)
        sent = sheet.digests.get(key)
        if said == known or digest(said) == sent or (blank and record is None):
            unchanged += 1
        elif digest(known) != (sent or digest(inputs(book.fields, None))):
            told.problems.append(_conflict(book, row, said, known))
        elif blank and not removable:
            told.wrong(row, _first_input(book), "not_removable")
        else:
            edits.append(Edit(key, record, None if blank else row.values, row))
    return edits, unchanged


def check_fields(book: Book, edits: Sequence[Edit], told: Told) -> None:
    """What every kind asks of a row that says something: its required fields."""
    for edit in edits:
        if edit.after is None:
            continue
        for column in book.fields:
            if column.required and plain(edit.after.get(column.name)) is None:
                told.wrong(edit.row, column, "required")


def described(book: Book, edits: Sequence[Edit], lists: Lists, title: Callable[[Edit], str]) -> list[dict[str, Any]]:
    """The edits as a person reads them: a line for what is new or goes, one for each field that changes."""
    changes: list[dict[str, Any]] = []
    for edit in edits:
        place = title(edit)
        if edit.before is None or edit.after is None:
            what = texts.WORKBOOK_SAID["new" if edit.before is None else "removed"]
            before, after = (_summary(book, values, lists) for values in (edit.before, edit.after))
            changes.append({"what": what, "place": place, "before": before, "after": after})
            continue
        old, new = inputs(book.fields, edit.before), inputs(book.fields, edit.after)
        for column in book.fields:
            if column.part == "input" and old[column.name] != new[column.name]:
                pair = (_told(column, values[column.name], lists) for values in (old, new))
                what = texts.WORKBOOK_FIELDS[book.kind][column.name][0]
                changes.append(dict(zip(("what", "place", "before", "after"), (what, place, *pair), strict=True)))
    return changes


def preview_of(
    book: Book, project: Project, sheet: Sheet, edits: Sequence[Edit], unchanged: int, told: Told
) -> Preview:
    """What a person is shown before taking a file."""
    problems = [*sheet.problems, *told.problems]
    changes = book.changes(project, edits) if not problems else []
    return Preview(changes, unchanged, problems, told.warnings, edits, book.records(edits) if not problems else ())


def percent_of_fraction(indicator: Indicator, value: Any) -> str | None:
    """What a share below 1 of a percentage may have meant: 63 of 0.63; ``None`` where it is no such one."""
    if indicator.kind_of_value == "percentage" and isinstance(value, Decimal) and 0 < value < 1:
        return f"{plain(100 * value):f}"
    return None


def _summary(book: Book, values: Values | None, lists: Lists) -> str:
    if values is None:
        return ""
    said = inputs(book.fields, values)
    return " · ".join(
        texts.WORKBOOK_SAID["pair"].format(
            heading=texts.WORKBOOK_FIELDS[book.kind][column.name][0], value=_told(column, said[column.name], lists)
        )
        for column in book.fields
        if column.part == "input" and said[column.name] is not None
    )


def _told(column: Field, value: Any, lists: Lists) -> str:
    if column.personal and value is not None:
        return texts.WORKBOOK_SAID["hidden"]
    return text_of(value, column, lists)


def _conflict(book: Book, row: Row, said: Values, known: Values) -> str:
    column = next(item for item in book.fields if item.part == "input" and said[item.name] != known[item.name])
    return texts.WORKBOOK_SAID["conflict"].format(place=row.places[column.name])


def _first_input(book: Book) -> Field:
    return next(item for item in book.fields if item.part == "input")
