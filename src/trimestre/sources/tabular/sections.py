"""The section of a file that is the table: reports of meetings hold several, one below the other.

Data flow: rows of the whole file -> the line above the section -> first row of the section, and the row that ends it.
"""

import re
from collections.abc import Sequence

from trimestre.contracts.sources import TabularDataset
from trimestre.errors import PermanentError
from trimestre.sources.tabular.matching import plain
from trimestre.texts import DELIVERED

_NUMBERED = re.compile(r"([1-9][0-9]?)\.\s+\S")


def section_bounds(dataset: TabularDataset, rows: Sequence[Sequence[str]], name: str) -> tuple[int, int]:
    """Index of the first row below the line of the dataset's section, and of the first row after the section.

    A numbered section («2. Participants», in whatever language) ends at the next numbered line; one that is found by
    its text ends at the next line after a blank row, or above another header. A file without any numbered line, from
    which somebody has removed all but the table, is the section itself. :class:`PermanentError` when the section is
    not there.
    """
    wanted = dataset.format.section
    if wanted is None:
        return 0, len(rows)
    if isinstance(wanted, int):
        return _numbered(wanted, dataset, rows, name)
    texts = {plain(text) for text in wanted}
    for row, cells in enumerate(rows):
        if plain(_line(cells)) in texts:
            return row + 1, _end(rows, row + 1)
    where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
    raise PermanentError(DELIVERED["no_section"].format(where=where, wanted=DELIVERED["or"].join(wanted)))


def _numbered(wanted: int, dataset: TabularDataset, rows: Sequence[Sequence[str]], name: str) -> tuple[int, int]:
    lines = [(row, int(found[1])) for row, cells in enumerate(rows) if (found := _NUMBERED.match(_line(cells)))]
    if not lines:
        return 0, len(rows)
    for place, (row, number) in enumerate(lines):
        if number == wanted:
            return row + 1, lines[place + 1][0] if place + 1 < len(lines) else len(rows)
    where = DELIVERED["where"].format(name=name, dataset=dataset.dataset)
    there = ", ".join(str(number) for _, number in lines)
    raise PermanentError(DELIVERED["sections"].format(where=where, found=there, wanted=wanted))


def _end(rows: Sequence[Sequence[str]], start: int) -> int:
    """The next line with a text alone after a blank row, or above what can only be another header.

    The rows directly below the section's own line don't count.
    """
    begun = False
    for row in range(start, len(rows)):
        blank = not "".join(rows[row]).strip()
        ends = row > start and (not "".join(rows[row - 1]).strip() or _is_above_header(rows, start, row))
        if begun and ends and _line(rows[row]):
            return row
        begun = begun or not blank
    return len(rows)


def _is_above_header(rows: Sequence[Sequence[str]], start: int, row: int) -> bool:
    """Whether a row is but one cell (a quote would be that of a broken record) above several words without a digit.

    Excel makes all rows as wide as the widest, so that a person without anything but a name looks like that as well:
    below such a row one of the words must be a heading of the section's own header.
    """
    below = [cell for cell in rows[row + 1] if cell.strip()] if row + 1 < len(rows) else []
    words = len(below) > 1 and not any(sign.isdigit() for cell in below for sign in cell)
    if not words or not rows[row] or '"' in rows[row][0]:
        return False
    return len(rows[row]) == 1 or not _own_headings(rows, start).isdisjoint(map(plain, below))


def _own_headings(rows: Sequence[Sequence[str]], start: int) -> set[str]:
    """The cells of the first row of a section that holds several."""
    filled = ({plain(cell) for cell in row if cell.strip()} for row in rows[start:])
    return next((cells for cells in filled if len(cells) > 1), set())


def is_section_line(dataset: TabularDataset, cells: Sequence[str]) -> bool:
    """Whether a row is the line above the dataset's section."""
    wanted = dataset.format.section
    if isinstance(wanted, int):
        found = _NUMBERED.match(_line(cells))
        return found is not None and int(found[1]) == wanted
    return wanted is not None and plain(_line(cells)) in {plain(text) for text in wanted}


def _line(cells: Sequence[str]) -> str:
    """The text of a row in which only the first cell holds one, else nothing."""
    if not cells or any(cell.strip() for cell in cells[1:]):
        return ""
    return cells[0].strip()
