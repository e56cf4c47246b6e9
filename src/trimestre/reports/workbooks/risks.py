"""Operational risks: open ones are carried over from quarter to quarter until somebody closes them.

Data flow: results.risk -> workbook, open ones prefilled -> results.risk.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.workbooks.model import Edit, Field, Key, Lists, Sheet, Taking, Told, Values
from trimestre.reports.workbooks.versions import Versioned, quarters, texts_of
from trimestre.warehouse.tables.by_hand import risk


class Risks(Versioned):
    """One row per risk that is open in the quarter."""

    kind = "riesgos"
    table = risk
    keys = ("risk",)
    blank = 30
    removable = False
    fields: tuple[Field, ...] = (
        Field("risk", "text", "code", 12),
        Field("opened_in", "text", "shown", 14),
        Field("description", width=60, required=True),
        Field("effect", width=45),
        Field("response", width=45),
        Field("owner", width=30, longest=200),
        Field("closed_in", "choice", width=14, choices="quarters"),
    )

    def lists(self, project: Project) -> Lists:
        """Quarters."""
        return {"quarters": quarters(project)}

    def within(self, period: Period) -> sa.ColumnElement[bool]:
        """Named in the quarter or before, and not ended before it."""
        label = str(period)
        return sa.and_(risk.c.opened_in <= label, sa.or_(risk.c.closed_in.is_(None), risk.c.closed_in >= label))

    def title(self, edit: Edit) -> str:
        """Its code."""
        return edit.key[0] if edit.key else texts.WORKBOOK_SAID["new_risk"]

    def check(self, project: Project, sheet: Sheet, edits: Sequence[Edit], told: Told) -> None:
        """A risk ends in this quarter: not before it was looked at, and not later than anybody knows."""
        for edit in edits:
            closed = (edit.after or {}).get("closed_in")
            was = (edit.before or {}).get("closed_in")
            if closed is not None and closed != was and closed != str(sheet.period):
                told.wrong(edit.row, self.fields[-1], "closed_in", period=sheet.period)

    def stored(self, taking: Taking, key: Key | None, values: Values, before: Values | None) -> dict[str, Any]:
        """The risk; a new one gets the next code and is opened in this quarter."""
        return {
            "risk": key[0] if key else self.next_code(taking.connection, "R-", 2),
            "opened_in": before["opened_in"] if before else str(taking.sheet.period),
            "closed_in": values.get("closed_in"),
            **texts_of(values, "description", "effect", "response", "owner"),
        }
