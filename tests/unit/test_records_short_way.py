"""Records put together a block at a time are those that are put together one by one."""

from types import SimpleNamespace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from trimestre.sources.tabular.contract import Batch
from trimestre.sources.tabular.records import _plain_records, _records

CELL = st.text(st.sampled_from(["a", "é", " ", '"', "\n", "\x1f", "\x00", "\ud800", "\xa0"]), max_size=3)
PLAIN = st.text(st.sampled_from(["a", "é", " ", '"', "\n", "\xa0"]), max_size=3)


def header(width: int, kept: int) -> Any:
    return SimpleNamespace(digest="d", width=width, kept=tuple(range(kept)))


@given(rows=st.lists(st.lists(PLAIN, min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_plain_block_is_taken_the_short_way_and_gives_the_same(rows: list[list[str]]) -> None:
    assert _plain_records(header(3, 3), Batch(rows)) == _records(header(3, 3), Batch(rows))


@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3) | st.lists(PLAIN, max_size=4), min_size=1, max_size=2),
    broken=st.sampled_from([set(), set(), {0}]),
    kept=st.sampled_from([3, 3, 2]),
)
@example(rows=[["a\x1f", "b", "c"]], broken=set(), kept=3)
@example(rows=[["a\x00", "b", "c"]], broken=set(), kept=3)
def test_a_block_taken_the_short_way_never_differs(rows: list[list[str]], broken: set[int], kept: int) -> None:
    found = _plain_records(header(3, kept), Batch(rows, broken))
    assert found is None or found == _records(header(3, kept), Batch(rows, broken))
