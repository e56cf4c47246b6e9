"""Targets and baselines: what holds, what it becomes, from when on, and the letter behind it.

Data flow: framework/indicators/*.yaml -> workbook -> revisions in the same files + decisions «targets».
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project, load_project
from trimestre.contracts.base import comparable
from trimestre.contracts.indicators import TOTAL, Indicator, Revision
from trimestre.contracts.indicators_across import categories_of
from trimestre.indicators.placing import vintages_in_force
from trimestre.periods import PROJECT, Period, covering
from trimestre.pipeline.uploads.target_files import BASELINE, TARGET, Revised, write_targets
from trimestre.reports.words import category_name, covers_name, disaggregation_name
from trimestre.reports.workbooks.comparing import percent_of_fraction
from trimestre.reports.workbooks.model import Edit, Field, Key, Line, Lists, Row, Sheet, Taking, Told, digest, plain
from trimestre.reports.workbooks.versions import indicators, quarters
from trimestre.warehouse.decisions import decide

DECISION = "targets"
"""Kind of the decision."""


class Targets:
    """One row per target or baseline."""

    kind = "metas"
    blank = 30
    fields: tuple[Field, ...] = (
        Field("indicator", "choice", "key", 56, "indicators", required=True),
        Field("what", "choice", "key", 16, "what", required=True),
        Field("covers", "choice", "key", 18, "covers"),
        Field("disaggregation", "choice", "key", 20, "disaggregations"),
        Field("category", "text", "key", 28, longest=200),
        Field("current", "number", "shown", 14),
        Field("new", "number", width=14, required=True),
        Field("effective_from", "choice", width=14, choices="quarters", required=True),
        Field("letter", width=40, required=True, longest=300),
        Field("approved_on", "day", width=14, required=True),
        Field("approved_by", width=30, required=True, longest=200),
        Field("measured_on", "day", width=14),
        Field("restates", "choice", width=14, choices="yes"),
    )

    def lists(self, project: Project) -> Lists:
        """Indicators, what may be revised, what a target covers."""
        starts = project.framework.fiscal_year_starts
        labels = dict.fromkeys(span.label for period in project.periods.all() for span in covering(period, starts))
        crossed = ["×".join(pair) for indicator in project.indicators for pair in indicator.breakdowns()]
        yes = texts.WORKBOOK_SAID["yes"]
        return {
            "indicators": indicators(project),
            "what": {texts.WORKBOOK_SAID["target"]: TARGET, texts.WORKBOOK_SAID["baseline"]: BASELINE},
            "covers": {covers_name(label): label for label in labels},
            "disaggregations": {disaggregation_name(name): name for name in dict.fromkeys([TOTAL, *crossed])},
            "quarters": quarters(project),
            "yes": {yes: yes},
        }

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """Every target and baseline there is, and a place for that of the quarter."""
        lines = []
        for code in self.lists(project)["indicators"].values():
            indicator = project.indicator(code)
            for key in _keys(indicator, period):
                current = _in_force(indicator, key)
                what, covers, breakdown, category = key[1:]
                values = {
                    "indicator": code, "what": what, "covers": covers or None,
                    "disaggregation": breakdown if what == TARGET else None,
                    "category": category_name(project, breakdown, category) if breakdown != TOTAL else None,
                    "current": current,
                }  # fmt: skip
                lines.append(Line(values, key, known={"current": current}))
        return lines

    def judge(self, connection: sa.Connection, project: Project, sheet: Sheet, told: Told) -> tuple[list[Edit], int]:
        """What would be revised. Told against the files as they stand, not as they were when the program started."""
        closed = {Period.parse(label) for label in vintages_in_force(connection)}
        fresh = load_project(project.root, lenient_sources=True)
        edits: list[Edit] = []
        unchanged = 0
        seen: dict[Key, Row] = {}
        for row in sheet.rows:
            said = [row.values.get(item.name) for item in self.fields if item.part == "input"]
            if all(value is None for value in said):
                unchanged += 1
                continue
            key = self._key(fresh, row, told)
            if key is None:
                continue
            if key in seen:
                told.wrong(row, self.fields[0], "twice", other=seen[key].places["indicator"])
                continue
            seen[key] = row
            indicator = fresh.indicator(key[0])
            if _is_last(indicator, key, row):
                unchanged += 1
                continue
            before = _in_force(indicator, key)
            if key in sheet.digests and sheet.digests[key] != digest({"current": before}):
                place = row.places["new"]
                told.problems.append(texts.WORKBOOK_SAID["conflict"].format(place=place))
                continue
            if self._check(fresh, indicator, key, row, before, closed, told):
                edits.append(Edit(key, {"new": before}, row.values, row))
        return edits, unchanged

    def changes(self, project: Project, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """A line a revision."""
        changes = []
        for edit in edits:
            if edit.key is None or edit.before is None or edit.after is None:
                continue
            code, what, covers, breakdown, category = edit.key
            place = [code, *([covers_name(covers)] if covers else [])]
            if breakdown != TOTAL:
                place.append(category_name(project, breakdown, category))
            day = f"{edit.after['approved_on']:%d/%m/%Y}"
            after = texts.WORKBOOK_SAID["revised"].format(new=_text(edit.after["new"]), day=day, **{
                name: edit.after[name] for name in ("effective_from", "letter", "approved_by")})  # fmt: skip
            changes.append({"what": texts.WORKBOOK_SAID[what], "place": " · ".join(place),
                            "before": _text(edit.before["new"]), "after": after})  # fmt: skip
        return changes

    def records(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """They are in the files."""
        return []

    def apply(self, taking: Taking, edits: Sequence[Edit]) -> list[str]:
        """A decision for each, then the files, all or none."""
        revised = [_revised(edit) for edit in edits]
        for item in revised:
            subject = {
                "indicator": item.indicator, "what": item.what, "covers": item.covers,
                "disaggregation": item.disaggregation, "category": item.category,
                "old": _text(item.old), "new": _text(item.new), "effective_from": item.effective_from,
                "approved_on": item.approved_on.isoformat(), "upload_id": taking.upload_id,
            }  # fmt: skip
            reason = texts.WORKBOOK_SAID["letter"].format(letter=item.letter, by=item.approved_by)
            decide(taking.connection, DECISION, subject, reason=reason, decided_by=taking.who)
        today = taking.now.astimezone(taking.plant.project.framework.zone).date()
        taking.reversals.append(write_targets(taking.plant.project.root, revised, today))
        codes = ", ".join(dict.fromkeys(item.indicator for item in revised))
        return [texts.WORKBOOK_SAID["taken_targets"].format(n=len(revised), codes=codes)]

    def _key(self, project: Project, row: Row, told: Told) -> Key | None:
        """What a row is about, by its codes."""
        indicator, what, covers, disaggregation, category = self.fields[:5]
        values = row.values
        for column in (indicator, what):
            if not values.get(column.name):
                told.wrong(row, column, "required")
                return None
        code = str(values["indicator"])
        if values["what"] == BASELINE:
            if values.get("covers"):
                told.wrong(row, covers, "baseline_covers")
                return None
            return code, BASELINE, "", TOTAL, TOTAL
        if not values.get("covers"):
            told.wrong(row, covers, "required")
            return None
        breakdown = str(values.get("disaggregation") or TOTAL)
        named = ["×".join(pair) for pair in project.indicator(code).breakdowns()]
        if breakdown not in (TOTAL, *named):
            known = ", ".join(disaggregation_name(name) for name in (TOTAL, *named))
            told.wrong(row, disaggregation, "disaggregation", known=known)
            return None
        found = _category(project, breakdown, values.get("category"))
        if found is None:
            told.wrong(row, category, "category", known=_known(project, breakdown))
            return None
        return code, TARGET, str(values["covers"]), breakdown, found

    def _check(
        self,
        project: Project,
        indicator: Indicator,
        key: Key,
        row: Row,
        before: Decimal | None,
        closed: set[Period],
        told: Told,
    ) -> bool:
        """Whether a revision can be taken; what can't is told."""
        problems = len(told.problems)
        for column in self.fields:
            if column.required and column.part == "input" and row.values.get(column.name) is None:
                told.wrong(row, column, "required")
        new, measured = self.fields[6], self.fields[11]
        value = row.values.get("new")
        if value is not None and _number(value) == before:
            told.wrong(row, new, "same")
        elif indicator.stages and isinstance(value, Decimal) and value not in range(len(indicator.stages)):
            told.wrong(row, new, "stage_number", last=len(indicator.stages) - 1)
        elif (percent := percent_of_fraction(indicator, value)) is not None:
            told.warn(row, new, "fraction", percent=percent)
        if key[1] == BASELINE and isinstance(value, Decimal):
            known = indicator.baseline.measured_on if indicator.baseline else None
            if row.values.get("measured_on") is None and known is None:
                told.wrong(row, measured, "measured_on")
        elif row.values.get("measured_on") is not None:
            told.wrong(row, measured, "measured_on_of_baseline")
        self._check_quarter(project, indicator, key, row, closed, told)
        return len(told.problems) == problems

    def _check_quarter(
        self, project: Project, indicator: Indicator, key: Key, row: Row, closed: set[Period], told: Told
    ) -> None:
        """A closed quarter keeps the target it was told against, unless its figures are to be restated."""
        column = self.fields[7]
        if not row.values.get("effective_from"):
            return
        effective = Period.parse(str(row.values["effective_from"]))
        if not row.values.get("restates") and any(period >= effective for period in closed):
            first = max(closed).next()
            told.wrong(row, column, "open_quarter", first=first)
        starts = project.framework.fiscal_year_starts
        told_in = [p for p in project.periods.all() if key[2] in {span.label for span in covering(p, starts)}]
        if key[1] == TARGET and told_in and effective > max(told_in):
            told.wrong(row, column, "too_late", covers=covers_name(key[2]), last=max(told_in))
        earlier = [item for item in indicator.revisions if _subject(item) == key[1:]]
        if earlier and str(effective) < earlier[-1].effective_from:
            told.wrong(row, column, "revision_order", last=earlier[-1].effective_from)


def _subject(item: Revision) -> Key:
    """What of a key is said by a revision: all but the indicator."""
    what, covers, breakdown, category = item.subject
    return what, covers or "", breakdown, category


def _keys(indicator: Indicator, period: Period) -> list[Key]:
    """What a workbook shows of an indicator: baseline, targets there are, those of the quarter and the project."""
    keys: list[Key] = [(indicator.code, BASELINE, "", TOTAL, TOTAL)]
    if indicator.total:
        covers = dict.fromkeys([*indicator.targets, str(period), PROJECT])
        keys += [(indicator.code, TARGET, label, TOTAL, TOTAL) for label in covers]
    keys += [
        (indicator.code, TARGET, item.period, item.disaggregation, item.category) for item in indicator.category_targets
    ]
    return keys


def _in_force(indicator: Indicator, key: Key) -> Decimal | None:
    value = indicator.in_force(key[1], key[2] or None, key[3], key[4])
    return None if value is None else plain(Decimal(str(value)))


def _is_last(indicator: Indicator, key: Key, row: Row) -> bool:
    """Whether the newest revision says just this: the file was taken before."""
    own = [item for item in indicator.revisions if _subject(item) == key[1:]]
    if not own:
        return False
    last, values = own[-1], row.values
    new = None if last.new is None else plain(Decimal(str(last.new)))
    return (new, last.effective_from, last.letter, last.approved_on, last.approved_by) == (
        _number(values.get("new")), values.get("effective_from"), values.get("letter"), values.get("approved_on"),
        values.get("approved_by"),
    )  # fmt: skip


def _category(project: Project, breakdown: str, said: Any) -> str | None:
    """The code of a category by its name or itself; parts of a crossed one with × between them."""
    if breakdown == TOTAL:
        return TOTAL if not said or comparable(str(said)) == comparable(TOTAL) else None
    known = categories_of(project)
    dimensions, parts = breakdown.split("×"), [part.strip() for part in str(said or "").split("×")]
    if len(parts) != len(dimensions) or not all(parts):
        return None
    codes = []
    for dimension, part in zip(dimensions, parts, strict=True):
        names = {comparable(category_name(project, dimension, code)): code for code in known.get(dimension, ())}
        names |= {comparable(code): code for code in known.get(dimension, ())}
        if names and comparable(part) not in names:
            return None
        codes.append(names.get(comparable(part), part))
    return " × ".join(codes)


def _known(project: Project, breakdown: str) -> str:
    known = categories_of(project)
    if breakdown == TOTAL:
        return "–"
    return "; ".join(
        ", ".join(category_name(project, dimension, code) for code in list(known.get(dimension, ()))[:12]) or "…"
        for dimension in breakdown.split("×")
    )


def _revised(edit: Edit) -> Revised:
    if edit.key is None or edit.before is None or edit.after is None:
        raise AssertionError("a revision has its key and both sides")
    after, (code, what, covers, breakdown, category) = edit.after, edit.key
    days: dict[str, date | None] = {"approved_on": after["approved_on"], "measured_on": after.get("measured_on")}
    if days["approved_on"] is None:
        raise AssertionError("a checked revision has its day")
    return Revised(
        code, what, covers or None, breakdown, category, edit.before["new"], _number(after["new"]),
        str(after["effective_from"]), str(after["letter"]), days["approved_on"], str(after["approved_by"]),
        days["measured_on"],
    )  # fmt: skip


def _number(value: Any) -> Decimal | None:
    """«n. d.» takes a target away."""
    return value if isinstance(value, Decimal) else None


def _text(value: Any) -> str:
    found = _number(value)
    return texts.NOT_AVAILABLE if found is None else f"{found:,f}"
