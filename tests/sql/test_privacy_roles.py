"""Each role as somebody who logs in with it and tries what it must not do."""

import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from trimestre.warehouse.database import connect
from trimestre.warehouse.tables import metadata
from trimestre.warehouse.tables.restricted import quarantined_row

if TYPE_CHECKING:
    from conftest import Case

ROLES = ("trimestre_analyst", "trimestre_specialist", "trimestre_privacy")
NO_RIGHT, NO_REASON = "42501", "23514"


@pytest.fixture
def log_in(case: "Case") -> Iterator[Callable[[str], sa.Engine]]:
    """Make a log-in that belongs to a role, and an engine of its own."""
    made: list[tuple[str, sa.Engine]] = []
    owner = case.plant.engine

    def make(role: str) -> sa.Engine:
        name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(16)
        with owner.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {role}")
        engine = connect(owner.url.set(username=name, password=password).render_as_string(hide_password=False))
        made.append((name, engine))
        return engine

    yield make
    for name, engine in made:
        engine.dispose()
        with owner.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")


def refused(engine: sa.Engine, statement: str) -> str | None:
    """The code by which PostgreSQL refuses a statement; None = it does not."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
            connection.rollback()
    except sa.exc.DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", ""))
    return None


ESCAPES = [
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY warehouse.account FROM STDIN",
    "COPY staging.account_identity (email) TO STDOUT",
    "SET ROLE trimestre_pipeline",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "CREATE TABLE public.mine (a integer)",
    "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql RETURN 1",
    "CREATE EXTENSION dblink",
    "ALTER FUNCTION ops.look_at_retained(bigint, text) SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION ops.look_at_accounts(a uuid[], b text) RETURNS integer LANGUAGE sql RETURN 1",
    "EXPLAIN ANALYZE DELETE FROM warehouse.enrolment",
    "EXPLAIN ANALYZE INSERT INTO ops.decision (kind, subject, reason, decided_by, decided_at)"
    " VALUES ('erase_person', '{}', 'r', 'p', now())",
    "INSERT INTO ops.look (looked_at, looked_by, kind, subject, reason, rows) VALUES (now(), 'x', 'x', '{}', 'x', 0)",
    "DELETE FROM ops.look",
    "UPDATE ops.decision SET reason = 'other'",
    "INSERT INTO ops.setting VALUES ('account_key', 'mine')",
    "SELECT * FROM staging.account_identity",
    "LOCK TABLE warehouse.enrolment IN ACCESS EXCLUSIVE MODE",
    "TRUNCATE ops.look",
    "SELECT * FROM pg_catalog.pg_authid",
]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_gets_out_of_its_room(log_in: Callable[[str], sa.Engine], role: str) -> None:
    engine = log_in(role)
    found = {statement: refused(engine, statement) for statement in ESCAPES}
    assert {statement: code for statement, code in found.items() if code != NO_RIGHT} == {}


def test_nobody_passes_a_right_on(case: "Case", log_in: Callable[[str], sa.Engine]) -> None:
    """PostgreSQL only warns that it granted nothing."""
    with log_in("trimestre_privacy").begin() as privacy:
        privacy.exec_driver_sql("GRANT SELECT ON restricted.account_ref TO public")
    assert refused(log_in("trimestre_specialist"), "SELECT * FROM restricted.account_ref") == NO_RIGHT


@pytest.mark.parametrize("role", ["trimestre_analyst", "trimestre_specialist"])
def test_names_are_not_to_be_had_by_another_way(case: "Case", log_in: Callable[[str], sa.Engine], role: str) -> None:
    engine = log_in(role)
    for statement in (
        "SELECT * FROM restricted.account_identity",
        "SELECT full_name FROM restricted.account_identity LIMIT 1",
        "SELECT fields FROM quarantine.row",
        "SELECT q FROM quarantine.row AS q",
        "SELECT to_jsonb(q) FROM quarantine.row AS q",
        "SELECT * FROM quarantine.correction",
        "SELECT * FROM restricted.tombstone",
        "SELECT count(*) FROM quarantine.row WHERE fields ->> 'email' LIKE 'a%%'",
        "CREATE TEMPORARY VIEW mine AS SELECT * FROM restricted.account_identity; SELECT * FROM mine",
    ):
        assert refused(engine, statement) == NO_RIGHT, statement
    with engine.connect() as connection:
        sampled = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stats WHERE schemaname IN ('restricted', 'quarantine', 'staging')"
            " AND attname IN ('full_name', 'email', 'fields', 'legal_id', 'account_ref', 'local_id')"
        ).scalar_one()
        assert sampled == 0
        seen = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user AND query NOT IN ('', '<insufficient"
            " privilege>')"
        ).scalar_one()
        assert seen == 0


def test_temporary_tables_of_a_night_are_its_own(case: "Case", log_in: Callable[[str], sa.Engine]) -> None:
    """The merge keeps names in them for a while."""
    with case.plant.engine.connect() as night:
        night.exec_driver_sql("CREATE TEMPORARY TABLE incoming AS SELECT * FROM restricted.account_identity")
        night.commit()
        schema = night.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()").scalar_one()
        for role in ROLES:
            assert refused(log_in(role), f"SELECT * FROM {schema}.incoming") == NO_RIGHT


def test_the_specialist_sees_of_retained_rows_all_but_what_they_hold(log_in: Callable[[str], sa.Engine]) -> None:
    specialist = log_in("trimestre_specialist")
    visible = {
        column.name
        for column in quarantined_row.columns
        if refused(specialist, f"SELECT {column.name} FROM quarantine.row") is None
    }
    assert {column.name for column in quarantined_row.columns} - visible == {"fields"}


def look(engine: sa.Engine, statement: str, **parameters: Any) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(sa.text(statement), parameters))


def test_a_look_at_a_retained_row_is_logged_with_who_and_why(case: "Case", log_in: Callable[[str], sa.Engine]) -> None:
    specialist = log_in("trimestre_specialist")
    (known,) = case.rows("SELECT retained_id, fields FROM quarantine.row WHERE source = 'eventos' LIMIT 1")
    (seen,) = look(specialist, "SELECT * FROM ops.look_at_retained(:n, ' revisar fecha ')", n=known.retained_id)
    assert (seen.source, seen.fields) == ("eventos", known.fields)
    (logged,) = case.rows("SELECT * FROM ops.look")
    assert logged.looked_by == specialist.url.username
    assert (logged.kind, logged.reason, logged.rows) == ("retained", "revisar fecha", 1)
    assert logged.subject == {"retained_id": known.retained_id}


def test_a_look_at_accounts_is_logged_and_bounded(case: "Case", log_in: Callable[[str], sa.Engine]) -> None:
    specialist = log_in("trimestre_specialist")
    keys = [row.account_key for row in case.rows("SELECT account_key FROM restricted.account_identity LIMIT 3")]
    text = "SELECT * FROM ops.look_at_accounts(:keys, 'muestra')"
    seen = look(specialist, text, keys=keys)
    assert {row.account_key for row in seen} == set(keys)
    assert all(row.full_name or row.email for row in seen)
    (logged,) = case.rows("SELECT * FROM ops.look")
    assert (logged.looked_by, logged.rows) == (specialist.url.username, 3)
    assert logged.subject == {"accounts": [str(key) for key in keys]}
    many = "SELECT * FROM ops.look_at_accounts((SELECT array_agg(account_key) FROM warehouse.account), 'todas')"
    assert refused(specialist, many) == NO_REASON
    assert case.value("SELECT count(*) FROM ops.look") == 1


@pytest.mark.parametrize("reason", ["NULL", "''", "'   '"])
def test_without_a_reason_nothing_is_shown(log_in: Callable[[str], sa.Engine], reason: str) -> None:
    specialist = log_in("trimestre_specialist")
    assert refused(specialist, f"SELECT * FROM ops.look_at_retained(1, {reason})") == NO_REASON
    assert refused(specialist, f"SELECT * FROM ops.look_at_accounts('{{}}', {reason})") == NO_REASON


def test_names_planted_in_the_path_are_not_taken_for_ours(case: "Case", log_in: Callable[[str], sa.Engine]) -> None:
    """The functions run with the owner's rights: a table or operator of the caller must never be theirs."""
    specialist = log_in("trimestre_specialist")
    with specialist.begin() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE look (LIKE ops.look)")
        connection.exec_driver_sql("SET LOCAL search_path = pg_temp, ops, quarantine")
        connection.exec_driver_sql("SELECT * FROM ops.look_at_retained(1, 'x')")
    assert case.value("SELECT count(*) FROM ops.look") == 1


def test_a_look_that_is_rolled_back_stands_in_the_servers_log(
    case: "Case", log_in: Callable[[str], sa.Engine], postgres: Any
) -> None:
    specialist = log_in("trimestre_specialist")
    with specialist.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM ops.look_at_retained(1, 'x')")
        connection.rollback()
    assert case.value("SELECT count(*) FROM ops.look") == 0
    assert f"{specialist.url.username} looks at retained row 1" in postgres.log_file.read_text(errors="replace")


def test_an_analyst_cannot_look(log_in: Callable[[str], sa.Engine]) -> None:
    analyst = log_in("trimestre_analyst")
    assert refused(analyst, "SELECT * FROM ops.look_at_retained(1, 'x')") == NO_RIGHT
    assert refused(analyst, "SELECT * FROM ops.look_at_accounts('{}', 'x')") == NO_RIGHT


def test_the_privacy_role_empties_who_is_who_and_sees_no_figures(log_in: Callable[[str], sa.Engine]) -> None:
    privacy = log_in("trimestre_privacy")
    for statement in (
        "UPDATE restricted.account_identity SET full_name = NULL",
        "DELETE FROM restricted.account_ref",
        "DELETE FROM quarantine.row",
        "SELECT * FROM ops.look",
    ):
        assert refused(privacy, statement) is None, statement
    for name in metadata.tables:
        if name.split(".")[0] in ("results", "marts", "warehouse", "staging"):
            assert refused(privacy, f"SELECT * FROM {name}") == NO_RIGHT, name


def test_tables_of_a_later_migration_are_open_to_the_same_roles(
    case: "Case", log_in: Callable[[str], sa.Engine]
) -> None:
    with case.plant.engine.begin() as connection:
        for schema in ("marts", "restricted", "quarantine", "ops"):
            connection.exec_driver_sql(f"CREATE TABLE {schema}.later (a integer)")
    engines = {role: log_in(role) for role in (*ROLES, "trimestre_pipeline")}
    opened = {
        role: {
            schema
            for schema in ("marts", "restricted", "quarantine", "ops")
            if refused(engine, f"SELECT * FROM {schema}.later") is None
        }
        for role, engine in engines.items()
    }
    assert opened == {
        "trimestre_analyst": {"marts"},
        "trimestre_specialist": {"marts", "ops"},
        "trimestre_privacy": {"restricted", "quarantine", "ops"},
        "trimestre_pipeline": {"marts", "restricted", "quarantine", "ops"},
    }
