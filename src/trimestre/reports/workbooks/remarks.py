"""Remarks of the donor on reports, and what was answered.

Data flow: results.remark -> workbook, open ones prefilled -> results.remark.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.workbooks.model import Edit, Field, Key, Lists, Sheet, Taking, Told, Values
from trimestre.reports.workbooks.versions import Versioned, indicators, quarters, texts_of
from trimestre.warehouse.tables.by_hand import remark


class Remarks(Versioned):
    """One row per remark that is open in the quarter or answered by it."""

    kind = "observaciones"
    table = remark
    keys = ("remark",)
    blank = 30
    fields: tuple[Field, ...] = (
        Field("remark", "text", "code", 18),
        Field("period", "choice", width=14, choices="quarters", required=True),
        Field("made_on", "day", width=14),
        Field("about", "choice", width=34, choices="about"),
        Field("remark_text", width=60, required=True),
        Field("answer", width=60),
        Field("answered_in", "choice", width=14, choices="quarters"),
    )

    def lists(self, project: Project) -> Lists:
        """Quarters; sections and indicators."""
        sections = {name: code for code, name in texts.WORKBOOK_SECTIONS.items()}
        return {"quarters": quarters(project), "about": sections | indicators(project)}

    def within(self, period: Period) -> sa.ColumnElement[bool]:
        """Open in the quarter or answered by it."""
        label = str(period)
        return sa.and_(remark.c.period <= label, sa.or_(remark.c.answered_in.is_(None), remark.c.answered_in >= label))

    def title(self, edit: Edit) -> str:
        """Its code."""
        return edit.key[0] if edit.key else texts.WORKBOOK_SAID["new_remark"]

    def check(self, project: Project, sheet: Sheet, edits: Sequence[Edit], told: Told) -> None:
        """An answer has its quarter and a quarter its answer; nobody remarks on what is still to come."""
        period, answer, answered = self.fields[1], self.fields[5], self.fields[6]
        for edit in edits:
            after = edit.after or {}
            if bool(after.get("answer")) != bool(after.get("answered_in")):
                told.wrong(edit.row, answered if after.get("answer") else answer, "answered")
            if after.get("period") and str(after["period"]) > str(sheet.period):
                told.wrong(edit.row, period, "not_later", period=sheet.period)
            if after.get("period") and after.get("answered_in") and after["answered_in"] < after["period"]:
                told.wrong(edit.row, answered, "answered_before", period=after["period"])

    def stored(self, taking: Taking, key: Key | None, values: Values, before: Values | None) -> dict[str, Any]:
        """The remark; a new one gets the next code of its quarter."""
        period = str(values["period"])
        return {
            "remark": key[0] if key else self.next_code(taking.connection, f"OBS-{period}-", 2),
            "period": period,
            "made_on": values.get("made_on"),
            "answered_in": values.get("answered_in"),
            **texts_of(values, "about", "remark_text", "answer"),
        }
