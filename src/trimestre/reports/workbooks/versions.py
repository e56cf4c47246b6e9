"""Kinds whose records are versions of a table: narrative, activities, risks, remarks.

Data flow: current versions -> lines; edits -> the current version ends, another one begins.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.workbooks.comparing import check_fields, compare, described
from trimestre.reports.workbooks.model import Edit, Field, Key, Line, Lists, Row, Sheet, Taking, Told, Values, plain

CURRENT = sa.text("'infinity'")


class Versioned:
    """What the four have in common; a record's values are the columns of its table, empty texts as none."""

    kind: str
    fields: tuple[Field, ...]
    blank = 0
    table: sa.Table
    keys: tuple[str, ...]
    """Columns of the table's key, in the order of a record's key."""
    removable = True

    def lists(self, project: Project) -> Lists:
        """Drop-downs."""
        raise NotImplementedError

    def within(self, period: Period) -> sa.ColumnElement[bool]:
        """Which records a quarter's workbook holds."""
        raise NotImplementedError

    def title(self, edit: Edit) -> str:
        """What an edit is about."""
        raise NotImplementedError

    def stored(self, taking: Taking, key: Key | None, values: Values, before: Values | None) -> dict[str, Any]:
        """The columns of a new version beside its system time; its key, too, where there is none yet."""
        raise NotImplementedError

    def key_of(self, row: Row) -> Key | None:
        """The key that a row says; ``None`` = it is new."""
        parts = tuple(str(plain(row.values.get(name)) or "") for name in self.keys)
        return parts if any(parts) else None

    def check(self, project: Project, sheet: Sheet, edits: Sequence[Edit], told: Told) -> None:
        """What is asked of the rows of this kind beside their required fields."""

    def now(self, connection: sa.Connection, period: Period) -> dict[Key, dict[str, Any]]:
        """Key -> record, in the order of the keys."""
        said = [column for column in self.table.c if column.name not in ("valid_from", "valid_to")]
        rows = connection.execute(
            sa.select(*said)
            .where(self.table.c.valid_to == CURRENT, self.within(period))
            .order_by(*(self.table.c[name] for name in self.keys))
        )
        return {tuple(str(row[name]) for name in self.keys): dict(row) for row in rows.mappings()}

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """What holds now."""
        return [Line(record, key) for key, record in self.now(connection, period).items()]

    def judge(self, connection: sa.Connection, project: Project, sheet: Sheet, told: Told) -> tuple[list[Edit], int]:
        """What the rows would change."""
        if sheet.period is None:
            return [], 0
        now = self.now(connection, sheet.period)
        for row in sheet.rows:
            key = self.key_of(row)
            if key is not None and key not in now and key not in sheet.digests:
                told.wrong(row, self.fields[0], "unknown_key")
        edits, unchanged = compare(self, sheet, now, self.key_of, told, removable=self.removable)
        check_fields(self, edits, told)
        self.check(project, sheet, edits, told)
        return edits, unchanged

    def changes(self, project: Project, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits as a person reads them."""
        return described(self, edits, self.lists(project), self.title)

    def records(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """Nobody reads them again: they are in the table."""
        return []

    def apply(self, taking: Taking, edits: Sequence[Edit]) -> list[str]:
        """End the versions that are replaced, begin the new ones."""
        for edit in edits:
            key = edit.key
            if edit.before is not None:
                _end(taking, self.table, edit.before)
            if edit.after is None:
                continue
            values = {name: plain(value) for name, value in edit.after.items()}
            row = self.stored(taking, key, values, edit.before)
            taking.connection.execute(
                self.table.insert().values(
                    **row, valid_from=taking.at, valid_to=CURRENT, upload_id=taking.upload_id, taken_by=taking.who
                )
            )
        counts = {what: sum(1 for edit in edits if _what(edit) == what) for what in ("new", "changed", "removed")}
        name = texts.WORKBOOKS[self.kind]["name"]
        return [texts.WORKBOOK_SAID["taken_versions"].format(name=name, **counts)]

    def next_code(self, connection: sa.Connection, prefix: str, digits: int) -> str:
        """The code after the greatest one with a prefix, of all versions there ever were."""
        column = self.table.c[self.keys[0]]
        known = connection.scalars(sa.select(column).where(column.startswith(prefix, autoescape=True)))
        numbers = [int(code[len(prefix) :]) for code in known if code[len(prefix) :].isdigit()]
        return f"{prefix}{max(numbers, default=0) + 1:0{digits}d}"


def texts_of(values: Values, *names: str) -> dict[str, str]:
    """Columns of text, empty where nothing was written."""
    return {name: values.get(name) or "" for name in names}


def quarters(project: Project) -> dict[str, str]:
    """The drop-down of quarters."""
    return {str(period): str(period) for period in project.periods.all()}


def lines_of_action(project: Project) -> dict[str, str]:
    """The drop-down of lines of action: shown -> code."""
    return {line.name: line.line for line in project.framework.lines}


def indicators(project: Project, wanted: Callable[[Any], bool] = lambda indicator: True) -> dict[str, str]:
    """The drop-down of indicators in force: «L2-01 · Personas certificadas» -> code."""
    return {
        f"{item.code} · {item.name.es}": item.code
        for item in sorted(project.indicators, key=lambda item: item.code)
        if item.state == "vigente" and wanted(item)
    }


def _end(taking: Taking, table: sa.Table, record: Values) -> None:
    """End a record's version by the whole key of its table: that of a paragraph has the quarter, its row has not."""
    key = [column == record[column.name] for column in table.primary_key if column.name != "valid_from"]
    taking.connection.execute(table.update().where(table.c.valid_to == CURRENT, *key).values(valid_to=taking.at))


def _what(edit: Edit) -> str:
    return "new" if edit.before is None else "removed" if edit.after is None else "changed"
