"""What analysts take away: every mart as Parquet, CSV or a workbook, with the dictionary of its columns.

All tables are read in one transaction, so that they show one state, and in the order of their keys; memory stays flat
however many rows there are. The files of an export appear once all of them are whole: a new folder with all of them at
once, in one that is there one after the other.

Data flow: marts.* -> COPY or server-side cursor -> <mart>.parquet | <mart>.csv, diccionario.csv | marts.xlsx.
"""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from trimestre import texts
from trimestre.errors import ContractError, PermanentError
from trimestre.reports.evidence import harmless
from trimestre.reports.exporting import parquet, xlsx
from trimestre.reports.exporting.columns import dictionary, expressions, select
from trimestre.reports.exporting.stamp import Stamp
from trimestre.texts import ASKED
from trimestre.warehouse.copying import copied
from trimestre.warehouse.database import transaction

FORMATS = ("parquet", "csv", "xlsx")
ISO_INSTANT = "to_char({0}, 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM')"
HARMLESS = (
    r"CASE WHEN {0} ~ '^\s*[=+@\uFF1D\uFF0B\uFF20\uFF0D\u2212-]' AND {0} !~ '^[+-]?[0-9]+([.,][0-9]+)?$'"
    r" OR {0} ~ '^[\t\r\n]' THEN '''' || {0} ELSE {0} END"
)
"""What a spreadsheet would run as a formula gets an apostrophe: a sign, also one of full width or behind blanks, in
front of anything but a number. In Python: :func:`trimestre.reports.evidence.harmless`."""


@dataclass(frozen=True)
class Exported:
    """One mart, written."""

    table: str
    rows: int
    path: Path


def marts(metadata: sa.MetaData) -> dict[str, sa.Table]:
    """The tables of the schema ``marts`` by their names."""
    return {table.name: table for table in metadata.sorted_tables if table.schema == "marts"}


def export(
    engine: sa.Engine,
    tables: Mapping[str, sa.Table],
    to: str,
    folder: Path,
    *,
    wanted: Collection[str] = (),
    project: str,
    zone: str,
    exported_at: datetime,
) -> list[Exported]:
    """Write ``tables`` (those ``wanted``, else all) into ``folder`` and return what was written, by name.

    Files of the same names are replaced, all or none. :class:`ContractError` for an unknown table or format,
    :class:`PermanentError` for a folder that can't be written, a table that can't be read, or too many rows for Excel.
    """
    if to not in FORMATS:
        raise ContractError(ASKED["export_to"].format(found=to, known=", ".join(FORMATS)))
    unknown = sorted(set(wanted) - set(tables))
    if unknown:
        raise ContractError(ASKED["export_table"].format(found=unknown[0], known=", ".join(sorted(tables))))
    chosen = [tables[name] for name in sorted(wanted or tables)]
    with whole_files(folder) as place, _one_state(engine, zone) as connection:
        stamp = Stamp(project, exported_at, zone, _pins(connection, tables.get("batch")))
        match to:
            case "parquet":
                rows = {
                    table.name: parquet.write(connection, table, place(f"{table.name}.parquet"), stamp)
                    for table in chosen
                }
            case "csv":
                rows = {table.name: _write_csv(connection, table, place(f"{table.name}.csv")) for table in chosen}
                _write_dictionary(place(texts.EXPORT_FILES["file"]), chosen, zone)
            case _:
                rows = xlsx.write(connection, chosen, place(texts.EXPORT_FILES["workbook"]), stamp)
    suffix = texts.EXPORT_FILES["workbook"] if to == "xlsx" else None
    return [Exported(name, count, folder / (suffix or f"{name}.{to}")) for name, count in rows.items()]


@contextmanager
def whole_files(folder: Path) -> Iterator[Callable[[str], Path]]:
    """Give places to write files of ``folder`` to; they get their names together at the end, or none does.

    A folder that is not there yet appears at once with all of them. In one that is, each file is replaced by itself:
    what else lies there is its owner's.
    """
    partial: dict[Path, Path] = {}
    new = not folder.exists()
    room = folder.with_name(f".{folder.name}.partial") if new else folder

    def place(name: str) -> Path:
        path = room / (name if new else f".{name}.partial")
        partial[path] = folder / name
        return path

    try:
        room.mkdir(parents=True, exist_ok=True)
        yield place
        if new:
            for left in set(room.iterdir()) - set(partial):  # by one that was killed
                left.unlink()
            room.rename(folder)
        else:
            for path, final in partial.items():
                path.replace(final)
    except OSError as error:
        raise PermanentError(
            ASKED["export_folder"].format(why=error.strerror or error, where=error.filename or folder)
        ) from None
    finally:
        for path in partial:
            with suppress(OSError):  # what went wrong is told, not what could not be tidied up
                path.unlink()
        if new:
            with suppress(OSError):
                room.rmdir()


@contextmanager
def _one_state(engine: sa.Engine, zone: str) -> Iterator[sa.Connection]:
    """A transaction that sees one state of all tables, with instants in the project's zone."""
    with transaction(engine) as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        connection.execute(sa.text("SELECT set_config('TimeZone', :zone, TRUE)"), {"zone": zone})
        yield connection


def _pins(connection: sa.Connection, batch: sa.Table | None) -> dict[str, int]:
    """What the marts know: the newest merged batch of each source, as the marts themselves tell it."""
    if batch is None:
        return {}
    merged = sa.select(batch.c.source, sa.func.max(batch.c.batch_id)).where(batch.c.merged_at.is_not(None))
    rows = connection.execute(merged.group_by(batch.c.source).order_by(batch.c.source))
    return {row[0]: row[1] for row in rows}


def _write_csv(connection: sa.Connection, table: sa.Table, path: Path) -> int:
    """One mart as UTF-8 with BOM, commas, ISO dates; nothing that somebody typed runs as a formula."""
    rows = 0
    with path.open("wb") as file:
        file.write("\ufeff".encode() + ",".join(table.columns.keys()).encode() + b"\n")
        columns = expressions(table, instant=ISO_INSTANT, boolean="CAST({0} AS text)", text=HARMLESS)
        for count, block in copied(connection, select(table, columns)):
            file.write(block)
            rows += count
    return rows


def _write_dictionary(path: Path, tables: Sequence[sa.Table], zone: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer: Any = csv.writer(file, lineterminator="\n")
        writer.writerow(texts.EXPORT_COLUMNS)
        writer.writerows([harmless(text) for text in row] for row in dictionary(tables, zone))
