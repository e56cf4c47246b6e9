"""A cell of blanks costs a night no more than any other text of its length: what looks for a pattern takes no run anew
at each of its places."""

import re
from re import _parser  # type: ignore[attr-defined]

import pandas as pd

from trimestre.reports.workbooks.narrative import _TOKEN
from trimestre.sources.tabular.times import _ZONE, as_usual

BLANKS = " \t\u00a0" * 33_334


def test_a_zone_is_looked_for_within_a_few_characters() -> None:
    _, longest = _parser.parse(_ZONE.pattern, _ZONE.flags & re.IGNORECASE).getwidth()
    assert longest < 20
    cells = pd.Series([f"27/05/2020 10:00{BLANKS}GMT{BLANKS}-6", f"1{BLANKS}x"], dtype="str")
    assert as_usual(cells).tolist() == ["27/05/2020 10:00 -0600", "1 x"]


def test_a_token_of_a_narrative_has_one_run_between_its_braces() -> None:
    assert _TOKEN.pattern.count("*") == 1
    assert _TOKEN.findall(f"{{{{{BLANKS}") == []
    assert [token.strip() for token in _TOKEN.findall(f"{{{{{BLANKS}L1-01 }}}}")] == ["L1-01"]
