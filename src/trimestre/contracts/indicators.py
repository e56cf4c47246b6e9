"""Contract of ``framework/indicators/*.yaml``: a defined measure over evidence."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from trimestre.contracts.base import Code, Contract, Number, PeriodLabel

Dimension = Literal[
    "sex", "course", "edition", "module", "institution", "state", "event", "survey", "organisation_type"
]


class Texts(Contract):
    """A text in the two languages of the reports."""

    es: str = Field(description="Spanish.")
    en: str = Field(description="English.")


class Baseline(Contract):
    """The starting value."""

    value: Number | None = Field(description="Value; null = not available (never zero).")
    measured_on: date | None = Field(None, description="Day it was measured.")


class Representative(Contract):
    """When a mean may be called representative."""

    denominator: str = Field(description="Evidence whose counted rows are those who could have answered.")
    min_rate: Number = Field(0.6, description="Below this response rate the value is marked «no representativo».")


class Indicator(Contract):
    """One indicator of the results framework."""

    code: Code = Field(description="Code, such as L2-01.")
    version: int = Field(1, ge=1, description="Version of the definition.")
    state: Literal["borrador", "vigente", "retirado"] = Field(description="State of the definition.")
    name: Texts = Field(description="Name.")
    definition: Texts = Field(description="Precise definition.")
    line: Code = Field(description="Line of action.")
    level: Literal["producto", "efecto", "resultado_intermedio"] = Field("producto", description="Level of result.")
    unit: Literal[
        "personas",
        "certificados",
        "inscripciones",
        "porcentaje",
        "puntos",
        "etapa",
        "mecanismos",
        "convenios",
    ] = Field(description="What is counted.")
    evidence: str = Field(description="File of sql/evidence/ whose rows stand behind the value.", pattern=r"^[a-z_]+$")
    parameters: dict[str, str] = Field(default_factory=dict, description="Bound parameters of the evidence.")
    measure: Literal["count", "persons", "share", "mean", "sum", "latest", "milestone"] = Field(
        description="How the evidence becomes a value."
    )
    attribution: Literal["event", "edition"] = Field(description="Which quarter a row of evidence belongs to.")
    span: Literal["period", "cumulative"] = Field("period", description="Rows of the quarter, or of all up to it.")
    reconciliation: tuple[Literal["event", "edition"], ...] = Field(
        (), description="The same measure by the other attribution, as a labelled line."
    )
    disaggregations: tuple[Dimension | tuple[Dimension, Dimension], ...] = Field(
        (), description="Breakdowns; a pair is a crossed one."
    )
    total: bool = Field(True, description="False where adding the categories means nothing.")
    decimals: int = Field(0, ge=0, le=4, description="Published precision; a share counts in percent.")
    direction: Literal["increase", "decrease"] = Field("increase", description="Which way is better.")
    baseline: Baseline | None = Field(None, description="Starting value; left out = not applicable.")
    targets: dict[PeriodLabel, Number] = Field(default_factory=dict, description="Target per quarter.")
    life_of_project_target: Number | None = Field(None, description="Target of the project's whole life.")
    stages: tuple[str, ...] = Field((), description="Stages of a milestone, from 0 on.")
    representative: Representative | None = Field(None, description="For means: who could have answered.")
    limitations: str = Field("", description="Known limitations in Spanish.")
    illustrative_target: bool = Field(False, description="Targets and baseline are illustrative.")

    @model_validator(mode="after")
    def _consistent(self) -> "Indicator":
        if self.measure == "milestone" and not self.stages:
            raise ValueError("stages for a milestone")
        if not self.total and self.targets:
            raise ValueError("no targets where a total means nothing")
        if self.attribution in self.reconciliation:
            raise ValueError("a reconciliation by the other attribution than the official one")
        return self

    def breakdowns(self) -> list[tuple[str, ...]]:
        """Disaggregations as tuples of one or two dimensions."""
        return [(item,) if isinstance(item, str) else tuple(item) for item in self.disaggregations]
