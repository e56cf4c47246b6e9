"""The data dictionary: a page in Spanish made of the tables' own comments, for people; no dates, so that it is stable.

Data flow: metadata (grain, warning, meaning, additive, codes, limits) -> docs/diccionario.md.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from trimestre import texts
from trimestre.warehouse.tables import metadata

PAGE = Path("docs") / "diccionario.md"
"""Where the page stands below the project."""

SCHEMAS = ("marts", "warehouse", "results")
"""What an analyst may read, in the order of the page."""

_TYPES = (
    (sa.Boolean, "sí/no"), (sa.BigInteger, "entero"), (sa.Integer, "entero"), (sa.Numeric, "número"),
    (sa.Date, "fecha"), (sa.DateTime, "instante"), (sa.Uuid, "identificador"), (JSONB, "JSON"), (ARRAY, "lista"),
    (sa.LargeBinary, "binario"), (sa.Text, "texto"),
)  # fmt: skip


def render() -> str:
    """The whole page."""
    said = texts.DICTIONARY
    parts = [said["title"], said["intro"]]
    reasons = [f"- `{reason}`: {sentence}" for reason, sentence in texts.MART_REASONS.items()]
    for schema in SCHEMAS:
        parts.append(f"## {said[schema]}")
        if schema == "warehouse":
            parts.append(said["history"])
        tables = (table for table in metadata.tables.values() if table.schema == schema)
        parts += [part for table in sorted(tables, key=lambda table: table.name) for part in _table(table)]
        if schema == "marts":
            parts += [said["reasons"], "\n".join(reasons)]
    return "\n\n".join(parts) + "\n"


def write(project: Path) -> Path:
    """Write the page of a project; returns its path."""
    path = project / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(), encoding="utf-8")
    return path


def stale(project: Path) -> bool:
    """Whether the project's page says something else than the tables; a project without a page has none to be stale."""
    path = project / PAGE
    return path.is_file() and path.read_text(encoding="utf-8") != render()


def _table(table: sa.Table) -> list[str]:
    said = texts.DICTIONARY
    grain = table.info.get("grain") or table.comment or ""
    parts = [f"### {table.fullname}", said["grain"].format(grain=grain)]
    if table.info.get("warning"):
        parts.append(said["warning"].format(warning=table.info["warning"]))
    keys = ", ".join(f"`{column.name}`" for column in table.primary_key.columns)
    parts.append(said["key"].format(columns=keys))
    described = table.schema == "marts"
    lines = [said["headings" if described else "headings_short"], "|---|---|---|" + "---|---|---|" * described]
    lines += [_row(column, described) for column in table.columns]
    return [*parts, "\n".join(lines)]


def _row(column: sa.Column[Any], described: bool) -> str:
    """A line of the table of columns."""
    kind = next(word for type_, word in _TYPES if isinstance(column.type, type_))
    cells = [f"`{column.name}`", kind, column.info.get("meaning") or column.comment or ""]
    if described:
        codes = "; ".join(f"`{code}` = {meaning}" for code, meaning in column.info.get("codes", {}).items())
        cells += [column.info.get("additive", ""), codes, column.info.get("limits", "")]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
