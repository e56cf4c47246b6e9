"""Records multiplied in the database are staged as the rows that the connector makes of them itself."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import zstandard

from trimestre.contracts.sources import TabularSource
from trimestre.keys import account_keys
from trimestre.pipeline import door
from trimestre.pipeline.door import Door
from trimestre.sources.base import LandedFile, RecordChunk
from trimestre.sources.tabular import TabularConnector
from trimestre.warehouse.database import transaction
from trimestre.warehouse.tables import STAGING

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
BATCH = 7

FIELDS = {
    "files": "*.csv",
    "scope": "S1",
    "columns": {
        **{name: {"headings": [name]} for name in ("a", "b", "c", "correo", "cuenta")},
        "hora": {"headings": ["cuándo"], "type": "instant", "formats": ["%d/%m/%Y %H:%M"]},
    },
    "exclude": [{"column": "c", "values": ["prueba"], "reason": "registro_de_prueba"}],
    "rows": [
        {
            "entity": "attendance",
            "when": "b",
            "fields": {
                "local_id": "cuenta",
                "email": "correo",
                "fallback_id": {"joined": [{"value": "E"}, {"first_of": ["b", "a"]}]},
                "event": {"value": "E"},
                "registered_at": "hora",
                "institution": {"first_of": ["c", {"value": "ninguna"}]},
                "weak": {"column": "b", "filled": "true", "blank": "false"},
            },
        },
        {
            "entity": "attendance",
            "fields": {
                "email": {"value": "Siempre@Ejemplo.example"},
                "event": {"joined": ["a", "b"]},
                "institution": {"hash_of": ["a", "c"], "numbered": True},
            },
        },
        {"entity": "account", "fields": {"local_id": "cuenta", "email": "correo", "kind": {"value": "attendee"}}},
        {"entity": "account", "fields": {"local_id": {"first_of": ["cuenta", "a"]}, "kind": {"value": "invitee"}}},
        {
            "entity": "reported_value",
            "fields": {"indicator": "a", "period": {"value": "2020-Q2"}, "category": "c", "value": "b"},
        },
    ],
}
CELLS = """a,b,c,correo,cuenta,cuándo
1,x,,ANA@ejemplo.example,,01/02/2020 10:00
1,,prueba,,17,mal
2,José  PÉREZ,"dos, líneas",,,
1,x,,ANA@ejemplo.example,,02/02/2020 10:00
,,,,,
3,"comillas "" y \\",€,b@ejemplo.example,b@ejemplo.example,31/12/2019 23:59
4
"""
OPENEDX = {"extends": "openedx_grade_report", "modules": {"M1": ["Homework 1: Riesgos"]}, "edition": "ED-1"}


def chunk_of(folder: Path, content: bytes, dataset: dict[str, Any]) -> RecordChunk:
    source = TabularSource.model_validate(
        {
            "source": "prueba",
            "name": "Prueba",
            "kind": "tabular",
            "folder": "prueba",
            "delivers": "snapshot per file scope",
            "datasets": [{"dataset": "lista", "files": "*.csv"} | dataset],
        }
    )
    path = folder / "1.zst"
    path.write_bytes(zstandard.compress(content))
    file = LandedFile(1, "lista", "S1", path, "datos.csv", hashlib.sha256(content).hexdigest())
    (chunk,) = TabularConnector(source, folder).chunks([file])
    return chunk


def staged(engine: sa.Engine, *chunks: RecordChunk) -> dict[str, list[tuple[Any, ...]]]:
    """What one batch of the chunks stages, in the order of the rows; nothing is kept."""
    with engine.connect() as connection:
        way = Door(connection, "prueba", BATCH, "f", account_keys(b"k" * 32, "prueba"))
        way.take_all(chunks)
        tables = {"record_rows": "record_no, CAST(row_counts AS jsonb)"} | {
            name: ", ".join(column.name for column in table.columns if column.name != "staged_id")
            for name, table in STAGING.items()
        }
        return {
            name: [
                tuple(row)
                for row in connection.execute(
                    sa.text(
                        f"SELECT {columns} FROM staging.{name} ORDER BY"
                        f" {'record_no' if name == 'record_rows' else 'staged_id'}"
                    )
                )
            ]
            for name, columns in tables.items()
        }


@pytest.mark.parametrize(
    ("content", "dataset"),
    [
        (CELLS.encode(), FIELDS),
        ((FIXTURES / "tabular" / "openedx_grade_report.csv").read_bytes(), OPENEDX),
        (
            (FIXTURES / "tabular" / "zoom_meeting_en.csv").read_bytes(),
            {"extends": "zoom_participants", "event": "TALLER-2026-05-27"},
        ),
    ],
    ids=["fields", "openedx", "zoom"],
)
def test_records_multiplied_in_the_database_are_the_rows_of_the_connector(
    warehouse: sa.Engine, tmp_path: Path, content: bytes, dataset: dict[str, Any]
) -> None:
    chunk = chunk_of(tmp_path, content, dataset)
    assert chunk.wide is not None
    made, sent = staged(warehouse, replace(chunk, wide=None)), staged(warehouse, chunk)
    assert sent == made
    assert sum(map(len, made.values())) > len(chunk.records)


@pytest.mark.parametrize("few", [0, 7, 2_000])
def test_chunks_of_one_transaction_share_their_table_and_not_their_rows(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """``few``: records that wait for those of the next chunk; none, those of one chunk, those of both."""
    monkeypatch.setattr(door, "FEW", few)
    chunk = chunk_of(tmp_path, CELLS.encode(), FIELDS)
    other = chunk_of(tmp_path, CELLS.replace("1,", "9,").encode(), FIELDS)
    both = staged(warehouse, chunk, other)
    assert both == staged(warehouse, replace(chunk, wide=None), replace(other, wide=None))
    with transaction(warehouse) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM pg_class WHERE relname LIKE 'wide_record%'")) == 0
