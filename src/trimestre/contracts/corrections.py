"""Contract of ``framework/corrections.yaml``: reviewed corrections of what sources say."""

from datetime import date

from pydantic import Field

from trimestre.contracts.base import Contract, Name


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
