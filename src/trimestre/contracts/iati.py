"""Contract of the block ``iati:`` of ``framework/framework.yaml``: how the project is published in the IATI standard.

Codes are those of the IATI 2.03 code lists; only their shape is checked here.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from trimestre.contracts.base import Contract, Number
from trimestre.contracts.indicators import Texts
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_RULES

OrganisationType = Literal[
    "10", "11", "15", "21", "22", "23", "24", "30", "40", "60", "70", "71", "72", "73", "80", "90"
]
Reference = Annotated[str, Field(pattern=r"^[^\s/&|?]+$")]
"""An identifier as IATI takes it: no blanks and none of / & | ?."""


class Participant(Contract):
    """An organisation that takes part in the project."""

    name: str = Field(description="Name as published.", min_length=1)
    role: Literal["1", "2", "3", "4"] = Field(
        description='Role: "1" funding, "2" accountable, "3" extending, "4" implementing.'
    )
    type: OrganisationType | None = Field(None, description="Type of organisation, a code of IATI in quotes.")
    ref: Reference | None = Field(None, description="Identifier of the organisation.")


class Sector(Contract):
    """A sector of the OECD DAC."""

    code: str = Field(description='Five digits in quotes, such as "15113".', pattern=r"^\d{5}$")
    percentage: Number = Field(100, gt=0, le=100, description="Share of the project, in percent; they add up to 100.")


class Publication(Contract):
    """The head of the project's IATI activity: who publishes it, and what the project is."""

    reporting_org_ref: Reference = Field(description="Identifier of the organisation that publishes.")
    reporting_org_type: OrganisationType = Field(description="Its type, a code of IATI in quotes.")
    reporting_org_name: str = Field(description="Its name.", min_length=1)
    activity_identifier: Reference = Field(
        description="Identifier of the activity: that of the organisation, a dash, and its own number."
    )
    title: Texts = Field(description="Title of the project.")
    description: Texts = Field(description="What the project does.")
    status: Literal["1", "2", "3", "4", "5", "6"] = Field(
        "2", description='Status: "1" pipeline, "2" implementation, "3" finalisation, "4" closed, "5" cancelled, '
        '"6" suspended.',
    )  # fmt: skip
    planned_start: date = Field(description="Planned first day.")
    planned_end: date = Field(description="Planned last day.")
    actual_start: date | None = Field(None, description="First day as it was.")
    actual_end: date | None = Field(None, description="Last day as it was.")
    participants: tuple[Participant, ...] = Field(description="Organisations that take part.", min_length=1)
    country: str = Field("MX", description="Country, ISO 3166-1 alpha-2.", pattern=r"^[A-Z]{2}$")
    sectors: tuple[Sector, ...] = Field(description="Sectors.", min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "Publication":
        problems = []
        if not self.activity_identifier.startswith(f"{self.reporting_org_ref}-"):
            rule = YAML_RULES["publisher"].format(ref=self.reporting_org_ref)
            problems.append(Problem("activity_identifier", self.activity_identifier, rule))
        for first, last in (("planned_start", "planned_end"), ("actual_start", "actual_end")):
            begins, ends = getattr(self, first), getattr(self, last)
            if begins and ends and ends < begins:
                problems.append(Problem(last, str(ends), YAML_RULES["not_before"].format(first=begins, key=first)))
        whole = sum(sector.percentage for sector in self.sectors)
        if abs(whole - 100) > 0.01:
            problems.append(Problem("sectors", f"{whole:g}", YAML_RULES["whole"]))
        if problems:
            raise Wrong(problems)
        return self
