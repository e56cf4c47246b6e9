"""What a quarter's documents say in words: narrative, activities, risks, remarks, as people brought them in.

Data flow: results.narrative, activity, risk, remark, verification_file (current versions) -> Written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.periods import Period
from trimestre.warehouse.tables.by_hand import activity, narrative, remark, risk, verification_file

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Written:
    """The words of a quarter; rows are mappings with the columns of their tables."""

    narrative: Sequence[Row] = ()
    """Paragraphs by section, line and place."""
    activities: Sequence[Row] = ()
    """Of the quarter, administrative ones first, then by line and day."""
    risks: Sequence[Row] = ()
    """Open in the quarter: named in it or before, and not ended before it."""
    remarks: Sequence[Row] = ()
    """On earlier reports and this one: open in the quarter or answered by it."""
    verification_files: Sequence[Row] = ()
    """Means of verification of the quarter's typed figures."""

    def paragraphs(self, section: str, line: str = "") -> list[str]:
        """The paragraphs of a section, in their order."""
        return [row["text"] for row in self.narrative if (row["section"], row["line"]) == (section, line)]


def written_of(connection: sa.Connection, period: Period) -> Written:
    """The words of a quarter as they stand now."""
    label = str(period)

    def rows(table: sa.Table, where: sa.ColumnElement[bool], *order: sa.ColumnElement[Any]) -> list[Row]:
        current = table.c.valid_to == sa.text("'infinity'") if "valid_to" in table.c else sa.true()
        told = [column for column in table.c if column.name != "valid_to"]  # no Python instant is infinite
        found = connection.execute(sa.select(*told).where(current, where).order_by(*order))
        return [dict(row._mapping) for row in found]

    return Written(
        narrative=rows(
            narrative, narrative.c.period == label, narrative.c.section, narrative.c.line, narrative.c.ordinal
        ),
        activities=rows(
            activity,
            activity.c.period == label,
            activity.c.line,
            activity.c.first_day.nulls_last(),
            activity.c.activity,
        ),
        risks=rows(
            risk,
            sa.and_(risk.c.opened_in <= label, sa.or_(risk.c.closed_in.is_(None), risk.c.closed_in >= label)),
            risk.c.risk,
        ),
        remarks=rows(
            remark,
            sa.and_(remark.c.period <= label, sa.or_(remark.c.answered_in.is_(None), remark.c.answered_in >= label)),
            remark.c.remark,
        ),
        verification_files=rows(
            verification_file,
            verification_file.c.period == label,
            verification_file.c.indicator,
            verification_file.c.disaggregation,
            verification_file.c.category,
            verification_file.c.sha256,
        ),
    )
