"""What spreads the warehouse over the nodes of Citus, and whether our tables and statements are such that it may.

No Citus is at hand: the rules are those that were tried on one, and the file runs against functions of the same names
and arguments that write down what they are asked. See docs/adr/0024-a-warehouse-over-several-machines.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from trimestre.warehouse.database import _LOCK
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.tables import metadata

PROJECT = Path(__file__).resolve().parents[2]
SQL = PROJECT / "sql"
SCALE = (SQL / "scale" / "citus.sql").read_text()
FACTS = {entity.table for entity in ENTITIES.values() if entity.has_account} | {"warehouse.person_link"}
DIMENSIONS = {entity.table for entity in ENTITIES.values() if not entity.has_account} | {"warehouse.person"}
STATEMENTS = {
    path.relative_to(SQL).with_suffix("").as_posix(): re.sub(r"--.*", "", path.read_text())
    for path in sorted(SQL.rglob("*.sql"))
    if path.parent.name != "scale" and path.name not in {"roles.sql", "functions.sql"}
}

STUBS = """
CREATE TABLE pg_dist_partition (logicalrel regclass, partmethod "char");
CREATE TABLE pg_dist_node (noderole text, shouldhaveshards boolean);
CREATE TABLE asked (place bigint GENERATED ALWAYS AS IDENTITY, kind text, name text, by_column text, beside text);
CREATE FUNCTION citus_version() RETURNS text LANGUAGE sql RETURN 'stub';
CREATE FUNCTION create_distributed_function(regprocedure) RETURNS void LANGUAGE sql
BEGIN ATOMIC INSERT INTO asked (kind, name) VALUES ('function', CAST($1 AS text)); END;
CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO asked (kind, name) VALUES ('reference', CAST($1 AS text));
    INSERT INTO pg_dist_partition VALUES ($1, 'n');
END;
CREATE FUNCTION create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL
) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO asked (kind, name, by_column, beside) VALUES ('distributed', CAST($1 AS text), $2, $4);
    INSERT INTO pg_dist_partition VALUES ($1, 'h');
END;
"""


@pytest.fixture
def coordinator(warehouse: sa.Engine) -> sa.Engine:
    """A migrated warehouse with functions of Citus' names, and one node."""
    with warehouse.begin() as connection:
        connection.exec_driver_sql(STUBS)
        connection.exec_driver_sql("INSERT INTO pg_dist_node VALUES ('primary', TRUE)")
    return warehouse


def spread(engine: sa.Engine) -> list[tuple[str, str, str | None, str | None]]:
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver
        driver.execute(SCALE)  # without parameters, whose sign the file holds
        found = connection.exec_driver_sql("SELECT kind, name, by_column, beside FROM asked ORDER BY place")
        return [tuple(row) for row in found]


def test_every_fact_is_spread_by_account_and_every_dimension_is_everywhere(coordinator: sa.Engine) -> None:
    asked = spread(coordinator)
    assert {name for kind, name, *_ in asked if kind == "reference"} == DIMENSIONS
    facts = {name: (by, beside) for kind, name, by, beside in asked if kind == "distributed"}
    assert facts.pop("warehouse.account") == ("account_key", "none")
    assert facts == dict.fromkeys(FACTS - {"warehouse.account"}, ("account_key", "warehouse.account"))
    kinds = [kind for kind, *_ in asked]
    assert kinds == sorted(kinds, key=["function", "reference", "distributed"].index), "dimensions come before facts"


def test_running_it_again_asks_for_nothing_more(coordinator: sa.Engine) -> None:
    once = [row for row in spread(coordinator) if row[0] != "function"]
    assert [row for row in spread(coordinator) if row[0] != "function"] == once


def test_merges_write_facts_and_dimensions_in_one_transaction_from_then_on(coordinator: sa.Engine) -> None:
    spread(coordinator)
    coordinator.dispose()
    with coordinator.connect() as connection:
        mode = connection.exec_driver_sql("SHOW citus.multi_shard_modify_mode").scalar_one()
    assert mode == "sequential"
    assert f"pg_advisory_xact_lock({_LOCK})" in SCALE


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("DELETE FROM pg_dist_node", "found no node that takes shards"),
        ("DROP FUNCTION citus_version()", "found no extension"),
        ("INSERT INTO ops.batch (source, state, started_at) VALUES ('x', 'staged', now())", "found some in work"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_spread(coordinator: sa.Engine, state: str, told: str) -> None:
    with coordinator.begin() as connection:
        connection.exec_driver_sql(state)
    with pytest.raises(psycopg.Error, match=told):
        spread(coordinator)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_can_be_spread(name: str) -> None:
    table = metadata.tables[name]
    assert next(iter(table.primary_key.columns)).name == "account_key"
    assert isinstance(table.c.account_key.type, sa.Uuid)
    unique = [index.columns for index in table.indexes if index.unique]
    unique += [
        c.columns
        for c in table.constraints
        if isinstance(c, sa.PrimaryKeyConstraint | sa.UniqueConstraint | postgresql.ExcludeConstraint)
    ]
    assert all("account_key" in columns for columns in unique)


@pytest.mark.parametrize("name", sorted(FACTS | DIMENSIONS))
def test_nothing_but_the_night_fills_a_column(name: str) -> None:
    """No identity, sequence or volatile default: their numbers restart, or a statement is refused."""
    for column in metadata.tables[name].columns:
        assert column.server_default is None
        assert column.identity is None
        assert column.computed is None
        assert not column.foreign_keys
        assert column.autoincrement in {False, "auto"}
        assert not (column.autoincrement == "auto" and column.primary_key and isinstance(column.type, sa.Integer))


def test_the_database_does_nothing_by_itself(warehouse: sa.Engine) -> None:
    with warehouse.connect() as connection:
        found = connection.execute(
            sa.text(
                "SELECT CAST(tgrelid AS regclass) || '' FROM pg_trigger"
                " UNION ALL SELECT CAST(inhrelid AS regclass) || '' FROM pg_inherits AS i"
                " INNER JOIN pg_class AS c ON i.inhrelid = c.oid WHERE c.relkind <> 'i'"
                " UNION ALL SELECT conname FROM pg_constraint WHERE contype = 'f'"
                " UNION ALL SELECT schemaname || '.' || viewname FROM pg_views"
                " WHERE schemaname IN ('warehouse', 'results', 'marts', 'restricted', 'ops', 'staging')"
            )
        )
        assert found.scalars().all() == []


def test_every_function_within_a_statement_is_on_every_node_and_reads_no_table() -> None:
    called = {name for text in STATEMENTS.values() for name in re.findall(r"\b((?:warehouse|ops)\.[a-z_]+)\(", text)}
    called -= FACTS | DIMENSIONS
    assert called == set(re.findall(r"create_distributed_function\('([\w.]+)\(", SCALE))
    for name in called:
        text = (SQL / "functions.sql").read_text()
        body = text.split(f"FUNCTION {name}(")[1].split(";")[0]
        assert "IMMUTABLE" in body
        assert not re.search(r"\b(FROM|JOIN)\s+[a-z]+\.", body)


REFUSED = {
    "grouping sets over facts": r"\b(GROUPING SETS|ROLLUP|CUBE)\b",
    "MERGE": r"^MERGE\b",
    "what a session was told": r"\bcurrent_setting\(",
    "another key for a row": r"\bSET\s+account_key\b",
    "the place of a row": r"\bctid\b",
    "rows held for a change": r"\bFOR (UPDATE|SHARE)\b",
}


@pytest.mark.parametrize("what", REFUSED)
def test_no_statement_holds(what: str) -> None:
    assert [name for name, text in STATEMENTS.items() if re.search(REFUSED[what], text, re.MULTILINE)] == []


def test_no_recursive_statement_reads_facts() -> None:
    spreads = re.compile("|".join([r"\b(asof|current)\.", *map(re.escape, FACTS)]))
    recursive = [name for name, text in STATEMENTS.items() if "RECURSIVE" in text and spreads.search(text)]
    assert recursive == []


def test_what_changes_facts_or_dimensions_draws_nothing_by_chance() -> None:
    """Nodes would draw differently: such a statement is refused."""
    volatile = re.compile(r"\b(clock_timestamp|statement_timestamp|random|gen_random_uuid|nextval)\(")
    assert [name for name, text in STATEMENTS.items() if set(written(text)) and volatile.search(text)] == []


def test_no_statement_of_a_night_is_one_that_citus_refuses() -> None:
    """By what was tried of each shape; no night has been run on a cluster."""
    assert {name: why for name, text in STATEMENTS.items() if (why := refused(name, text))} == {}


def test_the_one_place_that_changes_keys_is_known() -> None:
    """A rotation can't be done on a spread warehouse: see the ADR."""
    sources = sorted((PROJECT / "src").rglob("*.py"))
    assert [path.name for path in sources if re.search(r"SET account_key =", path.read_text())] == ["rekeying.py"]


def written(text: str) -> Iterator[str]:
    """The facts and dimensions that a statement changes; `__target__` is any of them."""
    for target in re.findall(r"^ *(?:UPDATE|DELETE FROM|INSERT INTO)\s+([\w.]+)", text, re.MULTILINE):
        if target in FACTS | DIMENSIONS | {"__target__"}:
            yield target


def refused(name: str, text: str) -> str | None:
    """Why Citus does not run a statement; beside a dimension that is changed, another table is materialised first."""
    targets = {target for target in written(text) if not name.startswith("rekeying/")}  # whose tables are of ops
    change = re.search(r"^ *(UPDATE|DELETE)\b.*", text, re.MULTILINE | re.DOTALL)
    if change and targets & (DIMENSIONS | {"__target__"}):
        other = re.search(r"^ *(FROM|USING)\s+([\w.]+|\()", change[0], re.MULTILINE)
        if other and not re.search(rf"\b{re.escape(other[2])} AS MATERIALIZED\b", text):
            return f"{change[1]} of a dimension {other[1]} another table"
    searched = re.findall(r"EXISTS \(\s*SELECT 1\s+FROM (?:current|asof)\.(\w+)", text)
    if any(f"warehouse.{table}" in FACTS for table in searched) and not targets & FACTS:
        return "facts searched for each row of something else"
    return None
