"""A mart as typed Parquet: its dictionary travels in the file.

Data flow: COPY as CSV -> Arrow tables of one block -> row groups; memory holds one block.
"""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.reports.exporting.columns import described, expressions, kind, select
from trimestre.warehouse.copying import copied

if TYPE_CHECKING:
    from trimestre.reports.exporting.stamp import Stamp

_FIELD_KEYS = ("kind", "comment", "additive", "codes", "limits")


def write(connection: sa.Connection, table: sa.Table, path: Path, stamp: "Stamp") -> int:
    """Write one mart and return its rows; an empty one is a file with its schema."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    schema = _schema(table, stamp)
    options: dict[str, Any] = {
        "read_options": csv.ReadOptions(column_names=schema.names, block_size=1 << 30),
        "parse_options": csv.ParseOptions(newlines_in_values=True),
        "convert_options": csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    }
    rows = 0
    with parquet.ParquetWriter(path, schema) as writer:
        for count, block in copied(connection, select(table, expressions(table))):
            read = csv.read_csv(io.BytesIO(block), **options)
            writer.write_table(pa.Table.from_arrays(read.columns, schema=schema), row_group_size=count)
            rows += count
    return rows


def _schema(table: sa.Table, stamp: "Stamp") -> Any:
    """Arrow schema with the dictionary: per column, and for tools that don't read that, once more for the file."""
    import pyarrow as pa

    types = {
        "integer": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "instant": pa.timestamp("us", tz=stamp.zone),
    }
    fields, words = [], {}
    for column in table.columns:
        what = kind(column)
        number: Any = column.type
        data = pa.decimal128(number.precision, number.scale or 0) if what == "decimal" else types.get(what, pa.string())
        words[column.name] = dict(zip(_FIELD_KEYS, described(column, stamp.zone), strict=True))
        said = {key: text for key, text in words[column.name].items() if text}
        fields.append(pa.field(column.name, data, nullable=column.nullable, metadata=said))
    return pa.schema(
        fields,
        metadata={
            "trimestre.project": stamp.project,
            "trimestre.table": table.name,
            "trimestre.comment": table.comment or "",
            "trimestre.exported_at": stamp.exported_at.isoformat(),
            "trimestre.pins": json.dumps(stamp.pins),
            "trimestre.dictionary": json.dumps(words, ensure_ascii=False),
        },
    )
