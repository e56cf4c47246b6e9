"""Definitions as data: what a candidate keeps of them, how they come back, and what may not change after a close.

Data flow: project -> results.candidate.definitions -> the project as it was then; project + vintages -> findings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from trimestre.contracts import Project
from trimestre.contracts.base import stored
from trimestre.contracts.framework import Framework, Periods
from trimestre.contracts.indicators import TOTAL, Indicator
from trimestre.contracts.surveys import Survey
from trimestre.periods import Period, covering
from trimestre.warehouse.sqlfiles import read

METHOD, TARGET, CODE = "method_without_version", "target_without_revision", "code_gone"
"""Findings of :func:`definition_findings`."""

_Place = tuple[str, str, str]
"""What a target covers, breakdown, category; ``baseline`` covers it for the baseline."""

_OF_TODAY = {"approvers", "authors", "iati"}
"""Keys of framework.yaml that no value depends on."""


def definitions_of(project: Project) -> dict[str, Any]:
    """What values depend on beside data, as JSON: indicators in force by code, framework, surveys, periods.

    Without approvers, authors and the head of the IATI file: no value depends on them, and people's names do not belong
    into ``results``.
    """
    return {
        "indicators": {
            indicator.code: indicator.model_dump(mode="json")
            for indicator in project.indicators
            if indicator.state == "vigente"
        },
        "framework": project.framework.model_dump(mode="json", exclude=_OF_TODAY),
        "periods": project.periods.model_dump(mode="json"),
        "surveys": [survey.model_dump(mode="json") for survey in project.surveys],
    }


def project_from(definitions: Mapping[str, Any], project: Project) -> Project:
    """The project with the definitions of a candidate in place of its own; what no value depends on is today's."""
    of_today = project.framework.model_dump(include=_OF_TODAY)
    return replace(
        project,
        indicators=tuple(indicators_in(definitions).values()),
        framework=stored(Framework, {**definitions["framework"], **of_today}),
        periods=stored(Periods, definitions["periods"]),
        surveys=tuple(stored(Survey, survey) for survey in definitions["surveys"]),
    )


def indicators_in(definitions: Mapping[str, Any]) -> dict[str, Indicator]:
    """The indicators of a candidate's definitions by code, in the order of their codes."""
    found = definitions.get("indicators", {})
    return {code: stored(Indicator, found[code]) for code in sorted(found)}


def definition_findings(connection: sa.Connection, project: Project, period: Period) -> list[dict[str, Any]]:
    """What of the definitions may not stand beside what was published, seen from the quarter that is to be closed.

    ``method_without_version``: the method is another one than that of the newest vintage with the indicator, and the
    version is not a higher one. ``target_without_revision``: for a quarter with a vintage, a target or the baseline in
    force is another one than was published, and no revision says so; a revision in force from such a quarter on holds
    only for the restatement of that very quarter. Figures of before Trimestre are bound by neither. ``code_gone``: rows
    of an edition, event, survey or module were published under a code that the newest night no longer found declared;
    renamed, they would count once more.
    """
    vintages = connection.execute(
        sa.text(
            "SELECT c.period, c.candidate_id, c.definitions FROM results.candidate AS c"
            " WHERE c.state = 'vintage' AND c.kind <> 'inherited' ORDER BY c.candidate_id"
        )
    ).all()
    published = [(row.period, indicators_in(row.definitions)) for row in vintages]
    newest = {code: (closed, known) for closed, indicators in published for code, known in indicators.items()}
    in_force = dict(published)  # of each quarter the newest one
    findings: list[dict[str, Any]] = []
    for indicator in project.indicators:
        if indicator.state != "vigente":
            continue
        findings += _method(indicator, newest.get(indicator.code))
        for closed, indicators in sorted(in_force.items()):
            if indicator.code in indicators:
                findings += _targets(project, indicator, indicators[indicator.code], closed, str(period))
    return [*findings, *_codes(connection, project, str(period))]


def targets_in_force(indicator: Indicator, period: str, fiscal_year_starts: int) -> dict[_Place, Decimal]:
    """What of targets and baseline figures of a quarter are told against, wider spans and categories included."""
    covers = [span.label for span in covering(Period.parse(period), fiscal_year_starts)]
    places = [(label, TOTAL, TOTAL) for label in covers]
    places += [
        (item.period, item.disaggregation, item.category)
        for item in indicator.category_targets
        if item.period in covers
    ]
    # A target that was taken back stands among the revisions only.
    places += [(str(r.period), r.disaggregation, r.category) for r in indicator.revisions if r.period in covers]
    found = {
        (label, breakdown, category): indicator.target(label, period, breakdown, category)
        for label, breakdown, category in places
    }
    found["baseline", TOTAL, TOTAL] = indicator.base(period)
    return {place: value for place, value in found.items() if value is not None}


def _codes(connection: sa.Connection, project: Project, period: str) -> Iterator[dict[str, Any]]:
    in_force = {indicator.code: indicator for indicator in project.indicators if indicator.state == "vigente"}
    for row in connection.execute(sa.text(read("vintages/codes_gone")), {"period": period}):
        if row.indicator in in_force:
            values = {"kind": row.kind, "gone": row.code, "quarter": row.quarter}
            yield _finding(in_force[row.indicator], CODE, None, values)


def _method(indicator: Indicator, newest: tuple[str, Indicator] | None) -> Iterator[dict[str, Any]]:
    if newest is None:
        return
    closed, known = newest
    if known.method_digest() != indicator.method_digest() and indicator.version <= known.version:
        values = {"version": indicator.version, "published_version": known.version, "quarter": closed}
        yield _finding(indicator, METHOD, None, values)


def _targets(
    project: Project, indicator: Indicator, known: Indicator, closed: str, period: str
) -> Iterator[dict[str, Any]]:
    """Of each target and the baseline of a closed quarter that changed without a revision, a finding."""
    starts = project.framework.fiscal_year_starts
    before, now = (targets_in_force(item, closed, starts) for item in (known, indicator))
    for place in sorted(before.keys() | now.keys()):
        if before.get(place) == now.get(place) or (closed == period and _revised(indicator, known, place)):
            continue
        covers, breakdown, category = place
        values = {
            "quarter": closed,
            "covers": covers,
            "published": _number(before.get(place)),
            "now": _number(now.get(place)),
        }
        yield _finding(indicator, TARGET, None if breakdown == TOTAL else f"{breakdown}={category}", values)


def _revised(indicator: Indicator, known: Indicator, place: _Place) -> bool:
    """Whether a revision that was not there before is about a target, or about the baseline."""
    covers, breakdown, category = place
    subject = ("baseline", None, TOTAL, TOTAL) if covers == "baseline" else ("target", covers, breakdown, category)
    return any(revision.subject == subject for revision in indicator.revisions if revision not in known.revisions)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _finding(indicator: Indicator, check: str, category: str | None, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "indicator": indicator.code,
        "check": check,
        "severity": "error",
        "category": category,
        "values": values,
    }
