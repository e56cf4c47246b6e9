"""Contract of ``expectations/*.yaml``: the rules for the staged rows of one entity."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from trimestre.contracts.base import Contract, Name
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_MENDS, YAML_RULES

Check = Literal["instant", "date", "integer", "number", "boolean", "json", "not_future", "dated", "plausible"]
"""Named conditions that many suites need; their SQL stands once, in ``trimestre.pipeline.conditions``.

``instant`` (ISO 8601 with zone), ``date`` (YYYY-MM-DD), ``integer``, ``number``, ``boolean`` (true/false) and ``json``:
the text is well formed and PostgreSQL can cast it. ``not_future``: an instant or date not after tomorrow. ``dated``:
not before 2000 (platforms write 1980-01-01 or 1970-01-01 for «no date»). ``plausible``: both. Null always passes.
"""

CASTS = ("instant", "date", "integer", "number", "boolean", "json")
"""Checks that guard a cast: a row that fails one can't be merged."""

PLACEHOLDERS = ("$editions", "$modules", "$surveys", "$events", "$indicators", "$periods")
"""What a ``value_set`` may hold instead of values: the codes that the project's contracts declare."""


class Rule(Contract):
    """One rule, judged by Great Expectations on the staged rows of a batch."""

    rule: Name = Field(description="Code of the rule, unique in the suite.")
    severity: Literal["critical", "warning"] = Field(description="critical = the row is retained; warning = counted.")
    acceptable: bool = Field(
        default=False,
        description="Of a critical rule: whether a person may accept a row that fails it, since it can be merged all "
        "the same and makes sense, such as a date that is later than it can be.",
    )
    what: str = Field(description="Qué se revisa, in Spanish.", min_length=1)
    why: str = Field(description="Por qué importa, in Spanish.", min_length=1)
    how_to_fix: str = Field(description="Cómo se corrige, in Spanish.", min_length=1)
    column: Name | None = Field(default=None, description="Column a reader should look at.")
    expectation: str | None = Field(
        default=None,
        description="Name of a Great Expectations column expectation, snake case.",
        pattern=r"^expect_column_value(s|_lengths)_[a-z_]+$",
    )
    kwargs: dict[str, Any] = Field(
        default_factory=dict, description="Its arguments but the column; `value_set` may hold placeholders ($editions)."
    )
    check: Check | None = Field(default=None, description="Or a named condition on the column, such as `instant`.")
    unexpected_rows: str | None = Field(
        default=None, description="Or a condition in SQL over the staged row `r` that holds for bad rows."
    )

    @field_validator("kwargs")
    @classmethod
    def _own_arguments(cls, value: dict[str, Any]) -> dict[str, Any]:
        # `mostly` would let failing rows pass unnoticed; column and severity are the rule's own keys.
        reserved = {"mostly", "column", "severity", "meta", "result_format", "row_condition"} & set(value)
        if reserved:
            raise ValueError(YAML_RULES["own_arguments"].format(known=", ".join(sorted(reserved))))
        listed = value.get("value_set", ())
        unknown = {
            item
            for item in ([listed] if isinstance(listed, str) else listed)
            if isinstance(item, str) and item.startswith("$") and item not in PLACEHOLDERS
        }
        if unknown or (isinstance(listed, str) and not listed.startswith("$")):
            raise Wrong([Problem("value_set", listed, YAML_RULES["value_set"].format(known=", ".join(PLACEHOLDERS)))])
        return value

    @field_validator("unexpected_rows")
    @classmethod
    def _one_condition(cls, value: str | None) -> str | None:
        if value is not None and (";" in value or "--" in value):
            raise ValueError(YAML_RULES["one_condition"])
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "Rule":
        forms = ("expectation", "check", "unexpected_rows")
        given = [form for form in forms if getattr(self, form) is not None]
        if len(given) != 1:
            raise Wrong([Problem(self.rule, ", ".join(given), YAML_RULES["one_form"])])
        if self.column is None and self.unexpected_rows is None:
            raise Wrong([Problem("column", None, YAML_RULES["column"], YAML_MENDS["add"])])
        if self.kwargs and self.expectation is None:
            raise Wrong([Problem("kwargs", list(self.kwargs), YAML_RULES["kwargs"], YAML_MENDS["remove_them"])])
        return self

    @model_validator(mode="after")
    def _acceptable_where_it_can_be_merged(self) -> "Rule":
        if self.acceptable and self.severity != "critical":
            raise Wrong([Problem("acceptable", self.acceptable, YAML_RULES["acceptable_critical"])])
        if self.acceptable and (self.check in CASTS or self.expectation == "expect_column_values_to_not_be_null"):
            raise Wrong([Problem("acceptable", self.acceptable, YAML_RULES["acceptable_merges"])])
        return self


class Suite(Contract):
    """``expectations/<entity>.yaml``."""

    entity: Name = Field(description="Entity whose staged rows are judged.")
    rules: tuple[Rule, ...] = Field(min_length=1, description="Rules.")

    @model_validator(mode="after")
    def _unique_rules(self) -> "Suite":
        codes = [rule.rule for rule in self.rules]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise Wrong([Problem("rules", ", ".join(twice), YAML_RULES["rule_once"], YAML_MENDS["rename_one"])])
        return self

    def rule(self, code: str) -> Rule | None:
        """The rule of that code, if the suite has it."""
        return next((rule for rule in self.rules if rule.rule == code), None)

    def judgement(self) -> dict[str, Any]:
        """What decides about rows, without the sentences: rewording a rule re-reads nothing.

        Nor does it re-read anything that people may accept more or less than before.
        """
        told = {"what", "why", "how_to_fix", "acceptable"}
        return {"rules": [rule.model_dump(exclude=told) for rule in self.rules]}
