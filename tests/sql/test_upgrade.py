"""An installation of an earlier version, upgraded: nothing is lost, what is new is right, nights and figures go on.

``tests/fixtures/upgrade/NNNN.sql.zst`` are warehouses of the demo, filled by the code of their time (three nights,
one learner suspended in the second; the quarters computed; from 0008 on 2020-Q2 closed; from 0009 on two persons
merged and one erased before) and dumped as data only. All people in them are made up. docs/upgrade.md tells how to make
the next.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import zstandard
from alembic import command

from trimestre.backups import making, restoring
from trimestre.backups.manifest import newest
from trimestre.embedded import EmbeddedPostgres
from trimestre.embedded.place import wheel_binaries
from trimestre.indicators.reproducing import reproduce
from trimestre.indicators.small_cells.audiences import values_for
from trimestre.keys import AccountKey
from trimestre.periods import Period
from trimestre.pipeline import night
from trimestre.pipeline.tokens import Tokens
from trimestre.settings import Settings
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.migrate import alembic_config, migrate
from trimestre.warehouse.tables import SCHEMAS

if TYPE_CHECKING:
    from conftest import DemoPlant

DUMPS = Path(__file__).resolve().parents[1] / "fixtures" / "upgrade"
REVISIONS = ["0001", "0005", "0008", "0009", "0021"]
QUARTER = Period(2020, 2)
CELL = ("indicator", "official", "attribution", "disaggregation", "category")
LATER = datetime(2020, 8, 15, tzinfo=UTC)

DERIVED = {
    "warehouse.person_link": "int8send(hash_record_extended(ROW(c.person_key, c.reason), 0))",
    "warehouse.person": "int8send(hash_record_extended(ROW(c.sex, c.sex_known, c.sex_conflict, c.sex_source,"
    " c.institution, c.institution_listed, c.state, c.order_of_government, c.accounts), 0))",
}
"""Table that identity writes -> the hash of what a version of it says."""

REFILLED = {"marts.indicator_value"}
"""Emptied by a migration, and filled again by the next refresh of the marts."""


def migrate_to(engine: sa.Engine, revision: str) -> None:
    """Make the empty database what it was at a revision."""
    with engine.begin() as connection:
        for schema in SCHEMAS:
            connection.execute(sa.schema.CreateSchema(schema))
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def load(url: str, revision: str) -> None:
    """Fill it with what the code of that time left."""
    text = zstandard.ZstdDecompressor().stream_reader((DUMPS / f"{revision}.sql.zst").read_bytes()).read()
    target = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        [wheel_binaries() / "psql", target, "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1"],
        input=text,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[:500]


def contents(engine: sa.Engine, columns: dict[str, list[str]] | None = None) -> dict[str, tuple[int, str]]:
    """Table -> its rows, and a checksum of all that stands in them, of the columns given."""
    columns = columns or columns_of(engine)
    found = {}
    with engine.connect() as connection:
        for table, names in columns.items():
            row = ", ".join(f't."{name}"' for name in names)
            found[table] = tuple(connection.execute(sa.text(
                f"SELECT count(*), md5(coalesce(string_agg(r, '|' ORDER BY r COLLATE \"C\"), ''))"
                f" FROM (SELECT CAST(ROW({row}) AS text) AS r FROM {table} AS t) AS s"
            )).one())  # fmt: skip
    return found


def columns_of(engine: sa.Engine) -> dict[str, list[str]]:
    """Table -> its columns."""
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for schema, table, column in connection.execute(
            sa.text("SELECT table_schema, table_name, column_name FROM information_schema.columns"
                    " WHERE table_schema = ANY(:schemas) AND table_name <> 'schema_version' ORDER BY 1, 2, 3"),
            {"schemas": list(SCHEMAS)},
        ):  # fmt: skip
            found.setdefault(f"{schema}.{table}", []).append(column)
    return found


@pytest.fixture(scope="module")
def earlier(postgres: EmbeddedPostgres, make_database: Callable[[str], str]) -> Iterator[Callable[[str], str]]:
    """Name of the database of an earlier revision, to copy from."""
    made: dict[str, str] = {}

    def database(revision: str) -> str:
        if revision not in made:
            made[revision] = make_database("template0")
            engine = connect(postgres.url(made[revision]))
            migrate_to(engine, revision)
            load(postgres.url(made[revision]), revision)
            engine.dispose()
        return made[revision]

    yield database
    for name in made.values():
        postgres.drop_database(name)


@pytest.fixture(params=REVISIONS)
def old(
    request: pytest.FixtureRequest,
    postgres: EmbeddedPostgres,
    earlier: Callable[[str], str],
    make_database: Callable[[str], str],
) -> Iterator[sa.Engine]:
    """A warehouse of an earlier revision, as the code of its time left it."""
    name = make_database(earlier(request.param))
    engine = connect(postgres.url(name))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


def upgrade(engine: sa.Engine) -> None:
    migrate(engine.url.render_as_string(hide_password=False))


def but_hashes(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """The columns without the hashes of versions, which 0013 and 0021 make anew (see ``wrongly_hashed``)."""
    hashed = {entity.table for entity in ENTITIES.values()} | set(DERIVED)
    return {
        table: [name for name in names if table not in hashed or name != "row_hash"] for table, names in columns.items()
    }


def wrongly_hashed(engine: sa.Engine) -> dict[str, int]:
    """Table -> its versions whose hash is not that of what they store: read again, they would count as changed."""
    found = {}
    with engine.connect() as connection:
        told = {entity.table: Tokens(entity).hash_of("c") for entity in ENTITIES.values()}
        for table, hashed in (told | DERIVED).items():
            if rows := connection.scalar(sa.text(f"SELECT count(*) FROM {table} AS c WHERE c.row_hash <> {hashed}")):
                found[table] = rows
    return found


def test_an_upgrade_loses_and_changes_nothing(old: sa.Engine) -> None:
    """Every row of every table, in every column it had, is what it was; hashes are those of what the rows store."""
    columns = but_hashes(columns_of(old))
    before = contents(old, columns)
    upgrade(old)
    after = contents(old, columns)
    assert {name for name in before if after[name] != before[name]} <= REFILLED
    assert before["warehouse.enrolment"][0] > 500
    assert wrongly_hashed(old) == {}
    once = contents(old)
    upgrade(old)
    assert contents(old) == once


@pytest.mark.parametrize("old", ["0001"], indirect=True)
def test_what_was_added_since_says_what_the_rows_of_before_mean(old: sa.Engine) -> None:
    """Each migration that works on data does: deliveries of invitations, gaps of learners, rows held back twice."""
    with old.begin() as connection:
        connection.execute(sa.text(
            "INSERT INTO quarantine.row (source, dataset, scope, entity, record_hash, row_hash, rule, fields,"
            " landed_file_id, position, first_batch_id, last_batch_id, state)"
            " SELECT 'sfp', 'x', '', 'enrolment', sha256(CAST(r.record AS bytea)), sha256('old'), 'rule',"
            " CAST(r.fields AS jsonb), 1, '1', 1, r.batch, 'open' FROM (VALUES"
            " ('a', '{\"edition\": \"E1\", \"account_key\": \"1\", \"role\": null}', 3),"
            " ('b', '{\"edition\": \"E1\", \"account_key\": \"2\"}', 5),"
            " ('c', '{\"edition\": \"E2\", \"account_key\": \"2\"}', 4)) AS r (record, fields, batch)"
        ))  # fmt: skip
    upgrade(old)
    with old.connect() as connection:
        held = connection.execute(
            sa.text("SELECT fields ->> 'edition' AS edition, last_batch_id FROM quarantine.row ORDER BY 1")
        ).all()
        wrong = connection.execute(
            sa.text("SELECT count(*), count(*) FILTER (WHERE delivered <> (sent_at IS NOT NULL))"
                    " FROM warehouse.invitation")
        ).one()  # fmt: skip
        gaps = connection.execute(
            sa.text("SELECT e.gap_closed_at = (SELECT max(p.valid_to) FROM warehouse.enrolment AS p"
                    " WHERE p.account_key = e.account_key AND p.edition = e.edition AND NOT p.active)"
                    " FROM warehouse.enrolment AS e WHERE e.gap_closed_at IS NOT NULL")
        ).all()  # fmt: skip
    assert held == [("E1", 5), ("E2", 4)]
    assert wrong[0] > 50
    assert wrong[1] == 0
    assert gaps == [(True,)]


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "old", ["0001", pytest.param("0005", marks=SLOW), pytest.param("0009", marks=SLOW), "0021"], indirect=True
)
def test_nights_and_figures_go_on_after_an_upgrade(old: sa.Engine, closed_demo: "DemoPlant", tmp_path: Path) -> None:
    """The next nights bring nothing twice and lose nobody; the figures are those of an installation of today."""
    upgrade(old)
    today = closed_demo.plant
    plant = replace(today, engine=old, landing=tmp_path / "landing of the upgraded")
    with old.connect() as connection:  # what people decided before moves figures: then they are those of before
        decided = connection.scalar(sa.text("SELECT count(*) FROM ops.decision WHERE kind = 'merge_persons'"))
    expected = figures(plant if decided else today)
    for source in plant.source_codes():
        night.ingest(plant, source, LATER)
    night.compute_quarters(plant, [str(QUARTER)])
    night.refresh_marts(plant)
    assert figures(plant) == expected
    assert current_rows(old) == current_rows(today.engine)
    assert wrongly_hashed(old) == {}
    assert [source for source in plant.source_codes() if night.ingest(plant, source, LATER).changed] == []


@pytest.mark.parametrize("old", ["0008", "0009", "0021"], indirect=True)
def test_what_was_published_before_an_upgrade_stands(old: sa.Engine, closed_demo: "DemoPlant") -> None:
    """A vintage keeps its figures letter by letter, and is worked out again with the hash it was published with.

    In 0008 institutions were still the person's, not the account's: what is worked out differs there, and only there.
    """
    with old.connect() as connection:
        revision = connection.execute(sa.text("SELECT version_num FROM ops.schema_version")).scalar_one()
    upgrade(old)
    found = reproduce(old, closed_demo.plant.project, QUARTER)
    assert found.intact
    assert found.same == (revision != "0008")
    assert {cell.place[3] for cell in found.cells} == (set() if found.same else {"institution"})


def test_a_batch_that_an_upgrade_found_in_work_is_merged_as_if_there_had_been_none(
    demo_after_a_night: "DemoPlant", postgres: EmbeddedPostgres, make_database: Callable[[str], str]
) -> None:
    """Whoever is known from before and did not change is still there: before 0020 each had a row of her own."""
    plant = demo_after_a_night.plant
    student = min(user for user in demo_after_a_night.world.moodle.users if user > 2)
    for enrolment in demo_after_a_night.world.moodle.enrolments:
        if enrolment.user_id == student:
            enrolment.suspended = True
    batch_id = night.land(plant, "moodle_pnud")
    assert night.stage(plant, batch_id)
    plant.engine.dispose()
    url = postgres.url(name := make_database(str(plant.engine.url.database)))
    upgraded = replace(plant, engine=connect(url))
    try:
        as_0019_staged_it(upgraded.engine)
        migrate(url)
        found = []
        for house in (plant, upgraded):
            night.validate(house, batch_id, LATER)
            assert night.merge(house, batch_id, LATER).changed
            found.append((current_rows(house.engine), accounts(house.engine, batch_id)))
        assert found[0] == found[1]
        assert found[0][1]["ops.record_account"][0]["unchanged"] > 500
    finally:
        upgraded.engine.dispose()
        postgres.drop_database(name)


def as_0019_staged_it(engine: sa.Engine) -> None:
    """Bring a warehouse back to 0019 with the batches in work as the code of that time staged them."""
    tables = [name for name in columns_of(engine) if name.startswith("staging.")]
    with engine.begin() as connection:
        for name in tables:
            connection.exec_driver_sql(f"CREATE TABLE {name.replace('staging.', 'public.')} AS TABLE {name}")
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0019")
        for name in set(tables) - {"staging.unchanged"}:
            connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {name.replace('staging.', 'public.')}")
        connection.exec_driver_sql(
            "INSERT INTO staging.record (batch_id, landed_file_id, dataset, scope, position, record_no, record_hash,"
            " record_id, status) SELECT u.batch_id, 0, u.dataset, u.scope, '1', u.record_no + r.ordinal - 1,"
            " s.record_hash, r.id, 'unchanged' FROM public.unchanged AS u"
            " CROSS JOIN LATERAL unnest(u.record_ids) WITH ORDINALITY AS r (id, ordinal)"
            " INNER JOIN ops.record_seen AS s ON s.record_id = r.id"
        )
        for name in tables:
            connection.exec_driver_sql(f"DROP TABLE {name.replace('staging.', 'public.')}")


def accounts(engine: sa.Engine, batch_id: int) -> dict[str, list[dict[str, object]]]:
    """What a batch accounts for: records by dataset, rows by entity."""
    with engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(
                sa.text(f"SELECT * FROM {table} WHERE batch_id = :id ORDER BY {by}"), {"id": batch_id}
            ).mappings()]
            for table, by in (("ops.record_account", "dataset"), ("ops.row_account", "entity"))
        }  # fmt: skip


@pytest.mark.parametrize("old", ["0008"], indirect=True)
def test_a_backup_of_before_an_upgrade_is_restored_by_the_newer_version(
    old: sa.Engine, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Whoever lost the server has only a backup of the old version, and only the new version at hand."""
    empty = Settings(tmp_path, tmp_path, tmp_path / "landing", tmp_path / "drop", None, tmp_path / "key")
    making.make(old, empty, tmp_path / "backups", zone="UTC", now=LATER)
    columns, url = but_hashes(columns_of(old)), postgres.url(name := f"test_restored_upgrade_{os.getpid()}")
    try:
        plan = restoring.plan(
            newest(tmp_path / "backups"), empty, url, key=AccountKey(b"k" * 32), aside=None, erasures=[]
        )
        assert restoring.restore(plan, url, aside=None, now=LATER).migrated_from == "0008"
        engine = connect(url)
        staging = {table for table in columns if table.startswith("staging.")}
        before, after = contents(old, columns), contents(engine, columns)
        assert {table for table in columns if before[table] != after[table]} <= staging
        assert wrongly_hashed(engine) == {}
        engine.dispose()
    finally:
        postgres.drop_database(name)


def figures(plant: night.Plant) -> dict[tuple[str, ...], object]:
    """Cell of the quarter -> value."""
    with transaction(plant.engine) as connection:
        rows = values_for(connection, plant.project, QUARTER, "internal", reconciliation=True)
    return {tuple(str(row[name]) for name in CELL): row["value"] for row in rows}


def current_rows(engine: sa.Engine) -> dict[str, int]:
    """Table of facts -> rows that hold now."""
    names = (
        "account",
        "answer",
        "attendance",
        "certificate",
        "enrolment",
        "invitation",
        "module_completion",
        "response",
    )
    current = "SELECT count(*) FROM warehouse.{} WHERE valid_to = 'infinity' AND vanished_at IS NULL"
    with engine.connect() as connection:
        return {name: connection.execute(sa.text(current.format(name))).scalar_one() for name in names}
