"""Figures that people type: values and stages of the indicators over reported values, with their means of verification.

What is typed goes into the file of the drop folder that a tabular source reads; a file that came back changes only the
rows that somebody touched. What was taken and no night has read yet is known from the uploads.

Data flow: warehouse.reported_value + uploads since -> workbook -> file of the drop folder -> the source's next night.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.contracts.base import comparable
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.contracts.indicators_across import categories_of
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.pipeline.uploads.drop_files import FileEdit, write_typed
from trimestre.reports.words import category_name, disaggregation_name
from trimestre.reports.workbooks.comparing import check_fields, compare, described, percent_of_fraction
from trimestre.reports.workbooks.model import Edit, Field, Key, Line, Lists, Row, Sheet, Taking, Told, Values, plain
from trimestre.reports.workbooks.typed_places import (
    DIMENSIONS,
    EVIDENCE,
    category_of,
    places_of,
    typed_indicators,
    typing_of,
)
from trimestre.reports.workbooks.versions import indicators, quarters


class TypedValues:
    """One row per indicator, breakdown and category of the quarter."""

    kind = "captura"
    blank = 40
    fields: tuple[Field, ...] = (
        Field("indicator", "choice", "key", 56, "indicators", required=True),
        Field("period", "choice", "key", 12, "quarters", required=True),
        Field("disaggregation", "choice", "key", 20, "disaggregations"),
        Field("category", "text", "key", 34, longest=200),
        Field("value", "number", width=14),
        Field("stage", width=24, longest=200),
        Field("reported_on", "day", width=14, required=True),
        Field("verification", width=60, required=True),
    )

    def lists(self, project: Project) -> Lists:
        """Indicators that are typed, quarters, breakdowns."""
        return {
            "indicators": indicators(project, lambda item: item.evidence == EVIDENCE),
            "quarters": quarters(project),
            "disaggregations": {disaggregation_name(name): name for name in (TOTAL, *DIMENSIONS)},
        }

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """What is typed of the quarter, and a row for what may be."""
        now = self._now(connection, project, period)
        typed = typed_indicators(project)
        if not typed:
            raise ContractError(texts.WORKBOOK_REFUSALS["nothing_typed"])
        places = dict.fromkeys(places_of(project, period, partner))
        places |= dict.fromkeys(key for key in now if partner is None or key in places)
        lines = []
        for key in sorted(places, key=lambda key: (key[0], key[2] != TOTAL, key[2], key[3])):
            code, quarter, breakdown, category = key
            record = now.get(key, {})
            values = {"indicator": code, "period": quarter, "disaggregation": breakdown,
                      "category": category_name(project, breakdown, category)}  # fmt: skip
            stages = typed[code].stages if code in typed else ()
            lines.append(Line({**record, **values}, key, {"stage": stages} if stages else {}))
        return lines

    def judge(self, connection: sa.Connection, project: Project, sheet: Sheet, told: Told) -> tuple[list[Edit], int]:
        """What the rows would change."""
        if sheet.period is None:
            return [], 0
        now = self._now(connection, project, sheet.period)
        typed = typed_indicators(project)
        rows, keys = [], {}
        sent: dict[Key, Key] = {
            (*key[:3], comparable(category_name(project, key[2], key[3]))): key
            for key in sheet.digests
            if len(key) == 4
        }
        for row in sheet.rows:
            if all(row.values.get(item.name) is None for item in self.fields if item.part == "input"):
                key = self._key(project, row, sent)
            else:
                key = self._checked_key(project, sheet, row, sent, told)
                row = self._staged(typed, row, told)
            if key is not None:
                rows.append(row)
                keys[id(row)] = key
        read = Sheet(sheet.kind, sheet.project, sheet.period, sheet.partner, tuple(rows), sheet.digests)
        edits, unchanged = compare(self, read, now, lambda row: keys[id(row)], told)
        check_fields(self, edits, told)
        for edit in edits:
            self._check(typed, sheet.period, edit, told)
        return edits, unchanged

    def changes(self, project: Project, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits as a person reads them."""

        def title(edit: Edit) -> str:
            code, quarter, breakdown, category = edit.key or ("", "", TOTAL, TOTAL)
            place = "" if breakdown == TOTAL else f" · {category_name(project, breakdown, category)}"
            return f"{code} · {quarter}{place}"

        return described(self, edits, self.lists(project), title)

    def records(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """What is typed, for as long as no night has read it."""
        return [{"key": list(edit.key or ()), "typed": _as_json(edit.after)} for edit in edits]

    def apply(self, taking: Taking, edits: Sequence[Edit]) -> list[str]:
        """Write the rows into the file that the source reads."""
        typing = typing_of(taking.plant.project)
        typed = typed_indicators(taking.plant.project)
        changed = [FileEdit(edit.key or (), _columns(typed, edit)) for edit in edits]
        names, undo = write_typed(taking.plant, typing, changed)
        taking.reversals.append(undo)
        said = {"n": len(edits), "files": ", ".join(names), "source": typing.source.source}
        return [texts.WORKBOOK_SAID["taken_typed"].format(**said)]

    def _now(self, connection: sa.Connection, project: Project, period: Period) -> dict[Key, Values]:
        """Key -> what is typed of the quarter: as the warehouse has it, and as it was taken since."""
        source = typing_of(project).source.source
        typed = typed_indicators(project)
        rows = connection.execute(
            sa.text(
                "SELECT indicator, period, disaggregation, category, value, reported_on, verification"
                " FROM warehouse.reported_value WHERE source = :source AND period = :period"
                " AND valid_to = 'infinity' AND vanished_at IS NULL"
            ),
            {"source": source, "period": str(period)},
        )
        now: dict[Key, Values] = {}
        for row in rows:
            key = (row.indicator, row.period, row.disaggregation, row.category)
            now[key] = _record(typed, key, row.value, row.reported_on, row.verification)
        for record in _since(connection, source):
            key = tuple(record["key"])
            if key[1] != str(period):
                continue
            now.pop(key, None)
            if (said := record["typed"]) is not None:
                value = None if said["value"] is None else Decimal(said["value"])
                now[key] = {"value": value, "stage": said["stage"], "verification": said["verification"],
                            "reported_on": date.fromisoformat(said["reported_on"])}  # fmt: skip
        return now

    def _key(self, project: Project, row: Row, sent: Mapping[Key, Key]) -> Key | None:
        """Indicator, quarter, breakdown and category by their codes; ``None`` where one of them is missing.

        ``sent``: the keys of the file, by the names that they went out with: a category of no list is what it was.
        """
        code, quarter, said = (str(row.values.get(name) or "") for name in ("indicator", "period", "category"))
        breakdown = str(row.values.get("disaggregation") or TOTAL)
        if (found := sent.get((code, quarter, breakdown, comparable(said)))) is not None:
            return found
        category = category_of(project, breakdown, said)
        return (code, quarter, breakdown, category) if code and quarter and category is not None else None

    def _checked_key(self, project: Project, sheet: Sheet, row: Row, sent: Mapping[Key, Key], told: Told) -> Key | None:
        indicator, period, disaggregation, category = self.fields[:4]
        for column in (indicator, period):
            if not row.values.get(column.name):
                told.wrong(row, column, "required")
                return None
        breakdown = str(row.values.get("disaggregation") or TOTAL)
        allowed = [dimension for dimension in DIMENSIONS if (dimension,) in project.indicator(
            str(row.values["indicator"])).breakdowns()]  # fmt: skip
        if breakdown != TOTAL and breakdown not in allowed:
            names = ", ".join(disaggregation_name(name) for name in (TOTAL, *allowed))
            told.wrong(row, disaggregation, "disaggregation", known=names)
            return None
        key = self._key(project, row, sent)
        if key is None:
            known = [category_name(project, breakdown, code) for code in categories_of(project).get(breakdown, ())]
            told.wrong(row, category, "category", known=", ".join(known[:12]) or "–")
        elif key[1] != str(sheet.period):
            told.wrong(row, period, "of_period", period=sheet.period)
        elif sheet.partner is not None and key not in sheet.digests:
            told.wrong(row, indicator, "of_partner", partner=sheet.partner)
        else:
            return key
        return None

    def _staged(self, typed: dict[str, Indicator], row: Row, told: Told) -> Row:
        """The stage of a milestone by its name, however it was typed."""
        indicator = typed.get(str(row.values.get("indicator")))
        if indicator is None:
            return row
        value, stage = row.values.get("value"), row.values.get("stage")
        if not indicator.stages:
            if stage is not None:
                told.wrong(row, self.fields[5], "no_stages")
            return row
        names = {comparable(name): name for name in indicator.stages}
        names |= {str(number): name for number, name in enumerate(indicator.stages)}
        said = stage if stage is not None else value
        found = names.get(comparable(str(said))) if said is not None else None
        if said is not None and found is None:
            told.wrong(row, self.fields[5 if stage is not None else 4], "stage", known=", ".join(indicator.stages))
        return Row({**row.values, "value": None, "stage": found}, row.places)

    def _check(self, typed: dict[str, Indicator], period: Period, edit: Edit, told: Told) -> None:
        """A figure is a number within what is possible, with a day that is not after the quarter's end by far."""
        if edit.after is None or edit.key is None:
            return
        indicator, value = typed[edit.key[0]], edit.after.get("value")
        column = self.fields[4]
        if indicator.stages:
            if edit.after.get("stage") is None:
                told.wrong(edit.row, self.fields[5], "required")
            return
        if value is None:
            told.wrong(edit.row, column, "required")
        elif not isinstance(value, Decimal):
            told.wrong(edit.row, column, "no_value")
        elif value < 0 and (indicator.plausible is None or (indicator.plausible.min or 0) >= 0):
            told.wrong(edit.row, column, "not_negative")
        elif indicator.kind_of_value == "integer" and value != value.to_integral_value():
            told.wrong(edit.row, column, "whole", unit=indicator.unit)
        elif indicator.plausible and not _plausible(indicator, value):
            told.warn(edit.row, column, "implausible", code=indicator.code)
        elif (percent := percent_of_fraction(indicator, value)) is not None:
            told.warn(edit.row, column, "fraction", percent=percent)
        day = edit.after.get("reported_on")
        if isinstance(day, date) and not period.first_day() <= day < period.next().first_day():
            told.warn(edit.row, self.fields[6], "day_of_quarter", period=period)


def _record(typed: dict[str, Indicator], key: Key, value: Decimal, day: date, verification: str | None) -> Values:
    stages = typed[key[0]].stages if key[0] in typed else ()
    stage = stages[int(value)] if stages and value in range(len(stages)) else None
    number = None if stage else plain(value)
    return {"value": number, "stage": stage, "reported_on": day, "verification": verification}


def _since(connection: sa.Connection, source: str) -> list[dict[str, Any]]:
    """What was taken since the source was last read, in its order."""
    previews = connection.scalars(
        sa.text(
            "SELECT u.preview FROM ops.upload AS u WHERE u.kind = 'captura' AND u.state = 'taken' AND u.decided_at > ("
            " SELECT coalesce(max(b.started_at), '-infinity') FROM ops.batch AS b"
            " WHERE b.source = :source AND b.state IN ('merged', 'empty')) ORDER BY u.decided_at, u.upload_id"
        ),
        {"source": source},
    )
    return [record for preview in previews for record in preview.get("records", ())]


def _as_json(values: Values | None) -> dict[str, Any] | None:
    if values is None:
        return None
    value, day = plain(values.get("value")), values.get("reported_on")
    return {
        "value": None if value is None else str(value),
        "stage": plain(values.get("stage")),
        "reported_on": day.isoformat() if isinstance(day, date) else None,
        "verification": plain(values.get("verification")),
    }


def _columns(typed: dict[str, Indicator], edit: Edit) -> dict[str, Any] | None:
    """The staged fields of a row of the drop folder's file; ``None`` = the row goes."""
    if edit.after is None or edit.key is None:
        return None
    stages = typed[edit.key[0]].stages
    value = edit.after.get("value")
    if stages:
        value = Decimal(stages.index(str(edit.after["stage"])))
    return {"value": value, "reported_on": edit.after["reported_on"], "verification": edit.after["verification"]}


def _plausible(indicator: Indicator, value: Decimal) -> bool:
    band = indicator.plausible
    low, high = (band.min, band.max) if band else (None, None)
    return (low is None or value >= Decimal(str(low))) and (high is None or value <= Decimal(str(high)))
