"""Contract of ``framework/indicators/*.yaml``: a measure over evidence, with all that its reference sheet asks."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, ValidationInfo, model_validator

from trimestre.contracts.base import Code, Contract, CoversLabel, Number, PeriodLabel, digest, is_stored
from trimestre.contracts.indicator_rules import problems_of
from trimestre.contracts.telling import Problem, Wrong, shown
from trimestre.texts import YAML_MENDS, YAML_RULES

Dimension = Literal[
    "sex", "course", "edition", "module", "institution", "state", "event", "survey", "organisation_type"
]
FROZEN = ("sex", "institution", "state", "organisation_type")
"""Dimensions that say who somebody is: a person has one category of each, that of when it was first reached."""

TOTAL = "total"
"""Breakdown and category of the whole."""

ADDITIVE = ("count", "sum", "persons", "new_persons")
"""Measures whose quarters can be added up, as far as each thing counts in one of them."""


class Texts(Contract):
    """A text in the two languages of the reports."""

    es: str = Field(description="Spanish.", min_length=1)
    en: str = Field(description="English.", min_length=1)


class Baseline(Contract):
    """The starting value."""

    value: Number | None = Field(description="Value; null = not available (never zero).")
    measured_on: date | None = Field(None, description="Day it was measured; a value has one.")
    timeframe: str = Field("", description="Time it stands for, in Spanish, such as «enero a marzo de 2020».")

    @model_validator(mode="after")
    def _dated(self, info: ValidationInfo) -> "Baseline":
        if self.value is not None and self.measured_on is None and not is_stored(info):
            rule, mend = YAML_RULES["day_of_value"], YAML_MENDS["day_or_null"]
            raise Wrong([Problem("measured_on", None, rule, mend)])
        return self


class Representative(Contract):
    """When a mean may be called representative."""

    denominator: str = Field(description="Evidence whose counted rows are those who could have answered.")
    min_rate: Number = Field(0.6, description="Below this response rate the value is marked «no representativo».")


class CategoryTarget(Contract):
    """A target of one category."""

    period: CoversLabel = Field(description="What it covers, such as 2020-Q2, 2020-H1, 2020, FY2020 or project.")
    disaggregation: str = Field(description="Breakdown, such as sex, or sex×state.")
    category: str = Field(description="Category, such as mujer.")
    target: Number = Field(description="Target.")


class Revision(Contract):
    """A change of a target or of the baseline: quarters before it keep the old one."""

    what: Literal["target", "baseline"] = Field(description="What was revised.")
    period: CoversLabel | None = Field(None, description="For a target: what it covers.")
    disaggregation: str = Field(TOTAL, description="For a target: its breakdown.")
    category: str = Field(TOTAL, description="For a target: its category.")
    old: Number | None = Field(description="Value before; null = there was none.")
    new: Number | None = Field(description="Value since; null = there is none any more.")
    effective_from: PeriodLabel = Field(description="First quarter whose figures are told against the new value.")
    letter: str = Field(description="Letter or document by which it was approved.", min_length=1)
    approved_on: date = Field(description="Day of the approval.")
    approved_by: str = Field(description="Who approved it.", min_length=1)

    @model_validator(mode="after")
    def _about(self, info: ValidationInfo) -> "Revision":
        problems = []
        if (self.what == "target") != (self.period is not None):
            rule = YAML_RULES["covers" if self.what == "target" else "none_of_baseline"]
            problems.append(Problem("period", self.period, rule))
        if self.what == "baseline" and (self.disaggregation, self.category) != (TOTAL, TOTAL):
            rule, mend = YAML_RULES["none_of_baseline"], YAML_MENDS["remove"]
            problems.append(Problem("disaggregation", self.disaggregation, rule, mend))
        if self.old == self.new:
            problems.append(Problem("new", self.new, YAML_RULES["other_than_old"].format(old=shown(self.old))))
        if problems and not is_stored(info):
            raise Wrong(problems)
        return self

    @property
    def subject(self) -> tuple[str, str | None, str, str]:
        """What it is about."""
        return self.what, self.period, self.disaggregation, self.category


class Change(Contract):
    """An entry of the log of changes."""

    version: int = Field(ge=1, description="Version of the definition that it made.")
    changed_on: date = Field(description="Day.")
    change: Texts = Field(description="What changed, and why.")
    changed_by: str = Field(description="Who decided it.", min_length=1)


class Assessment(Contract):
    """A data quality assessment (DQA)."""

    assessed_on: date = Field(description="Day.")
    reviewer: str = Field(description="Name of the reviewer.", min_length=1)
    findings: Texts | None = Field(None, description="What was found.")


class Range(Contract):
    """A closed interval; a side left out is open."""

    min: Number | None = Field(None, description="Smallest value.")
    max: Number | None = Field(None, description="Greatest value.")

    @model_validator(mode="after")
    def _in_order(self) -> "Range":
        if self.min is not None and self.max is not None and self.max < self.min:
            raise Wrong([Problem("max", self.max, YAML_RULES["above_min"].format(min=f"{self.min:g}"))])
        return self


class Indicator(Contract):
    """One indicator of the results framework."""

    code: Code = Field(description="Code, such as L2-01.")
    version: int = Field(1, ge=1, description="Version of the definition.")
    state: Literal["borrador", "vigente", "retirado"] = Field(description="State of the definition.")
    name: Texts = Field(description="Name.")
    definition: Texts = Field(description="Precise definition.")
    line: Code = Field(description="Line of action.")
    level: Literal["producto", "efecto", "resultado_intermedio"] = Field("producto", description="Level of result.")
    parent: Code | None = Field(None, description="Result of framework/results.yaml that it measures.")
    unit: str = Field(description="What is counted, in Spanish: personas, certificados, porcentaje…", min_length=1)
    unit_en: str = Field("", description="The same in English.")
    data_type: Literal["integer", "decimal", "percentage", "stage"] | None = Field(
        None, description="Type of the value; left out = by the measure and the decimals."
    )
    direction: Literal["increase", "decrease"] = Field("increase", description="Which way is better.")
    rationale: Texts | None = Field(None, description="Why it is measured.")
    data_source: Texts | None = Field(None, description="Where the data come from, as the reference sheet says it.")
    method: Texts | None = Field(None, description="Method of data collection and construction.")
    frequency: Literal["trimestral", "semestral", "anual"] = Field("trimestral", description="Reporting frequency.")
    responsible: str = Field("", description="Who answers for it: name or post.")
    report_years: tuple[int, ...] = Field(
        (), description="Years of the donor's performance report that it is in; none = it is in none."
    )

    evidence: str = Field(
        description="File of sql/evidence/ whose rows stand behind the value.", pattern=r"^[a-z][a-z_]*$"
    )
    parameters: dict[str, str] = Field(default_factory=dict, description="Bound parameters of the evidence.")
    measure: Literal[
        "count", "persons", "new_persons", "share", "response_rate", "top_two_box", "mean", "sum", "latest", "milestone"
    ] = Field(description="How the evidence becomes a value.")
    attribution: Literal["event", "edition"] = Field(description="Which quarter a row of evidence belongs to.")
    span: Literal["period", "cumulative", "latest"] = Field(
        "period", description="Rows of the quarter; of all up to it; or of the latest quarter up to it that has any."
    )
    reconciliation: tuple[Literal["event", "edition"], ...] = Field(
        (), description="The same measure by the other attribution, as a labelled line."
    )
    disaggregations: tuple[Dimension | tuple[Dimension, Dimension], ...] = Field(
        (), description="Breakdowns; a pair is a crossed one."
    )
    total: bool = Field(True, description="False where adding the categories means nothing.")
    decimals: int = Field(0, ge=0, le=4, description="Published precision; a share counts in percent.")
    stages: tuple[str, ...] = Field((), description="Stages of a milestone, from 0 on.")
    representative: Representative | None = Field(None, description="For scores: who could have answered.")

    baseline: Baseline | None = Field(None, description="Starting value; left out = not applicable.")
    targets: dict[CoversLabel, Number] = Field(
        default_factory=dict, description="What it covers (2020-Q2, 2020-H1, 2020, FY2020) -> target in force."
    )
    category_targets: tuple[CategoryTarget, ...] = Field((), description="Targets of categories.")
    life_of_project_target: Number | None = Field(None, description="Target of the project's whole life.")
    target_rationale: Texts | None = Field(None, description="Why these targets.")
    illustrative_target: bool = Field(False, description="Targets and baseline are illustrative.")
    revisions: tuple[Revision, ...] = Field((), description="Changes of targets and baseline, in their order.")

    tolerance: Number | None = Field(
        None, ge=0, description="Deviation from the target, in percent of it, from which an explanation is asked for; "
        "left out = framework.yaml's.",
    )  # fmt: skip
    plausible: Range | None = Field(None, description="Values outside of it are told before anyone approves.")
    change_band: Range | None = Field(
        None, description="Change against the quarter before, in percent, outside of which it is told."
    )

    limitations: Texts | None = Field(None, description="Known limitations of the data.")
    assessments: tuple[Assessment, ...] = Field((), description="Data quality assessments so far.")
    next_assessment_on: date | None = Field(None, description="Day of the next data quality assessment.")
    changes: tuple[Change, ...] = Field((), description="Log of changes; a version from 2 on has its entry.")
    notes: Texts | None = Field(None, description="Other notes.")
    updated_on: date | None = Field(None, description="Day this sheet was last updated.")

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> "Indicator":
        if not is_stored(info) and (problems := problems_of(self)):
            raise Wrong(problems)
        return self

    def in_force(self, what: str, covers: str | None, disaggregation: str, category: str) -> float | None:
        """The target or baseline of a revision's subject as the sheet has it today."""
        if what == "baseline":
            return self.baseline.value if self.baseline else None
        if (disaggregation, category) == (TOTAL, TOTAL):
            return self.life_of_project_target if covers == "project" else self.targets.get(str(covers))
        for item in self.category_targets:
            if (item.period, item.disaggregation, item.category) == (covers, disaggregation, category):
                return item.target
        return None

    def breakdowns(self) -> list[tuple[str, ...]]:
        """Disaggregations as tuples of one or two dimensions."""
        return [(item,) if isinstance(item, str) else tuple(item) for item in self.disaggregations]

    def adds_up(self, dimensions: tuple[str, ...]) -> bool:
        """Whether the categories of a breakdown add to the total: a person may be in two courses, but has one sex."""
        if not self.total or self.measure not in ADDITIVE:
            return False
        return self.measure in {"count", "sum"} or set(dimensions) <= set(FROZEN)

    def target(self, covers: str, period: str, disaggregation: str = TOTAL, category: str = TOTAL) -> Decimal | None:
        """The target of what ``covers`` names, as it is in force for the figures of the quarter ``period``."""
        return self._as_of("target", covers, disaggregation, category, period)

    def base(self, period: str) -> Decimal | None:
        """The baseline as it is in force for the figures of a quarter."""
        return self._as_of("baseline", None, TOTAL, TOTAL, period)

    def _as_of(self, what: str, covers: str | None, disaggregation: str, category: str, period: str) -> Decimal | None:
        value = self.in_force(what, covers, disaggregation, category)
        for revision in reversed(self.revisions):
            if revision.subject == (what, covers, disaggregation, category) and revision.effective_from > period:
                value = revision.old
        return None if value is None else Decimal(str(value))

    def method_digest(self) -> str:
        """sha256 of what makes the value what it is: another method needs another version."""
        named = (
            "evidence", "parameters", "measure", "attribution", "span", "total", "decimals", "stages", "representative",
        )  # fmt: skip
        return digest(self.model_dump(mode="json", include=set(named)))

    @property
    def kind_of_value(self) -> str:
        """integer, decimal, percentage or stage."""
        if self.data_type:
            return self.data_type
        if self.measure == "milestone":
            return "stage"
        if self.measure in {"share", "response_rate", "top_two_box"}:
            return "percentage"
        return "decimal" if self.decimals else "integer"
