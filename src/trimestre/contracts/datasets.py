"""Contract of a dataset of a tabular source: what its files look like, and what each record becomes.

Data flow: ``datasets`` of ``sources/*.yaml``, presets and wide modules already expanded -> TabularDataset.
"""

from typing import Literal

from pydantic import Field, model_validator

from trimestre.contracts.base import Code, Contract, Name, Number
from trimestre.contracts.questions import OTHER, Question, Questionnaire, sought
from trimestre.contracts.tabular import (
    Chosen,
    Column,
    Exclusion,
    FieldSource,
    FileFormat,
    HashOf,
    Wide,
    columns_of,
    parts_of,
)
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_MENDS, YAML_RULES

Entity = Literal[
    "account", "account_identity", "enrolment", "module_completion", "certificate",
    "invitation", "response", "answer", "attendance", "attendance_interval", "reported_value",
    "question", "question_option",
]  # fmt: skip


PERSONAL_FIELDS = ("email", "full_name", "legal_id", "employee_id")
"""Fields that say who somebody is."""


class RowTemplate(Contract):
    """Rows that each record gives: one entity, its fields, and when."""

    entity: Entity = Field(description="Entity of the rows.")
    fields: dict[Name, FieldSource] = Field(
        description="Staged field -> where it comes from: a column, a constant, filled/blank, a column where another "
        "says so, an option chosen, at_least, first_of, joined, plain_name, hash_of. Whose row it is: local_id, else "
        "email, else fallback_id."
    )
    when: Name | None = Field(None, description="Only for records in which this column holds something.")


class TabularDataset(Contract):
    """One kind of file of a tabular source."""

    dataset: Name = Field(description="Name of the dataset.")
    extends: Name | None = Field(
        None,
        description="Preset that this dataset completes; its own keys win, while `more_headings` of a column and "
        "`more_exclude` are added.",
    )
    files: str = Field(description="Pattern of the file names, such as EISP-UIF-*.csv.")
    format: FileFormat = Field(default=FileFormat(), description="How to read them.")
    edition: Code | None = Field(None, description="Edition that the file is about: $edition in rows.")
    event: Code | None = Field(None, description="Event that the file is about: $event in rows.")
    survey: Code | None = Field(None, description="Survey that the file is about: $survey in rows.")
    pass_mark: Number | None = Field(None, description="Number from which somebody passed: $pass_mark in rows.")
    scope: Code = Field(
        description="What one file is a snapshot of; its survey, event or edition, in this order, when left out."
    )
    columns: dict[Name, Column] = Field(min_length=1, description="Columns by the names used below.")
    ignore_columns: tuple[Name, ...] = Field(
        (), description="Columns such as a line number that make no record differ."
    )
    exclude: tuple[Exclusion, ...] = Field((), description="Records that are not counted, such as test accounts.")
    modules: dict[Code, tuple[str, ...]] = Field(
        default_factory=dict, description="Module code, or `certificate`, -> headings of its column, for `wide`."
    )
    wide: tuple[Wide, ...] = Field(
        (), description="How each of the modules looks; becomes ordinary columns and rows when the file is read."
    )
    rows: tuple[RowTemplate, ...] = Field(min_length=1, description="What each record becomes.")
    at_least_one: tuple[tuple[Name, ...], ...] = Field(
        (), description="Groups of columns of which a file needs one, such as a user name or an e-mail."
    )
    questionnaire: Questionnaire = Field(
        default=Questionnaire(), description="How the platform writes questions; a preset of surveys says so."
    )
    questions: tuple[Question, ...] = Field(
        (), description="Questions of `survey`: their answers become rows beside `rows`, which give the response."
    )

    @model_validator(mode="after")
    def _asked(self) -> "TabularDataset":
        if self.questions and (self.survey is None or self.response_template is None):
            raise Wrong([Problem("survey", self.survey, YAML_RULES["questions_of_survey"])])
        codes = [question.question for question in self.questions]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise Wrong([Problem("questions", ", ".join(twice), YAML_RULES["code_once"], YAML_MENDS["rename_one"])])
        if unknown := set().union(*self.at_least_one) - set(self.columns):
            raise self._undeclared("at_least_one", unknown)
        return self

    @property
    def may_lack(self) -> frozenset[str]:
        """Columns that one way of exporting a survey has and another has not: of an option, of what is written in."""
        return frozenset(
            part.column
            for question in self.questions
            for part in sought(question, self.questionnaire)
            if question.type == "choices" or part.part == OTHER
        )

    @property
    def response_template(self) -> RowTemplate | None:
        """The row that is the response, if there is exactly one."""
        templates = [row for row in self.rows if row.entity == "response"]
        return templates[0] if len(templates) == 1 else None

    @model_validator(mode="after")
    def _known_columns(self) -> "TabularDataset":
        for row in self.rows:
            used = set().union(*map(columns_of, row.fields.values()), {row.when} if row.when else ())
            if unknown := used - set(self.columns):
                raise self._undeclared(f"rows.{row.entity}", unknown)
            for part in (part for field in row.fields.values() for part in parts_of(field)):
                self._check_option(part)
                self._check_hash(part)
        excluded = {exclusion.column for exclusion in self.exclude}
        if unknown := excluded - set(self.columns):
            raise self._undeclared("exclude", unknown)
        for name, column in self.columns.items():
            self._check_neighbours(name, column)
        return self

    def _undeclared(self, key: str, unknown: set[str]) -> Wrong:
        rule = YAML_RULES["declared_columns"].format(known=", ".join(self.columns))
        return Wrong([Problem(key, ", ".join(sorted(unknown)), rule)])

    def _check_option(self, field: FieldSource) -> None:
        if isinstance(field, Chosen):
            multiple = self.columns[field.column].multiple
            if multiple is None or field.option not in multiple.codes.values():
                known = ", ".join(multiple.codes.values()) if multiple else YAML_RULES["none_yet"]
                rule = YAML_RULES["option_of"].format(column=field.column, known=known)
                raise Wrong([Problem("rows.option", field.option, rule)])

    def _check_hash(self, field: FieldSource) -> None:
        if isinstance(field, HashOf):
            sources = [row.fields[name] for row in self.rows for name in PERSONAL_FIELDS if name in row.fields]
            named = {name for name, column in self.columns.items() if column.clean}
            if personal := set(field.hash_of) & named.union(*map(columns_of, sources)):
                raise Wrong([Problem("rows.hash_of", ", ".join(sorted(personal)), YAML_RULES["hash_of"])])

    def _check_neighbours(self, name: str, column: Column) -> None:
        passed = [name]
        while column.right_of is not None:
            if column.right_of not in self.columns or column.right_of in passed:
                raise Wrong([Problem(f"columns.{name}.right_of", column.right_of, YAML_RULES["right_of"])])
            passed.append(column.right_of)
            column = self.columns[column.right_of]
