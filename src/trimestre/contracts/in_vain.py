"""What every file says rightly and no night would count: modules, editions and events that nothing brings or no quarter
holds, and words for a sex that is none.

Data flow: Project -> errors and warnings, a line each, for ``trimestre check`` alone: no night stops for them.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from trimestre.contracts.courses import Edition
from trimestre.contracts.datasets import TabularDataset
from trimestre.contracts.project import Project
from trimestre.contracts.sources import MoodleSource, TabularSource
from trimestre.contracts.tabular import Constant, parts_of
from trimestre.contracts.telling import shown
from trimestre.periods import Period
from trimestre.texts import IN_VAIN

_ANY = "*"
"""Stands for codes that only the files tell."""


def errors_in_vain(project: Project) -> list[str]:
    """What would be counted for nothing, or for nobody."""
    return [*_editions_without_files(project), *_sexes(project)]


def warnings_in_vain(project: Project) -> list[str]:
    """What may be meant: a module that one edition does not have, a course from before the project."""
    return [*_modules(project), *_out_of_time(project)]


def _editions_without_files(project: Project) -> Iterator[str]:
    for code, (_, edition) in project.editions().items():
        for delivery in edition.delivered_by:
            source = project.sources.get(delivery.source)
            if isinstance(source, TabularSource) and not list(_datasets_of(source, code)):
                yield IN_VAIN["edition_without_files"].format(edition=code, source=delivery.source)


def _modules(project: Project) -> Iterator[str]:
    for code, (course, edition) in project.editions().items():
        brought = set(_brought(project, edition))
        missing = [module.module for module in course.modules if module.module not in brought]
        # Of an edition that nothing carries yet, or whose source is wrong, something else is said.
        if missing and brought and _ANY not in brought:
            yield IN_VAIN["modules"].format(edition=code, modules=", ".join(missing))


def _brought(project: Project, edition: Edition) -> Iterator[str]:
    """The modules of an edition that its sources can tell of; :data:`_ANY` where nobody knows before the files come."""
    for delivery in edition.delivered_by:
        source = project.sources.get(delivery.source)
        if isinstance(source, TabularSource):
            for dataset in _datasets_of(source, edition.edition):
                yield from _codes(dataset, "module_completion", "module")
                yield dataset.dataset
        elif isinstance(source, MoodleSource):
            yield from delivery.activities
            yield f"{delivery.source}/{delivery.course}"
        else:
            yield _ANY


def _datasets_of(source: TabularSource, edition: str) -> Iterator[TabularDataset]:
    """The datasets of which some rows are, or may be, of an edition."""
    for dataset in source.datasets:
        told = {code for row in dataset.rows for code in _codes(dataset, row.entity, "edition")}
        if {edition, _ANY} & told:
            yield dataset


def _codes(dataset: TabularDataset, entity: str, field: str) -> Iterator[str]:
    for row in dataset.rows:
        if row.entity == entity and field in row.fields:
            parts = list(parts_of(row.fields[field]))
            constants = [part.value for part in parts if isinstance(part, Constant)]
            yield from constants if len(constants) == len(parts) else [_ANY]


def _out_of_time(project: Project) -> Iterator[str]:
    first, last = Period.parse(project.periods.first), Period.parse(project.periods.last)
    begins, ends = first.first_day(), last.next().first_day()
    quarters = {"first": first, "last": last}
    for code, (_, edition) in project.editions().items():
        if edition.last_day < begins or edition.opens_on >= ends:
            days = {"opens": _day(edition.opens_on), "closes": _day(edition.last_day)}
            yield IN_VAIN["edition_out_of_time"].format(edition=code, **days, **quarters)
    for event in project.events:
        if not begins <= event.held_on < ends:
            yield IN_VAIN["event_out_of_time"].format(event=event.event, day=_day(event.held_on), **quarters)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _sexes(project: Project) -> Iterator[str]:
    """Words that the rules of the entity they get into would hold back; an empty one says nothing."""
    for place, entity, values in _words_for_sex(project):
        known = _known_sexes(project, entity)
        for said, sex in values.items():
            if sex and known and sex not in known:
                yield IN_VAIN["sex"].format(place=place, said=said, found=shown(sex), known=", ".join(known))


def _known_sexes(project: Project, entity: str) -> tuple[str, ...]:
    """What the rules of an entity take for a sex; empty = anything."""
    suite = project.suites.get(entity)
    lists = [
        tuple(map(str, rule.kwargs["value_set"]))
        for rule in (suite.rules if suite else ())
        if rule.column == "sex" and rule.expectation == "expect_column_values_to_be_in_set"
    ]
    return lists[0] if lists else ()


def _words_for_sex(project: Project) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Where a source's words for a sex get ours, the entity that gets them, and these."""
    for survey in project.surveys:
        yield IN_VAIN["of_survey"].format(survey=survey.survey), "response", survey.sex_values
    for code, source in project.sources.items():
        if isinstance(source, MoodleSource):
            yield IN_VAIN["of_source"].format(source=code), "account", source.sex_values
        for dataset in source.datasets if isinstance(source, TabularSource) else ():
            # What a response says of sex goes through the survey's sex_values afterwards.
            fields = [row.fields["sex"] for row in dataset.rows if row.entity == "account" and "sex" in row.fields]
            columns = dict.fromkeys(part for field in fields for part in parts_of(field) if isinstance(part, str))
            for column in columns:
                place = IN_VAIN["of_column"].format(source=code, dataset=dataset.dataset, column=column)
                yield place, "account", dataset.columns[column].values
