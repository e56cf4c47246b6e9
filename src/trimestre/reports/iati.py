"""Results of the project in the IATI standard 2.03, as the public is told them.

An activity with the results that have indicators; of each the baseline and, quarter by quarter, target and actual: the
total and one cell a sex. What is missing or not told is left out, never zero. IATI has no word for cumulative: the
description says it, and ``aggregation-status`` is 0.

Data flow: Quarter with ``earlier`` (public) -> lxml -> rules -> file.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from trimestre.contracts.framework import Result
from trimestre.contracts.iati import Publication
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.errors import ContractError
from trimestre.indicators.small_cells.cell_numbers import Cell
from trimestre.periods import PROJECT, Period
from trimestre.reports.figures import number
from trimestre.reports.history import indicators_told
from trimestre.reports.iati_elements import LANG, add, narrative, narratives, plain
from trimestre.reports.iati_rules import problems
from trimestre.reports.naming import file_name
from trimestre.reports.quarter import INHERITED, PRELIMINARY, Figure, Quarter
from trimestre.reports.words import category_name, illustrative_text, told, unit_text
from trimestre.texts.iati_labels import IATI, IATI_REFUSALS

_LANGUAGES = ("es", "en")
_RESULT_TYPES = {"producto": "1", "efecto": "2", "resultado_intermedio": "2", "objetivo": "3"}
_OTHER_RESULT = "9"
_MEASURES = {"integer": "1", "decimal": "1", "percentage": "2", "stage": "4"}
_ADDED_UP = ("count", "sum", "new_persons")
"""Measures whose periods may be added, where they count the period alone."""
_LATEST = ("latest", "milestone")
_OWN_VOCABULARY = "99"
_SEXES = {
    "mujer": "female",
    "hombre": "male",
    "no_binario": "non-binary",
    "otro": "other",
    "no_especificado": "not specified",
}


def write(quarter: Quarter, folder: Path, language: str = "es") -> list[Path]:
    """Write the file of a quarter and of those in ``quarter.earlier``; both languages stand in it.

    ``language`` is the one it falls back to. :class:`ContractError` for figures of another audience than the public,
    without the head in ``framework.yaml``, or when a rule of the standard is broken.
    """
    from lxml import etree

    if quarter.audience != "public":
        raise ContractError(IATI_REFUSALS["audience"].format(found=quarter.audience))
    if quarter.project.framework.iati is None:
        raise ContractError(IATI_REFUSALS["no_head"])
    activities = document(quarter, quarter.project.framework.iati, language)
    if found := problems(activities):
        raise ContractError(IATI_REFUSALS["invalid"].format(problems="\n".join(found)))
    path = folder / file_name("iati", quarter, language, "xml")
    path.write_bytes(etree.tostring(activities, xml_declaration=True, encoding="UTF-8", pretty_print=True))
    return [path]


def document(quarter: Quarter, head: Publication, language: str = "es") -> Any:
    """The ``iati-activities`` element."""
    from lxml import etree

    root = etree.Element("iati-activities", version="2.03")
    activity = etree.SubElement(root, "iati-activity", {LANG: language})
    if at := quarter.version.decided_at or quarter.version.known_at:
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        root.set("generated-datetime", moment)
        activity.set("last-updated-datetime", moment)
    _head(activity, head)
    indicators = indicators_told(quarter)
    results = {result.result: result for result in quarter.project.results}
    for result in results.values():
        _result(activity, quarter, result, [item for item in indicators if item.parent == result.result])
    _result(activity, quarter, None, [item for item in indicators if item.parent not in results])
    return root


# ---------------------------------------------------------------- the activity
def _head(activity: Any, head: Publication) -> None:
    """Everything before the results, in the order of the schema."""
    add(activity, "iati-identifier").text = head.activity_identifier
    publisher = add(activity, "reporting-org", ref=head.reporting_org_ref, type=head.reporting_org_type)
    narrative(publisher, head.reporting_org_name, "es")
    narratives(add(activity, "title"), {item: told(head.title, item) for item in _LANGUAGES})
    narratives(add(activity, "description", type="1"), {item: told(head.description, item) for item in _LANGUAGES})
    for participant in head.participants:
        known = {"ref": participant.ref, "type": participant.type, "role": participant.role}
        organisation = add(activity, "participating-org", **{key: value for key, value in known.items() if value})
        narrative(organisation, participant.name, "es")
    add(activity, "activity-status", code=head.status)
    days = (("1", head.planned_start), ("2", head.actual_start), ("3", head.planned_end), ("4", head.actual_end))
    for kind, day in days:
        if day:
            add(activity, "activity-date", **{"iso-date": day.isoformat(), "type": kind})
    add(activity, "recipient-country", code=head.country)
    for sector in head.sectors:
        add(activity, "sector", vocabulary="1", code=sector.code, percentage=f"{sector.percentage:g}")


# ---------------------------------------------------------------- results
def _result(activity: Any, quarter: Quarter, result: Result | None, indicators: list[Indicator]) -> None:
    """A result with its indicators; the schema knows none without (``None`` = those without a result)."""
    if not indicators:
        return
    kind = _RESULT_TYPES[result.level] if result else _OTHER_RESULT
    added = all(_adds_up(indicator) for indicator in indicators)
    element = add(activity, "result", type=kind, **{"aggregation-status": "1" if added else "0"})
    names = {item: told(result.name, item) if result else IATI[item]["unplaced"] for item in _LANGUAGES}
    narratives(add(element, "title"), names, result.result if result else "")
    if result and (above := _above(quarter, result)):
        said = {
            item: IATI[item]["contributes"].format(
                parents="; ".join(f"{parent.result} {told(parent.name, item).rstrip('.')}" for parent in above)
            )
            for item in _LANGUAGES
        }
        narratives(add(element, "description"), said)
    for indicator in indicators:
        _indicator(element, quarter, indicator)


def _above(quarter: Quarter, result: Result) -> list[Result]:
    """The results that a result contributes to, the nearest first."""
    known = {item.result: item for item in quarter.project.results}
    above: list[Result] = []
    while result.parent in known and known[result.parent] not in above:
        result = known[result.parent]
        above.append(result)
    return above


def _indicator(result: Any, quarter: Quarter, indicator: Indicator) -> None:
    element = add(
        result,
        "indicator",
        measure=_MEASURES[indicator.kind_of_value],
        ascending="1" if indicator.direction == "increase" else "0",
        **{"aggregation-status": "1" if _adds_up(indicator) else "0"},
    )
    narratives(add(element, "title"), {item: told(indicator.name, item) for item in _LANGUAGES}, indicator.code)
    said = {item: " ".join(_description(quarter, indicator, item)) for item in _LANGUAGES}
    narratives(add(element, "description"), said, indicator.code)
    add(element, "reference", vocabulary=_OWN_VOCABULARY, code=indicator.code)
    _baseline(element, indicator, str(quarter.period))
    for shown in (*quarter.earlier, quarter):
        figure = next((item for item in shown.figures if item.indicator.code == indicator.code), None)
        if figure:
            _period(element, shown, figure)
    _life(element, quarter, indicator)


def _description(quarter: Quarter, indicator: Indicator, language: str) -> Iterator[str]:
    words = IATI[language]
    yield told(indicator.definition, language)
    yield words["unit"].format(unit=unit_text(indicator, language))
    if indicator.measure in _LATEST or indicator.span == "latest":
        yield words["latest"]
    elif indicator.span == "cumulative":
        yield words["cumulative"]
    if indicator.direction == "decrease":
        yield words["decrease"]
    if indicator.stages:
        stages = "; ".join(f"{number} {name}" for number, name in enumerate(indicator.stages))
        yield words["stages"].format(stages=stages)
    if illustrative_text(quarter.project, indicator):
        yield words["illustrative"]


def _baseline(element: Any, indicator: Indicator, period: str) -> None:
    """The baseline in force; one without a value or a day is left out."""
    baseline, value = indicator.baseline, indicator.base(period)
    if baseline is None or value is None or baseline.measured_on is None:
        return
    day = baseline.measured_on
    added = add(element, "baseline", year=f"{day.year:04d}", **{"iso-date": day.isoformat(), "value": plain(value)})
    if baseline.timeframe.strip():
        comment = add(added, "comment")
        narrative(comment, f"{baseline.timeframe.strip().rstrip('.')}.", "es")


def _period(element: Any, quarter: Quarter, figure: Figure) -> None:
    """Target and actual of one quarter; nothing when it has neither."""
    cells = [(cell, _dimension(quarter, cell)) for cell in _cells(figure)]
    targets = [(cell, dimension) for cell, dimension in cells if cell["target"] is not None]
    actuals = [(cell, dimension) for cell, dimension in cells if cell["value"] is not None]
    if not targets and not actuals:
        return
    period = _period_of(element, quarter.period, quarter.period)
    for cell, dimension in targets:
        _figure(period, "target", cell["target"], dimension)
    for cell, dimension in actuals:
        added = _figure(period, "actual", cell["value"], dimension)
        if not dimension:
            _comment(added, quarter, cell)


def _cells(figure: Figure) -> Iterator[Cell]:
    """The total, and below it the cells by sex; of an indicator without a total those of its first breakdown."""
    if figure.total is not None and figure.indicator.total:
        yield figure.total
    breakdowns = [parts[0] for parts in figure.indicator.breakdowns() if len(parts) == 1]
    if "sex" in breakdowns:
        yield from figure.of("sex")
    elif not figure.indicator.total and breakdowns:
        yield from figure.of(breakdowns[0])


def _dimension(quarter: Quarter, cell: Cell) -> Mapping[str, str]:
    """``name`` and ``value`` of a cell's dimension, in lower-case English for sexes; empty for the total."""
    breakdown: str = cell["disaggregation"]
    category: str = cell["category"]
    if breakdown == TOTAL:
        return {}
    if breakdown == "sex":
        return {"name": "sex", "value": _SEXES.get(category, category)}
    name = category_name(quarter.project, breakdown, category, "en")
    return {"name": breakdown, "value": category if name == category else f"{category} {name}"}


def _life(element: Any, quarter: Quarter, indicator: Indicator) -> None:
    """The target of the project's whole life, and what was reached of it once its last quarter is told."""
    target = indicator.target(PROJECT, str(quarter.period))
    if target is None:
        return
    first, *_ = quarters = quarter.project.periods.all()
    last = quarters[-1]
    period = _period_of(element, first, last)
    added = _figure(period, "target", target, {})
    narratives(add(added, "comment"), {item: IATI[item]["project_target"] for item in _LANGUAGES})
    figure = next((item for item in quarter.figures if item.indicator.code == indicator.code), None)
    whole = figure.span(PROJECT) if figure and quarter.period == last else None
    if whole is not None and whole["value"] is not None:
        _comment(_figure(period, "actual", whole["value"], {}), quarter, whole)


def _comment(element: Any, quarter: Quarter, cell: Cell) -> None:
    """What must be known of a figure."""
    version = quarter.version
    keys = {
        "preliminary": version.kind == PRELIMINARY,
        "inherited": version.kind == INHERITED or cell["obs_status"] == "heredado",
        "restated": version.restates,
        "not_representative": cell["obs_status"] == "no_representativo",
    }
    said = {"vintage": version.vintage, "n": number(cell["n"])}
    holds = [key for key, applies in keys.items() if applies]
    if holds:
        texts = {item: " ".join(IATI[item][key].format(**said) for key in holds) for item in _LANGUAGES}
        narratives(add(element, "comment"), texts)


# ---------------------------------------------------------------- elements
def _period_of(element: Any, first: Period, last: Period) -> Any:
    period = add(element, "period")
    end = last.next().first_day() - timedelta(days=1)
    add(period, "period-start", **{"iso-date": first.first_day().isoformat()})
    add(period, "period-end", **{"iso-date": end.isoformat()})
    return period


def _figure(period: Any, kind: str, value: Decimal, dimension: Mapping[str, str]) -> Any:
    element = add(period, kind, value=plain(value))
    if dimension:
        add(element, "dimension", **dimension)
    return element


def _adds_up(indicator: Indicator) -> bool:
    return indicator.measure in _ADDED_UP and indicator.span == "period" and indicator.total
