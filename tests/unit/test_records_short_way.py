"""Records of rows whose cells stand in one text each are those that are put together cell by cell."""

from types import SimpleNamespace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from trimestre.sources.tabular.contract import Batch
from trimestre.sources.tabular.plain import SEPARATOR, PlainRows
from trimestre.sources.tabular.records import _plain_records, _records

PLAIN = st.text(st.sampled_from(["a", "é", " ", '"', "\n", "\xa0", "\u3000", "\x85", "ῠ"]), max_size=3)
CELL = PLAIN | st.text(st.sampled_from(["a", "\x1f", "\x00", "\ud800"]), max_size=3)


def header(width: int, kept: int) -> Any:
    return SimpleNamespace(digest="d", width=width, kept=tuple(range(kept)))


def plain(rows: list[list[str]], parsed: dict[int, list[str]]) -> PlainRows:
    """Rows of which some were parsed, wherever these stand."""
    taken: dict[int, list[str]] = {}
    texts = [SEPARATOR.join(row).encode() for row in rows]
    for place, row in sorted(parsed.items()):
        taken[min(place, len(texts))] = row
        texts.insert(min(place, len(texts)), b"")
    return PlainRows(texts, taken)


@given(
    rows=st.lists(st.lists(PLAIN, min_size=3, max_size=3), min_size=1, max_size=6),
    parsed=st.dictionaries(st.integers(0, 6), st.lists(CELL, max_size=4), max_size=2),
)
@example(rows=[["\xa0", "", "\x85"], ["a", "", ""]], parsed={})
def test_plain_rows_give_the_records_of_their_cells(rows: list[list[str]], parsed: dict[int, list[str]]) -> None:
    taken = plain(rows, parsed)
    assert _plain_records(header(3, 3), Batch(taken)) == _records(header(3, 3), Batch(list(taken)))


def test_what_records_leave_out_is_looked_for_among_the_cells() -> None:
    assert _plain_records(header(3, 2), Batch(plain([["a", "b", "c"]], {}))) is None
    assert _plain_records(header(3, 3), Batch([["a", "b", "c"]])) is None
