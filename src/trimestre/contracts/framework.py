"""Contracts of ``framework/``: project, periods, courses, surveys, events, identity, corrections."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from trimestre.contracts.base import Code, Contract, Name, Number, PeriodLabel, Problem, Wrong, known_zones
from trimestre.contracts.iati import Publication
from trimestre.contracts.indicators import Texts
from trimestre.periods import Period, span

StateKey = Annotated[str, Field(pattern=r"^[0-9]{2}$")]


class Line(Contract):
    """A line of action of the project."""

    line: Code = Field(description="Code, such as L2.")
    name: str = Field(description="Name in Spanish.")


class Approver(Contract):
    """Somebody who may approve a quarter."""

    user: str = Field(description="Name of the user in Airflow (of the machine, for the commands).", min_length=1)
    name: str = Field(description="Name as printed.", min_length=1)
    post: str = Field("", description="Post as printed, in Spanish.")


class Author(Contract):
    """Somebody who writes the quarterly report."""

    name: str = Field(description="Name as printed.", min_length=1)
    post: str = Field(description="Post as printed, in Spanish.", min_length=1)
    post_en: str = Field("", description="The same in English.")


class ProjectStatus(Contract):
    """From which shares of its indicators the project's status is proposed."""

    achieved: Number = Field(100, description="«Achieved» from this percentage of indicators at their target on.")
    on_track: Number = Field(75, description="«On track» from this percentage at least as planned on.")

    @model_validator(mode="after")
    def _in_order(self) -> "ProjectStatus":
        if self.on_track > self.achieved:
            raise Wrong([Problem("on_track", self.on_track, f"at most achieved ({self.achieved:g})")])
        return self


class StatusThresholds(Contract):
    """From which percentage of the target a status is given."""

    achieved: Number = Field(100, description="«Meta alcanzada» from this percentage of the target on.")
    on_track: Number = Field(90, description="«Conforme a lo programado» from this percentage on.")

    @model_validator(mode="after")
    def _in_order(self) -> "StatusThresholds":
        if self.on_track > self.achieved:
            raise Wrong([Problem("on_track", self.on_track, f"at most achieved ({self.achieved:g})")])
        return self


class Framework(Contract):
    """``framework/framework.yaml``: the project and what holds for all its figures."""

    project: str = Field(description="Number of the project.")
    name: str = Field(description="Name of the project in Spanish.")
    timezone: str = Field(description="Zone of the quarters' borders, a tz database name.")
    fiscal_year_starts: Literal[1, 4, 7, 10] = Field(
        10, description="Month in which the donor's fiscal year begins; it is named for the year in which it ends."
    )
    illustrative: bool = Field(False, description="True = every output is marked «ilustrativo».")
    lines: tuple[Line, ...] = Field(description="Lines of action, in the order of the report.")
    status: StatusThresholds = Field(default=StatusThresholds(), description="Thresholds of the statuses.")
    project_status: ProjectStatus = Field(
        default=ProjectStatus(), description="Thresholds of the status proposed for the project."
    )
    approvers: tuple[Approver, ...] = Field((), description="Who may approve a quarter; never who prepared it.")
    authors: tuple[Author, ...] = Field(
        (), description="Who writes the quarterly report, in the order of its «Informe elaborado por»."
    )
    iati: Publication | None = Field(
        None, description="How the project is published in the IATI standard; left out = no IATI file is written."
    )
    tolerance: Number = Field(
        10, ge=0, description="Deviation from the target, in percent of it, from which an explanation is asked for."
    )
    minimum_n: int = Field(10, ge=1, description="A mean of fewer answers than this is not told.")
    small_cell: int = Field(5, ge=1, description="Public outputs tell no count of people from 1 to below this.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in known_zones():
            raise ValueError("a tz database name such as America/Mexico_City")
        return value

    @model_validator(mode="after")
    def _each_once(self) -> "Framework":
        users = [approver.user for approver in self.approvers]
        codes = [line.line for line in self.lines]
        problems = [
            Problem(key, value, "every one once", "Remove one.")
            for key, values in (("approvers", users), ("lines", codes))
            for value in sorted({value for value in values if values.count(value) > 1})
        ]
        if problems:
            raise Wrong(problems)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The project's zone."""
        return ZoneInfo(self.timezone)


class Limit(Contract):
    """Until when what is said of one quarter may arrive."""

    period: PeriodLabel = Field(description="Quarter.")
    received_until: date = Field(description="Last local day on which rows for it are waited for.")
    reason: str = Field(description="Why it differs, with the document behind it.", min_length=1)


class Periods(Contract):
    """``framework/periods.yaml``: the quarters of the project."""

    first: PeriodLabel = Field(description="First quarter with results.")
    last: PeriodLabel = Field(description="Last quarter that is computed.")
    reception_days: int = Field(
        15, ge=0, description="Days after a quarter's end during which rows for it are waited for."
    )
    limits: tuple[Limit, ...] = Field((), description="Quarters with another limit.")

    @model_validator(mode="after")
    def _in_order(self) -> "Periods":
        if Period.parse(self.last) < Period.parse(self.first):
            raise ValueError("last at or after first")
        problems = []
        for number, limit in enumerate(self.limits):
            period = Period.parse(limit.period)
            if period not in self.all():
                rule = f"a quarter from {self.first} to {self.last}"
                problems.append(Problem(f"limits.{number}.period", limit.period, rule))
            if limit.period in {earlier.period for earlier in self.limits[:number]}:
                problems.append(Problem(f"limits.{number}.period", limit.period, "one limit a quarter", "Remove one."))
            if limit.received_until < period.next().first_day() - timedelta(days=1):
                rule = f"a day at or after the end of {period}"
                problems.append(Problem(f"limits.{number}.received_until", str(limit.received_until), rule))
        if problems:
            raise Wrong(problems)
        return self

    def all(self) -> list[Period]:
        """Every quarter of the project, in order."""
        return span(Period.parse(self.first), Period.parse(self.last))

    def received_until(self, period: Period) -> date:
        """The last local day on which rows for a quarter are waited for."""
        for limit in self.limits:
            if limit.period == str(period):
                return limit.received_until
        return period.next().first_day() + timedelta(days=self.reception_days - 1)


class Result(Contract):
    """One result of the results framework."""

    result: Code = Field(description="Code, such as RI-2.1.")
    level: Literal["objetivo", "efecto", "resultado_intermedio", "producto"] = Field(description="Level.")
    name: Texts = Field(description="Name.")
    parent: Code | None = Field(None, description="Result that it contributes to.")


class Results(Contract):
    """``framework/results.yaml``: the results framework, from objectives down to outputs."""

    results: tuple[Result, ...] = Field(description="Results.")


class Institution(Contract):
    """One institution of the reviewed list."""

    institution: Code = Field(description="Code, unique in the project.")
    name: str = Field(description="Name in Spanish.", min_length=1)
    aliases: tuple[str, ...] = Field(
        (), description="Other names that sources give it; case, accents and signs do not matter."
    )
    order_of_government: Literal["FEDERAL", "ESTATAL", "MUNICIPAL_ALCALDIA", "OTRO"] | None = Field(
        None, description="Order of government."
    )
    state: StateKey | None = Field(None, description="State it belongs to: its INEGI key.")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it goes by, its code first."""
        return (self.institution, self.name, *self.aliases)


class Institutions(Contract):
    """``framework/institutions/*.yaml``: the institutions as people reviewed them, with the names they go by."""

    institutions: tuple[Institution, ...] = Field(description="Institutions.")


class State(Contract):
    """One state of the country."""

    state: StateKey = Field(description="INEGI key of two digits, in quotes.")
    name: str = Field(description="Name.", min_length=1)
    short_name: str | None = Field(None, description="Short name for tables and charts.")
    aliases: tuple[str, ...] = Field(
        (), description="Other names that sources give it; case, accents and signs do not matter."
    )

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it goes by, its key first; spreadsheets take the zero of ``09`` away."""
        return (self.state, str(int(self.state)), self.name, *filter(None, [self.short_name]), *self.aliases)


class States(Contract):
    """``framework/states.yaml``."""

    states: tuple[State, ...] = Field(description="States.")


class Module(Contract):
    """One module of a course."""

    module: Code = Field(description="Code, unique in the course, such as M1.")
    name: str = Field(description="Name in Spanish.")


class Delivery(Contract):
    """Which course of which source carries an edition (or a part of it)."""

    source: Name = Field(description="Source that delivers it.")
    course: str = Field(
        description="How that source names the course: Moodle's shortname, or a tabular file's edition."
    )
    activities: dict[Code, str | int] = Field(
        default_factory=dict,
        description="Module code, or `certificate`, -> name or cmid of the activity that stands for it.",
    )


class Cutoff(Contract):
    """An edition's own close where it differs from its last day."""

    day: date = Field(description="Last local day on which its events count.")
    reason: str = Field(description="Why it differs, with the document behind it.")


class Edition(Contract):
    """One dated run of a course."""

    edition: Code = Field(description="Code, unique in the project.")
    name: str = Field(description="Name in Spanish.")
    opens_on: date = Field(description="First local day; its quarter is the edition's quarter.")
    closes_on: date = Field(description="Last local day as planned.")
    cutoff: Cutoff | None = Field(None, description="The edition's own close, with a reason.")
    population: Literal["unknown", "enrolled"] = Field(
        "unknown",
        description="Whether the people enrolled are all who were invited (a coverage can be computed).",
    )
    delivered_by: tuple[Delivery, ...] = Field(description="Sources that carry it.")

    @model_validator(mode="after")
    def _dates(self) -> "Edition":
        if self.closes_on < self.opens_on or (self.cutoff and self.cutoff.day < self.opens_on):
            raise ValueError("closes_on and cutoff at or after opens_on")
        return self

    @property
    def last_day(self) -> date:
        """The last local day whose events count."""
        return self.cutoff.day if self.cutoff else self.closes_on


class Course(Contract):
    """``framework/courses/*.yaml``: a syllabus, its modules and its dated editions."""

    course: Code = Field(description="Code of the course.")
    name: str = Field(description="Name in Spanish.")
    aliases: tuple[str, ...] = Field((), description="Other names the same course goes by.")
    line: Code = Field(description="Line of action it belongs to.")
    certificate_label: str = Field("certificado", description="What its credential is called.")
    modules: tuple[Module, ...] = Field(description="Modules in order.")
    editions: tuple[Edition, ...] = Field(description="Dated runs.")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it goes by, its code first."""
        return (self.course, self.name, *self.aliases)

    @model_validator(mode="after")
    def _known_modules(self) -> "Course":
        known = {module.module for module in self.modules} | {"certificate"}
        for edition in self.editions:
            for delivery in edition.delivered_by:
                unknown = set(delivery.activities) - known
                if unknown:
                    raise ValueError(f"activities of {edition.edition} name known modules, not {sorted(unknown)}")
        return self


class ScoredQuestion(Contract):
    """A question whose options carry a score."""

    question: Code = Field(description="Code, such as P02 or P02[SQ001].")
    scores: dict[str, Number] = Field(
        default_factory=dict, description="Option code -> score; empty = the platform's assessment values."
    )


class Survey(Contract):
    """``framework/surveys/*.yaml``: a questionnaire and what its answers mean."""

    survey: Code = Field(description="Code of the survey.")
    name: str = Field(description="Name in Spanish.")
    source: Name = Field(description="Source that delivers it.")
    survey_id: str = Field(description="Its identifier there; of a Moodle's feedback activity the cmid or its name.")
    edition: Code | None = Field(
        None, description="Edition whose learners answer it; a Moodle's feedback activity is in its course."
    )
    event: Code | None = Field(None, description="Event whose attendees answer it.")
    closes_on: date = Field(description="Last local day whose answers count: the survey's own close.")
    sex_question: Code | None = Field(None, description="Question that asks for sex.")
    sex_values: dict[str, str] = Field(default_factory=dict, description="Option code -> mujer, hombre, …")
    scored: tuple[ScoredQuestion, ...] = Field((), description="Questions with a score.")
    free_text: tuple[Code, ...] = Field((), description="Questions whose answers are kept out of the warehouse.")
    safe_text: tuple[Code, ...] = Field(
        (), description="Free-text questions whose answers were found to name nobody, and may enter the warehouse."
    )
    reached_by: Literal["invitation", "attendance", "enrolment", "open_link"] = Field(
        "open_link",
        description="Who could have answered, the denominator of the response rate: those a delivered invitation went "
        "to, those present at `event`, those enrolled in `edition`; nobody knows with an open link.",
    )
    repeated: Literal["first", "last", "all"] = Field(
        "last", description="Which complete responses count when one account (an invitation) sent several."
    )

    @model_validator(mode="after")
    def _reached(self) -> "Survey":
        needed = {"attendance": self.event, "enrolment": self.edition}
        if self.reached_by in needed and needed[self.reached_by] is None:
            raise ValueError("reached_by: attendance with an event, enrolment with an edition")
        both = sorted(set(self.free_text) & set(self.safe_text))
        if both:
            raise ValueError(f"a question in free_text or in safe_text, not {both} in both")
        return self


class Presence(Contract):
    """How long somebody must have been connected to an event to have attended it."""

    starts_at: str = Field(
        description='Scheduled local start, in quotes: "10:00".', pattern=r"^([01]\d|2[0-3]):[0-5]\d$"
    )
    ends_at: str = Field(description='Scheduled local end, in quotes: "12:00".', pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    minimum_percent: Number = Field(
        75, gt=0, le=100, description="Share of the scheduled time from which somebody attended."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Presence":
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at after starts_at, on the same day")
        return self


class Event(Contract):
    """A dated meeting."""

    event: Code = Field(description="Code of the event.")
    name: str = Field(description="Name in Spanish.")
    held_on: date = Field(description="Local day on which it was held.")
    presence: Presence | None = Field(
        None, description="Scheduled hours and threshold, for lists that tell when people came and left."
    )
    line: Code = Field(description="Line of action it belongs to.")


class Events(Contract):
    """``framework/events/*.yaml``."""

    events: tuple[Event, ...] = Field(description="Events of the project.")


class Identity(Contract):
    """``framework/identity.yaml``: by what two accounts are known to be one person."""

    keys: tuple[Literal["legal_id", "employee_id", "email"], ...] = Field(
        description="Identifiers that link accounts, strongest first."
    )
    shared_mailboxes: tuple[str, ...] = Field((), description="E-mails that several people use: they link nobody.")
    max_accounts_per_email: int = Field(
        10, ge=2, description="An e-mail carried by more accounts than this is taken for a shared mailbox."
    )
    max_accounts_per_id: int = Field(
        20, ge=2, description="A legal or employee id carried by more accounts than this is taken for a placeholder."
    )
    ignored_ids: tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...] = Field(
        (),
        description="Legal and employee ids that stand for none, beside the usual ones (N/A, NO TENGO, 0, the generic "
        "CURP and RFC…): they link nobody. Case, blanks, accents and signs do not matter.",
    )
    legal_id_pattern: str | None = Field(
        None, description="Regular expression for a whole legal id in upper case; another one links nobody. null = any."
    )
    legal_id_check_digit: Literal["curp"] | None = Field(
        None, description="Check digit of a legal id: a legal id with a wrong one links nobody. null = it has none."
    )
    employee_id_within: Literal["institution", "project"] = Field(
        "institution",
        description="Where an employee id is unique: in one institution (the same number at another is somebody "
        "else's, and without an institution it links nobody), or in the whole project.",
    )
    employee_id_everywhere: str | None = Field(
        None,
        description="Regular expression for a whole employee id, in upper case and without blanks, that is unique "
        "wherever it stands, such as a tax number. null = none is.",
    )
    sex_order: tuple[Name, ...] = Field(description="Sources in the order in which their `sex` is believed.")

    @field_validator("legal_id_pattern", "employee_id_everywhere")
    @classmethod
    def _a_pattern_of_postgresql(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if re.search(r"\(\?(?![:=!]|<[=!])", value):
            raise ValueError("a regular expression without named groups and without options such as (?i)")
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"a regular expression; {error}") from None
        return value


class Correction(Contract):
    """One reviewed correction of what a source says."""

    source: Name = Field(description="Source it applies to.")
    entity: Name = Field(description="Entity whose staged rows it changes.")
    where: dict[Name, str] = Field(min_length=1, description="Staged field -> value that picks the rows.")
    expect: dict[Name, str | None] = Field(
        default_factory=dict,
        description="Staged field -> value the source is expected to give still; another one means that the source "
        "changed it since: the correction is then not applied and waits for a decision.",
    )
    set: dict[Name, str | None] = Field(min_length=1, description="Staged field -> value it gets.")
    reason: str = Field(description="Why, and on whose word.")
    decided_by: str = Field(description="Who decided it.")
    decided_on: date = Field(description="When it was decided.")


class Corrections(Contract):
    """``framework/corrections.yaml``."""

    corrections: tuple[Correction, ...] = Field((), description="Corrections, applied in this order.")
