"""Contract of ``framework/privacy.yaml``: for how long what says who somebody is is kept, class by class.

Optional; without the file the defaults hold. They honour what donors ask for: three years after the project's end.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from trimestre.contracts.base import Contract
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_RULES

_DONOR_YEARS = 3
"""For so long after its end a project's records are kept for the donor's auditors."""


class Retention(Contract):
    """How long each class is kept."""

    landed_files_years: int = Field(
        _DONOR_YEARS, ge=0, description="Landed files: full years after project_ends_on. Without that day they stay."
    )
    identities_years: int = Field(
        _DONOR_YEARS, ge=0, description="Names, e-mails and ids (schema restricted): full years after project_ends_on."
    )
    retained_closed_days: int = Field(
        365, ge=1, description="Retained rows that are not open any more: days since a batch last held them."
    )
    looks_years: int = Field(5, ge=1, description="The log of looks at personal data: years since the look.")
    staging_days: int = Field(
        7, ge=1, description="Staged rows of batches that were rejected or interrupted: days since the batch began."
    )


class Privacy(Contract):
    """``framework/privacy.yaml``: retention, and what it is counted from."""

    project_ends_on: date | None = Field(
        None, description="Last day of the project; null = not known, so landed files and identities stay."
    )
    donor_agrees: str | None = Field(
        None,
        min_length=1,
        description="Document by which the donor agrees to keep landed files or identities for less than three years.",
    )
    retention: Retention = Field(default=Retention(), description="How long each class is kept.")

    @model_validator(mode="after")
    def _three_years(self) -> "Privacy":
        shorter = [
            name for name in ("landed_files_years", "identities_years") if getattr(self.retention, name) < _DONOR_YEARS
        ]
        if shorter and self.donor_agrees is None:
            rule = YAML_RULES["three_years"].format(years=_DONOR_YEARS)
            raise Wrong([Problem(f"retention.{name}", getattr(self.retention, name), rule) for name in shorter])
        return self

    def due(self, name: str, zone: ZoneInfo) -> datetime | None:
        """The instant from which a class counted from the project's end may go; ``None`` = it stays."""
        if self.project_ends_on is None:
            return None
        years: int = getattr(self.retention, name)
        return datetime.combine(_years_later(self.project_ends_on, years), time.max, zone)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + years, day=28)
