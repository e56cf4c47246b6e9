"""A column worked on as a whole gives what each of its cells would give alone."""

import sys
import unicodedata

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trimestre.sources.answers import TRIMMED
from trimestre.sources.tabular.columns import columns_of, composed, each, trimmed
from trimestre.sources.tabular.plain import PlainRows
from trimestre.sources.tabular.times import Times

CELL = st.text(st.sampled_from("aeéñ\u0301\u0340\u1112\u1161 \xa0\u3000\t"), max_size=5)
TIME = st.sampled_from(
    [
        "", "now", "today", "abc", "2020-05-27 10:00:00", "27/05/2020 10:00", "05/27/2020 10:00", "13/13/2020 1:00",
        "27/05/2020 10:00 a. m.", "27/05/2020 10:00 GMT-6", "0020-01-01", "2199-12-31T23:59:59-05:00", "2020-05-27",
        "2020-05-27T10:00:00.5Z", "1969-12-31 23:59:59.000001", "2020-10-25 01:30:00", "2020-04-05 02:30:00", "43978.5",
        "73416", "27 de mayo de 2020", "\u200e27/05/2020 10:00", "2200-01-01 00:00:00",
    ]
)  # fmt: skip
FORMATS = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %I:%M %p", "%d %B %Y")


def listed(cells: pd.Series) -> list[str | None]:
    return [cell if isinstance(cell, str) else None for cell in cells]


@given(rows=st.lists(st.tuples(CELL, CELL), max_size=5))
def test_cells_are_trimmed_and_composed_as_python_does_it(rows: list[tuple[str, str]]) -> None:
    cells_at = columns_of(rows, range(len(rows)), 2)
    for place in (0, 1):
        alone = [unicodedata.normalize("NFC", row[place].strip(TRIMMED)) or None for row in rows]
        assert listed(composed(trimmed(cells_at(place)))) == alone


def test_every_blank_is_trimmed_and_no_other_sign() -> None:
    signs = list(map(chr, range(0x3100)))
    assert not any(map(str.isspace, map(chr, range(0x3100, sys.maxunicode + 1))))
    assert listed(trimmed(columns_of([(sign,) for sign in signs], range(len(signs)), 1)(0))) == [
        sign.strip(TRIMMED) or None for sign in signs
    ]


def test_signs_that_stay_as_they_are_in_nfc_are_not_asked_for() -> None:
    assert all(unicodedata.is_normalized("NFC", chr(code)) for code in range(0x300))
    assert chr(0x300).encode()[0] == 0xCC


@given(
    rows=st.lists(st.lists(st.text(st.sampled_from("aé\x1f"), max_size=2), min_size=2, max_size=2), max_size=5),
    parsed=st.sets(st.integers(0, 4)),
    chosen=st.sets(st.integers(0, 4)),
)
def test_rows_that_were_not_parsed_have_the_same_cells(
    rows: list[list[str]], parsed: set[int], chosen: set[int]
) -> None:
    parsed |= {place for place, row in enumerate(rows) if "\x1f" in "".join(row)}
    texts = [b"" if place in parsed else "\x1f".join(row).encode() for place, row in enumerate(rows)]
    plain = PlainRows(texts, {place: rows[place] for place in parsed if place < len(rows)})
    places = sorted(place for place in chosen if place < len(rows))
    cells_at = columns_of(plain, places, 2)
    assert [cells_at(at).to_pylist() for at in (0, 1)] == [[rows[place][at] for place in places] for at in (0, 1)]


@given(cells=st.lists(st.sampled_from(["a", "b", "c", None]), max_size=6), chosen=st.integers(0, 6))
def test_each_text_is_changed_where_it_stands(cells: list[str | None], chosen: int) -> None:
    column = pd.Series(cells, dtype="str")[chosen:]
    changed = each(column, {"a": "x", "b": None, "c": "c"}.get)
    assert listed(changed) == [{"a": "x", "c": "c"}.get(cell or "") for cell in cells[chosen:]]
    assert changed.index.equals(column.index)


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(TIME, max_size=6),
    formats=st.lists(st.sampled_from(FORMATS), max_size=3, unique=True),
    zone=st.sampled_from(["America/Mexico_City", "Europe/Madrid"]),
)
@example(cells=["1969-12-31 23:59:59.000001", "2020-05-27 10:00:00"], formats=[FORMATS[0]], zone="America/Mexico_City")
def test_a_time_is_read_alike_whatever_stands_beside_it(cells: list[str], formats: list[str], zone: str) -> None:
    together = Times(pd.Series([cell or None for cell in cells], dtype="str"), formats, zone)
    alone = [Times(pd.Series([cell or None], dtype="str"), formats, zone) for cell in cells]
    assert listed(together.instants()) == [listed(one.instants())[0] for one in alone]
    assert listed(together.dates()) == [listed(one.dates())[0] for one in alone]
