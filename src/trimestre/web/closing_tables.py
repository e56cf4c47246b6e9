"""What the view *Cierre* shows, as tables. Pure.

Data flow: Closing, vintages, drift, Comparison -> parts.Table.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.closing import Closing, Earlier, quarter_before
from trimestre.indicators.coherence_rules import EXPLANATION
from trimestre.indicators.comparing import Comparison, Pair
from trimestre.periods import Period
from trimestre.reports.closing import change, pins_told
from trimestre.reports.coherence import sentence, without_ask
from trimestre.reports.comparing import side_name
from trimestre.reports.figures import sample_of
from trimestre.reports.words import (
    category_name,
    covers_name,
    disaggregation_name,
    percent_text,
    status_text,
    target_text,
    told,
    value_text,
)
from trimestre.texts import (
    CANDIDATE_KINDS,
    CANDIDATE_STATES,
    CLOSING_SEVERITIES,
    COMPARE_CLI,
    DRIFT_REASONS,
    NOT_APPLICABLE,
    PROJECT_STATUS,
    REPORT_STATES,
    SEVERITY_NAMES,
)
from trimestre.texts.page_closing import PAGE_CLOSING as SAID
from trimestre.texts.page_closing import PAGE_COMPARE
from trimestre.web import parts
from trimestre.web.figure_tables import explained_text, moved
from trimestre.web.parts import Cell, Table

Row = Mapping[str, Any]
AddressOf = Callable[[str], str]
"""Code of an indicator -> address of its view."""


# ---------------------------------------------------------------- what waits
def facts(project: Project, candidate: Row) -> list[tuple[str, str]]:
    """Who prepared a candidate, and what it knew."""
    zone, names = project.framework.zone, SAID["facts"]
    pins = pins_told(project, candidate["pins"])
    prepared = SAID["prepared"].format(
        by=candidate["prepared_by"], at=f"{candidate['prepared_at'].astimezone(zone):%d/%m/%Y %H:%M}"
    )
    told_facts = [
        (names["prepared"], prepared),
        (names["known_until"], f"{candidate['known_at'].astimezone(zone):%d/%m/%Y %H:%M}" if pins else ""),
        (names["batches"], pins),
        (names["hash"], f"{candidate['hash'][:12]}…"),
        (names["reason"], candidate["reason"] or ""),
        (names["forced"], SAID["forced"] if candidate["forced"] else ""),
        (names["status"], _project_status(candidate["project_status"])),
    ]
    return [(name, text) for name, text in told_facts if text]


def figures(project: Project, closing: Closing, address_of: AddressOf) -> Table:
    """The official total of each indicator beside that of the quarter before."""
    candidate, period = closing.candidate, closing.candidate["period"]
    before = {cell["indicator"]: cell for cell in _totals(closing.before)}
    asked = {item["indicator"] for item in candidate["findings"] if item["severity"] == "explanation"}
    rows = []
    for cell in _totals(closing.values, period):
        indicator = project.indicator(cell["indicator"])
        earlier = before.get(indicator.code)
        rows.append(
            [
                parts.whole(indicator.code, address_of(indicator.code)),
                parts.text(told(indicator.name, "es")),
                parts.figure(value_text(indicator, cell)),
                parts.figure(target_text(indicator, cell["target"])),
                parts.figure(percent_text(cell["percent_of_target"])),
                parts.text("; ".join(filter(None, (status_text(cell["status"]), sample_of(project, indicator, cell))))),
                parts.figure(value_text(indicator, earlier) if earlier else ""),
                parts.figure(change(indicator, cell, earlier)),
                parts.long(_explanation(project, candidate, indicator.code, asked=indicator.code in asked)),
            ]
        )
    note = SAID["before_official" if closing.before_vintage else "before_preliminary"].format(
        period=quarter_before(Period.parse(period)), vintage=closing.before_vintage
    )
    return Table(SAID["figures"], SAID["figures_headings"], rows, note=note)


def findings(project: Project, found: Iterable[Row], explained: Collection[str]) -> Table | None:
    """What the checks found, a sentence each; of what was ``explained`` (indicators) nobody asks any more."""
    rows = []
    for item in found:
        spoken, severity = sentence(item, project), item["severity"]
        if severity == EXPLANATION and item["indicator"] in explained:
            spoken, severity = without_ask(spoken), "explained"
        rows.append([parts.text(CLOSING_SEVERITIES[severity]), parts.long(spoken.replace("`", ""))])
    return Table(SAID["findings"], SAID["findings_headings"], rows) if rows else None


def owed(project: Project, found: Iterable[Row]) -> Table | None:
    """What somebody has to mend or explain before a close."""
    rows = [[parts.text(SEVERITY_NAMES[item["severity"]]), parts.long(sentence(item, project))] for item in found]
    return Table(SAID["owed"], SAID["owed_headings"], rows) if rows else None


def difference(project: Project, closing: Closing, earlier: Earlier) -> tuple[str, str, Table | None]:
    """What it is compared with, a sentence on the rest, and the totals that moved."""
    period, candidate = closing.candidate["period"], earlier.candidate
    official = candidate["vintage"] is not None
    what = SAID["official" if official else "returned"].format(
        vintage=candidate["vintage"],
        number=candidate["candidate_id"],
        state=CANDIDATE_STATES[candidate["state"]],
    )
    now, then = ({_place(cell): cell for cell in cells} for cells in (closing.values, earlier.values))
    changed = [place for place in dict.fromkeys([*now, *then]) if _said(now.get(place)) != _said(then.get(place))]
    totals = [place for place in changed if place[1:] == (True, period, TOTAL, TOTAL)]
    rows = []
    for place in totals:
        indicator = earlier.indicator(project, place[0])
        told_values = (value_text(indicator, cells[place]) if place in cells else "" for cells in (then, now))
        rows.append([
            parts.whole(indicator.code), parts.text(told(indicator.name, "es")), *map(parts.figure, told_values)
        ])  # fmt: skip
    said = (
        [SAID["difference_cells"].format(cells=f"{len(changed) - len(totals):,}")] if len(changed) > len(rows) else []
    )
    said += [] if changed else [SAID["equal"]]
    if candidate["state"] == "returned" and candidate["comment"]:
        said.append(SAID["returned_comment"].format(by=candidate["decided_by"], comment=candidate["comment"]))
    title = SAID["difference"].format(what=what)
    return title, " ".join(said), Table(title, SAID["difference_headings"], rows) if rows else None


# ---------------------------------------------------------------- what is official
def past(project: Project, vintages: Sequence[Row], prefix: str) -> Table | None:
    """Every official version, newest first."""
    zone = project.framework.zone
    rows = [
        [
            Cell(
                SAID["version"].format(period=item["period"], vintage=item["vintage"]),
                f"{prefix}/?trimestre={item['period']}&version={item['vintage']}",
            ),
            parts.text(CANDIDATE_KINDS[item["kind"]]),
            parts.text(f"{item['hash'][:12]}…"),
            parts.text(item["prepared_by"]),
            parts.text(item["decided_by"]),
            parts.whole(f"{item['decided_at'].astimezone(zone):%d/%m/%Y %H:%M}"),
            parts.text(REPORT_STATES[item["report_state"]]),
            parts.text(item["reason"]),
            parts.text(item["comment"]),
            parts.text("" if item["kind"] == "inherited" else
                       f"trimestre reproduce {item['period']} --vintage {item['vintage']}"),
        ]
        for item in sorted(vintages, key=lambda item: (item["period"], item["vintage"]), reverse=True)
    ]  # fmt: skip
    return Table(SAID["past"], SAID["past_headings"], rows) if rows else None


def drift(project: Project, found: Sequence[Row], address_of: AddressOf) -> Table:
    """By how much today differs from a version, a line an indicator. ``found``: rows of ``results.drift``."""
    rows = []
    for code in dict.fromkeys(item["indicator"] for item in found):
        own = [item for item in found if item["indicator"] == code]
        indicator = _indicator(project, code)
        published, now = own[0]["published"], own[0]["now"]
        amount = None if published is None or now is None else now - published
        rows.append(
            [
                parts.whole(code, address_of(code) if indicator else None),
                parts.text(told(indicator.name, "es") if indicator else ""),
                parts.figure(_value(indicator, published)),
                parts.figure(_value(indicator, now)),
                parts.figure(moved(indicator, amount) if indicator is None or indicator.total else NOT_APPLICABLE),
                parts.text("; ".join(_part(indicator, item) for item in own)),
            ]
        )
    title = SAID["drift_of"].format(period=found[0]["period"], vintage=found[0]["vintage"])
    return Table(title, SAID["drift_headings"], rows)


# ---------------------------------------------------------------- side by side
def comparison(project: Project, done: Comparison, pairs: Sequence[Pair]) -> Table | None:
    """The cells that differ, a line each."""
    names = {"left": side_name(done.left), "right": side_name(done.right)}
    rows = [_compared(project, pair) for pair in pairs]
    headings = [heading.format(**names) for heading in PAGE_COMPARE["headings"]]
    return Table(PAGE_COMPARE["caption"].format(period=done.period, **names), headings, rows) if rows else None


def edits(done: Comparison) -> Table | None:
    """The keys of definitions that differ."""
    names = {"left": side_name(done.left), "right": side_name(done.right)}
    rows = [
        [
            parts.text(item.subject),
            parts.text(item.key or COMPARE_CLI["whole"]),
            *(parts.text(_yaml(value)) for value in (item.left, item.right)),
        ]
        for item in done.edits
    ]
    headings = [heading.format(**names) for heading in PAGE_COMPARE["edits_headings"]]
    return Table(PAGE_COMPARE["edits"], headings, rows) if rows else None


def _compared(project: Project, pair: Pair) -> list[Cell]:
    code, official, covers, disaggregation, category = pair.key
    indicator, left, right = _indicator(project, code), pair.left, pair.right
    where = disaggregation_name(TOTAL)
    if disaggregation != TOTAL:
        where = PAGE_COMPARE["place"].format(
            disaggregation=disaggregation_name(disaggregation),
            category=category_name(project, disaggregation, category),
        )
    values = [side["value"] if side else None for side in (left, right)]
    amount = None if values[0] is None or values[1] is None else values[1] - values[0]
    return [
        parts.whole(code),
        parts.text(told(indicator.name, "es") if indicator else ""),
        parts.text(covers_name(covers)),
        parts.long(where if official else PAGE_COMPARE["reconciliation"].format(where=where)),
        *(parts.figure(_shown(indicator, side)) for side in (left, right)),
        parts.figure(moved(indicator, amount) if amount else ""),
        parts.text(_both(left, right, lambda cell: _value(indicator, cell["target"], exact=True))),
        parts.text(_both(left, right, lambda cell: status_text(cell["status"]))),
    ]


def _both(left: Row | None, right: Row | None, text_of: Callable[[Row], str]) -> str:
    """What both sides say, once where it is the same or where a side has no such cell."""
    said = [text_of(side) for side in (left, right) if side]
    if len(set(said)) == 1:
        return said[0]
    before, after = (text or COMPARE_CLI["absent"] for text in said)
    return str(COMPARE_CLI["change"].format(before=before, after=after))


def _shown(indicator: Indicator | None, cell: Row | None) -> str:
    if cell is None:
        return COMPARE_CLI["absent"]
    return value_text(indicator, cell) if indicator else _value(None, cell["value"])


def _value(indicator: Indicator | None, value: Any, *, exact: bool = False) -> str:
    """An amount as it is printed; of an indicator that is no more, as it is stored."""
    if value is None:
        return "" if indicator is None or indicator.total else NOT_APPLICABLE
    if indicator is None:
        return f"{value:f}"
    if exact:
        return target_text(indicator, value)
    return value_text(indicator, {"value": value, "obs_status": "normal", "disaggregation": ""})


def _part(indicator: Indicator | None, item: Row) -> str:
    amount = moved(indicator, item["amount"]) if indicator is None or indicator.total else NOT_APPLICABLE
    part = SAID["drift_part"].format(reason=DRIFT_REASONS[item["reason"]], amount=amount)
    return SAID["drift_rows"].format(part=part, rows=f"{item['rows']:,}") if item["rows"] else part


def _explanation(project: Project, candidate: Row, code: str, *, asked: bool) -> str:
    said = candidate["explanations"].get(code)
    if not said:
        return SAID["missing"] if asked else ""
    return explained_text(project, said)


def _project_status(status: Row) -> str:
    if decided := status.get("decided"):
        return str(SAID["decided"].format(status=PROJECT_STATUS[decided], by=status["by"], reason=status["reason"]))
    proposed = status.get("proposed")
    return str(SAID["proposed"].format(status=PROJECT_STATUS[proposed])) if proposed else ""


def _totals(cells: Iterable[Row], period: str | None = None) -> Iterable[Row]:
    """The official totals of a quarter, an indicator each; cells of a computation lack ``covers``."""
    for cell in cells:
        covers = cell.get("covers", cell["period"])
        if cell["official"] and cell["disaggregation"] == TOTAL and covers == (period or cell["period"]):
            yield cell


def _place(cell: Row) -> tuple[str, bool, str, str, str]:
    return cell["indicator"], cell["official"], cell["covers"], cell["disaggregation"], cell["category"]


def _said(cell: Row | None) -> tuple[Any, ...] | None:
    names = ("value", "numerator", "denominator", "obs_status", "target")
    return None if cell is None else tuple(cell[name] for name in names)


def _yaml(value: Any) -> str:
    """A value of a YAML on one line."""
    if value is None:
        return COMPARE_CLI["absent"]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _indicator(project: Project, code: str) -> Indicator | None:
    """An indicator, unless the project no longer has it."""
    return next((item for item in project.indicators if item.code == code), None)
