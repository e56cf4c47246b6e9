"""Contracts of ``framework/``: the project, its quarters and its results."""

from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from trimestre.contracts.base import Code, Contract, Number, PeriodLabel, known_zones
from trimestre.contracts.iati import Publication
from trimestre.contracts.indicators import Texts
from trimestre.contracts.telling import Problem, Wrong
from trimestre.periods import Period, span
from trimestre.texts import YAML_MENDS, YAML_RULES


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
            raise Wrong(
                [
                    Problem(
                        "on_track", self.on_track, YAML_RULES["at_most_achieved"].format(achieved=f"{self.achieved:g}")
                    )
                ]
            )
        return self


class StatusThresholds(Contract):
    """From which percentage of the target a status is given."""

    achieved: Number = Field(100, description="«Meta alcanzada» from this percentage of the target on.")
    on_track: Number = Field(90, description="«Conforme a lo programado» from this percentage on.")

    @model_validator(mode="after")
    def _in_order(self) -> "StatusThresholds":
        if self.on_track > self.achieved:
            raise Wrong(
                [
                    Problem(
                        "on_track", self.on_track, YAML_RULES["at_most_achieved"].format(achieved=f"{self.achieved:g}")
                    )
                ]
            )
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
            raise ValueError(YAML_RULES["zone"])
        return value

    @model_validator(mode="after")
    def _each_once(self) -> "Framework":
        users = [approver.user for approver in self.approvers]
        codes = [line.line for line in self.lines]
        problems = [
            Problem(key, value, YAML_RULES["each_once"], YAML_MENDS["remove_one"])
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
            rule = YAML_RULES["not_before_first"].format(first=self.first)
            raise Wrong([Problem("last", self.last, rule)])
        problems = []
        for number, limit in enumerate(self.limits):
            period = Period.parse(limit.period)
            if period not in self.all():
                rule = YAML_RULES["quarter_of_project"].format(first=self.first, last=self.last)
                problems.append(Problem(f"limits.{number}.period", limit.period, rule))
            if limit.period in {earlier.period for earlier in self.limits[:number]}:
                rule, mend = YAML_RULES["limit_once"], YAML_MENDS["remove_one"]
                problems.append(Problem(f"limits.{number}.period", limit.period, rule, mend))
            if limit.received_until < period.next().first_day() - timedelta(days=1):
                rule = YAML_RULES["after_quarter"].format(quarter=period)
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
