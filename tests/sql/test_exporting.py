"""Exports: what an analyst opens has the types, the order and the words of the table, and runs nothing by itself."""

import csv
import json
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import psutil
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from trimestre import texts
from trimestre.errors import ContractError, PermanentError
from trimestre.reports.exporting import Exported, export, xlsx
from trimestre.warehouse import copying

ZONE = ZoneInfo("America/Mexico_City")
AT = datetime(2020, 7, 15, 12, tzinfo=UTC)
FORMULAS = ["=1+1", "+1+cmd", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]
HARMLESS = ["-5", "+52", "-1,5", "a=b", '«María» "y"\n, Ñ', ""]


@pytest.fixture
def things(warehouse: sa.Engine) -> sa.Table:
    """A mart of every kind of column; each text is the institution of one row."""
    table = sa.Table(
        "things",
        metadata := sa.MetaData(),
        sa.Column("code", sa.Text, primary_key=True, comment="Clave."),
        sa.Column("account_key", sa.Uuid, comment="Cuenta."),
        sa.Column("institution", sa.Text, comment="Institución.", info={"limits": "Como se escribió."}),
        sa.Column("sex", sa.Text, comment="Sexo.", info={"codes": {"mujer": "Mujeres", "hombre": "Hombres"}}),
        sa.Column("rows", sa.BigInteger, comment="Filas.", info={"additive": "todo"}),
        sa.Column("value", sa.Numeric, comment="Valor.", info={"additive": "no sumar"}),
        sa.Column("rate", sa.Numeric(8, 4), comment="Tasa."),
        sa.Column("counted", sa.Boolean, comment="Si cuenta."),
        sa.Column("held_on", sa.Date, comment="Día."),
        sa.Column("at", sa.TIMESTAMP(timezone=True), comment="Instante."),
        sa.Column("names", ARRAY(sa.Text), comment="Nombres."),
        sa.Column("more", JSONB(none_as_null=True), comment="Lo demás."),
        schema="marts",
        comment="Una fila por cosa.",
    )
    batch = sa.Table(
        "batches",
        metadata,
        sa.Column("batch_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text),
        sa.Column("merged_at", sa.TIMESTAMP(timezone=True)),
        schema="marts",
        comment="Una fila por lote.",
    )
    full = {
        "account_key": UUID(int=7),
        "sex": "mujer",
        "rows": 2**40,
        "value": Decimal("63.5"),
        "rate": Decimal("0.1399"),
        "counted": True,
        "held_on": date(2020, 6, 30),
        "at": datetime(2020, 6, 30, 23, 59, 59, 250_000, tzinfo=ZONE),
        "names": ["a", "b"],
        "more": {"x": [1]},
    }
    rows = [{"code": f"{n:02}", "institution": text, **full} for n, text in enumerate([*FORMULAS, *HARMLESS], start=1)]
    empty = dict.fromkeys((*full, "institution"))
    with warehouse.begin() as connection:
        metadata.create_all(connection)
        connection.execute(sa.insert(table), [*reversed(rows), {"code": "ñ", **empty}, {"code": "Z", **empty}])
        connection.execute(
            sa.insert(batch),
            [
                {"batch_id": 1, "source": "moodle", "merged_at": AT},
                {"batch_id": 4, "source": "moodle", "merged_at": AT},
                {"batch_id": 5, "source": "moodle", "merged_at": None},
            ],
        )
    return table


@pytest.fixture
def tables(things: sa.Table) -> dict[str, sa.Table]:
    return {"things": things, "batch": things.metadata.tables["marts.batches"]}


def run(engine: sa.Engine, tables: dict[str, sa.Table], to: str, folder: Path, *wanted: str) -> list[Exported]:
    return export(
        engine, tables, to, folder, wanted=wanted, project="00112866", zone="America/Mexico_City", exported_at=AT
    )


def only(tables: dict[str, sa.Table]) -> dict[str, sa.Table]:
    return {"things": tables["things"]}


def test_parquet_has_types_nulls_and_the_order_of_the_key(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path
) -> None:
    (written,) = run(warehouse, tables, "parquet", tmp_path / "new" / "folder", "things")
    assert (written.table, written.rows) == ("things", 14)
    read = pq.read_table(written.path)
    assert {field.name: str(field.type) for field in read.schema} == {
        "code": "string", "account_key": "string", "institution": "string", "sex": "string", "rows": "int64",
        "value": "double", "rate": "decimal128(8, 4)", "counted": "bool", "held_on": "date32[day]",
        "at": "timestamp[us, tz=America/Mexico_City]", "names": "string", "more": "string",
    }  # fmt: skip
    rows = read.to_pylist()
    assert [row["code"] for row in rows] == [*(f"{n:02}" for n in range(1, 13)), "Z", "ñ"]
    assert [row["institution"] for row in rows[:12]] == [*FORMULAS, *HARMLESS]
    assert {name: value for name, value in rows[0].items() if name not in {"code", "institution"}} == {
        "account_key": str(UUID(int=7)), "sex": "mujer", "rows": 2**40, "value": 63.5, "rate": Decimal("0.1399"),
        "counted": True, "held_on": date(2020, 6, 30), "names": "a | b", "more": '{"x": [1]}',
        "at": datetime(2020, 6, 30, 23, 59, 59, 250_000, tzinfo=ZONE),
    }  # fmt: skip
    assert set(rows[-1].values()) == {"ñ", None}, "an empty cell must not become an empty text or a zero"


def test_parquet_carries_its_dictionary(warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path) -> None:
    (written,) = run(warehouse, tables, "parquet", tmp_path, "things")
    schema = pq.read_schema(written.path)
    words = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert words["trimestre.project"] == "00112866"
    assert words["trimestre.exported_at"] == AT.isoformat()
    assert words["trimestre.comment"] == "Una fila por cosa."
    assert json.loads(words["trimestre.pins"]) == {"moodle": 4}
    columns = json.loads(words["trimestre.dictionary"])
    assert list(columns) == schema.names
    assert columns["value"]["additive"] == "no sumar"
    assert columns["sex"]["codes"] == "mujer = Mujeres; hombre = Hombres"
    assert schema.field("institution").metadata[b"comment"].decode() == "Institución."
    assert schema.field("institution").metadata[b"limits"].decode() == "Como se escribió."


def test_a_large_table_is_written_by_row_groups(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BLOCK", 5)
    (written,) = run(warehouse, tables, "parquet", tmp_path, "things")
    groups = pq.ParquetFile(written.path).metadata
    assert [groups.row_group(place).num_rows for place in range(groups.num_row_groups)] == [5, 5, 4]
    assert [row["institution"] for row in pq.read_table(written.path).to_pylist()[:12]] == [*FORMULAS, *HARMLESS]


def read_csv(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel would read the accents wrong"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_opens_in_excel_and_runs_nothing(warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path) -> None:
    run(warehouse, tables, "csv", tmp_path)
    rows = read_csv(tmp_path / "things.csv")
    assert [row["institution"] for row in rows[:12]] == [*(f"'{text}" for text in FORMULAS), *HARMLESS]
    assert {name: rows[0][name] for name in ("at", "held_on", "value", "rate", "counted", "names")} == {
        "at": "2020-06-30T23:59:59-05:00", "held_on": "2020-06-30", "value": "63.5", "rate": "0.1399",
        "counted": "true", "names": "a | b",
    }  # fmt: skip
    assert [row["code"] for row in rows][-2:] == ["Z", "ñ"]


def test_csv_brings_its_dictionary(warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path) -> None:
    run(warehouse, tables, "csv", tmp_path)
    rows = read_csv(tmp_path / "diccionario.csv")
    assert tuple(rows[0]) == texts.EXPORT_COLUMNS
    told = {(row["tabla"], row["columna"]): row for row in rows}
    assert len(told) == len(rows) == 2 + sum(len(table.columns) for table in tables.values())
    assert told["things", ""]["significado"] == "Una fila por cosa."
    assert told["things", "rows"]["aditiva"] == "todo"
    assert told["things", "at"]["tipo"] == "fecha y hora (America/Mexico_City)"


def test_the_workbook_has_dates_numbers_and_texts_as_such(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path
) -> None:
    written = run(warehouse, only(tables), "xlsx", tmp_path)
    book = openpyxl.load_workbook(tmp_path / "marts.xlsx")
    assert book.sheetnames == ["Diccionario", "things"]
    sheet: Any = book["things"]
    header, *rows = sheet.iter_rows()
    names = [cell.value for cell in header]
    assert names == only(tables)["things"].columns.keys()
    first = dict(zip(names, rows[0], strict=True))
    assert {name: cell.value for name, cell in first.items() if name not in {"code", "institution"}} == {
        "account_key": str(UUID(int=7)), "sex": "mujer", "rows": 2**40, "value": 63.5, "rate": 0.1399,
        "counted": True, "held_on": datetime(2020, 6, 30), "names": "a | b", "more": '{"x": [1]}',  # noqa: DTZ001
        "at": datetime(2020, 6, 30, 23, 59, 59, 250_000),  # noqa: DTZ001
    }  # fmt: skip
    assert first["held_on"].number_format == "dd/mm/yyyy"
    place = names.index("institution")
    assert {row[place].data_type for row in rows[: len(FORMULAS)]} == {"s"}, "a formula"
    assert [row[place].value for row in rows[:4]] == FORMULAS[:4]
    assert [cell.value for cell in rows[-1]] == ["ñ", *[None] * (len(names) - 1)]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:L15"
    assert written == [Exported("things", 14, tmp_path / "marts.xlsx")]
    words = list(book["Diccionario"].iter_rows(values_only=True))
    assert words[0] == texts.EXPORT_COLUMNS
    assert len(words) == 2 + len(names)


def test_too_many_rows_for_a_sheet_are_said_before_anything_is_written(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 13)
    with pytest.raises(PermanentError, match=r"things: se encontraron 14 filas.*--to parquet o --to csv"):
        run(warehouse, tables, "xlsx", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["parquet", "csv"])
def test_an_export_that_breaks_leaves_the_one_before(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, to: str
) -> None:
    """A table of the list that can't be read: nothing of the others is replaced."""
    run(warehouse, tables, to, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    gone = sa.Table("zz_gone", sa.MetaData(), sa.Column("a", sa.Text, primary_key=True), schema="marts")
    with pytest.raises(PermanentError, match="42P01"):
        run(warehouse, {**tables, "zz_gone": gone}, to, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_new_folder_appears_at_once_with_every_file(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed export left beside it goes into nobody's folder."""
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "stranger.csv").write_text("a")
    seen = []
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        seen.append((target.exists(), sorted(file.name for file in path.iterdir())))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    run(warehouse, tables, "csv", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert seen == [(False, names)]
    assert "stranger.csv" not in names
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    run(warehouse, tables, "csv", tmp_path / "out")  # over what is there
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    gone = sa.Table("zz_gone", sa.MetaData(), sa.Column("a", sa.Text, primary_key=True), schema="marts")
    with pytest.raises(PermanentError, match="42P01"):
        run(warehouse, {**tables, "zz_gone": gone}, "csv", tmp_path / "other")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("to", ["parquet", "csv", "xlsx"])
def test_exporting_twice_gives_the_same_files(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, to: str
) -> None:
    for folder in ("a", "b"):
        run(warehouse, tables, to, tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_unknown_table_or_format_is_named_with_the_known_ones(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path
) -> None:
    with pytest.raises(ContractError, match=r"se encontró «thing», se esperaba una de: batch, things"):
        run(warehouse, tables, "csv", tmp_path, "thing")
    with pytest.raises(ContractError, match=r"se encontró «ods», se esperaba uno de: parquet, csv, xlsx"):
        run(warehouse, tables, "ods", tmp_path)


@pytest.mark.parametrize(("to", "name"), [("parquet", "things.parquet"), ("csv", "things.csv"), ("xlsx", "marts.xlsx")])
def test_a_place_that_cant_be_written_is_told_in_one_line(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, to: str, name: str
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PermanentError, match="se esperaba una carpeta"):
        run(warehouse, tables, to, tmp_path / "file")
    (tmp_path / "out" / f".{name}.partial").mkdir(parents=True)
    with pytest.raises(PermanentError, match="se esperaba una carpeta"):
        run(warehouse, only(tables), to, tmp_path / "out")


def test_a_workbook_that_cant_be_written_leaves_no_rows_behind(
    warehouse: sa.Engine, tables: dict[str, sa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on the disk nor in files that stay open."""
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    (tmp_path / "out" / ".marts.xlsx.partial").mkdir(parents=True)
    with pytest.raises(PermanentError, match="se esperaba una carpeta"):
        run(warehouse, only(tables), "xlsx", tmp_path / "out")
    assert list(scratch.iterdir()) == []
    assert [file.path for file in psutil.Process().open_files() if file.path.startswith(str(scratch))] == []
