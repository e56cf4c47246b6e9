"""Contracts of ``framework/courses/*.yaml``: syllabuses, their modules and their dated editions."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from trimestre.contracts.base import Code, Contract, Name
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_RULES


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
        days = {"closes_on": self.closes_on} | ({"cutoff.day": self.cutoff.day} if self.cutoff else {})
        rule = YAML_RULES["after_opening"].format(opens_on=self.opens_on)
        problems = [Problem(key, day, rule) for key, day in days.items() if day < self.opens_on]
        if problems:
            raise Wrong(problems)
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
        rule = YAML_RULES["known_activities"].format(known=", ".join(sorted(known)))
        problems = [
            Problem(f"{edition.edition}.delivered_by.{number}.activities", ", ".join(unknown), rule)
            for edition in self.editions
            for number, delivery in enumerate(edition.delivered_by)
            if (unknown := sorted(set(delivery.activities) - known))
        ]
        if problems:
            raise Wrong(problems)
        return self
