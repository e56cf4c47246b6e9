"""Contracts of ``sources/*.yaml``: one configured origin each, discriminated by ``kind``."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from trimestre.contracts.base import Contract, Name, known_zones
from trimestre.contracts.datasets import RowTemplate, TabularDataset
from trimestre.contracts.presets import expand, preset_drop
from trimestre.contracts.telling import Problem, Wrong
from trimestre.contracts.watching import Freshness
from trimestre.texts import YAML_MENDS, YAML_RULES

__all__ = [
    "KoboSource", "LimeSurveySource", "MoodleSource", "RowTemplate", "Source", "TabularDataset", "TabularSource",
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
    freshness: Freshness = Field(default=Freshness(), description="When somebody is told that it is late or short.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in known_zones():
            raise ValueError(YAML_RULES["zone"])
        return value

    @field_validator("schedule")
    @classmethod
    def _cron(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError(YAML_RULES["cron"])
        from croniter import CroniterError, croniter

        # Airflow drops the DAG of a source whose cron it does not understand, and of one that never comes plans none.
        try:
            croniter(value, datetime(2000, 1, 1)).get_next()  # noqa: DTZ001 - no zone is asked of a first of January
        except CroniterError:
            raise ValueError(YAML_RULES["cron_comes"]) from None
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
    student_roles: tuple[str, ...] = Field(
        (), description="Short names of the site's own roles that count as `student`, beside it."
    )
    page_size: int = Field(500, ge=1, le=5000, description="People, or responses of a feedback, per call.")
    parallel: int = Field(4, ge=1, le=16, description="Completion calls at the same time.")
    timeout: float = Field(60, gt=0, description="Seconds to wait for one answer.")

    @field_validator("drop")
    @classmethod
    def _drops_unread(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "id" in value:
            raise ValueError(YAML_RULES["keeps_id"].format(known="id"))
        return value if UNREAD_PROFILE_FIELDS in value else (*value, UNREAD_PROFILE_FIELDS)

    @model_validator(mode="after")
    def _profile_fields(self) -> "MoodleSource":
        both = sorted(name for name in self.keep_profile_fields if f"customfields.{name}" in self.drop)
        if both:
            raise Wrong([Problem("drop", ", ".join(both), YAML_RULES["keep_or_drop"], YAML_MENDS["correct_one"])])
        unread = sorted(self.default_values.keys() - self.read_profile_fields)
        if unread:
            known = ", ".join(sorted(self.read_profile_fields)) or YAML_RULES["none_yet"]
            rule = YAML_RULES["read_defaults"].format(known=known)
            raise Wrong([Problem("default_values", ", ".join(unread), rule)])
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
            raise ValueError(YAML_RULES["keeps_id"].format(known="id, tid, submitdate"))
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
            raise ValueError(YAML_RULES["keeps_id"].format(known="_id"))
        return value


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
