"""Contracts of ``sources/*.yaml``: one configured origin each, discriminated by ``kind``."""

from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from trimestre.contracts.base import Code, Contract, Name, Number
from trimestre.contracts.presets import expand, preset_drop
from trimestre.contracts.questions import OTHER, Question, Questionnaire, sought
from trimestre.contracts.tabular import (
    Chosen,
    Column,
    Exclusion,
    FieldSource,
    FileFormat,
    HashOf,
    Wide,
    columns_of,
    parts_of,
)

Entity = Literal[
    "account", "account_identity", "enrolment", "module_completion", "certificate",
    "invitation", "response", "answer", "attendance", "attendance_interval", "reported_value",
    "question", "question_option",
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


UNREAD_PROFILE_FIELDS = "customfields.*"
"""What stands in a Moodle's `drop` for every custom profile field that is neither read nor kept."""


class MoodleSource(SourceBase):
    """A Moodle site by its web services (REST). Which courses: the editions that name this source; which feedback
    activities: ``framework/surveys/*.yaml`` that name it, each in the course of its edition."""

    kind: Literal["moodle"] = Field(description="Kind of connector.")
    connection: Name = Field(description="Airflow connection: host = site, password = token.")
    delivers: Literal["snapshot per course"] = Field(description="Vanishing is judged per course.")
    drop: tuple[str, ...] = Field(
        (UNREAD_PROFILE_FIELDS,),
        description="Fields removed before landing (JSON key, or `customfields.` and a shortname). Custom profile "
        "fields that are neither in `profile_fields` nor in `keep_profile_fields` always are: `customfields.*`.",
    )
    floor_percent: int = Field(
        60,
        ge=1,
        le=100,
        description="A scope with fewer records than this share of the last batch is rejected; never 0, since a Moodle "
        "answers with an empty list when its service account lost a permission.",
    )
    profile_fields: ProfileFields = Field(default=ProfileFields(), description="Custom profile fields to read.")
    keep_profile_fields: tuple[str, ...] = Field(
        (), description="Shortnames of further custom profile fields that may land; nothing reads them."
    )
    default_values: dict[str, str] = Field(
        default_factory=dict,
        description="Shortname of a custom profile field -> the default value the site gives it: Moodle tells it as "
        "if the person had answered, here it is no answer.",
    )
    sex_values: dict[str, str] = Field(default_factory=dict, description="Text of the option -> mujer, hombre, …")
    page_size: int = Field(500, ge=1, le=5000, description="People, or responses of a feedback, per call.")
    parallel: int = Field(4, ge=1, le=16, description="Completion calls at the same time.")
    timeout: float = Field(60, gt=0, description="Seconds to wait for one answer.")

    @field_validator("drop")
    @classmethod
    def _drops_unread(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "id" in value:
            raise ValueError("any field but id, by which a person is known again")
        return value if UNREAD_PROFILE_FIELDS in value else (*value, UNREAD_PROFILE_FIELDS)

    @model_validator(mode="after")
    def _profile_fields(self) -> "MoodleSource":
        both = sorted(name for name in self.keep_profile_fields if f"customfields.{name}" in self.drop)
        if both:
            raise ValueError(f"a profile field in keep_profile_fields or in drop, not {both} in both")
        unread = sorted(self.default_values.keys() - self.read_profile_fields)
        if unread:
            raise ValueError(f"default_values of profile fields that are read, not of {unread}")
        return self

    @property
    def read_profile_fields(self) -> frozenset[str]:
        """Shortnames of the custom profile fields that rows are made of."""
        return frozenset(self.profile_fields.model_dump(exclude_none=True).values())


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

    @field_validator("drop")
    @classmethod
    def _keeps_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if {"id", "tid", "submitdate"} & set(value):
            raise ValueError("any field but id, tid and submitdate: which response it is, and whether it is complete")
        return value


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


PERSONAL_FIELDS = ("email", "full_name", "legal_id", "employee_id")
"""Fields that say who somebody is."""


class RowTemplate(Contract):
    """Rows that each record gives: one entity, its fields, and when."""

    entity: Entity = Field(description="Entity of the rows.")
    fields: dict[Name, FieldSource] = Field(
        description="Staged field -> where it comes from: a column, a constant, filled/blank, a column where another "
        "says so, an option chosen, at_least, first_of, joined, plain_name, hash_of. Whose row it is: local_id, else "
        "email, else fallback_id."
    )
    when: Name | None = Field(None, description="Only for records in which this column holds something.")


class TabularDataset(Contract):
    """One kind of file of a tabular source."""

    dataset: Name = Field(description="Name of the dataset.")
    extends: Name | None = Field(
        None,
        description="Preset that this dataset completes; its own keys win, while `more_headings` of a column and "
        "`more_exclude` are added.",
    )
    files: str = Field(description="Pattern of the file names, such as EISP-UIF-*.csv.")
    format: FileFormat = Field(default=FileFormat(), description="How to read them.")
    edition: Code | None = Field(None, description="Edition that the file is about: $edition in rows.")
    event: Code | None = Field(None, description="Event that the file is about: $event in rows.")
    survey: Code | None = Field(None, description="Survey that the file is about: $survey in rows.")
    pass_mark: Number | None = Field(None, description="Number from which somebody passed: $pass_mark in rows.")
    scope: Code = Field(
        description="What one file is a snapshot of; its survey, event or edition, in this order, when left out."
    )
    columns: dict[Name, Column] = Field(min_length=1, description="Columns by the names used below.")
    ignore_columns: tuple[Name, ...] = Field(
        (), description="Columns such as a line number that make no record differ."
    )
    exclude: tuple[Exclusion, ...] = Field((), description="Records that are not counted, such as test accounts.")
    modules: dict[Code, tuple[str, ...]] = Field(
        default_factory=dict, description="Module code, or `certificate`, -> headings of its column, for `wide`."
    )
    wide: tuple[Wide, ...] = Field(
        (), description="How each of the modules looks; becomes ordinary columns and rows when the file is read."
    )
    rows: tuple[RowTemplate, ...] = Field(min_length=1, description="What each record becomes.")
    at_least_one: tuple[tuple[Name, ...], ...] = Field(
        (), description="Groups of columns of which a file needs one, such as a user name or an e-mail."
    )
    questionnaire: Questionnaire = Field(
        default=Questionnaire(), description="How the platform writes questions; a preset of surveys says so."
    )
    questions: tuple[Question, ...] = Field(
        (), description="Questions of `survey`: their answers become rows beside `rows`, which give the response."
    )

    @model_validator(mode="after")
    def _asked(self) -> "TabularDataset":
        if self.questions and (self.survey is None or self.response_template is None):
            raise ValueError("questions only with `survey`, and with one response among the rows")
        codes = [question.question for question in self.questions]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"questions with a code each, not {twice} twice")
        if unknown := set().union(*self.at_least_one) - set(self.columns):
            raise ValueError(f"at_least_one of declared columns, not of {sorted(unknown)}")
        return self

    @property
    def may_lack(self) -> frozenset[str]:
        """Columns that one way of exporting a survey has and another has not: of an option, of what is written in."""
        return frozenset(
            part.column
            for question in self.questions
            for part in sought(question, self.questionnaire)
            if question.type == "choices" or part.part == OTHER
        )

    @property
    def response_template(self) -> RowTemplate | None:
        """The row that is the response, if there is exactly one."""
        templates = [row for row in self.rows if row.entity == "response"]
        return templates[0] if len(templates) == 1 else None

    @model_validator(mode="after")
    def _known_columns(self) -> "TabularDataset":
        for row in self.rows:
            used = set().union(*map(columns_of, row.fields.values()), {row.when} if row.when else ())
            if unknown := used - set(self.columns):
                raise ValueError(f"rows of {row.entity} use declared columns, not {sorted(unknown)}")
            for part in (part for field in row.fields.values() for part in parts_of(field)):
                self._check_option(part)
                self._check_hash(part)
        excluded = {exclusion.column for exclusion in self.exclude}
        if unknown := excluded - set(self.columns):
            raise ValueError(f"exclude looks at declared columns, not {sorted(unknown)}")
        for name, column in self.columns.items():
            self._check_neighbours(name, column)
        return self

    def _check_option(self, field: FieldSource) -> None:
        if isinstance(field, Chosen):
            multiple = self.columns[field.column].multiple
            if multiple is None or field.option not in multiple.codes.values():
                raise ValueError(f"an option of the column {field.column}, which must be `multiple`")

    def _check_hash(self, field: FieldSource) -> None:
        if isinstance(field, HashOf):
            sources = [row.fields[name] for row in self.rows for name in PERSONAL_FIELDS if name in row.fields]
            named = {name for name, column in self.columns.items() if column.clean}
            if personal := set(field.hash_of) & named.union(*map(columns_of, sources)):
                raise ValueError(f"hash_of columns that don't say who somebody is, not {sorted(personal)}")

    def _check_neighbours(self, name: str, column: Column) -> None:
        passed = [name]
        while column.right_of is not None:
            if column.right_of not in self.columns or column.right_of in passed:
                raise ValueError(f"column {name}: right_of leads to a declared column, not back")
            passed.append(column.right_of)
            column = self.columns[column.right_of]


class TabularSource(SourceBase):
    """CSV and XLSX files in a drop folder."""

    kind: Literal["tabular"] = Field(description="Kind of connector.")
    folder: str = Field(
        description="Folder of this source: a name below the drop folder, an absolute path, or an fsspec URL (s3://…).",
        pattern=r"^(?:[A-Za-z0-9_-]+|/[^\x00-\x1f]+|[a-z][a-z0-9]*://[^\x00-\x1f]+)$",
    )
    connection: Name | None = Field(
        None,
        description="Airflow connection of a folder that is a URL: login, password, extra = options of its fsspec file "
        "system; the environment's credentials when left out.",
    )
    delivers: Literal["snapshot per file scope", "additions"] = Field(
        description="Whether what is missing has vanished."
    )
    datasets: tuple[TabularDataset, ...] = Field(min_length=1, description="Kinds of files.")

    @model_validator(mode="before")
    @classmethod
    def _expanded(cls, data: Any) -> Any:
        """Presets and wide modules become ordinary columns and rows; :class:`ContractError` where they can't."""
        if not isinstance(data, dict) or not isinstance(data.get("datasets"), list | tuple):
            return data
        where = f"{data.get('source')}.yaml"
        given = data["datasets"]
        datasets = [expand(dataset, where) if isinstance(dataset, dict) else dataset for dataset in given]
        dropped = [heading for one in given if isinstance(one, dict) for heading in preset_drop(one.get("extends"))]
        if dropped and isinstance(own := data.get("drop", ()), list | tuple):
            data = {**data, "drop": tuple(dict.fromkeys((*own, *dropped)))}
        return {**data, "datasets": datasets}


Source = Annotated[MoodleSource | LimeSurveySource | KoboSource | TabularSource, Field(discriminator="kind")]
