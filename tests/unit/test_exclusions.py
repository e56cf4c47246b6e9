"""Why a row does not count is told in words: a reason that nobody explained would be a riddle to the specialist."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from trimestre.reports.evidence import evidence_table, harmless
from trimestre.texts import EVIDENCE_COLUMNS, EXCLUSIONS

SQL = Path(__file__).resolve().parents[2] / "sql"
ROW = {
    "evidence_key": "ED-1/moodle/0",
    "at": datetime(2020, 7, 1, 4, 30, tzinfo=UTC),
    "edition": "ED-1",
    "sex": "mujer",
    "value": None,
    "hit": True,
    "excluded": None,
    "late": False,
    "batch_id": 3,
    "landed_file_id": 7,
    "position": "/users[3]/id",
    "document": None,
}


def reasons(statement: str) -> set[str]:
    """The texts that an expression or a literal named ``excluded`` may give."""
    text = re.sub(r"--[^\n]*", "", statement)
    blocks = re.findall(r"(?:CASE\b(?:(?!\bCASE\b).)*?END\b|'\w+')(?:\s*\))?\s+AS\s+excluded\b", text, re.DOTALL)
    return {reason for block in blocks for reason in re.findall(r"(?:THEN\s+|^)'(\w+)'", block)}


def test_the_reasons_of_a_statement_are_found() -> None:
    statement = """
    SELECT CASE WHEN a = 'x' THEN 'one' WHEN b THEN 'two' END AS excluded, CASE WHEN c THEN 'sex' END AS sex,
        coalesce(e.excluded, CASE WHEN d THEN 'three' END) AS excluded, 'four' AS excluded, 'five' AS other
    """
    assert reasons(statement) == {"one", "two", "three", "four"}


def test_every_reason_is_explained_and_no_other() -> None:
    files = [*(SQL / "evidence").glob("*.sql"), *(SQL / "compute").glob("*.sql")]
    given = set().union(*(reasons(path.read_text(encoding="utf-8")) for path in files))
    assert given == set(EXCLUSIONS)
    asked = {
        reason for path in files for reason in re.findall(r"excluded\s*=\s*'(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert asked <= given
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in EXCLUSIONS.values())


def shown(**changes: object) -> str:
    console = Console(width=300)
    with console.capture() as capture:
        console.print(evidence_table([ROW | changes], ZoneInfo("America/Mexico_City")))
    return capture.get()


def test_a_row_is_shown_with_its_local_date_and_where_it_came_from() -> None:
    text = shown(value=Decimal("4.5"))
    for part in (*EVIDENCE_COLUMNS.values(), "30/06/2020 23:30", "sí", "4.5", "/users[3]/id"):
        assert part in text


def test_a_figure_of_before_is_shown_with_the_document_that_published_it() -> None:
    assert "Documento" not in shown()
    text = shown(document="IPTT 2019, hoja 3")
    assert "Documento" in text
    assert "IPTT 2019, hoja 3" in text


def test_why_a_row_does_not_count_is_a_sentence() -> None:
    text = shown(excluded="permanencia_insuficiente")
    assert "menos del mínimo" in text
    assert "permanencia_insuficiente" not in text


def test_a_spreadsheet_takes_no_cell_of_the_evidence_for_a_formula() -> None:
    told = [harmless(value) for value in ("=1+1", "@x", "-x", "+52 55", "-5", "1.5", "UIF", 7, None)]
    assert told == ["'=1+1", "'@x", "'-x", "'+52 55", "-5", "1.5", "UIF", 7, None]
