"""Reading a whole project and the rules across its files.

Data flow: sources/, framework/, expectations/ -> Project. A bad source file is remembered, not raised, by
:func:`load_project` with ``lenient_sources``: it must stop its own DAG and no other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from trimestre.contracts.base import comparable, digest, read_mapping, read_yaml, validated
from trimestre.contracts.datasets import RowTemplate, TabularDataset
from trimestre.contracts.expectations import Suite
from trimestre.contracts.framework import (
    Corrections,
    Course,
    Delivery,
    Edition,
    Event,
    Events,
    Framework,
    Identity,
    Institution,
    Institutions,
    Periods,
    Result,
    Results,
    State,
    States,
    Survey,
)
from trimestre.contracts.indicators import Indicator
from trimestre.contracts.indicators_across import indicator_problems, result_problems
from trimestre.contracts.privacy import Privacy
from trimestre.contracts.sources import KoboSource, LimeSurveySource, MoodleSource, Source, TabularSource
from trimestre.contracts.tabular import Constant, Joined, parts_of
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports.texts import REFUSALS
from trimestre.warehouse.entities import RESERVED_SOURCES


@dataclass(frozen=True)
class Project:
    """Every contract of one project, read and checked."""

    root: Path
    framework: Framework
    periods: Periods
    identity: Identity
    corrections: Corrections
    courses: tuple[Course, ...]
    surveys: tuple[Survey, ...]
    events: tuple[Event, ...]
    indicators: tuple[Indicator, ...]
    suites: dict[str, Suite]
    sources: dict[str, Source]
    institutions: tuple[Institution, ...] = ()
    states: tuple[State, ...] = ()
    results: tuple[Result, ...] = ()
    privacy: Privacy = field(default_factory=Privacy)
    broken_sources: dict[str, str] = field(default_factory=dict)

    def editions(self) -> dict[str, tuple[Course, Edition]]:
        """Edition code -> its course and itself."""
        return {edition.edition: (course, edition) for course in self.courses for edition in course.editions}

    def deliveries(self, source: str) -> list[tuple[Course, Edition, Delivery]]:
        """What a source delivers of which edition."""
        return [
            (course, edition, delivery)
            for course in self.courses
            for edition in course.editions
            for delivery in edition.delivered_by
            if delivery.source == source
        ]

    def surveys_of(self, source: str) -> list[Survey]:
        """Surveys that a source delivers."""
        return [survey for survey in self.surveys if survey.source == source]

    def source(self, code: str) -> Source:
        """A source by its code; :class:`ContractError` when there is none or its file is wrong."""
        if code in self.broken_sources:
            raise ContractError(self.broken_sources[code])
        if code not in self.sources:
            known = ", ".join(sorted(self.sources)) or "none"
            raise ContractError(f"source: found {code!r}, expected one of: {known}. Check the name.")
        return self.sources[code]

    def indicator(self, code: str) -> Indicator:
        """An indicator by its code."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator
        known = ", ".join(indicator.code for indicator in self.indicators)
        raise ContractError(REFUSALS["indicator"].format(found=code, known=known))

    def expect_quarter(self, period: Period) -> None:
        """:class:`ContractError` for a quarter out of the project."""
        if period not in self.periods.all():
            first, last = self.periods.first, self.periods.last
            raise ContractError(REFUSALS["quarter_outside"].format(period=period, first=first, last=last))

    def fingerprint(self, source: str, parser_version: str) -> str:
        """The contract fingerprint of a source: changing what reads or judges its records changes it."""
        corrections = [c.model_dump() for c in self.corrections.corrections if c.source == source]
        return digest(
            {
                "parser": parser_version,
                "mapping": self.sources[source].model_dump() if source in self.sources else source,
                "deliveries": [
                    (edition.edition, delivery.model_dump()) for _, edition, delivery in self.deliveries(source)
                ],
                "surveys": [survey.model_dump() for survey in self.surveys_of(source)],
                "corrections": corrections,
                "expectations": {name: suite.judgement() for name, suite in sorted(self.suites.items())},
            }
        )


def load_source(path: Path) -> Source:
    """Read one ``sources/*.yaml``."""
    kinds: dict[str, type[MoodleSource] | type[LimeSurveySource] | type[KoboSource] | type[TabularSource]] = {
        "moodle": MoodleSource,
        "limesurvey": LimeSurveySource,
        "kobo": KoboSource,
        "tabular": TabularSource,
    }
    data = read_mapping(path)
    kind = data.get("kind")
    if kind not in kinds:
        raise ContractError(f"{path.name}: kind: found {kind!r}, expected one of: {', '.join(kinds)}. Correct it.")
    source: Source = validated(path, data, kinds[kind])
    if source.source != path.stem:
        raise ContractError(
            f"{path.name}: source: found {source.source!r}, expected {path.stem!r} as the file is called. Rename one."
        )
    if source.source in RESERVED_SOURCES:
        raise ContractError(
            f"{path.name}: source: found {source.source!r}, expected another code: Trimestre uses "
            f"{', '.join(sorted(RESERVED_SOURCES))} itself. Rename the file and its source."
        )
    return source


def load_project(root: Path, *, lenient_sources: bool = False) -> Project:
    """Read every contract below ``root`` and check the rules across files.

    With ``lenient_sources`` a wrong source file lands in ``broken_sources`` instead of being raised, and so does one
    whose datasets are about what ``framework/`` does not declare.
    """
    framework_dir = root / "framework"
    if not framework_dir.is_dir():
        raise ContractError(
            f"project: found no framework/ in {root}, expected the folder of a project. Set TRIMESTRE_PROJECT."
        )
    sources: dict[str, Source] = {}
    broken: dict[str, str] = {}
    for path in sorted((root / "sources").glob("*.yaml")):
        try:
            sources[path.stem] = load_source(path)
        except ContractError as error:
            if not lenient_sources:
                raise
            broken[path.stem] = str(error)
    corrections = framework_dir / "corrections.yaml"
    states = framework_dir / "states.yaml"
    privacy = framework_dir / "privacy.yaml"
    results = framework_dir / "results.yaml"
    project = Project(
        root=root,
        framework=read_yaml(framework_dir / "framework.yaml", Framework),
        periods=read_yaml(framework_dir / "periods.yaml", Periods),
        identity=read_yaml(framework_dir / "identity.yaml", Identity),
        corrections=read_yaml(corrections, Corrections) if corrections.exists() else Corrections(),
        courses=tuple(read_yaml(path, Course) for path in sorted((framework_dir / "courses").glob("*.yaml"))),
        surveys=tuple(read_yaml(path, Survey) for path in sorted((framework_dir / "surveys").glob("*.yaml"))),
        events=tuple(
            event
            for path in sorted((framework_dir / "events").glob("*.yaml"))
            for event in read_yaml(path, Events).events
        ),
        indicators=tuple(read_yaml(path, Indicator) for path in sorted((framework_dir / "indicators").glob("*.yaml"))),
        institutions=tuple(
            institution
            for path in sorted((framework_dir / "institutions").glob("*.yaml"))
            for institution in read_yaml(path, Institutions).institutions
        ),
        states=read_yaml(states, States).states if states.exists() else (),
        results=read_yaml(results, Results).results if results.exists() else (),
        privacy=read_yaml(privacy, Privacy) if privacy.exists() else Privacy(),
        suites=_suites(root / "expectations"),
        sources=sources,
        broken_sources=broken,
    )
    undeclared = {code: found for code in sources if (found := undeclared_codes(project, code))}
    problems = across(project)
    if not lenient_sources:
        problems += [problem for found in undeclared.values() for problem in found]
    if problems:
        raise ContractError("\n".join(problems))
    return replace(
        project,
        sources={code: source for code, source in sources.items() if code not in undeclared},
        broken_sources=broken | {code: "\n".join(found) for code, found in undeclared.items()},
    )


def _suites(folder: Path) -> dict[str, Suite]:
    suites: dict[str, Suite] = {}
    for path in sorted(folder.glob("*.yaml")):
        suite = read_yaml(path, Suite)
        if suite.entity in suites:
            raise ContractError(
                f"expectations: found a suite for {suite.entity} twice ({path.name}), expected one. Remove one file."
            )
        suites[suite.entity] = suite
    return suites


def across(project: Project) -> list[str]:
    """The rules that no single file can break: codes are unique and every reference has its target."""
    problems: list[str] = []
    known_sources = set(project.sources) | set(project.broken_sources)
    lines = {line.line for line in project.framework.lines}
    editions = [edition.edition for course in project.courses for edition in course.editions]
    events = [event.event for event in project.events]
    surveys = [survey.survey for survey in project.surveys]
    for what, codes in {
        "indicators: found": [indicator.code for indicator in project.indicators],
        "courses: found course": [course.course for course in project.courses],
        "courses: found edition": editions,
        "events: found": events,
        "surveys: found survey": surveys,
        "institutions: found institution": [item.institution for item in project.institutions],
        "states: found state": [item.state for item in project.states],
        "results: found result": [item.result for item in project.results],
    }.items():
        problems += [f"{what} {code} twice, expected unique codes. Rename or remove one." for code in _twice(codes)]
    for course in project.courses:
        problems += _reference(f"course {course.course}: line", course.line, lines)
        for edition in course.editions:
            for delivery in edition.delivered_by:
                problems += _reference(f"edition {edition.edition}: source", delivery.source, known_sources)
    for survey in project.surveys:
        problems += _reference(f"survey {survey.survey}: source", survey.source, known_sources)
        problems += _reference(f"survey {survey.survey}: edition", survey.edition, set(editions))
        problems += _reference(f"survey {survey.survey}: event", survey.event, set(events))
        problems += _feedback_without_course(project, survey)
    for kind, names in names_of(project).items():
        problems += _ambiguous(kind, names)
    if project.states:
        states = {state.state for state in project.states}
        for institution in project.institutions:
            problems += _reference(f"institution {institution.institution}: state", institution.state, states)
    results = {item.result for item in project.results}
    for item in project.results:
        problems += _reference(f"results.yaml: {item.result}: parent", item.parent, results - {item.result})
    problems += result_problems(project.results)
    for indicator in project.indicators:
        problems += _reference(f"indicator {indicator.code}: line", indicator.line, lines)
        problems += _reference(f"indicator {indicator.code}: parent", indicator.parent, results)
        answered = indicator.parameters.get("survey")
        problems += _reference(f"indicator {indicator.code}: parameters.survey", answered, set(surveys))
        problems += indicator_problems(project, indicator)
    for code in project.identity.sex_order:
        problems += _reference("identity.yaml: sex_order", code, known_sources)
    for correction in project.corrections.corrections:
        problems += _reference("corrections.yaml: source", correction.source, known_sources)
    return problems


def names_of(project: Project) -> dict[str, list[tuple[str, str]]]:
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
        f"{kind} {' and '.join(sorted(found))}: found the name {next(iter(found.values()))!r} for more than one, "
        "expected a name that stands for one. Remove it from all but one."
        for compared, found in codes.items()
        if compared and len(found) > 1
    ] + [
        f"{kind} {code}: found the name {name!r}, expected letters from A to Z or digits: without any it would match "
        "every text without any. Write it in such letters, or remove it."
        for name, code in names
        if not comparable(name)
    ]


def undeclared_codes(project: Project, source: str) -> list[str]:
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
                folder, known = f"framework/surveys with `source: {source}`", own
            if code not in known:
                problems.append(
                    f"{source}.yaml: dataset {dataset.dataset}: {kind}: found {code!r}, expected one of {folder}: "
                    f"{', '.join(sorted(known)) or 'none yet'}. Declare it there, or correct the code."
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


def _feedback_without_course(project: Project, survey: Survey) -> list[str]:
    """A feedback activity of a Moodle stands in a course of its edition."""
    if not isinstance(project.sources.get(survey.source), MoodleSource):
        return []
    carried = {edition.edition for _, edition, _ in project.deliveries(survey.source)}
    if survey.edition in carried:
        return []
    return [
        f"survey {survey.survey}: edition: found {survey.edition!r}, expected one that {survey.source} delivers: "
        f"{', '.join(sorted(carried)) or 'none yet'}. Name the edition in whose course the feedback activity is."
    ]


def _twice(codes: list[str]) -> list[str]:
    return sorted({code for code in codes if codes.count(code) > 1})


def _reference(what: str, code: str | None, known: set[str]) -> list[str]:
    if code is None or code in known:
        return []
    return [f"{what}: found {code!r}, expected one of: {', '.join(sorted(known))}. Correct the reference."]
