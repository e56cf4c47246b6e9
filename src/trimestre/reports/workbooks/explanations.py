"""Why figures deviate: one row per indicator of the quarter, beside its value, target and what was said so far.

Data flow: Quarter (preliminary) -> workbook -> decisions «explain».
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.indicators.coherence_rules import deviation
from trimestre.indicators.explaining import explain, explanations
from trimestre.periods import Period
from trimestre.reports.quarter import Figure, quarter_of
from trimestre.reports.words import percent_text, status_text, target_text, value_text
from trimestre.reports.workbooks.comparing import compare, described
from trimestre.reports.workbooks.model import Edit, Field, Key, Line, Lists, Row, Sheet, Taking, Told, Values, plain
from trimestre.reports.workbooks.versions import indicators


class Explanations:
    """One row per indicator."""

    kind = "explicaciones"
    blank = 0
    fields: tuple[Field, ...] = (
        Field("indicator", "choice", "key", 56, "indicators"),
        Field("value", "text", "shown", 16),
        Field("target", "text", "shown", 16),
        Field("percent", "text", "shown", 12),
        Field("status", "text", "shown", 24),
        Field("asked", "text", "shown", 14),
        Field("explanation", width=90),
    )

    def lists(self, project: Project) -> Lists:
        """Indicators."""
        return {"indicators": indicators(project)}

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """Every indicator in force, with its figure of today."""
        said = explanations(connection, period)
        figures = {
            item.indicator.code: item for item in quarter_of(connection, project, period, preliminary=True).figures
        }
        lines = []
        for code in self.lists(project)["indicators"].values():
            text = said[code]["text"] if code in said else None
            shown = _shown(project, period, figures.get(code))
            lines.append(Line({"indicator": code, **shown, "explanation": text}, (code,)))
        return lines

    def judge(self, connection: sa.Connection, project: Project, sheet: Sheet, told: Told) -> tuple[list[Edit], int]:
        """What the rows would say anew; what was explained stays explained."""
        if sheet.period is None:
            return [], 0
        known = explanations(connection, sheet.period)
        now: dict[Key, Values] = {
            (code,): {"indicator": code, "explanation": item["text"]} for code, item in known.items()
        }
        for row in sheet.rows:
            if _key(row) is None and plain(row.values.get("explanation")):
                told.wrong(row, self.fields[0], "required")
        rows = tuple(row for row in sheet.rows if _key(row) is not None)
        sheet = Sheet(sheet.kind, sheet.project, sheet.period, sheet.partner, rows, sheet.digests, sheet.problems)
        return compare(self, sheet, now, _key, told, removable=False)

    def changes(self, project: Project, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits as a person reads them."""
        return described(self, edits, self.lists(project), lambda edit: edit.key[0] if edit.key else "")

    def records(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """They are decisions."""
        return []

    def apply(self, taking: Taking, edits: Sequence[Edit]) -> list[str]:
        """A decision for each."""
        project, period = taking.plant.project, taking.sheet.period
        for edit in edits:
            if edit.key and edit.after and period:
                text = str(plain(edit.after["explanation"]))
                explain(taking.connection, project, edit.key[0], period, text, taking.who)
        return [texts.WORKBOOK_SAID["taken_explanations"].format(n=len(edits), period=period)]


def _key(row: Row) -> Key | None:
    code = row.values.get("indicator")
    return (str(code),) if code else None


def _shown(project: Project, period: Period, figure: Figure | None) -> Mapping[str, str]:
    """Value, target, percentage, status and whether an explanation is asked for, as text."""
    total = figure.total if figure else None
    if figure is None or total is None:
        return {"value": texts.NOT_AVAILABLE}
    asked = any(deviation(project, figure.indicator, total, period))
    return {
        "value": value_text(figure.indicator, total),
        "target": target_text(figure.indicator, total["target"]),
        "percent": percent_text(total["percent_of_target"]),
        "status": status_text(total["status"]),
        "asked": texts.WORKBOOK_SAID["yes" if asked else "no"],
    }
