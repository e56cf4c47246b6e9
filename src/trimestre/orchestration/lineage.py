"""OpenLineage: which datasets a task of ours read and wrote, with columns, which Airflow's provider can't know.

Off until ``[openlineage] transport`` is configured; then Airflow's provider loads :class:`Extractor` (see
``launcher``). Told are names of sources, tables and columns, and counts: no rows, no statements, no addresses. Landed
files go by source and dataset, since each night has new ones; their batch is the version.

Data flow: task that ended well + accounting of its source's newest batch -> inputs and outputs of its event.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
from airflow.providers.openlineage.extractors.base import BaseExtractor, OperatorLineage
from openlineage.client.event_v2 import Dataset, InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    dataset_version_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from trimestre import settings
from trimestre.pipeline.staging import PART_RECORDS
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import ROOT
from trimestre.warehouse.tables import STAGING, metadata

VALUES = ("results.indicator_value", "results.span_value")
_EVIDENCE_OF = {
    "value": ("value", "hit"), "numerator": ("value", "hit"), "denominator": ("evidence_key",),
    "n": ("evidence_key",), "excluded": ("excluded",),
}  # fmt: skip
"""Column of a value -> columns of the evidence that it is an aggregate of."""
_SOURCES, _LANDING, _EVIDENCE = "trimestre://sources", "trimestre://landing", "trimestre://evidence"


class Extractor(BaseExtractor):
    """What Airflow's OpenLineage provider asks about ``@task`` functions; those of other DAGs get no answer."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        """The class behind ``@task``."""
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> OperatorLineage:
        return OperatorLineage()  # at its start nobody knows what a task will find

    def extract_on_complete(self, task_instance: Any) -> OperatorLineage:
        """The datasets of a task that ended well."""
        dag_id, task_id = self.operator.dag_id, self.operator.task_id
        given = getattr(self.operator, "op_kwargs", {}).get("group")  # what a mapped task was given of the batch
        with _warehouse() as (connection, tables):
            inputs, outputs = datasets(connection, tables, dag_id, task_id, given)
        return OperatorLineage(inputs=list(inputs), outputs=list(outputs))

    def extract_on_failure(self, task_instance: Any) -> OperatorLineage:
        """A task that failed wrote nothing."""
        return OperatorLineage()


class Tables:
    """Datasets of the warehouse's tables, by its address without who logs in."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        host = parsed.host or parsed.query.get("host") or "localhost"
        self.namespace = f"postgres://{host}:{parsed.port or 5432}"
        self._database = parsed.database or "postgres"

    def name(self, table: str) -> str:
        """Name of the dataset of a table such as ``warehouse.enrolment``."""
        return f"{self._database}.{table}"

    def read(self, table: str) -> InputDataset:
        """A table as an input."""
        return InputDataset(self.namespace, self.name(table), facets={"schema": _schema(table)})

    def written(
        self, table: str, lineage: Mapping[str, Sequence[tuple[str, str, str]]] | None = None, rows: int | None = None
    ) -> OutputDataset:
        """A table as an output; ``lineage``: column -> (namespace, dataset, column) that it comes from."""
        facets: dict[str, Any] = {"schema": _schema(table)}
        if lineage:
            facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(
                fields={
                    column: column_lineage_dataset.Fields(
                        inputFields=[column_lineage_dataset.InputField(*origin) for origin in origins]
                    )
                    for column, origins in lineage.items()
                }
            )
        counted: dict[str, Any] = {}
        if rows is not None:
            counted["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rowCount=rows
            )
        return OutputDataset(self.namespace, self.name(table), facets=facets, outputFacets=counted)


def datasets(
    connection: sa.Connection, tables: Tables, dag_id: str, task_id: str, group: Mapping[str, Any] | None = None
) -> tuple[Sequence[Dataset], Sequence[Dataset]]:
    """Inputs and outputs of a task that ended well; none for what is not ours or moves no data.

    ``group``: what one of several tasks that stage a batch was given (see :func:`tasks.divide`).
    """
    source = dag_id.removeprefix("ingest__")
    if source != dag_id and task_id == "stage":
        return _staged_beside(connection, tables, source, group) if group else ([], [])
    if source != dag_id and task_id in _OF_INGEST:
        batch_id = connection.execute(
            sa.text("SELECT max(batch_id) FROM ops.batch WHERE source = :source"), {"source": source}
        ).scalar()
        if batch_id is not None:
            inputs, outputs = _OF_INGEST[task_id](connection, tables, source, batch_id)
            return inputs, outputs
    if (dag_id, task_id) == ("indicators", "compute"):
        return _computed(tables)
    if dag_id in ("indicators", "upkeep", "close_quarter") and task_id == "refresh_marts":
        return _refreshed(tables)
    return [], []


def _landed(connection: sa.Connection, tables: Tables, source: str, batch_id: int) -> tuple[list[Any], list[Any]]:
    return [InputDataset(_SOURCES, source)], _files(connection, source, batch_id, OutputDataset)


def _staged(connection: sa.Connection, tables: Tables, source: str, batch_id: int) -> tuple[list[Any], list[Any]]:
    staged = [f"staging.{entity}" for entity in _entities_staged(connection, batch_id)]
    return _files(connection, source, batch_id, InputDataset), [tables.written(table) for table in staged]


def _staged_beside(
    connection: sa.Connection, tables: Tables, source: str, group: Mapping[str, Any]
) -> tuple[list[Any], list[Any]]:
    """Of some parts of a batch: their own files, and the tables that hold rows of them."""
    batch_id = group["batch_id"]
    files = _files(connection, source, batch_id, InputDataset, group["datasets"])
    staged = _entities_staged(connection, batch_id, group["parts"])
    return files, [tables.written(f"staging.{entity}") for entity in staged]


def _validated(connection: sa.Connection, tables: Tables, source: str, batch_id: int) -> tuple[list[Any], list[Any]]:
    staged = [f"staging.{entity}" for entity in _entities_staged(connection, batch_id)]
    return [tables.read(table) for table in staged], [tables.written("ops.rule_result")]


def _merged(connection: sa.Connection, tables: Tables, source: str, batch_id: int) -> tuple[list[Any], list[Any]]:
    rows = connection.execute(
        sa.text("SELECT entity, merged, quarantined FROM ops.row_account WHERE batch_id = :batch_id ORDER BY entity"),
        {"batch_id": batch_id},
    ).all()
    known = [row for row in rows if row.entity in ENTITIES]
    outputs = [tables.written(ENTITIES[row.entity].table, _merging(tables, row.entity), row.merged) for row in known]
    if held := sum(row.quarantined for row in rows):
        outputs.append(tables.written("quarantine.row", rows=held))
    return [tables.read(f"staging.{row.entity}") for row in known], outputs


_OF_INGEST = {"land": _landed, "complete": _staged, "validate": _validated, "merge": _merged}


def _files(
    connection: sa.Connection, source: str, batch_id: int, kind: type[Any], only: Sequence[str] | None = None
) -> list[Any]:
    """What was landed of each dataset, or of ``only`` some, whatever its files are called."""
    rows = connection.execute(
        sa.text(
            "SELECT dataset, count(*) AS files, sum(bytes) AS bytes FROM ops.landed_file"
            " WHERE batch_id = :batch_id AND (CAST(:only AS text[]) IS NULL OR dataset = ANY(:only))"
            " GROUP BY dataset ORDER BY dataset"
        ),
        {"batch_id": batch_id, "only": None if only is None else list(only)},
    )
    version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=str(batch_id))
    found = []
    for row in rows:
        size = {
            "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                size=int(row.bytes), fileCount=row.files
            )
        }
        more = {"outputFacets": size} if kind is OutputDataset else {}
        found.append(kind(_LANDING, f"{source}/{row.dataset}", facets={"version": version}, **more))
    return found


def _entities_staged(connection: sa.Connection, batch_id: int, parts: Sequence[int] | None = None) -> list[str]:
    """Entities that a batch, or some parts of it, has staged rows of."""
    own = "" if parts is None else " AND (record_no - 1) / :part_records = ANY(:parts)"
    each = (
        f"SELECT '{name}' AS entity WHERE EXISTS (SELECT 1 FROM staging.{name} WHERE batch_id = :batch_id{own})"
        for name in ENTITIES
    )
    given = {"batch_id": batch_id, "parts": list(parts or ()), "part_records": PART_RECORDS}
    return list(connection.scalars(sa.text(" UNION ALL ".join(each)), given))


def _merging(tables: Tables, entity: str) -> dict[str, Sequence[tuple[str, str, str]]]:
    """Column of a merged table -> column of its staging table: the one of the same name."""
    staged = STAGING[entity].columns.keys()
    merged = metadata.tables[ENTITIES[entity].table].columns.keys()
    origin = tables.name(f"staging.{entity}")
    return {column: [(tables.namespace, origin, column)] for column in merged if column in staged}


def _computed(tables: Tables) -> tuple[list[Any], list[Any]]:
    """Facts -> the rows of each evidence -> values, whose columns are aggregates of the evidence and nothing else."""
    names = sorted(path.stem for path in (ROOT / "evidence").glob("[a-z]*.sql"))
    facts = [name for name, entity in ENTITIES.items() if entity.schema == "warehouse"]
    lineage = {
        column: [(_EVIDENCE, name, origin) for name in names for origin in origins]
        for column, origins in _EVIDENCE_OF.items()
    }
    evidence = [OutputDataset(_EVIDENCE, name) for name in names]
    values = [tables.written(table, lineage) for table in VALUES]
    return [tables.read(ENTITIES[name].table) for name in facts if _is_read(name)], [*evidence, *values]


def _is_read(entity: str) -> bool:
    """Whether any evidence reads an entity; the headers of its statements name what they read."""
    return any(f"asof.{entity}" in path.read_text(encoding="utf-8") for path in (ROOT / "evidence").glob("*.sql"))


def _refreshed(tables: Tables) -> tuple[list[Any], list[Any]]:
    facts = [entity.table for entity in ENTITIES.values() if entity.schema == "warehouse"]
    marts = sorted(name for name, table in metadata.tables.items() if table.schema == "marts")
    return [tables.read(name) for name in (*facts, *VALUES)], [tables.written(name) for name in marts]


def _schema(table: str) -> schema_dataset.SchemaDatasetFacet:
    """The columns of a table, each with what it means."""
    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(
                name=column.name, type=str(column.type.compile(dialect=_POSTGRESQL)), description=column.comment
            )
            for column in metadata.tables[table].columns
        ]
    )


_POSTGRESQL = sa.dialects.postgresql.dialect()


@contextmanager
def _warehouse() -> Iterator[tuple[sa.Connection, Tables]]:
    url = settings.from_environment().require_warehouse()
    engine = connect(url)
    try:
        with transaction(engine) as connection:
            yield connection, Tables(url)
    finally:
        engine.dispose()
