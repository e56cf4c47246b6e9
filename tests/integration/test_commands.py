"""The commands over the computed quarter: what programs read, what people read, and that a dry run stores nothing."""

import csv
import io
import json

import pytest
import sqlalchemy as sa
from nights import Quarter
from saying import Say, sayer

from trimestre.pipeline.plant import Plant

KEYS = {
    "indicator", "period", "disaggregation", "category", "value", "numerator", "denominator", "target", "status",
}  # fmt: skip


@pytest.fixture
def say(quarter: Quarter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command in this process, on the warehouse of the quarter."""
    return sayer(monkeypatch, capsys, quarter.here.environment)


def test_values_as_json_have_the_promised_keys_and_plain_numbers(say: Say) -> None:
    said = say("values", "2020-Q2", "--json")
    assert (said.code, said.err) == (0, "")
    rows = json.loads(said.out)
    assert all(set(row) >= KEYS for row in rows)
    cells = {(row["indicator"], row["disaggregation"], row["category"]): row for row in rows}
    assert len(cells) == len(rows), "an official and a reconciliation line can't be told apart"
    persons = cells["L2-01", "total", "total"]
    assert {key: persons[key] for key in KEYS} == {
        "indicator": "L2-01", "period": "2020-Q2", "disaggregation": "total", "category": "total", "value": 400,
        "numerator": None, "denominator": None, "target": 350, "status": "alcanzada",
    }  # fmt: skip
    rate = cells["L2-08", "total", "total"]
    assert (rate["value"], rate["numerator"], rate["denominator"]) == (24.7, 22, 89)
    assert cells["L2-07", "sex", "mujer"]["value"] is None
    assert cells["L1-01", "total", "total"]["value"] == 0


def test_the_reconciliation_line_is_given_when_asked_for(say: Say) -> None:
    rows = json.loads(say("values", "2020-Q2", "--json", "--reconciliation").out)
    line = [
        r for r in rows if not r["official"] and (r["disaggregation"], r["category"]) == ("edition", "EISP-UIF-2020")
    ]
    assert [row["value"] for row in line] == [21]


def test_the_table_shows_the_quarter_to_people(say: Say) -> None:
    said = say("values", "2020-Q2")
    assert said.code == 0
    lines = {
        line.split()[0]: line for line in said.out.splitlines() if line.split() and line.split()[0][:2] in ("L1", "L2")
    }
    assert list(lines) == [*("L1-01", "L1-02"), *(f"L2-{n:02d}" for n in range(1, 11))]
    assert lines["L2-01"].split()[-8:] == ["248", "152", "0", "400", "350", "114.3%", "Meta", "alcanzada"]
    assert lines["L2-07"].count("n. d.") == 2
    assert "87.1%" in lines["L2-03"]
    assert "Conforme a lo programado" in lines["L2-10"]


def test_a_quarter_that_was_not_computed_is_said_to_be_so(say: Say) -> None:
    assert json.loads(say("values", "2021-Q1", "--json").out) == []
    said = say("values", "2021-Q1")
    assert said.code == 0
    assert "trimestre compute 2021-Q1" in said.out


def test_a_dry_run_of_yaml_that_nobody_edited_moves_nothing_and_stores_nothing(say: Say, quarter: Quarter) -> None:
    before = quarter.here.snapshot()
    said = say("compute", "2020-Q2", "--dry-run")
    assert said.code == 0
    assert "Ninguna cifra difiere" in said.out
    assert quarter.here.snapshot() == before


def test_computing_what_did_not_change_says_so(say: Say, quarter: Quarter) -> None:
    assert say("marts", "refresh").code == 0  # the second night left two batches more to tell
    before = quarter.here.snapshot()
    said = say("compute", "2020-Q2")
    assert (said.code, said.out.splitlines()) == (
        0,
        ["2020-Q2: nada cambió desde el último cálculo.", "Tablas para analistas: nada cambió."],
    )
    assert quarter.here.snapshot() == before


def test_the_marts_are_refreshed_by_hand_and_say_what_was_written(say: Say, quarter: Quarter) -> None:
    with quarter.here.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM marts.event"))
        connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = 'marts_facts'"))
    said = say("marts", "refresh")
    assert (said.code, said.out) == (0, "Tablas para analistas: 1 filas escritas o borradas en event.\n")
    assert quarter.here.value("SELECT attended FROM marts.event") == 89


def test_a_night_without_marts_leaves_the_tables_of_analysts_as_they_are(
    say: Say, quarter: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plant, "source_codes", lambda _: [])  # what a night brings is told elsewhere
    with quarter.here.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM marts.event"))
        connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = 'marts_facts'"))
    assert "analistas" not in say("night", "--no-marts").out
    assert quarter.here.value("SELECT count(*) FROM marts.event") == 0
    assert "1 filas escritas o borradas en event" in say("night").out
    assert quarter.here.value("SELECT attended FROM marts.event") == 89


def test_check_looks_at_the_warehouse_that_is_configured(say: Say, quarter: Quarter) -> None:
    assert say("check").code == 0
    with quarter.here.engine.begin() as connection:
        connection.execute(sa.text("CREATE VIEW marts.names AS SELECT full_name FROM restricted.account_identity"))
    try:
        said = say("check")
    finally:
        with quarter.here.engine.begin() as connection:
            connection.execute(sa.text("DROP VIEW marts.names"))
    assert said.code == 1
    assert "vista marts.names: se encontró que lee restricted.account_identity" in said.err


def test_evidence_as_csv_adds_up_to_the_value(say: Say) -> None:
    said = say("evidence", "L2-02", "2020-Q2", "--csv")
    assert (said.code, said.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert sum(row["excluded"] == "" for row in rows) == 405
    assert all(row["account_key"] and row["landed_file_id"] and row["position"] for row in rows)


def test_evidence_of_a_share_holds_what_was_counted_and_what_hit(say: Say) -> None:
    rows = list(csv.DictReader(io.StringIO(say("evidence", "L2-08", "2020-Q2", "--csv").out)))
    counted = [row for row in rows if not row["excluded"]]
    assert (len(counted), sum(row["hit"] == "True" for row in counted)) == (89, 22)


def test_evidence_is_shown_to_people(say: Say) -> None:
    said = say("evidence", "L1-01", "2020-Q2")
    assert said.code == 0
    assert "L1-01/2020-Q2/total/total" in said.out


def test_batches_are_shown_newest_first(say: Say) -> None:
    said = say("batches", "--limit", "12")
    assert said.code == 0
    for text in ("moodle_pnud", "cargado", "sin archivos nuevos", "cambio", "Retenidas"):
        assert text in said.out
    numbers = [int(line.split("│")[1]) for line in said.out.splitlines() if line.startswith("│")]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 12


def test_of_what_a_batch_received_every_row_is_accounted_for(say: Say) -> None:
    """Who adds up the columns finds all rows: those of things that the project does not count, too."""
    lines = [line.split("│") for line in say("batches", "--limit", "99").out.splitlines() if line.startswith("│")]
    counts = [[int(cell.replace(",", "")) for cell in line[5:10]] for line in lines if line[5].strip()]
    assert any(aside for *_, aside in counts)
    assert [landed for landed, *_ in counts] == [sum(parts) for _, *parts in counts]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("evidence", "L2-99", "2020-Q2"), ["«L2-99»", "L2-01", "Corríjala"]),
        (("evidence", "L2-01", "2031-Q1"), ["2031-Q1", "2020-Q1", "2020-Q4"]),
        (("evidence", "L2-01", "2020-T2"), ["«2020-T2»", "2020-Q2"]),
        (("values", "2020"), ["«2020»", "2020-Q2"]),
        (("ingest", "eventos", "--accept-shrink", "porque sí"), ["eventos", "ningún lote rechazado"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_does_not_exist_is_told_with_what_does(say: Say, words: tuple[str, ...], expected: list[str]) -> None:
    said = say(*words)
    assert (said.code, said.out) == (1, "")
    assert [part for part in expected if part not in said.err] == [], said.err


@pytest.mark.parametrize("words", [("values", "2020-Q2"), ("batches",), ("evidence", "L2-01", "2020-Q2")], ids=" ".join)
def test_an_empty_database_is_told_to_be_migrated(
    say: Say, monkeypatch: pytest.MonkeyPatch, database: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TRIMESTRE_WAREHOUSE_URL", database)
    said = say(*words)
    assert said.code == 1
    assert "almacén: se encontró" in said.err
