"""What the view *Indicador* shows of one figure, as tables. Pure.

Data flow: Quarter + Figure (+ what was read of its versions) -> parts.Table.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from trimestre.contracts import Project
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.indicators.coherence_rules import SHARES
from trimestre.periods import PROJECT
from trimestre.reports.closing import change
from trimestre.reports.figures import flow_parts, number, sample_of, signed
from trimestre.reports.pirs import sheet
from trimestre.reports.quarter import Figure, Quarter
from trimestre.reports.words import (
    baseline_text,
    category_name,
    covers_name,
    day,
    disaggregation_name,
    is_percent,
    percent_text,
    status_text,
    target_text,
    value_text,
)
from trimestre.texts import DRIFT_CLI, DRIFT_REASONS, EXCLUSIONS, REPORT_STATES
from trimestre.texts.page_indicator import PAGE_INDICATOR as SAID
from trimestre.texts.page_indicator import SHEET_LABELS
from trimestre.web import parts
from trimestre.web.parts import Cell, Table

RowsOf = Callable[[str, str], str | None]
"""Breakdown and category -> address of the rows behind the cell; ``None`` for who may not see them."""


def facts(quarter: Quarter, figure: Figure) -> list[tuple[str, str]]:
    """The figure and what it is told against; what there is none of is left out."""
    indicator, total = figure.indicator, figure.total
    period = str(quarter.period)
    life = indicator.target(PROJECT, period)
    told = [
        (SAID["value"], value_text(indicator, total)),
        (SAID["target"], target_text(indicator, total["target"]) if total else ""),
        (SAID["percent"], percent_text(total["percent_of_target"]) if total else ""),
        (SAID["status"], status_text(total["status"]) if total else ""),
        (SAID["change"], _change(figure)),
        (SAID["baseline"], baseline_text(indicator, period)),
        (SAID["life_target"], target_text(indicator, life)),
        (SAID["sample"], sample_of(quarter.project, indicator, total) if total else ""),
        (SAID["flow"], "; ".join(flow_parts(indicator, total)) if total else ""),
        (SAID["explanation"], explanation(quarter, figure)),
    ]
    return [(name, text) for name, text in told if text]


def explanation(quarter: Quarter, figure: Figure) -> str:
    """Why it deviates, as a person said it, with who and when."""
    return explained_text(quarter.project, figure.explanation) if figure.explanation else ""


def explained_text(project: Project, said: Mapping[str, str]) -> str:
    """An explanation on one line, with who gave it and when."""
    at = datetime.fromisoformat(said["at"]).astimezone(project.framework.zone)
    return str(SAID["explained"].format(text=" ".join(said["text"].split()), by=said["by"], day=day(at)))


def series(figure: Figure) -> Table:
    """The totals of the quarters, oldest first."""
    indicator = figure.indicator
    rows = [
        [
            parts.text(point.period),
            parts.figure(value_text(indicator, vars(point) | {"disaggregation": TOTAL})),
            parts.figure(target_text(indicator, point.target)),
            parts.figure(percent_text(point.percent_of_target)),
            parts.text(status_text(point.status)),
            parts.text(SAID["kinds"][point.kind]),
        ]
        for point in figure.series
    ]
    return Table(SAID["series_table"], SAID["series_headings"], rows)


def spans(quarter: Quarter, figure: Figure) -> Table | None:
    """The totals of wider spans up to the quarter."""
    rows = [
        [
            parts.text(covers_name(cell["covers"])),
            parts.figure(value_text(figure.indicator, cell)),
            parts.figure(target_text(figure.indicator, cell["target"])),
            parts.figure(percent_text(cell["percent_of_target"])),
            parts.text(status_text(cell["status"])),
        ]
        for cell in sorted(figure.spans, key=_shortest_first)
        if cell["disaggregation"] == TOTAL
    ]
    note = SAID["spans_note"].format(period=quarter.period)
    return Table(SAID["spans"], SAID["spans_headings"], rows, note=note) if rows else None


def breakdowns(quarter: Quarter, figure: Figure, rows_of: RowsOf) -> list[tuple[str, Table]]:
    """Each breakdown with its name: its categories, and the total where they add to it."""
    found = []
    for dimensions in figure.indicator.breakdowns():
        name = "×".join(dimensions)
        cells = figure.of(name)
        if cells:
            found.append((name, _breakdown(quarter, figure, name, cells, dimensions, rows_of)))
    return found


def _breakdown(
    quarter: Quarter, figure: Figure, name: str, cells: Sequence[Any], dimensions: tuple[str, ...], rows_of: RowsOf
) -> Table:
    share = figure.indicator.measure in SHARES
    rows = [_line(quarter, figure, cell, rows_of, share=share) for cell in cells]
    adds, total = figure.indicator.adds_up(dimensions), figure.total
    last: list[Cell] = []
    if adds and total is not None:
        known = [cell["value"] for cell in cells if cell["value"] is not None]
        rest = (total["value"] or 0) - sum(known) if known else 0
        if rest:  # rows without a category are in the total only
            rows.append([parts.text(SAID["unassigned"]), parts.figure(number(rest, figure.indicator.decimals)),
                         parts.text(""), parts.text("")])  # fmt: skip
        last = [parts.text(SAID["total"]), *_line(quarter, figure, total, rows_of, share=share)[1:]]
    return Table(
        SAID["breakdown"].format(name=disaggregation_name(name).lower()),
        SAID["share_headings" if share else "breakdown_headings"],
        rows,
        last,
        "" if adds else SAID["not_additive"],
    )


def _line(quarter: Quarter, figure: Figure, cell: Mapping[str, Any], rows_of: RowsOf, *, share: bool) -> list[Cell]:
    place = cell["disaggregation"], cell["category"]
    name, value = category_name(quarter.project, *place), value_text(figure.indicator, cell)
    middle = [cell["numerator"], cell["denominator"]] if share else [cell["n"]]
    return [
        parts.text(name),
        parts.figure(value, rows_of(*place), SAID["open_rows"].format(category=name, value=value)),
        *(parts.figure("" if amount is None else number(amount)) for amount in middle),
        parts.count(cell["excluded"]),
    ]


def reconciliation(quarter: Quarter, figure: Figure) -> Table | None:
    """The same measure by the other attribution."""
    rows = [
        [
            parts.text(SAID["by"][cell["attribution"]]),
            parts.text(disaggregation_name(cell["disaggregation"])),
            parts.text(category_name(quarter.project, cell["disaggregation"], cell["category"])),
            parts.figure(value_text(figure.indicator, cell)),
            parts.count(cell["n"]),
        ]
        for cell in sorted(figure.reconciliation, key=lambda cell: cell["disaggregation"] != TOTAL)
    ]
    headings, note = SAID["reconciliation_headings"], SAID["reconciliation_note"]
    return Table(SAID["reconciliation"], headings, rows, note=note) if rows else None


def excluded(reasons: Mapping[str, int], address_of: Callable[[str], str | None]) -> Table | None:
    """What does not count, by its reason."""
    rows = [
        [
            parts.text(EXCLUSIONS.get(reason, reason)),
            parts.figure(f"{rows:,}", address_of(reason), f"{EXCLUSIONS.get(reason, reason)} {rows:,}"),
        ]
        for reason, rows in reasons.items()
    ]
    return Table(SAID["excluded"], SAID["excluded_headings"], rows) if rows else None


def targets(quarter: Quarter, indicator: Indicator) -> Table | None:
    """Every target in force."""
    whole = [(covers, TOTAL, TOTAL, target) for covers, target in sorted(indicator.targets.items())]
    if indicator.life_of_project_target is not None:
        whole.append((PROJECT, TOTAL, TOTAL, indicator.life_of_project_target))
    of_categories = [(item.period, item.disaggregation, item.category, item.target)
                     for item in indicator.category_targets]  # fmt: skip
    rows = [
        [
            parts.text(covers_name(covers)),
            parts.text(disaggregation_name(disaggregation)),
            parts.text(category_name(quarter.project, disaggregation, category)),
            parts.figure(target_text(indicator, target)),
        ]
        for covers, disaggregation, category, target in [*whole, *of_categories]
    ]
    return Table(SAID["targets"], SAID["targets_headings"], rows) if rows else None


def revisions(indicator: Indicator) -> Table | None:
    """What was revised of targets and baseline, with the document that says so."""
    rows = [
        [
            parts.text(SAID["revised"][item.what].format(covers=covers_name(item.period or ""))),
            parts.text(item.effective_from),
            parts.figure(target_text(indicator, item.old)),
            parts.figure(target_text(indicator, item.new)),
            parts.text(item.letter),
            parts.text(f"{item.approved_by}, {day(item.approved_on)}"),
        ]
        for item in indicator.revisions
    ]
    return Table(SAID["revisions"], SAID["revisions_headings"], rows) if rows else None


def definition(quarter: Quarter, indicator: Indicator, language: str) -> list[tuple[str, list[str]]]:
    """The reference sheet: label -> its lines."""
    said = sheet(quarter.project, indicator, language)
    return [
        (label, said[name] if isinstance(said[name], list) else [str(said[name])])
        for name, label in SHEET_LABELS[language].items()
    ]


def versions(quarter: Quarter, indicator: Indicator, found: Sequence[Mapping[str, Any]], address: str) -> Table | None:
    """The official versions of the quarter: value, who, when and why. ``found``: candidates with the total's columns;
    ``address`` holds ``{version}``."""
    zone = quarter.project.framework.zone
    rows = [
        [
            Cell(SAID["official"].format(vintage=item["vintage"]), address.replace("{version}", str(item["vintage"]))),
            parts.figure(value_text(indicator, item)),
            parts.text(status_text(item["status"])),
            parts.text(item["prepared_by"]),
            parts.text(item["decided_by"]),
            parts.whole(f"{item['decided_at'].astimezone(zone):%d/%m/%Y %H:%M}"),
            parts.text(item["reason"]),
            parts.text(item["comment"]),
            parts.text(REPORT_STATES[item["report_state"]]),
        ]
        for item in found
    ]
    title = SAID["versions"].format(period=quarter.period)
    return Table(title, SAID["versions_headings"], rows) if rows else None


def drift(indicator: Indicator, found: Sequence[Mapping[str, Any]]) -> Table | None:
    """By how much today differs from the version in force, a line a reason. ``found``: rows of ``results.drift``."""
    rows = [
        [
            parts.text(DRIFT_REASONS[item["reason"]]),
            parts.figure(moved(indicator, item["amount"])),
            parts.count(item["rows"]),
        ]
        for item in found
    ]
    if not rows:
        return None
    told = {name: _amount(indicator, found[0][name]) for name in ("published", "now")}
    return Table(SAID["drift"], SAID["drift_headings"], rows, note=SAID["drift_said"].format(**told))


def moved(indicator: Indicator | None, amount: Decimal | None) -> str:
    """A difference with its sign; of percentages in points."""
    if amount is None:
        return DRIFT_CLI["unknown"]
    written = signed(amount, indicator.decimals if indicator else 0)
    return DRIFT_CLI["points"].format(amount=written) if indicator and is_percent(indicator) else written


def _amount(indicator: Indicator, value: Decimal | None) -> str:
    return value_text(indicator, {"value": value, "obs_status": "normal", "disaggregation": ""})


def _shortest_first(cell: Mapping[str, Any]) -> int:
    covers = str(cell["covers"])
    return 0 if "-H" in covers else 3 if covers == PROJECT else 2 if covers.startswith("FY") else 1


def _change(figure: Figure) -> str:
    if figure.total is None or figure.before is None:
        return ""
    return change(figure.indicator, figure.total, vars(figure.before))
