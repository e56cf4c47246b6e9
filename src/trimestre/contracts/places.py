"""The reviewed lists of places: ``framework/institutions/*.yaml`` and ``framework/states.yaml``."""

from typing import Annotated, Literal

from pydantic import Field

from trimestre.contracts.base import Code, Contract

StateKey = Annotated[str, Field(pattern=r"^[0-9]{2}$")]


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
