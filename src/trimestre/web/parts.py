"""Tables as the templates take them: texts, numbers and links, all escaped where they are written (``parts.html``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_LONGEST_NUMBER = 18
"""Signs of a number with its unit, such as ``-12,345.6 puntos``."""

Kind = Literal["", "number", "whole", "long", "keys"]
"""How a cell stands: numbers to the right, ``whole`` is never folded, ``long`` has room for a name or a sentence."""


@dataclass(frozen=True)
class Cell:
    """What one cell says."""

    text: str
    href: str | None = None
    """Where it leads to, with the page's prefix."""
    kind: Kind = ""
    label: str | None = None
    """What its link is called for who does not see the rest of the line."""


@dataclass(frozen=True)
class Table:
    """A table with its caption; the first cell of a row is its head."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
    """The last line, set apart."""
    note: str = ""
    """What stands below."""


@dataclass(frozen=True)
class Pages:
    """Where a long list stands."""

    number: int
    last: int
    total: int
    """How many rows there are on all pages."""
    before: str | None
    """Address of the page before; ``None`` = this is the first."""
    after: str | None


def text(value: object) -> Cell:
    """A text."""
    return Cell("" if value is None else str(value))


def whole(value: object, href: str | None = None) -> Cell:
    """A code or a date: never folded."""
    return Cell("" if value is None else str(value), href, "whole")


def long(value: object) -> Cell:
    """A name or a sentence, with room for some words on a line."""
    return Cell("" if value is None else str(value), kind="long")


def figure(value: str, href: str | None = None, label: str | None = None) -> Cell:
    """A figure as it is printed; the name of a stage is prose and may be folded."""
    return Cell(value, href, kind="number" if len(value) <= _LONGEST_NUMBER else "", label=label)


def count(value: int | None) -> Cell:
    """A whole number."""
    return Cell("" if value is None else f"{value:,}", kind="number")


def pages(number: int, size: int, total: int, address: str) -> Pages:
    """``address`` holds ``{page}`` in place of the page's number."""
    last = max(1, -(-total // size))
    return Pages(
        number,
        last,
        total,
        address.replace("{page}", str(min(number - 1, last))) if number > 1 else None,
        address.replace("{page}", str(number + 1)) if number < last else None,
    )
