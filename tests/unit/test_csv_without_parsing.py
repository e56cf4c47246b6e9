"""What a CSV holds is the same whether its lines are parsed or not, and wherever it is cut."""

import csv
import io
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trimestre.sources.tabular import csv_files
from trimestre.sources.tabular.contract import Batch
from trimestre.sources.tabular.plain import PlainRows, plain_rows
from trimestre.sources.tabular.sniffing import Layout

WIDTH = 4
CELLS = st.sampled_from(["", "", "a", "b c", "é", "€", " ", "\xa0", "7", "x;y", "\x1f", "\x00", "\u2028", "\ufeff"])


def quoted(cell: str, inside: str) -> str:
    return '"' + cell + inside.replace('"', '""') + '"'


WRITTEN = st.one_of(
    CELLS,
    *[st.builds(quoted, CELLS, st.just(""))] * 3,
    st.builds(quoted, CELLS, st.sampled_from([",", '"', "\n", "\r", "\r\n", '"x"', "b,a,a,a", ",,,"])),
)
LINES = st.one_of(
    *[st.lists(st.builds(quoted, CELLS, st.just("")), min_size=WIDTH, max_size=WIDTH).map(",".join)] * 3,
    st.lists(CELLS, min_size=WIDTH, max_size=WIDTH).map(",".join),
    st.lists(WRITTEN, min_size=WIDTH, max_size=WIDTH).map(",".join),
    st.lists(WRITTEN, min_size=0, max_size=WIDTH + 2).map(",".join),
    st.text('ab," \n', max_size=12),
    st.sampled_from([",,,", '"', 'a,"b,c,d', 'a,b",c,d', 'a,b"c,d,e', 'a","b","c","d', '"a","b","c","d', '"a,b,c,d"']),
)
ENDS, ENCODINGS = ("\n", "\r\n", "\r"), ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-7")


def parsed_rows(content: bytes, layout: Layout) -> tuple[list[list[str]], set[int]]:
    """All of a file, parsed row by row."""
    with io.TextIOWrapper(io.BytesIO(content), encoding=layout.encoding, newline="") as lines:
        batch, left = csv_files._row_by_row(list(lines), iter(()), layout.separator, WIDTH)
    assert not left
    return list(batch.rows), batch.broken


def batches(content: bytes, layout: Layout) -> list[Batch]:
    return list(csv_files.csv_batches(lambda: io.BytesIO(content), layout, WIDTH))


def told(found: list[Batch]) -> tuple[list[list[str]], set[int]]:
    begins = itertools.accumulate((len(batch.rows) for batch in found), initial=0)
    broken = {begin + index for begin, batch in zip(begins, found, strict=False) for index in batch.broken}
    return [row for batch in found for row in batch.rows], broken


@pytest.fixture(scope="module", autouse=True)
def narrow() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "CHUNK_ROWS", 4)
        yield


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(LINES, max_size=14),
    end=st.sampled_from(ENDS),
    closed=st.booleans(),
    encoding=st.sampled_from(ENCODINGS),
    block=st.integers(3, 80),
)
@example(lines=['"a","b","c","x;y"'] * 6, end="\r\n", closed=True, encoding="utf-8", block=17)
@example(lines=['"a","é","c","x"', '"a","b\nc","é","d"'] * 5, end="\n", closed=False, encoding="utf-8", block=20)
@example(lines=["\ufeffa,b,c,d", "\ufeffa,b,c,d"], end="\n", closed=True, encoding="utf-8-sig", block=4)
def test_rows_are_those_of_a_file_that_is_parsed(
    lines: list[str], end: str, closed: bool, encoding: str, block: int
) -> None:
    content = (end.join(lines) + (end if closed else "")).encode(encoding, errors="replace")
    layout = Layout("csv", encoding, ",")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "_BLOCK", block)
        found = batches(content, layout)
    assert told(found) == parsed_rows(content, layout)


@given(lines=st.lists(LINES, min_size=1, max_size=6), separator=st.sampled_from([",", ";", "\t", " "]))
def test_a_block_whose_lines_are_sure_is_what_a_strict_reader_makes_of_it(lines: list[str], separator: str) -> None:
    text = "\n".join(line.replace(",", separator) for line in lines)
    found = plain_rows(text.encode(), separator, WIDTH)
    if found is not None:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        assert list(found) == read + [[]] * (len(found) - len(read))
        assert all(len(found[index]) == WIDTH for index in range(len(found)) if index not in found.parsed)


@pytest.mark.parametrize(
    ("line", "taken_apart"),
    [
        ('"1","Ana, Eva","",""', True),
        ("1,Ana,,", True),
        ('1,"Ana Paz",,', False),
        ('"1","Ana ""Nita""","",""', False),
        ('"1","Ana",""', False),
        ('1,"Ana","","",""', False),
        ("", False),
    ],
)
def test_only_lines_that_ask_for_it_are_parsed(line: str, taken_apart: bool) -> None:
    found = plain_rows("\n".join(["1,2,3,4", '"1","2","3","4"', line, ""]).encode(), ",", WIDTH)
    assert found is not None
    assert sorted(found.parsed) == ([] if taken_apart else [2])


@pytest.mark.parametrize("text", ["a,b,c,\x1f", "a,b,c,\x00", 'a,b,"c,d\n', '"a","b","c\nd","e"\n', '"a"b,c,d,e\n'])
def test_a_block_that_is_not_sure_is_parsed(text: str) -> None:
    assert plain_rows(text.encode(), ",", WIDTH) is None


def test_a_cell_longer_than_the_reader_takes_is_that_of_a_broken_record() -> None:
    content = ("1,2,3,4\n1,2,3," + "x" * (csv.field_size_limit() + 1) + "\n5,6,7,8\n").encode()
    rows, broken = told(batches(content, Layout("csv", "utf-8", ",")))
    assert (len(rows), broken) == (3, {1})


def test_a_part_of_rows_knows_those_that_were_parsed() -> None:
    rows = PlainRows([b"a\x1fb", b"", b"c\x1fd"], {1: ["x"]})
    assert [list(rows[begin:]) for begin in range(3)] == [
        [["a", "b"], ["x"], ["c", "d"]], [["x"], ["c", "d"]], [["c", "d"]],
    ]  # fmt: skip
    assert [list(rows[:end]) for end in range(2)] == [[], [["a", "b"]]]
