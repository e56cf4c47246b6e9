"""Contracts of the questions of a survey whose answers come in files, and the columns they become.

Data flow: ``questions`` and ``questionnaire`` of a dataset -> expected headings of each question and of its parts ->
ordinary columns of the dataset.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from trimestre.contracts.base import Code, Contract, Name, Number
from trimestre.contracts.tabular import Heading
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_MENDS, YAML_RULES


def _as_text(value: Any) -> Any:
    # YAML reads an unquoted No as false and 5 as a number; the number can only mean its digits.
    if isinstance(value, bool):
        raise ValueError(YAML_RULES["text"])
    return str(value) if isinstance(value, int | float) else value


Label = Annotated[str, BeforeValidator(_as_text), StringConstraints(min_length=1, max_length=2000)]
AnswerCode = Annotated[str, BeforeValidator(_as_text), StringConstraints(pattern=r"^[^\s\[\]]{1,80}$")]
"""Code of an option or of a row of a grid, as it stands in tables; a whole number is fine."""

OTHER = "other"
"""Code of what somebody wrote in instead of choosing an option."""

UNKNOWN = "unknown"
"""Part of a question under which a text stands that is none of its options."""

_MAKES = Literal["choice", "choices", "ranking", "number", "date", "text", "file"]
_WITH_OPTIONS = frozenset({"choice", "choices", "ranking"})
_WITH_ROWS = frozenset({"choice", "number", "text"})


class Part(Contract):
    """A row of a grid, or what an option has in common with it."""

    code: AnswerCode = Field(description="Its code in the tables.")
    label: Label = Field("", description="How it is written in the file; the code when left out.")
    aliases: tuple[Label, ...] = Field((), description="Other ways in which it is written, in whatever language.")
    labels: dict[str, Label] = Field(default_factory=dict, description="Language -> how it is written in it.")

    @property
    def shown(self) -> str:
        """What people read."""
        return self.label or self.code

    @property
    def writings(self) -> tuple[str, ...]:
        """Every way in which a file may write it, other than its code."""
        return tuple(dict.fromkeys((self.shown, *self.aliases, *self.labels.values())))


class Option(Part):
    """An answer that can be chosen."""

    score: Number | None = Field(None, description="Its score; the survey's `scored` comes before it.")


class Question(Contract):
    """A question of a survey, found by its headings."""

    question: Code = Field(description="Its code, such as P01.")
    headings: tuple[Heading, ...] = Field((), description="Its texts in the header; its code when left out.")
    type: _MAKES = Field(
        description="choice = one option, choices = several, ranking = an order of them; else number, date, text, file."
    )
    text: str | None = Field(None, description="Its text, where it should not be the heading.")
    texts: dict[str, str] = Field(default_factory=dict, description="Language -> its text in it.")
    options: tuple[Option, ...] = Field((), description="Options in their order.")
    rows: tuple[Part, ...] = Field((), description="Rows of a grid: each has a column, and becomes a part.")
    other: bool = Field(
        False,
        description="True = people may write in something else; else a text that is no option counts as unknown.",
    )
    separator: str | None = Field(None, min_length=1, description="What stands between two answers in a cell.")
    required: bool = Field(True, description="A file without it is rejected.")
    occurrence: int | None = Field(None, ge=1, description="Which one, where several questions have its heading.")
    formats: tuple[str, ...] = Field((), description="strptime formats of a date.")

    @model_validator(mode="after")
    def _fits_its_type(self) -> "Question":
        if problems := list(self._problems()):
            raise Wrong(problems)
        return self

    def _problems(self) -> Iterator[Problem]:
        options = [option.code for option in self.options]
        if self.type in _WITH_OPTIONS and not options:
            yield Problem("options", None, YAML_RULES["options"].format(type=self.type), YAML_MENDS["add_them"])
        if self.type not in _WITH_OPTIONS and options:
            yield Problem(
                "options", options, YAML_RULES["no_options"].format(type=self.type), YAML_MENDS["remove_them"]
            )
        if self.rows and self.type not in _WITH_ROWS:
            yield Problem("rows", self.type, YAML_RULES["rows"], YAML_MENDS["remove_them"])
        if self.other and (self.type not in ("choice", "choices") or self.rows):
            yield Problem("other", self.other, YAML_RULES["other"])
        if self.type != "choice" and any(option.score is not None for option in self.options):
            yield Problem("options", self.type, YAML_RULES["scores"], YAML_MENDS["remove_them"])
        for what, codes in (("options", options), ("rows", [one.code for one in self.rows])):
            if twice := sorted({code for code in codes if codes.count(code) > 1}):
                yield Problem(what, ", ".join(twice), YAML_RULES["part_once"], YAML_MENDS["rename_one"])
        if self.other and OTHER in options:
            yield Problem("options", OTHER, YAML_RULES["code_other"].format(code=OTHER))

    @property
    def part_codes(self) -> tuple[str, ...]:
        """Codes of its parts as they stand with its answers."""
        if self.type == "choices":
            return (*(option.code for option in self.options), *((OTHER,) if self.other else ()))
        return (*(row.code for row in self.rows), *((OTHER,) if self.other else ()))


class Questionnaire(Contract):
    """How a platform writes questions into a header and answers into a cell; a preset says so."""

    headings: tuple[str, ...] = Field(
        ("{heading}",),
        min_length=1,
        description="Headings of a question: {heading} = each of its own, {question} = its code.",
    )
    rows: tuple[str, ...] = Field(
        ("{heading} [{label}]", "{heading} | {label}"),
        min_length=1,
        description="Headings of the column of a row of a grid; also {label} and {code} of it.",
    )
    options: tuple[str, ...] = Field(
        ("{heading} [{label}]", "{heading} | {label}"),
        min_length=1,
        description="Headings of the column of an option, where each has one; also {label} and {code} of it.",
    )
    separator: str = Field(", ", min_length=1, description="What stands between several answers in a cell.")
    other: tuple[str, ...] = Field(
        ("Otro", "Otra", "Other"), description="How the option to write something in is called."
    )
    blank: tuple[str, ...] = Field(
        (), description="What the platform writes into the cell of a question that was not answered."
    )
    language: str = Field("es", description="Language of what is not written by language.")


class Sought(NamedTuple):
    """A column in which a question, or a part of it, is answered."""

    column: str
    part: str
    """Code of a row or an option, ``other``, or nothing."""
    headings: tuple[tuple[str, str], ...]
    """Heading that it may have, and the question's own heading in it."""


def sought(question: Question, layout: Questionnaire) -> list[Sought]:
    """The columns in which a question may be answered, that of the whole question first."""
    found: list[Sought] = []
    if not question.rows:
        found.append(Sought(column_name(question), "", tuple(_filled(question, layout.headings, None))))
    forms = layout.rows if question.rows else layout.options
    parts = question.rows or (question.options if question.type == "choices" else ())
    for part in parts:
        found.append(Sought(column_name(question, part.code), part.code, tuple(_filled(question, forms, part))))
    if question.other:
        written_in = Part(code=OTHER, label=layout.other[0] if layout.other else OTHER, aliases=layout.other[1:])
        headings = tuple(_filled(question, layout.options, written_in))
        found.append(Sought(column_name(question, OTHER), OTHER, headings))
    return found


def _filled(question: Question, forms: Iterable[str], part: Part | None) -> Iterator[tuple[str, str]]:
    for own in question.headings or (question.question,):
        for form in forms:
            text = form.replace("{question}", question.question).replace("{heading}", own)
            if part is None:
                yield text, own
                continue
            text = text.replace("{code}", part.code)
            for label in part.writings if "{label}" in text else ("",):
                yield text.replace("{label}", label), own


def column_name(question: Question, part: str = "") -> Name:
    """Name of a column: ``q_p01``, or ``q_p03__sq001`` of a part."""
    name = f"q_{_slug(question.question)}"
    return f"{name}__{_slug(part)}" if part else name


def _slug(code: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", code.lower())


def question_columns(question: Question, layout: Questionnaire) -> dict[str, dict[str, Any]]:
    """The columns of a question as a dataset writes them."""
    columns: dict[str, dict[str, Any]] = {}
    several = question.type in ("choices", "ranking")
    for one in sought(question, layout):
        column: dict[str, Any] = {"headings": list(dict.fromkeys(heading for heading, _ in one.headings))}
        whole = not one.part or bool(question.rows)
        column["required"] = question.required and whole and question.type != "choices"
        if question.occurrence is not None:
            column["occurrence"] = question.occurrence
        if whole and layout.blank and question.type not in ("text", "file"):
            column["blank_values"] = list(layout.blank)
        if whole and several:
            separator = question.separator or layout.separator
            column["multiple"] = {"options": meanings(question, layout), "separator": separator}
        elif whole and question.type == "choice":
            column["values"] = meanings(question, layout)
        elif whole and question.type in ("number", "date"):
            column |= {"type": question.type, "formats": list(question.formats)}
        columns[one.column] = column
    return columns


def meanings(question: Question, layout: Questionnaire) -> dict[str, str]:
    """What a cell may hold -> code of the option: its texts, before the codes themselves."""
    found = {text: option.code for option in question.options for text in option.writings}
    for option in question.options:
        found.setdefault(option.code, option.code)
    if question.other and question.type == "choice":
        for text in layout.other:
            found.setdefault(text, OTHER)
    return found


def alternatives(question: Question, layout: Questionnaire) -> list[str]:
    """Columns of which a file needs one: several answers stand in one cell, or in a column for each option."""
    if question.type != "choices" or not question.required:
        return []
    return [one.column for one in sought(question, layout) if one.part != OTHER]


def telling_columns(questions: Iterable[Question], layout: Questionnaire) -> list[str]:
    """Columns of which the identifier of a response may be made: those without free text.

    The other answers stand in the warehouse beside the identifier. Were a name or a comment hashed with them, whoever
    suspects somebody could try the name.
    """
    coded = [one for one in questions if one.type not in ("text", "file") and not one.other]
    return [part.column for question in coded for part in sought(question, layout)]


def ambiguous(question: Question) -> list[str]:
    """Texts that two options share."""
    owners: dict[str, set[str]] = {}
    for option in question.options:
        for text in option.writings:
            owners.setdefault(" ".join(text.casefold().split()), set()).add(option.code)
    return sorted(text for text, codes in owners.items() if len(codes) > 1)


def answer_columns(questions: Iterable[Question], layout: Questionnaire) -> Mapping[str, dict[str, Any]]:
    """The columns of all questions; :class:`Wrong` where two of them would have one name."""
    columns: dict[str, dict[str, Any]] = {}
    for question in questions:
        if shared := ambiguous(question):
            raise Wrong([Problem(f"{question.question}.options", ", ".join(shared), YAML_RULES["own_texts"])])
        for name, column in question_columns(question, layout).items():
            if name in columns or len(name) > 60:
                rule = YAML_RULES["own_column"].format(column=name)
                raise Wrong([Problem(f"{question.question}.question", question.question, rule)])
            columns[name] = column
    return columns
