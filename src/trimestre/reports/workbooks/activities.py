"""The log of activities (bitácora): when, as people say it, line of action, with whom, what was agreed, what proves it.

Data flow: results.activity -> workbook -> results.activity, with the days that the words may mean.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.workbooks.days import understand
from trimestre.reports.workbooks.model import Edit, Field, Key, Lists, Sheet, Taking, Told, Values
from trimestre.reports.workbooks.versions import Versioned, lines_of_action, texts_of
from trimestre.warehouse.tables.by_hand import activity

ADMINISTRATIVE = "administrativa"
"""What the drop-down says for an activity of no line; the table has an empty text."""


class Activities(Versioned):
    """One row per activity of the quarter."""

    kind = "bitacora"
    table = activity
    keys = ("activity",)
    blank = 60
    fields: tuple[Field, ...] = (
        Field("activity", "text", "code", 14),
        Field("line", "choice", width=32, choices="lines", required=True),
        Field("happened", width=24, required=True, longest=120),
        Field("what", width=60, required=True),
        Field("counterpart", width=30),
        Field("agreement", width=40),
        Field("evidence", width=40),
    )

    def lists(self, project: Project) -> Lists:
        """Lines of action, and what belongs to none."""
        return {"lines": {texts.WORKBOOK_SAID[ADMINISTRATIVE]: ADMINISTRATIVE, **lines_of_action(project)}}

    def within(self, period: Period) -> sa.ColumnElement[bool]:
        """Those that the quarter reports."""
        return activity.c.period == str(period)

    def now(self, connection: sa.Connection, period: Period) -> dict[Key, dict[str, Any]]:
        """Records with the word for no line."""
        found = super().now(connection, period)
        return {key: record | {"line": record["line"] or ADMINISTRATIVE} for key, record in found.items()}

    def title(self, edit: Edit) -> str:
        """Its code."""
        return edit.key[0] if edit.key else texts.WORKBOOK_SAID["new_activity"]

    def check(self, project: Project, sheet: Sheet, edits: Sequence[Edit], told: Told) -> None:
        """Words that say no day stay as they are; days of another quarter are told."""
        happened = self.fields[2]
        for edit in edits:
            said = str((edit.after or {}).get("happened") or "")
            if not said or sheet.period is None:
                continue
            span = understand(said, sheet.period)
            if span is None:
                told.warn(edit.row, happened, "no_day")
            elif not (span[0] < sheet.period.next().first_day() and span[1] >= sheet.period.first_day()):
                days = {"first": f"{span[0]:%d/%m/%Y}", "last": f"{span[1]:%d/%m/%Y}"}
                told.warn(edit.row, happened, "day_outside", period=sheet.period, **days)

    def stored(self, taking: Taking, key: Key | None, values: Values, before: Values | None) -> dict[str, Any]:
        """The activity with its days; a new one gets the next code of its year."""
        period = taking.sheet.period
        if period is None:
            raise AssertionError("a sheet without problems has a quarter")
        span = understand(str(values["happened"]), period)
        line = values["line"]
        return {
            "activity": key[0] if key else self.next_code(taking.connection, f"A-{period.year}-", 3),
            "period": str(period),
            "line": "" if line == ADMINISTRATIVE else line,
            "first_day": span[0] if span else None,
            "last_day": span[1] if span else None,
            **texts_of(values, "happened", "what", "counterpart", "agreement", "evidence"),
        }
