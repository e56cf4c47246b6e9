"""Contracts of what stands in a delivered file: its format, its columns, and what its cells mean."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from trimestre.contracts.base import Code, Contract, Name, Number, known_zones
from trimestre.contracts.telling import Problem, Wrong
from trimestre.texts import YAML_MENDS, YAML_RULES

Heading = Annotated[str, Field(max_length=2000)]


class FileFormat(Contract):
    """How to read a file. What is left at ``auto`` is decided for each file by its content."""

    type: Literal["auto", "csv", "xlsx"] = Field("auto", description="Kind of file.")
    encoding: str = Field(
        "auto",
        description="Encoding of a CSV; auto = as its mark says, else UTF-8 if the whole file is, else cp1252 or, "
        "by the letters it holds, mac_roman. A mark holds whatever is declared.",
    )
    separator: str = Field(
        "auto", min_length=1, description="Separator of a CSV; auto = comma, semicolon or tab: the one that fits best."
    )
    sheet: str | None = Field(None, description="Sheet of a workbook; the only one with the table when left out.")
    header_rows: Literal[1, 2] = Field(
        1, description="2 = a heading is «first row | second row», the first row filled over its blank cells."
    )
    unmask: bool = Field(
        False, description="True = an apostrophe that was put before = against formulas is taken away again."
    )
    section: int | tuple[str, ...] | None = Field(
        None,
        description="The table is a section of the file: the number on the line above it («2. …»), or the texts that "
        "this line may have.",
    )

    @field_validator("separator")
    @classmethod
    def _one_sign(cls, value: str) -> str:
        if value != "auto" and len(value) != 1:
            raise ValueError(YAML_RULES["one_sign"])
        return value


class Constant(Contract):
    """A field that is the same in every row."""

    value: str = Field(description="The value.")


class FilledOrBlank(Contract):
    """A field that depends only on whether a column holds something."""

    column: Name = Field(description="Column that is looked at.")
    filled: str | None = Field(None, description="Value when it holds something; nothing when left out.")
    blank: str | None = Field(None, description="Value when it is blank; nothing when left out.")

    @model_validator(mode="after")
    def _says_something(self) -> "FilledOrBlank":
        if self.filled is None and self.blank is None:
            raise Wrong([Problem("filled", None, YAML_RULES["filled_or_blank"], YAML_MENDS["add"])])
        return self


class ColumnWhere(Contract):
    """A column that counts only where another one has certain values, else nothing."""

    column: Name = Field(description="Column with the value.")
    where: Name = Field(description="Column that decides, such as the state beside a date.")
    values: tuple[str, ...] = Field(
        min_length=1, description="Its values (as mapped) with which the column counts; an empty one for a blank cell."
    )


class Chosen(Contract):
    """Whether an option is among those of a cell: true, false, or nothing when the cell is blank."""

    column: Name = Field(description="Column that is `multiple`.")
    option: str = Field(description="Code of the option.")


class Threshold(Contract):
    """Whether the number of a column is high enough. A blank cell says nothing, unless ``blank`` says what it means."""

    column: Name = Field(description="Column with the number, such as a final score.")
    at_least: Number = Field(description="From this number on it is reached.")
    scale: tuple[Number, Number] | None = Field(
        None, description="Least and greatest number there can be; one beyond is no score, and its row is held back."
    )
    reached: str = Field(description="Value from there on.")
    below: str = Field(description="Value below.")
    blank: str | None = Field(None, description="Value of a blank cell; nothing when left out.")


class FirstOf(Contract):
    """The first of several sources that holds something."""

    first_of: tuple["FieldSource", ...] = Field(min_length=1, description="Sources, in order.")


class Joined(Contract):
    """Several sources with / or another text between them; nothing where one of them holds nothing."""

    joined: tuple["FieldSource", ...] = Field(min_length=1, description="Sources, in order.")
    between: str = Field("/", description="What stands between them, such as a blank in a full name.")


class PlainName(Contract):
    """A name in one spelling: «JOSÉ pérez» is Jose Perez.

    For people of whom only the name that they typed is known: all who are taken for one have it alike.
    """

    plain_name: "FieldSource" = Field(description="Source of the name.")


class HashOf(Contract):
    """An identifier made of what stands in some columns: 16 hexadecimal digits, nothing where all are blank.

    Never of an e-mail or a name: whoever has a list of them can try each one, so that the hash would be as good as the
    e-mail itself, and it gets into tables that must not tell who somebody is.
    """

    hash_of: tuple[Name, ...] = Field(min_length=1, description="Columns, in order, as they are normalised.")
    numbered: bool = Field(
        False,
        description="True = records of a file that are alike in these columns are different ones, told apart by their "
        "order (…-2, …-3), such as two people who answered alike in one second.",
    )


FieldSource = Name | Constant | FilledOrBlank | ColumnWhere | Chosen | Threshold | FirstOf | Joined | PlainName | HashOf
FirstOf.model_rebuild()
Joined.model_rebuild()
PlainName.model_rebuild()


def parts_of(source: FieldSource) -> Iterator[FieldSource]:
    """A field's source and all that it is made of."""
    yield source
    parts: tuple[FieldSource, ...] = ()
    if isinstance(source, FirstOf):
        parts = source.first_of
    elif isinstance(source, Joined):
        parts = source.joined
    elif isinstance(source, PlainName):
        parts = (source.plain_name,)
    for part in parts:
        yield from parts_of(part)


def columns_of(source: FieldSource) -> set[str]:
    """The columns that a field is made of."""
    found: set[str] = set()
    for part in parts_of(source):
        if isinstance(part, str):
            found.add(part)
        elif isinstance(part, HashOf):
            found |= set(part.hash_of)
        else:
            found |= {name for name in (getattr(part, "column", None), getattr(part, "where", None)) if name}
    return found


class Multiple(Contract):
    """A cell with several answers. It can't be split safely without its options: they may hold the separator."""

    options: tuple[str, ...] | dict[str, str] = Field(description="Texts of the options, or text -> code.")
    separator: str = Field(", ", min_length=1, description="What stands between two answers.")

    @property
    def codes(self) -> dict[str, str]:
        """Text of each option -> its code."""
        if isinstance(self.options, dict):
            return dict(self.options)
        return {text: text for text in self.options}


class Column(Contract):
    """A column of a file, found by its heading or, where it has none, by the column left of it."""

    headings: tuple[Heading, ...] = Field((), description="Headings it may have; case and accents are ignored.")
    position: Literal["first"] | None = Field(
        None, description="first = without any of the headings, the first column, if that one's heading is blank."
    )
    right_of: Name | None = Field(
        None, description="Without any of the headings, the column with a blank heading right of this one."
    )
    occurrence: int | None = Field(None, ge=1, description="Which one, where several columns have its heading.")
    required: bool = Field(True, description="A file without it is rejected.")
    type: Literal["text", "instant", "date", "number", "duration"] = Field("text", description="What its cells hold.")
    formats: tuple[str, ...] = Field(
        (),
        description="strptime formats of its dates, in order; Excel dates need none. Where a day-first format and its "
        "month-first twin are both given, each file has one of them.",
    )
    timezone: str | None = Field(
        None, description="Zone of its unmarked times, where it is not the source's, such as UTC of a server's clock."
    )
    unit: Literal["seconds", "minutes", "hours"] | None = Field(
        None, description="Of a duration: unit of a plain number, and of the first part of a time such as 45:10."
    )
    values: dict[str, str] = Field(
        default_factory=dict,
        description="Cell -> value; * stands for any text; exact ones first, then in order; other cells stay as they "
        "came.",
    )
    blank_values: tuple[str, ...] = Field((), description="Texts that mean nothing, such as - or N/A.")
    clean: Literal["display_name", "renamed_name", "email"] | None = Field(
        None,
        description="display_name = without what a meeting adds to a name, such as (Invitado) or «iPhone de»; "
        "renamed_name = and without the original name in brackets; email = nothing where it is no e-mail address.",
    )
    multiple: Multiple | None = Field(None, description="Its cells hold several answers.")
    instead: Name | None = Field(
        None, description="Column that is taken where this one's cell is blank or its heading missing."
    )

    @model_validator(mode="after")
    def _can_be_found(self) -> "Column":
        if not any(heading.strip() for heading in self.headings) and self.right_of is None and self.position is None:
            raise Wrong([Problem("headings", None, YAML_RULES["can_be_found"], YAML_MENDS["add"])])
        if self.unit and self.type != "duration":
            raise Wrong([Problem("unit", self.unit, YAML_RULES["unit"], YAML_MENDS["remove"])])
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in known_zones():
            raise ValueError(YAML_RULES["zone"])
        return value

    @field_serializer("values")
    def _in_order(self, values: dict[str, str]) -> Any:
        # Order decides between two patterns, and the fingerprint sorts the keys of a mapping.
        return list(values.items())


class Exclusion(Contract):
    """Records that the project does not count: their rows are staged as out of scope."""

    column: Name = Field(description="Column that is looked at, as it stands in the file.")
    values: tuple[str, ...] = Field(
        min_length=1, description="Texts of its cell; * stands for any text, an empty one for a blank cell."
    )
    reason: Name = Field(description="Why they are not counted; it stands with the rows.")


class Wide(Contract):
    """How each module looks in a file: columns and rows in which {code}, {name} and {heading} stand for the module's.

    {name} is the code as part of a column's name; a heading with {heading} is repeated for each of the module's.
    """

    only: tuple[Code, ...] = Field((), description="Modules that look so; all when left out.")
    but: tuple[Code, ...] = Field((), description="Modules that don't.")
    columns: dict[str, dict[str, Any]] = Field(min_length=1, description="Columns of one module.")
    rows: tuple[dict[str, Any], ...] = Field((), description="Rows of one module.")
