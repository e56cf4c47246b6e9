"""The source ``framework``: the project's own courses, surveys, events and indicators as rows of the warehouse.

Data flow: framework/**/*.yaml -> one stream of YAML documents per dataset -> landing -> records -> rows. The landed
text is read with the same models as the project, so that any night can be replayed from what the project said then.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import yaml
import zstandard
from pydantic import ValidationError

from trimestre.contracts import Project
from trimestre.contracts.base import Contract, PlainLoader, comparable, read_documents
from trimestre.contracts.courses import Course
from trimestre.contracts.events import Event, Events
from trimestre.contracts.framework import Framework, Periods
from trimestre.contracts.indicators import Indicator
from trimestre.contracts.places import Institution, Institutions, State, States
from trimestre.contracts.surveys import Survey
from trimestre.errors import ContractError, PermanentError
from trimestre.sources.answers import Record, Row, canonical, chunked, text
from trimestre.sources.base import Delivery, LandedFile, Landing, RecordChunk
from trimestre.texts import NIGHT

DATASETS = {
    "periods": "periods.yaml",
    "states": "states.yaml",
    "institutions": "institutions/*.yaml",
    "courses": "courses/*.yaml",
    "surveys": "surveys/*.yaml",
    "events": "events/*.yaml",
    "indicators": "indicators/*.yaml",
}
"""Dataset -> its files in ``framework/``; each is a scope of its own."""
ZONED = ("periods", "courses", "surveys", "events")
"""Datasets whose days need the project's zone: ``framework.yaml`` is the first document of their landed file."""

Model = TypeVar("Model", bound=Contract)


class FrameworkConnector:
    """The connector of the source ``framework``; reads the YAML below the project's root."""

    parser_version = "framework-4"

    def __init__(self, project: Project) -> None:
        self._folder = project.root / "framework"
        self._wrong = "\n".join(project.broken_indicators.values())

    def fetch(self, landing: Landing) -> None:
        """Land one file per dataset that has any YAML.

        A dataset is one file because the landing leaves out what it knows: a folder of which only one file changed
        would otherwise arrive as a snapshot of that file alone, and everything else in it would seem to have vanished.
        :class:`ContractError` while an indicator is wrong.
        """
        if self._wrong:
            raise ContractError(self._wrong)
        with tempfile.TemporaryDirectory(prefix="trimestre-") as workroom:
            for dataset, files in DATASETS.items():
                paths = sorted(self._folder.glob(files), key=lambda path: path.name)
                if not paths:
                    continue
                if dataset in ZONED:
                    paths.insert(0, self._folder / "framework.yaml")
                target = Path(workroom) / f"{dataset}.yaml"
                target.write_text("".join(self._document(path) for path in paths), encoding="utf-8", newline="\n")
                landing.store_file(dataset, dataset, target)

    def _document(self, path: Path) -> str:
        """One file as a YAML document that stands alone between others, after a comment with its name."""
        name = path.relative_to(self._folder.parent).as_posix()
        try:
            content = path.read_text(encoding="utf-8").removeprefix("\ufeff")
            events = list(yaml.parse(content, Loader=PlainLoader))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ContractError(NIGHT["framework_file"].format(name=name, kind=type(error).__name__)) from None
        begun = any(isinstance(event, yaml.DocumentStartEvent) and event.explicit for event in events)
        end = "" if content.endswith("\n") else "\n"
        return f"# {name}\n{'' if begun else '---' + chr(10)}{content}{end}...\n"

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        """Each landed dataset is a complete snapshot."""
        scopes = dict.fromkeys((file.dataset, file.scope) for file in files)
        return [Delivery(dataset, scope, complete=True) for dataset, scope in scopes]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        """One record per course, survey, indicator and list of quarters (position = its document), and per event,
        institution and state (``<document>#/events/<index>``); documents count from 1, ``framework.yaml`` included.
        """
        for file in files:
            records, rows_of = _reader(file)
            yield from chunked(file, records, rows_of)


def _reader(file: LandedFile) -> tuple[Iterable[Record], Callable[[Any], Iterable[Row]]]:
    """The records of a landed file, and what makes rows of one."""
    if file.dataset not in DATASETS:
        raise PermanentError(
            NIGHT["framework_dataset"].format(name=file.original_name, found=file.dataset, known=", ".join(DATASETS))
        )
    documents = _documents(file)
    framework: Framework | None = None
    # What was landed before events had hours has no framework.yaml at its beginning, and needs no zone.
    if file.dataset in ZONED and not (documents and "events" in _keys(documents[0][1])):
        if not documents:
            raise PermanentError(NIGHT["framework_empty"].format(name=file.original_name))
        ordinal, first = documents.pop(0)
        framework = _model(file, ordinal, first, Framework)
    zone = framework.timezone if framework else ""
    if file.dataset == "periods" and framework:
        months = framework.fiscal_year_starts
        return _records(file, documents, Periods, f"{zone} {months}"), lambda found: _period_rows(found, zone, months)
    if file.dataset == "states":
        return _listed(file, documents, States, "states"), _state_rows
    if file.dataset == "institutions":
        return _listed(file, documents, Institutions, "institutions"), _institution_rows
    if file.dataset == "courses":
        return _records(file, documents, Course, zone), lambda course: _course_rows(course, zone)
    if file.dataset == "surveys":
        return _records(file, documents, Survey, zone), lambda survey: _survey_rows(survey, zone)
    if file.dataset == "events":
        return _listed(file, documents, Events, "events", zone), lambda event: _event_rows(event, zone)
    return _records(file, documents, Indicator), _indicator_rows


def _documents(file: LandedFile) -> list[tuple[int, Any]]:
    """The documents of a landed file with their ordinals."""
    try:
        with file.path.open("rb") as raw:
            content = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True).read()
        documents = read_documents(content.decode("utf-8"))
    except (zstandard.ZstdError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise PermanentError(
            NIGHT["framework_damaged"].format(name=file.original_name, kind=type(error).__name__)
        ) from None
    return list(enumerate(documents, start=1))


def _model(file: LandedFile, ordinal: int, document: Any, model: type[Model]) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        keys = ", ".join(sorted({".".join(map(str, problem["loc"])) or "(top)" for problem in error.errors()}))
        raise PermanentError(
            NIGHT["framework_keys"].format(name=file.original_name, ordinal=ordinal, model=model.__name__, keys=keys)
        ) from None


def _records(
    file: LandedFile, documents: Iterable[tuple[int, Any]], model: type[Contract], zone: str = ""
) -> Iterator[Record]:
    """One record per document; ``zone`` is part of it, as a header is: another one means other rows."""
    for ordinal, document in documents:
        content = _model(file, ordinal, document, model)
        yield Record(str(ordinal), canonical([zone, content.model_dump(mode="json")]), content)


def _listed(
    file: LandedFile, documents: Iterable[tuple[int, Any]], model: type[Contract], key: str, zone: str = ""
) -> Iterator[Record]:
    """One record per item of the list ``key`` of each document."""
    for ordinal, document in documents:
        for index, item in enumerate(getattr(_model(file, ordinal, document, model), key)):
            yield Record(f"{ordinal}#/{key}/{index}", canonical([zone, item.model_dump(mode="json")]), item)


def _keys(document: Any) -> set[str]:
    return set(document) if isinstance(document, dict) else set()


def _row(entity: str, **values: str | int | date | None) -> Row:
    return Row(entity, {name: text(value) for name, value in values.items()})


def _alias_rows(kind: str, code: str, names: Iterable[str]) -> Iterator[Row]:
    """A row per way in which a source may write the name or the code of something."""
    for alias in dict.fromkeys(map(comparable, names)):
        yield _row("alias", kind=kind, alias=alias, code=code)


def _period_rows(periods: Periods, zone: str, fiscal_year_starts: int) -> Iterator[Row]:
    for ordinal, period in enumerate(periods.all(), start=1):
        fiscal = period.fiscal(fiscal_year_starts)
        yield _row(
            "period",
            period=str(period),
            ordinal=ordinal,
            starts_on=period.first_day(),
            ends_on=period.next().first_day() - timedelta(days=1),
            fiscal_year=f"FY{fiscal.year}",
            fy_period=f"FY{fiscal}",
            timezone=zone,
        )


def _state_rows(state: State) -> Iterator[Row]:
    yield _row("state", state=state.state, name=state.name, short_name=state.short_name)
    yield from _alias_rows("state", state.state, state.names)


def _institution_rows(item: Institution) -> Iterator[Row]:
    yield _row(
        "institution",
        institution=item.institution,
        name=item.name,
        order_of_government=item.order_of_government,
        state=item.state,
    )
    yield from _alias_rows("institution", item.institution, item.names)


def _course_rows(course: Course, zone: str) -> Iterator[Row]:
    """A course with its names, its modules, its editions and what carries them."""
    yield _row("course", course=course.course, name=course.name, aliases=" | ".join(course.aliases), line=course.line)
    for ordinal, module in enumerate(course.modules, start=1):
        yield _row("module", course=course.course, module=module.module, name=module.name, ordinal=ordinal)
    yield from _alias_rows("course", course.course, course.names)
    for edition in course.editions:
        for delivery in edition.delivered_by:
            yield _row(
                "edition_course",
                edition=edition.edition,
                delivered_by=delivery.source,
                source_course=delivery.course,
                activities=_json(delivery.activities),
            )
        yield _row(
            "course_edition",
            edition=edition.edition,
            course=course.course,
            name=edition.name,
            opens_on=edition.opens_on,
            closes_on=edition.closes_on,
            last_day=edition.last_day,
            cutoff_reason=edition.cutoff.reason if edition.cutoff else None,
            population=edition.population,
            timezone=zone,
        )


def _survey_rows(survey: Survey, zone: str) -> Iterator[Row]:
    yield _row(
        "survey",
        survey=survey.survey,
        name=survey.name,
        edition=survey.edition,
        event=survey.event,
        closes_on=survey.closes_on,
        timezone=zone,
        reached_by=survey.reached_by,
        repeated=survey.repeated,
    )


def _event_rows(event: Event, zone: str) -> Iterator[Row]:
    """An event; the hours of its schedule as instants with their offset."""
    presence = event.presence
    hours = (presence.starts_at, presence.ends_at) if presence and zone else (None, None)
    starts_at, ends_at = (
        datetime.combine(event.held_on, time.fromisoformat(hour), ZoneInfo(zone)).isoformat() if hour else None
        for hour in hours
    )
    yield _row(
        "event",
        event=event.event,
        name=event.name,
        held_on=event.held_on,
        line=event.line,
        starts_at=starts_at,
        ends_at=ends_at,
        minimum_percent=f"{presence.minimum_percent:g}" if presence and zone else None,
    )


def _indicator_rows(indicator: Indicator) -> Iterator[Row]:
    definition = _json(indicator.model_dump(mode="json"))
    yield _row("indicator", indicator=indicator.code, version=indicator.version, definition=definition)
    for number, stage in enumerate(indicator.stages):
        yield _row("milestone", indicator=indicator.code, stage=number, name=stage)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
