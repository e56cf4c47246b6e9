"""Rules between an indicator and the rest of the project: references, results, quarters, categories, questions.

Data flow: Project -> problems, a line each; ``contracts.reading.load_project`` puts the file before them.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from trimestre.contracts.framework import Result
from trimestre.contracts.indicators import Indicator
from trimestre.periods import PROJECT, Period, covering
from trimestre.texts import YAML_ACROSS

if TYPE_CHECKING:
    from trimestre.contracts.project import Project

_HEIGHT = {"objetivo": 0, "efecto": 1, "resultado_intermedio": 1, "producto": 2}
"""Objectives stand above outcomes, and these above outputs."""

_MAY_NEST = ("objetivo", "efecto", "resultado_intermedio")
"""Levels whose results may contribute to one of the same height: a sub-result of an intermediate result."""

SEXES = ("mujer", "hombre", "no_especificado")


def result_problems(results: Sequence[Result]) -> list[str]:
    """Results that contribute to one below them, or in a circle."""
    known = {item.result: item for item in results}
    problems = []
    for item in results:
        parent = known.get(item.parent or "")
        if parent is None:
            continue
        if _circle(item, known):
            problems.append(YAML_ACROSS["circle"].format(result=item.result, parent=item.parent))
        elif _HEIGHT[parent.level] > _HEIGHT[item.level] or (
            _HEIGHT[parent.level] == _HEIGHT[item.level] and item.level not in _MAY_NEST
        ):
            levels = {"found": parent.level, "level": item.level}
            problems.append(YAML_ACROSS["height"].format(result=item.result, parent=item.parent, **levels))
    return problems


def _circle(item: Result, known: dict[str, Result]) -> bool:
    seen: set[str] = set()
    step: Result | None = item
    while step is not None and step.result not in seen:
        seen.add(step.result)
        step = known.get(step.parent or "")
    return step is not None and step.result == item.result


def indicator_problems(project: "Project", indicator: Indicator) -> list[str]:
    """What of an indicator does not fit the rest of the project."""
    return [
        *_references(project, indicator),
        *_level(project, indicator),
        *_quarters(project, indicator),
        *_categories(project, indicator),
        *_question(project, indicator),
    ]


def references(what: str, code: str | None, known: Collection[str]) -> list[str]:
    """The problem of a code that names nothing known; none without a code."""
    if code is None or code in known:
        return []
    named = ", ".join(sorted(known)) or YAML_ACROSS["none_yet"]
    return [YAML_ACROSS["reference"].format(what=what, found=code, known=named)]


def _references(project: "Project", indicator: Indicator) -> Iterator[str]:
    yield from references("line", indicator.line, {line.line for line in project.framework.lines})
    yield from references("parent", indicator.parent, {item.result for item in project.results})
    surveys = {survey.survey for survey in project.surveys}
    yield from references("parameters.survey", indicator.parameters.get("survey"), surveys)


def _level(project: "Project", indicator: Indicator) -> Iterator[str]:
    level = next((item.level for item in project.results if item.result == indicator.parent), None)
    if level is not None and _HEIGHT[level] > _HEIGHT[indicator.level]:
        yield YAML_ACROSS["level"].format(found=indicator.level, parent=indicator.parent, level=level)


def _quarters(project: "Project", indicator: Indicator) -> Iterator[str]:
    """A target outside of the project's quarters would never be looked at: mostly a slip of the year."""
    known = {
        span.label
        for period in project.periods.all()
        for span in covering(period, project.framework.fiscal_year_starts)
    }
    within = {"first": project.periods.first, "last": project.periods.last}
    places = {f"targets.{covers}": covers for covers in indicator.targets}
    places |= {f"category_targets.{n}.period": item.period for n, item in enumerate(indicator.category_targets)}
    places |= {f"revisions.{n}.period": item.period for n, item in enumerate(indicator.revisions) if item.period}
    for key, covers in places.items():
        if covers != PROJECT and covers not in known:
            yield YAML_ACROSS["outside"].format(key=key, found=covers, **within)
    last = Period.parse(project.periods.last)
    for number, revision in enumerate(indicator.revisions):
        if Period.parse(revision.effective_from) > last:
            key = f"revisions.{number}.effective_from"
            yield YAML_ACROSS["quarter_outside"].format(key=key, found=revision.effective_from, **within)


def _categories(project: "Project", indicator: Indicator) -> Iterator[str]:
    """Of dimensions whose categories the project's files list, a target names one of these."""
    known = categories_of(project)
    places = {f"category_targets.{n}": (item.disaggregation, item.category)
              for n, item in enumerate(indicator.category_targets)}  # fmt: skip
    places |= {f"revisions.{n}": (item.disaggregation, item.category)
               for n, item in enumerate(indicator.revisions) if item.disaggregation != "total"}  # fmt: skip
    for key, (breakdown, category) in places.items():
        dimensions, parts = breakdown.split("×"), category.split(" × ")
        if len(parts) != len(dimensions):
            example = " × ".join(next(iter(known.get(name, ())), name) for name in dimensions)
            yield YAML_ACROSS["crossed"].format(key=key, found=category, breakdown=breakdown, example=example)
            continue
        for dimension, part in zip(dimensions, parts, strict=True):
            if known.get(dimension) and part not in known[dimension]:
                named = ", ".join(known[dimension])
                yield YAML_ACROSS["category"].format(key=key, found=part, dimension=dimension, known=named)


def categories_of(project: "Project") -> dict[str, list[str]]:
    """Dimension -> its categories, of those that the project's files list."""
    return {
        "sex": list(SEXES),
        "course": [course.course for course in project.courses],
        "edition": list(project.editions()),
        "module": sorted({module.module for course in project.courses for module in course.modules}),
        "event": [event.event for event in project.events],
        "survey": [survey.survey for survey in project.surveys],
        "state": [state.state for state in project.states],
    }


def _question(project: "Project", indicator: Indicator) -> Iterator[str]:
    """Where a survey lists its scored questions, the one asked for is among them or a part of one."""
    asked = indicator.parameters.get("question")
    survey = next((item for item in project.surveys if item.survey == indicator.parameters.get("survey")), None)
    if indicator.evidence != "scored_answers" or survey is None or asked is None or not survey.scored:
        return
    known = [item.question for item in survey.scored]
    if not any(asked in name or name in asked for name in known):
        yield YAML_ACROSS["question"].format(found=asked, survey=survey.survey, known=", ".join(known))
