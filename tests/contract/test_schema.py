"""The warehouse's schema: described, as migrated, fit for Citus, and open to each role for its own part only."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from trimestre.embedded import EmbeddedPostgres
from trimestre.warehouse.database import connect
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import ROOT as SQL
from trimestre.warehouse.tables import SCHEMAS, STAGING, metadata

if TYPE_CHECKING:
    from conftest import DemoPlant

PROJECT = Path(__file__).resolve().parents[2]
TABLES = sorted(metadata.tables)
VERSIONED = sorted(name for name, table in metadata.tables.items() if "valid_to" in table.c)
WRITTEN = {"results.narrative", "results.activity", "results.risk", "results.remark"}
"""Words of documents, in versions: brought by uploads, not by a source."""
OPEN, CLOSED = {"warehouse", "results", "marts"}, {"staging", "quarantine", "restricted", "ops"}

CATALOGUE = {
    "tables": (
        "SELECT n.nspname, c.relname, c.relkind, c.relpersistence, obj_description(c.oid, 'pg_class'),"
        " array_to_string(ARRAY(SELECT o.option FROM unnest(c.reloptions) AS o (option) ORDER BY o.option), ', ')"
        " FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
        " WHERE c.relkind IN ('r', 'v', 'm', 'S', 'p') AND n.nspname = ANY(:schemas)"
    ),
    "columns": (
        # Not their order: ALTER TABLE appends, and no statement goes by positions.
        "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
        " a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)"
        " FROM pg_attribute AS a INNER JOIN pg_class AS c ON a.attrelid = c.oid"
        " INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
        " LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND n.nspname = ANY(:schemas)"
    ),
    "constraints": (
        "SELECT n.nspname, c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid) FROM pg_constraint AS k"
        " INNER JOIN pg_class AS c ON k.conrelid = c.oid INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
        " WHERE n.nspname = ANY(:schemas)"
    ),
    "indexes": "SELECT schemaname, tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = ANY(:schemas)",
    "sequences": (
        "SELECT schemaname, sequencename, data_type, start_value, increment_by, cache_size, cycle FROM pg_sequences"
        " WHERE schemaname = ANY(:schemas)"
    ),
    "schemas": "SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = ANY(:schemas)",
}


@pytest.fixture(scope="module")
def migrated(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> Iterator[sa.Engine]:
    """A migrated warehouse that stays empty."""
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


def catalogue(connection: sa.Connection, what: str) -> set[tuple[Any, ...]]:
    rows = connection.execute(sa.text(CATALOGUE[what]), {"schemas": list(SCHEMAS)})
    return {tuple(row) for row in rows if "schema_version" not in tuple(row)}


# -- described ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_an_analyst_finds_every_table_and_column_explained(name: str) -> None:
    table = metadata.tables[name]
    grain = ("Una fila por ",) if table.schema == "marts" else ("One row per ", "One version of ")
    assert (table.comment or "").startswith(grain), "the grain comes first"
    assert [column.name for column in table.columns if not (column.comment or "").strip()] == []


@pytest.mark.parametrize("path", sorted(SQL.rglob("*.sql")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_sql_file_says_what_it_gives_and_from_what(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    header = " ".join(line.lstrip("- ") for line in lines[: next(i for i, x in enumerate(lines) if x[:2] != "--")])
    assert len(header) > 20
    if path.name != "roles.sql":
        assert "Inputs: " in header


# -- as migrated -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def declared(postgres: EmbeddedPostgres, make_database: Callable[[str], str]) -> dict[str, set[tuple[Any, ...]]]:
    """The catalogue of a warehouse made from the metadata, without any migration."""
    name = make_database("template0")
    made = connect(postgres.url(name))
    with made.begin() as connection:
        for schema, comment in SCHEMAS.items():
            connection.execute(sa.schema.CreateSchema(schema))
            connection.exec_driver_sql(f"COMMENT ON SCHEMA {schema} IS '{comment}'")
        metadata.create_all(connection)
        found = {what: catalogue(connection, what) for what in CATALOGUE}
    made.dispose()
    postgres.drop_database(name)
    return found


@pytest.mark.parametrize("what", CATALOGUE)
def test_migrating_gives_exactly_what_the_code_expects(
    migrated: sa.Engine, declared: dict[str, set[tuple[Any, ...]]], what: str
) -> None:
    """Comments, checks, partial indexes and UNLOGGED included, which Alembic's own comparison does not all see."""
    with migrated.connect() as connection:
        found = catalogue(connection, what)
    assert found - declared[what] == set()
    assert declared[what] - found == set()
    assert found


def test_alembic_finds_nothing_left_to_migrate(migrated: sa.Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def ours(name: str | None, kind: str, _parent: object) -> bool:
        return name in SCHEMAS if kind == "schema" else name != "schema_version"

    options = {"include_schemas": True, "include_name": ours, "compare_type": True, "compare_server_default": True}
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_staging_is_not_written_to_the_log_and_history_is(migrated: sa.Engine) -> None:
    with migrated.connect() as connection:
        kinds = {f"{row[0]}.{row[1]}": row[3] for row in catalogue(connection, "tables") if row[2] == "r"}
    assert {name for name, kind in kinds.items() if kind == "u"} == {n for n in kinds if n.startswith("staging.")}


def test_autovacuum_does_not_hold_staged_rows_while_they_are_emptied(migrated: sa.Engine) -> None:
    """Millions of rows would be read and written for nobody, and deleted one by one in the end."""
    with migrated.connect() as connection:
        left = [row[1] for row in catalogue(connection, "tables") if row[0] == "staging" and row[2] == "r"
                and "autovacuum_vacuum_insert_threshold=-1" not in row[5]]  # fmt: skip
    assert left == []


# -- history, and fit for Citus ----------------------------------------------------------------------------


def test_every_entity_has_all_its_parts() -> None:
    """A table, its staging table, a merge file, a suite."""
    for entity in ENTITIES.values():
        assert entity.table in VERSIONED
        assert STAGING[entity.name].fullname == f"staging.{entity.name}"
        assert (SQL / "merge" / f"{entity.name}.sql").is_file()
        assert (PROJECT / "expectations" / f"{entity.name}.yaml").is_file()
        columns = metadata.tables[entity.table].columns
        assert [name for name in (*entity.key_columns, *entity.declared) if name not in columns] == []
        assert [name for name in entity.fields if name not in STAGING[entity.name].columns] == []
        assert list(metadata.tables[entity.table].primary_key.columns.keys()) == [*entity.key_columns, "valid_to"]
    derived = {"warehouse.person", "warehouse.person_link"}
    assert set(VERSIONED) == {entity.table for entity in ENTITIES.values()} | derived | WRITTEN
    assert set(STAGING) == set(ENTITIES)


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_key_has_one_version_at_a_time(name: str) -> None:
    table = metadata.tables[name]
    keys = [column.name for column in table.primary_key.columns]
    assert keys[-1] == "valid_from"
    assert list(table.columns.keys())[: len(keys) - 1] == keys[:-1]
    current = [
        index
        for index in table.indexes
        if index.unique and str(index.dialect_options["postgresql"]["where"]) == "valid_to = 'infinity'"
    ]
    assert [[column.name for column in index.columns] for index in current] == [keys[:-1]]


@pytest.mark.parametrize("name", sorted(set(VERSIONED) - WRITTEN))
def test_a_key_of_what_is_merged_has_one_version_at_a_time(name: str) -> None:
    table = metadata.tables[name]
    keys = [column.name for column in table.primary_key.columns]
    assert keys[-1] == "valid_to"
    assert list(table.columns.keys())[: len(keys) - 1] == keys[:-1]
    checks = [str(item.sqltext) for item in table.constraints if isinstance(item, sa.CheckConstraint)]
    assert checks == ["valid_from < valid_to"]


@pytest.mark.parametrize("name", sorted(set(VERSIONED) - WRITTEN))
def test_facts_can_be_spread_by_account(name: str) -> None:
    table = metadata.tables[name]
    keys = [column.name for column in table.primary_key.columns]
    if "account_key" in table.c:
        assert keys[:2] == ["account_key", "source"]
        assert isinstance(table.c.account_key.type, sa.Uuid)
        uniques = [index for index in table.indexes if index.unique]
        assert all(next(iter(index.columns)).name == "account_key" for index in uniques)
    else:
        assert keys[0] == "source"
    assert not table.foreign_keys


@pytest.mark.parametrize("name", VERSIONED)
def test_versions_take_nothing_from_the_clock_or_from_chance(name: str) -> None:
    """A replay must write the same versions, and MERGE on Citus takes no such default."""
    for column in metadata.tables[name].columns:
        assert column.default is None
        assert column.server_default is None
        assert column.identity is None
        assert column.computed is None
    assert metadata.tables[name].primary_key.columns[0].autoincrement is not True


# -- roles -------------------------------------------------------------------------------------------------


@pytest.fixture
def log_in(warehouse: sa.Engine) -> Iterator[Callable[[str], sa.Engine]]:
    """Make a log-in that belongs to a role, and an engine of its own."""
    made: list[tuple[str, sa.Engine]] = []

    def make(role: str) -> sa.Engine:
        name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(16)
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {role}")
        engine = connect(warehouse.url.set(username=name, password=password).render_as_string(hide_password=False))
        made.append((name, engine))
        return engine

    yield make
    for name, engine in made:
        engine.dispose()
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"DROP ROLE {name}")


def denied(engine: sa.Engine, statement: str) -> bool:
    """Whether PostgreSQL refuses a statement for want of a right (and for nothing else)."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
            connection.rollback()
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        return True
    return False


def test_an_analyst_reads_the_pseudonymous_schemas_and_nothing_else(log_in: Callable[[str], sa.Engine]) -> None:
    """Names, e-mails and CURP stand in the others."""
    analyst = log_in("trimestre_analyst")
    readable = {name for name in TABLES if not denied(analyst, f"SELECT * FROM {name} LIMIT 1")}
    assert readable == {name for name in TABLES if name.split(".")[0] in OPEN}
    assert {name.split(".")[0] for name in set(TABLES) - readable} == CLOSED
    assert set(SCHEMAS) == OPEN | CLOSED
    assert denied(analyst, "SELECT * FROM ops.schema_version")
    assert denied(analyst, "SELECT nextval('ops.record_id')")


def test_an_analyst_changes_nothing(log_in: Callable[[str], sa.Engine]) -> None:
    analyst = log_in("trimestre_analyst")
    for name in TABLES:
        column = next(iter(metadata.tables[name].columns)).name
        assert denied(analyst, f"DELETE FROM {name}"), name
        assert denied(analyst, f"UPDATE {name} SET {column} = NULL"), name
        assert denied(analyst, f"INSERT INTO {name} ({column}) VALUES (NULL)"), name
        assert denied(analyst, f"TRUNCATE {name}"), name
    for schema in (*SCHEMAS, "public"):
        assert denied(analyst, f"CREATE TABLE {schema}.mine (a integer)"), schema


def test_the_specialist_reads_no_personal_data_and_the_privacy_role_no_figures(
    log_in: Callable[[str], sa.Engine],
) -> None:
    specialist, privacy = log_in("trimestre_specialist"), log_in("trimestre_privacy")
    for engine, schemas in ((specialist, OPEN | {"ops"}), (privacy, {"ops", "quarantine", "restricted"})):
        readable = {name.split(".")[0] for name in TABLES if not denied(engine, f"SELECT * FROM {name} LIMIT 1")}
        assert readable == schemas
        assert denied(engine, "DELETE FROM ops.decision")
        assert denied(engine, "DELETE FROM results.indicator_value")


ANALYZED = "ops.record_seen, " + ", ".join(n for n in TABLES if n.split(".")[0] in {"staging", "warehouse"})


def test_the_pipelines_role_may_tell_the_planner_what_it_loaded(log_in: Callable[[str], sa.Engine]) -> None:
    """PostgreSQL only warns when it skips an ANALYZE; the night then takes many times as long."""
    notices: list[str] = []
    with log_in("trimestre_pipeline").connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.add_notice_handler(lambda notice: notices.append(notice.message_primary))
        connection.exec_driver_sql(f"ANALYZE {ANALYZED}")
    assert notices == []


def test_the_pipelines_role_is_enough_for_a_night(demo_plant: "DemoPlant", log_in: Callable[[str], sa.Engine]) -> None:
    """Production runs with it, and not as the owner of the tables."""
    from trimestre.indicators.computing import compute
    from trimestre.periods import Period
    from trimestre.pipeline import night

    plant = replace(demo_plant.plant, engine=log_in("trimestre_pipeline"))
    for source in plant.source_codes():
        assert night.ingest(plant, source, datetime(2020, 7, 10, tzinfo=UTC)).changed
    computed = compute(plant.engine, plant.project, Period(2020, 2))
    totals = {v.indicator: v.value for v in computed.values if v.official and v.disaggregation == "total"}
    assert (totals["L2-01"], totals["L2-02"]) == (98, 99)
    assert denied(plant.engine, "CREATE TABLE warehouse.mine (a integer)")
