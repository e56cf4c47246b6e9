"""Excel there and back: a workbook a kind goes out, comes back, shows what it would change, and is taken.

What a workbook changes is applied by ``pipeline.taking``.

Data flow: ``write`` -> file -> person -> ``read`` -> Sheet -> ``preview`` -> what would change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from trimestre import texts
from trimestre.contracts import Project
from trimestre.errors import ContractError
from trimestre.periods import Period
from trimestre.reports.workbooks.activities import Activities
from trimestre.reports.workbooks.comparing import preview_of
from trimestre.reports.workbooks.corrections import Corrections
from trimestre.reports.workbooks.explanations import Explanations
from trimestre.reports.workbooks.model import Book, Preview, Sheet, Told
from trimestre.reports.workbooks.narrative import Narrative
from trimestre.reports.workbooks.reading import kind_of, read_book
from trimestre.reports.workbooks.remarks import Remarks
from trimestre.reports.workbooks.risks import Risks
from trimestre.reports.workbooks.targets import Targets
from trimestre.reports.workbooks.typed_places import partners
from trimestre.reports.workbooks.typed_values import TypedValues
from trimestre.reports.workbooks.writing import write_book

__all__ = ["KINDS", "Kind", "Preview", "Sheet", "book_of", "kind_of", "partners", "preview", "read", "write"]

_BOOKS: tuple[Book, ...] = (
    TypedValues(), Targets(), Explanations(), Narrative(), Activities(), Risks(), Remarks(), Corrections(),
)  # fmt: skip
_BY_KIND: Mapping[str, Book] = {book.kind: book for book in _BOOKS}


@dataclass(frozen=True)
class Kind:
    """A kind of workbook, as people choose it."""

    kind: str
    name: str
    """In Spanish."""
    sentence: str
    """What it is for, in one Spanish sentence."""
    role: Literal["op", "admin"] = "op"
    """Who may have it and bring it back."""
    by_partner: bool = False
    """Whether there may be a copy for a partner, with only what is its own."""


KINDS: Mapping[str, Kind] = {
    book.kind: Kind(
        book.kind,
        texts.WORKBOOKS[book.kind]["name"],
        texts.WORKBOOKS[book.kind]["sentence"],
        by_partner=book.kind == TypedValues.kind,
    )
    for book in _BOOKS
}


def book_of(kind: str) -> Book:
    """A kind; :class:`ContractError` when there is none."""
    if kind not in _BY_KIND:
        raise ContractError(texts.WORKBOOK_REFUSALS["kind"].format(found=kind, known=", ".join(_BY_KIND)))
    return _BY_KIND[kind]


def write(
    kind: str, connection: sa.Connection, project: Project, period: Period, path: Path, *, partner: str | None = None
) -> Path:
    """Write a workbook with what holds now; ``partner``: an institution, or who answers for indicators.

    :class:`ContractError` for a quarter out of the project, an unknown partner, or where no file can be written.
    """
    book = book_of(kind)
    project.expect_quarter(period)
    if partner is not None and not KINDS[kind].by_partner:
        raise ContractError(texts.WORKBOOK_REFUSALS["no_partner"].format(name=KINDS[kind].name))
    lines = book.lines(connection, project, period, partner)
    return write_book(book, project, period, lines, path, partner=partner)


def read(kind: str, path: Path, project: Project, period: Period | None = None) -> Sheet:
    """Read a workbook that came back; everything that is wrong in it stands in ``problems``.

    ``period``: the quarter it has to be of; without, the one that it says.
    """
    return read_book(book_of(kind), path, project, period)


def preview(kind: str, connection: sa.Connection, project: Project, sheet: Sheet, who: str) -> Preview:
    """What a workbook would change now; it changes nothing. ``who`` brings it."""
    book = book_of(kind)
    if sheet.period is None or (sheet.problems and not sheet.rows):
        return Preview(problems=sheet.problems)
    told = Told(project, told={found.partition(": ")[0] for found in sheet.problems})
    edits, unchanged = book.judge(connection, project, sheet, told)
    return preview_of(book, project, sheet, edits, unchanged, told)
