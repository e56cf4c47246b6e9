"""Reading a project's files and checking the rules across them.

Data flow: sources/, framework/, expectations/ -> Project. A bad source file is remembered, not raised, by
:func:`load_project` with ``lenient_sources``, and so is a bad indicator.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trimestre.contracts.across import across, undeclared_codes
from trimestre.contracts.base import Contract, read_mapping, read_yaml, validated
from trimestre.contracts.corrections import Corrections
from trimestre.contracts.courses import Course
from trimestre.contracts.events import Events
from trimestre.contracts.expectations import Suite
from trimestre.contracts.framework import Framework, Periods, Results
from trimestre.contracts.identity import Identity
from trimestre.contracts.indicators import Indicator
from trimestre.contracts.indicators_across import indicator_problems
from trimestre.contracts.places import Institutions, States
from trimestre.contracts.privacy import Privacy
from trimestre.contracts.project import Project, SomeWrong
from trimestre.contracts.sources import KoboSource, LimeSurveySource, MoodleSource, Source, TabularSource
from trimestre.contracts.surveys import Survey
from trimestre.contracts.telling import finding
from trimestre.contracts.watching import Notifications
from trimestre.errors import ContractError
from trimestre.texts import YAML_FILE
from trimestre.warehouse.entities import RESERVED_SOURCES


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
    if not isinstance(kind, str) or kind not in kinds:
        said = finding(kind)
        raise ContractError(YAML_FILE["kind"].format(file=path.name, found=said, known=", ".join(kinds)))
    source: Source = validated(path, data, kinds[kind])
    if source.source != path.stem:
        raise ContractError(YAML_FILE["file_name"].format(file=path.name, found=source.source, expected=path.stem))
    if source.source in RESERVED_SOURCES:
        raise ContractError(
            YAML_FILE["reserved_source"].format(
                file=path.name, found=source.source, known=", ".join(sorted(RESERVED_SOURCES))
            )
        )
    return source


def load_project(root: Path, *, lenient_sources: bool = False) -> Project:
    """Read every contract below ``root`` and check the rules across files; the error names every wrong file.

    With ``lenient_sources`` a wrong source file lands in ``broken_sources`` instead of being raised, and so does one
    whose datasets are about what ``framework/`` does not declare. A wrong indicator lands in ``broken_indicators``: the
    sources go on, and whoever wants figures is told.
    """
    framework_dir = root / "framework"
    if not framework_dir.is_dir():
        raise ContractError(YAML_FILE["no_project"].format(root=root))
    sources, broken = _sources(root / "sources")
    indicators, wrong = _indicators(framework_dir / "indicators")
    told = [] if lenient_sources else [*broken.values(), *wrong.values()]
    try:
        project = _rest(root, tuple(indicators.values()), sources, broken)
    except ContractError:
        raise ContractError("\n".join([*told, *_wrong_files(root)])) from None
    undeclared = {code: found for code in sources if (found := undeclared_codes(project, code))}
    unfit = _unfit(project, indicators)
    told += across(project)
    if not lenient_sources:
        told += [problem for found in (*undeclared.values(), *unfit.values()) for problem in found]
    if told:
        raise ContractError("\n".join(told))
    return replace(
        project,
        sources={code: source for code, source in sources.items() if code not in undeclared},
        broken_sources=broken | _joined(undeclared),
        **_readable(project.indicators, _joined(unfit) | wrong),
    )


def _unfit(project: Project, indicators: Mapping[str, Indicator]) -> dict[str, list[str]]:
    """Code -> what of it stands against the rest of the project, with the file it is in."""
    files: dict[str, list[str]] = {}
    problems: dict[str, list[str]] = {}
    for name, indicator in indicators.items():
        files.setdefault(indicator.code, []).append(name)
        found = [f"{name}: {problem}" for problem in indicator_problems(project, indicator)]
        problems.setdefault(indicator.code, []).extend(found)
    for code, names in files.items():
        if len(names) > 1:
            problems[code].append(YAML_FILE["indicator_twice"].format(files=", ".join(names), code=code))
    return {code: found for code, found in problems.items() if found}


def _joined(problems: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {code: "\n".join(found) for code, found in problems.items()}


def _sources(folder: Path) -> tuple[dict[str, Source], dict[str, str]]:
    """Code -> source, and file name without its ending -> what is wrong with it."""
    sources: dict[str, Source] = {}
    broken: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            sources[path.stem] = load_source(path)
        except ContractError as error:
            broken[path.stem] = str(error)
    return sources, broken


def _indicators(folder: Path) -> tuple[dict[str, Indicator], dict[str, str]]:
    """File name -> indicator, and code (that of the file, where it can't be read) -> what is wrong with it."""
    indicators: dict[str, Indicator] = {}
    wrong: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        code: object = None
        try:
            data = read_mapping(path)
            code = data.get("code")
            indicators[path.name] = validated(path, data, Indicator)
        except ContractError as error:
            named = code if isinstance(code, str) else path.stem
            wrong[named] = "\n".join(filter(None, (wrong.get(named), str(error))))
    return indicators, wrong


def _readable(indicators: tuple[Indicator, ...], wrong: dict[str, str]) -> dict[str, Any]:
    """The fields of a project with these indicators, of which some may be wrong."""
    if not wrong:
        return {}
    readable = SomeWrong(indicator for indicator in indicators if indicator.code not in wrong)
    readable.problems = "\n".join(wrong.values())
    return {"indicators": readable, "broken_indicators": wrong}


_FILES: dict[str, type[Contract]] = {
    "framework.yaml": Framework,
    "periods.yaml": Periods,
    "identity.yaml": Identity,
    "corrections.yaml": Corrections,
    "states.yaml": States,
    "privacy.yaml": Privacy,
    "notifications.yaml": Notifications,
    "results.yaml": Results,
    "courses/*.yaml": Course,
    "surveys/*.yaml": Survey,
    "events/*.yaml": Events,
    "institutions/*.yaml": Institutions,
}
"""Files of ``framework/`` that no command can do without."""
_REQUIRED = ("framework.yaml", "periods.yaml", "identity.yaml")


def _rest(root: Path, indicators: tuple[Indicator, ...], sources: dict[str, Source], broken: dict[str, str]) -> Project:
    """The project with these indicators and sources; :class:`ContractError` for the first wrong file."""
    found: dict[str, list[Any]] = {
        name: [read_yaml(path, model) for path in _paths(root, name)] for name, model in _FILES.items()
    }

    def one(name: str, default: Any = None) -> Any:
        return found[name][0] if found[name] else default

    return Project(
        root=root,
        framework=one("framework.yaml"),
        periods=one("periods.yaml"),
        identity=one("identity.yaml"),
        corrections=one("corrections.yaml", Corrections()),
        courses=tuple(found["courses/*.yaml"]),
        surveys=tuple(found["surveys/*.yaml"]),
        events=tuple(event for file in found["events/*.yaml"] for event in file.events),
        indicators=indicators,
        institutions=tuple(item for file in found["institutions/*.yaml"] for item in file.institutions),
        states=one("states.yaml", States(states=())).states,
        results=one("results.yaml", Results(results=())).results,
        privacy=one("privacy.yaml", Privacy()),
        notifications=one("notifications.yaml", Notifications()),
        suites=_suites(root / "expectations"),
        sources=sources,
        broken_sources=broken,
    )


def _paths(root: Path, name: str) -> list[Path]:
    """The files of one kind; one that has to be there is named although it is not."""
    return [root / "framework" / name] if name in _REQUIRED else sorted((root / "framework").glob(name))


def _wrong_files(root: Path) -> Iterator[str]:
    """What is wrong with each file that no command can do without."""
    for name, model in _FILES.items():
        for path in _paths(root, name):
            try:
                read_yaml(path, model)
            except ContractError as error:
                yield str(error)
    try:
        _suites(root / "expectations")
    except ContractError as error:
        yield str(error)


def _suites(folder: Path) -> dict[str, Suite]:
    """Entity -> its suite; the error names every wrong file."""
    suites: dict[str, Suite] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            suite = read_yaml(path, Suite)
        except ContractError as error:
            problems.append(str(error))
            continue
        if suite.entity in suites:
            problems.append(YAML_FILE["suite_twice"].format(entity=suite.entity, file=path.name))
        suites[suite.entity] = suite
    if problems:
        raise ContractError("\n".join(problems))
    return suites
