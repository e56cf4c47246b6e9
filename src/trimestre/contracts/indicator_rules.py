"""Rules between the keys of one indicator: what pydantic's types can't say.

Data flow: Indicator -> problems, each with its key, the value found and the rule; none = it is consistent.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trimestre.contracts.base import Problem, shown

if TYPE_CHECKING:
    from trimestre.contracts.indicators import Indicator, Revision

PERCENTAGES = ("share", "response_rate", "top_two_box")
"""Measures whose value is a percentage."""

SCORES = ("mean", "top_two_box")
"""Measures over scores, of which one may ask whom they stand for."""

PEOPLE = ("persons", "new_persons")
"""Measures that count people."""


def problems_of(indicator: "Indicator") -> list[Problem]:
    """Everything that is wrong between the keys of an indicator."""
    return [
        *_measure(indicator),
        *_span(indicator),
        *_breakdowns(indicator),
        *_targets(indicator),
        *_changes(indicator),
        *_revisions(indicator),
        *_dates(indicator),
    ]


def _measure(indicator: "Indicator") -> Iterator[Problem]:
    measure = indicator.measure
    milestone = measure == "milestone"
    if milestone and len(indicator.stages) < 2:
        yield Problem("stages", indicator.stages, "two or more stages for a milestone", "List them from 0 on.")
    if not milestone and indicator.stages:
        yield Problem("stages", list(indicator.stages), "stages for measure: milestone only", "Remove them.")
    if len(set(indicator.stages)) < len(indicator.stages):
        yield Problem("stages", list(indicator.stages), "every stage once", "Rename or remove one.")
    if milestone and indicator.decimals:
        yield Problem("decimals", indicator.decimals, "0 for a milestone: a stage has a whole number")
    if indicator.representative and measure not in SCORES:
        yield Problem("representative", measure, "a measure of scores: mean or top_two_box", "Remove it.")
    if measure == "top_two_box" and indicator.evidence != "scored_answers":
        yield Problem("evidence", indicator.evidence, "scored_answers for measure: top_two_box")
    if measure in ("share", "response_rate") and indicator.evidence == "reported_values":
        mend = "Take measure: latest or mean for percentages that people type."
        yield Problem("evidence", indicator.evidence, f"rows of which each hits or not for measure: {measure}", mend)
    if indicator.attribution in indicator.reconciliation:
        other = "edition" if indicator.attribution == "event" else "event"
        yield Problem("reconciliation", list(indicator.reconciliation), f"[{other}]: the other one than attribution")
    yield from _data_type(indicator)


def _data_type(indicator: "Indicator") -> Iterator[Problem]:
    found = indicator.data_type
    if found is None:
        return
    fits = {
        "stage": indicator.measure == "milestone",
        "integer": indicator.measure not in (*PERCENTAGES, "milestone") and not indicator.decimals,
        "decimal": indicator.measure != "milestone",
        "percentage": indicator.measure in (*PERCENTAGES, "mean", "sum", "latest"),
    }
    if not fits[found]:
        rule = f"a type that measure: {indicator.measure} with decimals: {indicator.decimals} gives"
        yield Problem("data_type", found, rule, "Correct it, or leave it out.")


def _span(indicator: "Indicator") -> Iterator[Problem]:
    """A span that would say another thing than the measure does."""
    if indicator.measure == "new_persons" and indicator.span != "period":
        mend = "Correct it, or take measure: persons with span: cumulative."
        yield Problem("span", indicator.span, "period for measure: new_persons", mend)
    if indicator.span == "latest" and indicator.measure in ("count", *PEOPLE):
        mend = "Correct it, or take measure: latest for a figure that is told from time to time."
        yield Problem("span", "latest", f"period or cumulative for measure: {indicator.measure}", mend)


def _breakdowns(indicator: "Indicator") -> Iterator[Problem]:
    seen: set[frozenset[str]] = set()
    for number, dimensions in enumerate(indicator.breakdowns()):
        key = f"disaggregations.{number}"
        if len(set(dimensions)) < len(dimensions):
            yield Problem(key, list(dimensions), "two different dimensions", "Correct one of them.")
        elif frozenset(dimensions) in seen:
            yield Problem(key, "×".join(dimensions), "every breakdown once", "Remove one.")
        seen.add(frozenset(dimensions))


def _targets(indicator: "Indicator") -> Iterator[Problem]:
    if not indicator.total and indicator.targets:
        mend = "Remove them, or move them to category_targets."
        yield Problem("targets", list(indicator.targets), "none where total: false", mend)
    of_the_project = indicator.life_of_project_target
    if not indicator.total and of_the_project is not None:
        yield Problem("life_of_project_target", of_the_project, "none where total: false", "Remove it.")
    if "project" in indicator.targets:
        mend = "Move it to life_of_project_target."
        yield Problem("targets.project", indicator.targets["project"], "quarters, semesters or years", mend)
    breakdowns = _named(indicator)
    seen: set[tuple[str, str, str]] = set()
    for number, item in enumerate(indicator.category_targets):
        key = f"category_targets.{number}"
        if item.disaggregation not in breakdowns:
            yield _unknown_breakdown(f"{key}.disaggregation", item.disaggregation, breakdowns)
        place = (item.period, item.disaggregation, item.category)
        if place in seen:
            yield Problem(key, " ".join(place), "one target for each period and category", "Remove one.")
        seen.add(place)
    yield from _stages_of_targets(indicator)


def _stages_of_targets(indicator: "Indicator") -> Iterator[Problem]:
    """A milestone's targets and baseline are numbers of its stages."""
    if indicator.measure != "milestone" or not indicator.stages:
        return
    named: dict[str, float | None] = {f"targets.{covers}": target for covers, target in indicator.targets.items()}
    named["life_of_project_target"] = indicator.life_of_project_target
    named["baseline.value"] = indicator.baseline.value if indicator.baseline else None
    last = len(indicator.stages) - 1
    for key, value in named.items():
        if value is not None and (value != int(value) or not 0 <= value <= last):
            yield Problem(key, value, f"the number of a stage, from 0 to {last}")


def _changes(indicator: "Indicator") -> Iterator[Problem]:
    logged = [change.version for change in indicator.changes]
    missing = sorted(set(range(2, indicator.version + 1)) - set(logged))
    if missing:
        numbers = ", ".join(map(str, missing))
        yield Problem("changes", logged, f"an entry for version {numbers}", "Say there what changed, and who decided.")
    if logged and max(logged) > indicator.version:
        yield Problem("version", indicator.version, f"{max(logged)}, the last version in changes")
    days = [change.changed_on for change in indicator.changes]
    if logged != sorted(logged) or days != sorted(days):
        yield Problem("changes", logged, "entries in the order of their versions and days", "Order them.")


def _revisions(indicator: "Indicator") -> Iterator[Problem]:
    """What a revision leaves is what the next one finds, and the last one leaves what is in force."""
    breakdowns = _named(indicator)
    known: dict[tuple[str, str | None, str, str], tuple[str, Revision]] = {}
    for number, revision in enumerate(indicator.revisions):
        key = f"revisions.{number}"
        if revision.disaggregation not in (*breakdowns, "total"):
            yield _unknown_breakdown(f"{key}.disaggregation", revision.disaggregation, breakdowns)
        before = known[revision.subject][1] if revision.subject in known else None
        if before and revision.old != before.new:
            yield Problem(f"{key}.old", revision.old, f"{shown(before.new)}, as the revision before left it")
        if before and revision.effective_from < before.effective_from:
            rule = f"{before.effective_from} or later, as revisions stand in their order"
            yield Problem(f"{key}.effective_from", revision.effective_from, rule, "Correct it, or order them.")
        known[revision.subject] = key, revision
    for (what, covers, breakdown, category), (key, last) in known.items():
        found = indicator.in_force(what, covers, breakdown, category)
        if found != last.new:
            place = {"baseline": "baseline.value", "target": f"the target of {covers}"}[what]
            yield Problem(f"{key}.new", last.new, f"{shown(found)}, as {place} says", "Correct one of the two.")


def _dates(indicator: "Indicator") -> Iterator[Problem]:
    assessed = [item.assessed_on for item in indicator.assessments]
    planned = indicator.next_assessment_on
    if planned and assessed and planned <= max(assessed):
        yield Problem("next_assessment_on", str(planned), f"a day after the last assessment ({max(assessed)})")
    for number, year in enumerate(indicator.report_years):
        if not 2000 <= year <= 2100:
            yield Problem(f"report_years.{number}", year, "a year such as 2020")


def _named(indicator: "Indicator") -> list[str]:
    return ["×".join(dimensions) for dimensions in indicator.breakdowns()]


def _unknown_breakdown(key: str, found: str, breakdowns: list[str]) -> Problem:
    known = ", ".join(breakdowns) or "none yet"
    return Problem(key, found, f"one of disaggregations: {known}", "Correct it, or add the breakdown.")
