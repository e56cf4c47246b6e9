"""Rules between the keys of one indicator: what pydantic's types can't say.

Data flow: Indicator -> problems, each with its key, the value found and the rule; none = it is consistent.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trimestre.contracts.telling import Problem, shown
from trimestre.texts import YAML_MENDS, YAML_RULES

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
        yield Problem("stages", indicator.stages, YAML_RULES["stages_of_milestone"], YAML_MENDS["list_stages"])
    if not milestone and indicator.stages:
        yield Problem(
            "stages", list(indicator.stages), YAML_RULES["stages_only_of_milestone"], YAML_MENDS["remove_them"]
        )
    if len(set(indicator.stages)) < len(indicator.stages):
        yield Problem("stages", list(indicator.stages), YAML_RULES["stages_once"], YAML_MENDS["rename_one"])
    if milestone and indicator.decimals:
        yield Problem("decimals", indicator.decimals, YAML_RULES["decimals_of_milestone"])
    if indicator.representative and measure not in SCORES:
        yield Problem("representative", measure, YAML_RULES["representative"], YAML_MENDS["remove"])
    if measure == "top_two_box" and indicator.evidence != "scored_answers":
        yield Problem("evidence", indicator.evidence, YAML_RULES["scored"])
    if measure in ("share", "response_rate") and indicator.evidence == "reported_values":
        rule = YAML_RULES["hits"].format(measure=measure)
        yield Problem("evidence", indicator.evidence, rule, YAML_MENDS["percentages_typed"])
    if indicator.attribution in indicator.reconciliation:
        other = "edition" if indicator.attribution == "event" else "event"
        rule = YAML_RULES["other_attribution"].format(other=other)
        yield Problem("reconciliation", list(indicator.reconciliation), rule)
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
        rule = YAML_RULES["data_type"].format(measure=indicator.measure, decimals=indicator.decimals)
        yield Problem("data_type", found, rule, YAML_MENDS["or_leave_out"])


def _span(indicator: "Indicator") -> Iterator[Problem]:
    """A span that would say another thing than the measure does."""
    if indicator.measure == "new_persons" and indicator.span != "period":
        yield Problem("span", indicator.span, YAML_RULES["span_of_new_persons"], YAML_MENDS["or_cumulative"])
    if indicator.span == "latest" and indicator.measure in ("count", *PEOPLE):
        rule = YAML_RULES["span_latest"].format(measure=indicator.measure)
        yield Problem("span", "latest", rule, YAML_MENDS["or_latest"])


def _breakdowns(indicator: "Indicator") -> Iterator[Problem]:
    seen: set[frozenset[str]] = set()
    for number, dimensions in enumerate(indicator.breakdowns()):
        key = f"disaggregations.{number}"
        if len(set(dimensions)) < len(dimensions):
            yield Problem(key, list(dimensions), YAML_RULES["two_dimensions"], YAML_MENDS["correct_one"])
        elif frozenset(dimensions) in seen:
            yield Problem(key, "×".join(dimensions), YAML_RULES["breakdown_once"], YAML_MENDS["remove_one"])
        seen.add(frozenset(dimensions))


def _targets(indicator: "Indicator") -> Iterator[Problem]:
    if not indicator.total and indicator.targets:
        rule, mend = YAML_RULES["none_without_total"], YAML_MENDS["to_categories"]
        yield Problem("targets", list(indicator.targets), rule, mend)
    of_the_project = indicator.life_of_project_target
    if not indicator.total and of_the_project is not None:
        rule, mend = YAML_RULES["none_without_total"], YAML_MENDS["remove"]
        yield Problem("life_of_project_target", of_the_project, rule, mend)
    if "project" in indicator.targets:
        rule, mend = YAML_RULES["quarters"], YAML_MENDS["to_project"]
        yield Problem("targets.project", indicator.targets["project"], rule, mend)
    breakdowns = _named(indicator)
    seen: set[tuple[str, str, str]] = set()
    for number, item in enumerate(indicator.category_targets):
        key = f"category_targets.{number}"
        if item.disaggregation not in breakdowns:
            yield _unknown_breakdown(f"{key}.disaggregation", item.disaggregation, breakdowns)
        place = (item.period, item.disaggregation, item.category)
        if place in seen:
            yield Problem(key, " ".join(place), YAML_RULES["target_once"], YAML_MENDS["remove_one"])
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
            yield Problem(key, value, YAML_RULES["number_of_stage"].format(last=last))


def _changes(indicator: "Indicator") -> Iterator[Problem]:
    logged = [change.version for change in indicator.changes]
    missing = sorted(set(range(2, indicator.version + 1)) - set(logged))
    if missing:
        rule = YAML_RULES["change_of_version"].format(versions=", ".join(map(str, missing)))
        yield Problem("changes", logged, rule, YAML_MENDS["log_change"])
    if logged and max(logged) > indicator.version:
        yield Problem("version", indicator.version, YAML_RULES["last_version"].format(version=max(logged)))
    days = [change.changed_on for change in indicator.changes]
    if logged != sorted(logged) or days != sorted(days):
        yield Problem("changes", logged, YAML_RULES["changes_in_order"], YAML_MENDS["order"])


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
            yield Problem(f"{key}.old", revision.old, YAML_RULES["as_left"].format(value=shown(before.new)))
        if before and revision.effective_from < before.effective_from:
            rule = YAML_RULES["in_order"].format(quarter=before.effective_from)
            yield Problem(f"{key}.effective_from", revision.effective_from, rule, YAML_MENDS["or_order"])
        known[revision.subject] = key, revision
    for (what, covers, breakdown, category), (key, last) in known.items():
        found = indicator.in_force(what, covers, breakdown, category)
        if found != last.new:
            place = YAML_RULES[f"{what}_place"].format(covers=covers)
            rule = YAML_RULES["as_in_force"].format(value=shown(found), place=place)
            yield Problem(f"{key}.new", last.new, rule, YAML_MENDS["correct_one"])


def _dates(indicator: "Indicator") -> Iterator[Problem]:
    assessed = [item.assessed_on for item in indicator.assessments]
    planned = indicator.next_assessment_on
    if planned and assessed and planned <= max(assessed):
        rule = YAML_RULES["after_assessment"].format(day=max(assessed))
        yield Problem("next_assessment_on", str(planned), rule)
    for number, year in enumerate(indicator.report_years):
        if not 2000 <= year <= 2100:
            yield Problem(f"report_years.{number}", year, YAML_RULES["year"])


def _named(indicator: "Indicator") -> list[str]:
    return ["×".join(dimensions) for dimensions in indicator.breakdowns()]


def _unknown_breakdown(key: str, found: str, breakdowns: list[str]) -> Problem:
    rule = YAML_RULES["breakdown"].format(known=", ".join(breakdowns) or YAML_RULES["none_yet"])
    return Problem(key, found, rule, YAML_MENDS["or_breakdown"])
