"""Contracts of ``sources/*.yaml``: one configured origin each, discriminated by ``kind``."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from trimestre.contracts.base import Code, Contract, Name

Entity = Literal[
    "account", "account_identity", "enrolment", "module_completion", "certificate",
    "invitation", "response", "answer", "attendance", "reported_value",
]  # fmt: skip


class SourceBase(Contract):
    """What every source declares."""

    source: Name = Field(description="Code of the source = name of the file; the DAG is ingest__<source>.")
    name: str = Field(description="Name in Spanish.")
    schedule: str = Field("0 3 * * *", description="Cron of the nightly run, in `timezone`.")
    timezone: str = Field("America/Mexico_City", description="Zone of its schedule and of its unmarked local times.")
    drop: tuple[str, ...] = Field((), description="Fields removed before landing (JSON key or column heading).")
    floor_percent: int = Field(
        60,
        ge=0,
        le=100,
        description="A scope with fewer records than this share of the last batch is rejected.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("a tz database name such as America/Mexico_City")
        return value

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError("a cron expression of five fields, such as '0 3 * * *'")
        return value


class ProfileFields(Contract):
    """Shortnames of Moodle's custom profile fields."""

    sex: str | None = Field(None, description="Shortname of the field with the sex.")
    institution: str | None = Field(None, description="Shortname of the field with the institution.")
    legal_id: str | None = Field(None, description="Shortname of the field with the CURP or other legal id.")
    employee_id: str | None = Field(None, description="Shortname of the field with the employee number.")


class MoodleSource(SourceBase):
    """A Moodle site by its web services (REST). Which courses: the editions that name this source."""

    kind: Literal["moodle"] = Field(description="Kind of connector.")
    connection: Name = Field(description="Airflow connection: host = site, password = token.")
    delivers: Literal["snapshot per course"] = Field(description="Vanishing is judged per course.")
    profile_fields: ProfileFields = Field(default=ProfileFields(), description="Custom profile fields to read.")
    sex_values: dict[str, str] = Field(default_factory=dict, description="Text of the option -> mujer, hombre, …")
    page_size: int = Field(500, ge=1, le=5000, description="People per call.")
    parallel: int = Field(4, ge=1, le=16, description="Completion calls at the same time.")
    timeout: float = Field(60, gt=0, description="Seconds to wait for one answer.")


class LimeSurveySource(SourceBase):
    """A LimeSurvey site by RemoteControl 2. Which surveys: ``framework/surveys/*.yaml`` that name it."""

    kind: Literal["limesurvey"] = Field(description="Kind of connector.")
    connection: Name = Field(description="Airflow connection: host = RemoteControl URL, login, password.")
    delivers: Literal["snapshot per survey"] = Field(description="Vanishing is judged per survey.")
    range_size: int = Field(2000, ge=100, description="Response ids per export call.")
    timeout: float = Field(60, gt=0, description="Seconds to wait for one answer.")
    organisation_type_attribute: Name | None = Field(
        None, description="Participant attribute with the organisation type."
    )
    institution_attribute: Name | None = Field(None, description="Participant attribute with the institution.")


class KoboSource(SourceBase):
    """A KoboToolbox server by its API v2. Which surveys: ``framework/surveys/*.yaml`` that name it."""

    kind: Literal["kobo"] = Field(description="Kind of connector.")
    connection: Name = Field(description="Airflow connection: host = server, password = token.")
    delivers: Literal["snapshot per survey"] = Field(description="Vanishing is judged per survey.")
    page_size: int = Field(1000, ge=1, le=1000, description="Submissions per call; Kobo silently gives 1000 at most.")
    timeout: float = Field(130, gt=0, description="Seconds to wait for one answer; Kobo itself gives up after 120.")
    not_approved: Literal["counts", "excluded"] = Field(
        "counts", description="Whether a submission that was marked «not approved» counts."
    )
    language: str | None = Field(
        None, description="Language of the labels, such as 'Español (es)' or es; the form's default when left out."
    )

    @field_validator("drop")
    @classmethod
    def _keeps_id(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "_id" in value:
            raise ValueError("any field but _id, by which a submission is known again")
        return value


class FileFormat(Contract):
    """How to read a file."""

    type: Literal["csv", "xlsx"] = Field(description="Kind of file.")
    encoding: str = Field("utf-8-sig", description="Encoding of a CSV; utf-8-sig takes UTF-8 with or without BOM.")
    separator: str = Field(",", min_length=1, max_length=1, description="Separator of a CSV.")
    sheet: str | None = Field(None, description="Sheet of a workbook; the first one when left out.")


class Constant(Contract):
    """A field that is the same in every row."""

    value: str = Field(description="The value.")


class FilledOrBlank(Contract):
    """A field that depends only on whether a column holds something."""

    column: Name = Field(description="Column that is looked at.")
    filled: str = Field(description="Value when it holds something.")
    blank: str = Field(description="Value when it is blank.")


FieldSource = Name | Constant | FilledOrBlank


class Column(Contract):
    """A column of a file, found by its heading."""

    headings: tuple[str, ...] = Field(min_length=1, description="Headings it may have; case and accents are ignored.")
    required: bool = Field(True, description="A file without it is rejected.")
    type: Literal["text", "instant", "date", "number"] = Field("text", description="What its cells hold.")
    formats: tuple[str, ...] = Field((), description="strptime formats of its dates, in order; Excel dates need none.")
    values: dict[str, str] = Field(default_factory=dict, description="Cell -> value; other cells stay as they came.")


class RowTemplate(Contract):
    """Rows that each record gives: one entity, its fields, and when."""

    entity: Entity = Field(description="Entity of the rows.")
    fields: dict[Name, FieldSource] = Field(description="Staged field -> column, constant, or filled/blank.")
    when: Name | None = Field(None, description="Only for records in which this column holds something.")


class TabularDataset(Contract):
    """One kind of file of a tabular source."""

    dataset: Name = Field(description="Name of the dataset.")
    files: str = Field(description="Pattern of the file names, such as EISP-UIF-*.csv.")
    format: FileFormat = Field(description="How to read them.")
    scope: Code = Field(description="What one file is a snapshot of, such as the edition or the event.")
    columns: dict[Name, Column] = Field(min_length=1, description="Columns by the names used below.")
    ignore_columns: tuple[Name, ...] = Field(
        (), description="Columns such as a line number that make no record differ."
    )
    rows: tuple[RowTemplate, ...] = Field(min_length=1, description="What each record becomes.")

    @model_validator(mode="after")
    def _known_columns(self) -> "TabularDataset":
        for row in self.rows:
            used = {
                field if isinstance(field, str) else getattr(field, "column", None) for field in row.fields.values()
            }
            unknown = {name for name in [*used, row.when] if name and name not in self.columns}
            if unknown:
                raise ValueError(f"rows of {row.entity} use declared columns, not {sorted(unknown)}")
        return self


class TabularSource(SourceBase):
    """CSV and XLSX files in a drop folder."""

    kind: Literal["tabular"] = Field(description="Kind of connector.")
    folder: str = Field(description="Folder of this source below the drop folder.", pattern=r"^[A-Za-z0-9_-]+$")
    delivers: Literal["snapshot per file scope", "additions"] = Field(
        description="Whether what is missing has vanished."
    )
    datasets: tuple[TabularDataset, ...] = Field(min_length=1, description="Kinds of files.")


Source = Annotated[MoodleSource | LimeSurveySource | KoboSource | TabularSource, Field(discriminator="kind")]
