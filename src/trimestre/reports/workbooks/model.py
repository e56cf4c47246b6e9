"""What a workbook is made of: fields, lines that go out, rows that come back, and what they would change.

A *record* is what stands behind a line, known by its key. A line goes out with the digest of its record; so what comes
back tells what a person touched, and what somebody else changed since the file was made.

Data flow: records -> lines -> file -> rows -> edits -> tables.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.periods import Period
from trimestre.reports.figures import number
from trimestre.warehouse.decisions import is_personal

if TYPE_CHECKING:
    from trimestre.pipeline.plant import Plant

Key = tuple[str, ...]
Values = Mapping[str, Any]
"""Field -> text, Decimal or date; ``None`` = empty. A choice is its code."""
Lists = Mapping[str, Mapping[str, str]]
"""List -> what is shown -> code."""


@dataclass(frozen=True)
class Field:
    """One column."""

    name: str
    type: Literal["text", "number", "day", "choice"] = "text"
    part: Literal["key", "code", "shown", "input"] = "input"
    """``key`` tells which record it is, and is typed for a new one; ``code`` is a key that the program gives; ``shown``
    only informs and is not read; ``input`` is what people say of it."""
    width: int = 18
    choices: str | None = None
    required: bool = False
    personal: bool = False
    """Its values are shown nowhere: neither in a preview nor in a message."""
    longest: int = 2_000


@dataclass(frozen=True)
class Line:
    """A row that goes out."""

    values: Values
    key: Key | None = None
    """``None`` = a blank row, whose key is typed."""
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field -> choices of this row alone."""
    known: Values | None = None
    """What its digest is taken of, where that is not its inputs."""


@dataclass(frozen=True)
class Row:
    """A row that came back, its cells read."""

    values: Values
    places: Mapping[str, str]
    """Field -> ``Bitácora!C7``."""


@dataclass(frozen=True)
class Sheet:
    """A file that came back."""

    kind: str
    project: str
    period: Period | None
    partner: str | None
    rows: tuple[Row, ...] = ()
    digests: Mapping[Key, str] = field(default_factory=dict)
    """Key -> digest of the record that the file went out with."""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """A record before and after; ``None`` = there is none."""

    key: Key | None
    before: Values | None
    after: Values | None
    row: Row


@dataclass
class Told:
    """Gathers what is wrong and what is only told, each with its cell."""

    project: Project
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    told: set[str] = field(default_factory=set)
    """Cells of which something was told already: one problem a cell is enough."""

    def wrong(self, row: Row, column: Field, rule: str, **more: object) -> None:
        """A cell that can't be taken."""
        place = row.places[column.name]
        if place in self.told:
            return
        self.told.add(place)
        self.problems.append(problem(place, row.values.get(column.name), column, rule, **more))

    def warn(self, row: Row, column: Field, rule: str, **more: object) -> None:
        """A cell that is taken, and had better be looked at."""
        found = shown(row.values.get(column.name), column)
        self.warnings.append(texts.WORKBOOK_WARNINGS[rule].format(place=row.places[column.name], found=found, **more))


@dataclass(frozen=True)
class Preview:
    """What a file would change."""

    changes: Sequence[Mapping[str, Any]] = ()
    """``what``, ``place``, ``before``, ``after``, as text."""
    unchanged: int = 0
    problems: Sequence[str] = ()
    warnings: Sequence[str] = ()
    """What is taken all the same."""
    edits: Sequence[Edit] = field(default=(), repr=False)
    records: Sequence[Mapping[str, Any]] = ()
    """Where others have to read it again: the changes as data."""

    def as_dict(self) -> dict[str, Any]:
        """As it is stored in ``ops.upload.preview``: without the values of personal fields."""
        return {
            "changes": [dict(change) for change in self.changes],
            "unchanged": self.unchanged,
            "problems": list(self.problems),
            "warnings": list(self.warnings),
            **({"records": [dict(record) for record in self.records]} if self.records else {}),
        }


@dataclass(frozen=True)
class Taking:
    """What applying a file needs."""

    connection: sa.Connection
    plant: "Plant"
    sheet: Sheet
    upload_id: int
    who: str
    now: datetime
    at: datetime
    """System time of the transaction."""
    reversals: list[Any] = field(default_factory=list)
    """Functions that undo what was done to files, should the transaction fail."""


class Book(Protocol):
    """A kind of workbook."""

    kind: str
    fields: tuple[Field, ...]
    blank: int
    """Blank rows that go out for what is new."""

    def lists(self, project: Project) -> Lists:
        """Drop-downs."""

    def lines(self, connection: sa.Connection, project: Project, period: Period, partner: str | None) -> list[Line]:
        """What holds now, and the slots that wait for something; :class:`ContractError` for an unknown partner."""

    def judge(self, connection: sa.Connection, project: Project, sheet: Sheet, told: Told) -> tuple[list[Edit], int]:
        """What the rows would change, and how many change nothing; what is wrong goes to ``told``."""

    def changes(self, project: Project, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits as a person reads them: ``what``, ``place``, ``before``, ``after``."""

    def records(self, edits: Sequence[Edit]) -> list[dict[str, Any]]:
        """The edits as data that is read again later; mostly none."""

    def apply(self, taking: Taking, edits: Sequence[Edit]) -> list[str]:
        """Do it in the open transaction; Spanish lines that say what was done."""


# ---------------------------------------------------------------- values
def plain(value: Any) -> Any:
    """A value as it is compared: texts without blanks at their ends and in NFC, numbers by what they amount to."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("_x000D_", "").strip()
        return text or None
    if isinstance(value, int | float | Decimal):
        exact = Decimal(str(value))
        return Decimal(int(exact)) if exact == exact.to_integral_value() else exact.normalize()
    return value.date() if isinstance(value, datetime) else value


def inputs(fields: Sequence[Field], values: Values | None) -> dict[str, Any]:
    """The values of the input fields, as they are compared."""
    known = values or {}
    return {item.name: plain(known.get(item.name)) for item in fields if item.part == "input"}


def digest(values: Mapping[str, Any]) -> str:
    """What a record's inputs are known by."""
    said = json.dumps({name: None if value is None else str(value) for name, value in values.items()}, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def text_of(value: Any, column: Field, lists: Lists) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if column.choices and not column.personal:
        names = {code: name for name, code in lists.get(column.choices, {}).items()}
        return names.get(str(value), str(value))
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        exponent = value.normalize().as_tuple().exponent
        return number(value, max(0, -exponent) if isinstance(exponent, int) else 0)
    return str(value)


# ---------------------------------------------------------------- problems
_LONGEST_TOLD = 40
"""A longer text in a message could be anything in the wrong column."""


def shown(value: Any, column: Field | None) -> str:
    """A value as a message may tell it: nothing of personal fields, no e-mail or CURP, no long text."""
    if value is None or value == "":
        return texts.WORKBOOK_SAID["nothing"]
    text = str(value) if not isinstance(value, date) else f"{value:%d/%m/%Y}"
    if (column is not None and column.personal) or is_personal(text):
        return texts.WORKBOOK_SAID["hidden"]
    return f"«{text}»" if len(text) <= _LONGEST_TOLD else texts.WORKBOOK_SAID["long"].format(n=len(text))


def problem(place: str, value: Any, column: Field | None, rule: str, **more: object) -> str:
    """``hoja!celda: se encontró …, se esperaba …. Qué hacer.``"""
    expected, mend = texts.WORKBOOK_RULES[rule]
    return texts.WORKBOOK_SAID["problem"].format(
        place=place, found=shown(value, column), expected=expected.format(**more), mend=mend.format(**more)
    )
