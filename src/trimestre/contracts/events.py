"""Contracts of ``framework/events/*.yaml``: dated meetings and what it takes to have attended one."""

from datetime import date

from pydantic import Field, model_validator

from trimestre.contracts.base import Code, Contract, Number
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_RULES


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
            rule = YAML_RULES["end_after_start"].format(starts_at=self.starts_at)
            raise Wrong([Problem("ends_at", self.ends_at, rule)])
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
