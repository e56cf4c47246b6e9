"""Tabular records become staged rows in the database: sent once, multiplied there.

Data flow: WideRows -> temporary table ``wide_record_<columns>_<accounts>`` (COPY) -> staging.<entity>, one statement an
entity.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from trimestre.sources.base import WideRows, WideTemplate
from trimestre.warehouse.database import copy_rows
from trimestre.warehouse.entities import ENTITIES

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


class Unpivoting:
    """Stages the rows of tabular records, chunk by chunk."""

    def __init__(self, connection: sa.Connection, batch_id: int) -> None:
        self._connection, self._batch_id = connection, batch_id
        self._made: set[str] = set()

    def prepare(
        self, wide: WideRows, first: int, account_keys: "Callable[[pa.Array], pa.Array]"
    ) -> "tuple[Callable[[], None], dict[str, np.ndarray]]":
        """What stages the rows of a chunk, record by record; entity -> 0-based record of each row.

        ``first`` is the number in the batch of the chunk's first record. Nothing is asked of the database yet.
        """
        import numpy as np
        import pyarrow as pa

        records = np.asarray(wide.records, dtype=np.int64)
        columns = {name: pa.array(series, pa.string(), from_pandas=True) for name, series in wide.columns.items()}
        accounts = sorted({t.fields["account_ref"] for t in wide.templates if "account_ref" in t.fields})
        keys = {name: f"k{number}" for number, name in enumerate(accounts)}
        sent = {keys[name]: account_keys(columns[name]) for name in accounts}
        given: dict[str, list[np.ndarray]] = {}
        for template in wide.templates:
            wanted = None if template.when is None else columns[template.when].is_valid().to_numpy(zero_copy_only=False)
            given.setdefault(template.entity, []).append(records if wanted is None else records[wanted])
        rows = pa.table({"record_no": pa.array(records + first), **columns, **sent})
        write = partial(self._write, rows, list(columns), wide.templates, keys)
        return write, {entity: np.concatenate(parts) for entity, parts in given.items()}

    def _write(
        self, rows: "pa.Table", texts: list[str], templates: Sequence[WideTemplate], keys: dict[str, str]
    ) -> None:
        """Send the columns, and make rows of each entity from them."""
        if not rows.num_rows:
            return
        table = self._emptied(texts, list(keys.values()))
        copy_rows(self._connection, table, rows)
        for entity in dict.fromkeys(template.entity for template in templates):
            own = [template for template in templates if template.entity == entity]
            _insert(self._connection, self._batch_id, table, entity, own, keys)

    def _emptied(self, texts: list[str], keys: list[str]) -> str:
        """An empty temporary table of that many columns: a replay takes many chunks, and a new table for each would
        hold its locks to the commit."""
        table = f"wide_record_{len(texts)}_{len(keys)}"
        if table not in self._made:
            columns = ["record_no bigint", *(f"{name} text" for name in texts), *(f"{name} uuid" for name in keys)]
            self._connection.execute(
                sa.text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({', '.join(columns)}) ON COMMIT DROP")
            )
            self._made.add(table)
        self._connection.execute(sa.text(f"TRUNCATE {table}"))
        return table


def _insert(
    connection: sa.Connection,
    batch_id: int,
    table: str,
    entity: str,
    templates: list[WideTemplate],
    keys: dict[str, str],
) -> None:
    """Stage the rows of one entity; ``keys`` = column of an account -> that of its key."""
    spec = ENTITIES[entity]
    account = ["account_ref", "account_key"] if spec.has_account else []
    used = {name for template in templates for name in (*template.fields, *template.constants)}
    targets = [*account, *(name for name in ("out_of_scope", *spec.fields) if name in used)]
    parameters: dict[str, object] = {"batch_id": batch_id}
    wanted = _by_template([f"w.{t.when} IS NOT NULL" if t.when else "TRUE" for t in templates])
    cells = [_by_template([_cell(name, t, keys, parameters) for t in templates]) for name in targets]
    # OFFSET 0: a record is multiplied where it stands, so that its rows follow each other, whatever is planned.
    source = f"(SELECT r.*, generate_series(1, {len(templates)}) AS template FROM {table} AS r OFFSET 0)"
    connection.execute(
        sa.text(
            f"INSERT INTO staging.{entity} (batch_id, record_no, {', '.join(targets)})"
            f" SELECT :batch_id, w.record_no, {', '.join(cells)}"
            f" FROM {source if len(templates) > 1 else table} AS w WHERE {wanted}"
        ),
        parameters,
    )


def _cell(name: str, template: WideTemplate, keys: dict[str, str], parameters: dict[str, object]) -> str:
    """The expression of a field in the rows of a template; a constant becomes a parameter."""
    if name == "account_key":
        return f"w.{keys[template.fields['account_ref']]}"
    if name not in template.constants:
        return f"w.{template.fields[name]}" if name in template.fields else "CAST(NULL AS text)"
    value = template.constants[name]
    known = next((known for known, given in parameters.items() if given == value), None)
    parameter = known or f"constant_{len(parameters)}"
    parameters[parameter] = value
    return f"CAST(:{parameter} AS text)"


def _by_template(expressions: list[str]) -> str:
    """One expression for the rows of all templates: what they have in common is not asked row by row."""
    if len(set(expressions)) == 1:
        return expressions[0]
    cases = " ".join(f"WHEN {number} THEN {expression}" for number, expression in enumerate(expressions, 1))
    return f"CASE w.template {cases} END"
