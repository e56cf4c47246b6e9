"""Contract of the file in which decisions are exported and imported."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from trimestre.contracts.base import Contract
from trimestre.texts import YAML_RULES

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ExportedTombstone(Contract):
    """One erased account."""

    account_key: Said = Field(description="Account.")
    source: Said = Field(description="Source that it is an account of.")
    key_mark: Said = Field(description="Mark of the key that account_key was made with.")


class ExportedDecision(Contract):
    """One decision in force, as it stands in a file."""

    kind: Said = Field(description="Kind of decision, such as merge_persons.")
    subject: dict[str, Any] = Field(description="What it is about: keys and numbers, no personal data.")
    reason: Said = Field(description="Why.")
    decided_by: Said = Field(description="Who.")
    decided_at: AwareDatetime = Field(description="When, with zone.")
    fields: tuple[str, ...] | None = Field(
        None, description="Of a correction: the fields it writes; their values stay in the database."
    )
    tombstones: tuple[ExportedTombstone, ...] | None = Field(
        None, description="Of an erasure: the accounts, so that it can be made again in a restored warehouse."
    )

    @field_validator("decided_at", mode="before")
    @classmethod
    def _with_zone(cls, value: Any) -> Any:
        # YAML reads an unquoted instant as one without zone, and a number as seconds since 1970
        if not isinstance(value, str):
            raise ValueError(YAML_RULES["instant"])
        return value


class ExportedDecisions(Contract):
    """The file: decisions in the order in which they were made."""

    decisions: tuple[ExportedDecision, ...] = Field(description="Decisions, oldest first.")
