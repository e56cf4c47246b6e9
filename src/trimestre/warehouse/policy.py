"""What must hold of the tables that people read: described to the last column, and never standing on a closed schema.

Data flow: metadata, sql/marts, docs/diccionario.md and the catalogue of a warehouse -> what is wrong, a line each.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from trimestre.errors import ContractError
from trimestre.texts import TABLES_READ
from trimestre.warehouse import dictionary
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import ROOT, read
from trimestre.warehouse.tables import SCHEMAS, metadata

OPEN = ("warehouse", "results", "marts")
"""Schemas that analysts read."""
CLOSED = ("staging", "quarantine", "restricted")
"""Schemas with personal data: no view that analysts read may stand on them."""

_CLOSED_NAMES = re.compile(
    rf"\b(?:{'|'.join(CLOSED)})\b|\bgood\.\w+|\b(?:asof|current)\."
    rf"(?:{'|'.join(entity.name for entity in ENTITIES.values() if entity.schema in CLOSED)})\b"
)
"""A closed schema, or a pseudo-schema that stands for one (see ``sqlfiles``)."""


def check_described(project: Path, warehouse_url: str | None) -> None:
    """Raise one :class:`ContractError` that names everything that is wrong, also in a warehouse where there is one."""
    found = [*undescribed(metadata), *closed_statements(ROOT / "marts")]
    if dictionary.stale(project):
        found.append(TABLES_READ["stale"].format(page=dictionary.PAGE.as_posix()))
    if warehouse_url:
        engine = connect(warehouse_url)
        try:
            with transaction(engine) as connection:
                found += in_the_warehouse(connection)
        finally:
            engine.dispose()
    if found:
        raise ContractError("\n".join(found))


def undescribed(tables: sa.MetaData) -> Iterator[str]:
    """Tables and columns without a comment, and numbers of ``marts`` that do not say over what they may be summed."""
    for name, table in tables.tables.items():
        if not (table.comment or "").strip():
            yield TABLES_READ["table"].format(name=name)
        for column in table.columns:
            if not (column.comment or "").strip():
                yield TABLES_READ["column"].format(name=f"{name}.{column.name}")
            number = isinstance(column.type, sa.Integer | sa.Numeric) and not column.primary_key
            if table.schema == "marts" and number and not column.info.get("additive"):
                yield TABLES_READ["additive"].format(name=f"{name}.{column.name}")


def closed_statements(folder: Path) -> Iterator[str]:
    """Statements of marts that mention a closed schema, comments included: what is not there is not read by mistake."""
    for path in sorted(folder.glob("*.sql")):
        for name in sorted(set(_CLOSED_NAMES.findall(path.read_text(encoding="utf-8")))):
            yield TABLES_READ["closed"].format(file=path.name, found=name, closed=", ".join(CLOSED))


def in_the_warehouse(connection: sa.Connection) -> Iterator[str]:
    """Views of a warehouse that stand on a closed schema, and what nobody described there."""
    views = connection.execute(sa.text(read("checks/closed_views")), {"open": list(OPEN), "closed": list(CLOSED)})
    for view, relation in views.all():
        yield TABLES_READ["view"].format(view=view, relation=relation)
    for name in connection.scalars(sa.text(read("checks/uncommented")), {"schemas": list(SCHEMAS)}).all():
        yield TABLES_READ["uncommented"].format(name=name)
