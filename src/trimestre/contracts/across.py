"""Rules that no single file can break: codes are unique and every reference has its target.

Data flow: Project -> problems, a line each, as ``contracts.reading.load_project`` gathers them; those of indicators in
``indicators_across``.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from trimestre.contracts.base import comparable
from trimestre.contracts.courses import Course
from trimestre.contracts.datasets import RowTemplate, TabularDataset
from trimestre.contracts.indicators_across import references, result_problems
from trimestre.contracts.sources import MoodleSource, TabularSource
from trimestre.contracts.surveys import Survey
from trimestre.contracts.tabular import Constant, Joined, parts_of
from trimestre.contracts.telling import finding
from trimestre.texts import YAML_ACROSS

if TYPE_CHECKING:
    from trimestre.contracts.project import Project

Twice = TypeVar("Twice", str, tuple[str, str])


def across(project: "Project") -> list[str]:
    """The rules that no single file can break: codes are unique and every reference has its target."""
    problems: list[str] = []
    known_sources = set(project.sources) | set(project.broken_sources)
    lines = {line.line for line in project.framework.lines}
    editions = [edition.edition for course in project.courses for edition in course.editions]
    events = [event.event for event in project.events]
    surveys = [survey.survey for survey in project.surveys]
    for kind, codes in {
        "course": [course.course for course in project.courses],
        "edition": editions,
        "event": events,
        "survey": surveys,
        "institution": [item.institution for item in project.institutions],
        "state": [item.state for item in project.states],
        "result": [item.result for item in project.results],
    }.items():
        problems += [YAML_ACROSS["twice"].format(what=_one(kind, code)) for code in _twice(codes)]
    for course in project.courses:
        problems += references(f"{_one('course', course.course)}: line", course.line, lines)
        problems += _written_twice(course)
        for edition in course.editions:
            for delivery in edition.delivered_by:
                problems += references(f"{_one('edition', edition.edition)}: source", delivery.source, known_sources)
    for survey in project.surveys:
        this = _one("survey", survey.survey)
        problems += references(f"{this}: source", survey.source, known_sources)
        problems += references(f"{this}: edition", survey.edition, set(editions))
        problems += references(f"{this}: event", survey.event, set(events))
        problems += _feedback_without_course(project, survey)
    problems += _carried_in_vain(project)
    problems += _read_for_two(project)
    for kind, names in names_of(project).items():
        problems += _ambiguous(kind, names)
    if project.states:
        states = {state.state for state in project.states}
        for institution in project.institutions:
            problems += references(f"{_one('institution', institution.institution)}: state", institution.state, states)
    results = {item.result for item in project.results}
    for item in project.results:
        problems += references(f"results.yaml: {item.result}: parent", item.parent, results - {item.result})
    problems += result_problems(project.results)
    for code in project.identity.sex_order:
        problems += references("identity.yaml: sex_order", code, known_sources)
    for correction in project.corrections.corrections:
        problems += references("corrections.yaml: source", correction.source, known_sources)
    return problems


def names_of(project: "Project") -> dict[str, list[tuple[str, str]]]:
    """Kind -> every name that sources may give an institution, a state or a course, with its code."""
    return {
        "institution": [(name, item.institution) for item in project.institutions for name in item.names],
        "state": [(name, item.state) for item in project.states for name in item.names],
        "course": [(name, item.course) for item in project.courses for name in item.names],
    }


def _ambiguous(kind: str, names: list[tuple[str, str]]) -> list[str]:
    """A name stands for one thing, compared as names are: case, accents and signs do not matter."""
    codes: dict[str, dict[str, str]] = {}
    for name, code in names:
        codes.setdefault(comparable(name), {}).setdefault(code, name)
    return [
        YAML_ACROSS["name_of_two"].format(what=_several(f"{kind}s", found), name=next(iter(found.values())))
        for compared, found in codes.items()
        if compared and len(found) > 1
    ] + [
        YAML_ACROSS["name_of_signs"].format(what=_one(kind, code), name=name)
        for name, code in names
        if not comparable(name)
    ]


def undeclared_codes(project: "Project", source: str) -> list[str]:
    """What the datasets of one tabular source are about and ``framework/`` does not declare, told one by one."""
    contract = project.sources[source]
    if not isinstance(contract, TabularSource):
        return []
    declared = {
        "edition": ("framework/courses", set(project.editions())),
        "event": ("framework/events", {event.event for event in project.events}),
        "survey": ("framework/surveys", {survey.survey for survey in project.surveys}),
    }
    own = {survey.survey for survey in project.surveys_of(source)}
    problems: list[str] = []
    for dataset in contract.datasets:
        for kind, code in dict.fromkeys(_about(dataset)):
            folder, known = declared[kind]
            if kind == "survey" and dataset.questions:
                # The connector reads the questions with the survey that names this source, and with no other.
                folder, known = YAML_ACROSS["surveys_of_source"].format(source=source), own
            if code not in known:
                problems.append(
                    YAML_ACROSS["undeclared"].format(
                        source=source,
                        dataset=dataset.dataset,
                        kind=kind,
                        found=code,
                        folder=folder,
                        known=", ".join(sorted(known)) or YAML_ACROSS["none_yet"],
                    )
                )
    return problems


def _about(dataset: TabularDataset) -> Iterator[tuple[str, str]]:
    """Kind and code of what a dataset, or every row of one of its entities, is about."""
    for kind in ("edition", "event", "survey"):
        code = getattr(dataset, kind)
        if code is not None:
            yield kind, code
        for template in dataset.rows:
            yield from ((kind, constant) for constant in _constants(template, kind))


def _constants(template: RowTemplate, name: str) -> Iterator[str]:
    """The values that a field has without looking at the file."""
    given = template.fields.get(name)
    for part in () if given is None or isinstance(given, Joined) else parts_of(given):
        if isinstance(part, Constant):
            yield part.value


def _feedback_without_course(project: "Project", survey: Survey) -> list[str]:
    """A feedback activity of a Moodle stands in a course of its edition."""
    if not isinstance(project.sources.get(survey.source), MoodleSource):
        return []
    carried = {edition.edition for _, edition, _ in project.deliveries(survey.source)}
    if survey.edition in carried:
        return []
    return [
        YAML_ACROSS["feedback"].format(
            survey=survey.survey,
            found=finding(survey.edition),
            source=survey.source,
            known=", ".join(sorted(carried)) or YAML_ACROSS["none_yet"],
        )
    ]


def _written_twice(course: Course) -> Iterator[str]:
    """Told here and not by the model, which reads what was landed before there was this rule."""
    codes = [module.module for module in course.modules]
    for code in _twice([*codes, "certificate"]):
        yield YAML_ACROSS["module_twice"].format(course=course.course, code=code)
    for edition in course.editions:
        for name, source in _twice([(delivery.course, delivery.source) for delivery in edition.delivered_by]):
            yield YAML_ACROSS["carrier_twice"].format(edition=edition.edition, course=name, source=source)


def _carried_in_vain(project: "Project") -> Iterator[str]:
    """A source of surveys alone brings nobody of an edition, and would say nothing of it."""
    for code, (_, edition) in project.editions().items():
        for delivery in edition.delivered_by:
            source = project.sources.get(delivery.source)
            if source is not None and not isinstance(source, MoodleSource | TabularSource):
                yield YAML_ACROSS["carried_in_vain"].format(edition=code, source=delivery.source, kind=source.kind)


def _read_for_two(project: "Project") -> Iterator[str]:
    """What a platform tells once is one thing here: read for two, each of its people or responses counts twice."""
    platforms = {code: source for code, source in project.sources.items() if not isinstance(source, TabularSource)}
    read: dict[tuple[str, ...], list[str]] = {}
    for code, (_, edition) in project.editions().items():
        for delivery in edition.delivered_by:
            if delivery.source in platforms:
                read.setdefault(("editions", delivery.source, delivery.course), []).append(code)
    for survey in project.surveys:
        if survey.source in platforms:
            # A feedback activity is known by its name within the course of its edition.
            place = (survey.edition or "",) if isinstance(platforms[survey.source], MoodleSource) else ()
            read.setdefault(("surveys", survey.source, survey.survey_id, *place), []).append(survey.survey)
    for (what, source, found, *_), codes in read.items():
        if len(codes) > 1:
            yield YAML_ACROSS["read_for_two"].format(what=_several(what, codes), found=found, source=source)


def _twice(codes: list[Twice]) -> list[Twice]:
    return sorted({code for code in codes if codes.count(code) > 1})


def _one(kind: str, code: str) -> str:
    """A thing as a sentence calls it."""
    return YAML_ACROSS[kind].format(code=code)


def _several(kinds: str, codes: Iterable[str]) -> str:
    return YAML_ACROSS[kinds].format(codes=YAML_ACROSS["and"].join(sorted(codes)))
