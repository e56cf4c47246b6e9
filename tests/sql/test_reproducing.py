"""A published quarter works out again to the letter: from history, and from nothing but what was received."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from the_case import case_project, small_world

from trimestre.embedded import EmbeddedPostgres
from trimestre.errors import ContractError, TransientError
from trimestre.indicators.candidates import prepare
from trimestre.indicators.reproducing import Reproduced, reproduce
from trimestre.indicators.vintages import decide_candidate
from trimestre.keys import AccountKey
from trimestre.periods import Period
from trimestre.pipeline import acts, night
from trimestre.pipeline.plant import Plant
from trimestre.pipeline.replay.past import NotReproducible
from trimestre.pipeline.replay.reliving import reproduce_from_landing
from trimestre.pipeline.replay.scratch import scratch_warehouse
from trimestre.simulators import World, write_drop_files
from trimestre.sources.base import Connection
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.decisions import decide

if TYPE_CHECKING:
    from conftest import _Loaded

QUARTER = Period(2020, 2)
COUNTED = (
    "SELECT CAST(e.account_key AS text) FROM results.evidence AS e INNER JOIN results.evidence_set AS s USING (set_id)"
    " INNER JOIN warehouse.person_link AS k ON e.account_key = k.account_key AND k.valid_to = 'infinity'"
    " WHERE e.excluded IS NULL AND e.evidence_key LIKE '%plataforma_sfp%' AND s.indicator = 'L2-02'"
    " GROUP BY e.account_key, k.person_key HAVING (SELECT count(*) FROM warehouse.person_link AS o"
    "   WHERE o.person_key = k.person_key AND o.valid_to = 'infinity') > 1 ORDER BY 1 LIMIT 1"
)
"""An account with a certificate that counts, whose person has others."""
TOTAL_OF_QUARTER = (True, str(QUARTER), "total", "total")


def explained(found: Reproduced) -> list[Any]:
    """What is wrong; empty = the same."""
    return [] if found.same else [found.intact, found.definitions_differ, *found.cells[:5], *found.rows]


@dataclass
class Site:
    """The demo's case with a published quarter."""

    plant: Plant

    def again(self) -> Reproduced:
        """The vintage from history."""
        return reproduce(self.plant.engine, self.plant.project, QUARTER)

    def from_files(self, **how: Any) -> Reproduced:
        """The vintage from landed files."""
        return reproduce_from_landing(self.plant, QUARTER, **how)

    def execute(self, text: str, **parameters: Any) -> None:
        with self.plant.engine.begin() as connection:
            connection.execute(sa.text(text), parameters)

    def values(self, text: str, **parameters: Any) -> list[Any]:
        with self.plant.engine.connect() as connection:
            return list(connection.scalars(sa.text(text), parameters))

    def open(self, source: str) -> list[int]:
        """The numbers of what is held back of a source."""
        return self.values(
            "SELECT retained_id FROM quarantine.row WHERE source = :source AND state = 'open' ORDER BY 1", source=source
        )

    def deliver(self, source: str, change: Callable[[World], None], now: datetime) -> night.Merged:
        """A night of a drop folder in which something changed."""
        world = small_world()
        change(world)
        write_drop_files(world, Path(self.plant.drop))
        for path in Path(self.plant.drop).rglob("*.*"):
            os.utime(path, (time.time() - 60,) * 2)
        return night.ingest(self.plant, source, now)


def _fewer(world: World) -> None:
    del world.attendees[-5:]


def _too_late(world: World) -> None:
    """Two typed figures of a day to come, and of one of them another night says the same."""
    for row in world.captured[:2]:
        row.date = datetime(2099, 1, 1, 12, tzinfo=None)  # noqa: DTZ001 (as a wall clock shows it)


def _site(url: str, folder: Path) -> Site:
    return Site(
        Plant(
            engine=connect(url),
            project=case_project(),
            landing=folder / "landing",
            drop=folder / "drop",
            key=b"k" * 32,
            connection_of=lambda _: Connection("https://nowhere.invalid"),
        )
    )


def _decide(site: Site, now: datetime) -> None:
    """What people do before a close: correct and accept rows, take one back, withdraw a file, merge persons."""
    why = {"reason": "acta 12", "decided_by": "ana"}
    acts.correct_row(site.plant, *site.open("eventos"), {"registered_at": "2020-06-03T10:00:00-05:00"}, now, **why)
    site.deliver("datos_capturados", _too_late, now)
    accepted = acts.accept_rows(site.plant, site.open("datos_capturados"), now, **why)
    assert len(accepted.entered) == 2
    (last,) = site.values("SELECT max(decision_id) FROM ops.decision WHERE kind = 'accept_row'")
    acts.take_back_row(site.plant, last, **why)
    wrong = site.deliver("eventos", _fewer, now)
    acts.withdraw(site.plant, wrong.batch_id, **why)
    two = site.values("SELECT min(CAST(account_key AS text)) FROM warehouse.enrolment GROUP BY source ORDER BY 1")[:2]
    acts.decide_identity(site.plant, "merge_persons", two, **why)


def _publish(site: Site, now: datetime) -> None:
    engine, project = site.plant.engine, site.plant.project
    with transaction(engine) as connection:
        for indicator in project.indicators:  # what deviates from its target is explained before
            subject = {"indicator": indicator.code, "period": str(QUARTER)}
            decide(connection, "explain", subject, reason="Así fue.", decided_by="ana")
    prepared = prepare(engine, project, QUARTER, prepared_by="ana", now=now, force=True, reason="antes de tiempo")
    decide_candidate(
        engine, prepared.candidate_id, approve=True, decided_by="coordinacion", comment=None, project=project
    )


@pytest.fixture(scope="module")
def closed(
    loaded: "_Loaded", postgres: EmbeddedPostgres, make_database: Callable[[str], str], now: datetime
) -> Iterator[tuple[str, Path]]:
    """The case after decisions, with its quarter published, to copy from: database and folder."""
    name = make_database(loaded.database)
    folder = Path(tempfile.mkdtemp(prefix="trimestre-test-"))
    shutil.copytree(loaded.folder, folder, dirs_exist_ok=True)
    site = _site(postgres.url(name), folder)
    _decide(site, now)
    _publish(site, now)
    site.plant.engine.dispose()
    yield name, folder
    postgres.drop_database(name)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def site(
    closed: tuple[str, Path], postgres: EmbeddedPostgres, make_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Site]:
    """A copy of the published case."""
    database, folder = closed
    name = make_database(database)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    site = _site(postgres.url(name), tmp_path)
    yield site
    site.plant.engine.dispose()
    postgres.drop_database(name)


def test_a_vintage_is_the_same_from_history_and_from_landed_files_alone(site: Site) -> None:
    """A corrected row, a withdrawn file and a merge of persons stand behind it."""
    databases = "SELECT datname FROM pg_database WHERE datname LIKE 'trimestre_scratch_%'"
    assert explained(site.again()) == []
    assert explained(site.from_files()) == []
    assert site.values(databases) == [], "nothing is left of it"


def test_replaying_every_source_leaves_a_vintage_as_it_was(site: Site) -> None:
    for source in site.plant.source_codes():
        acts.replay(site.plant, source)
        assert explained(site.again()) == [], source


def test_neither_another_key_nor_an_erased_person_changes_a_vintage(site: Site) -> None:
    """The person has accounts in several sources and a certificate that counts; their files still name them."""
    (account,) = site.values(COUNTED)
    person = acts.find_person(site.plant, "account", account)
    acts.erase(site.plant, "account", account, accounts=len(person.accounts), reason="a petición", decided_by="prueba")
    assert explained(site.again()) == []
    new = b"n" * 32
    acts.rotate_key(site.plant, new, reason="cada año", decided_by="prueba")
    site.plant = replace(site.plant, key=AccountKey(new, (site.plant.key,)))
    assert explained(site.again()) == []
    assert explained(site.from_files()) == []


def test_what_arrives_and_is_decided_later_does_not_show(site: Site, now: datetime) -> None:
    site.deliver("eventos", _fewer, now)
    (held,) = site.values("SELECT min(retained_id) FROM quarantine.row WHERE source <> 'eventos' AND state = 'open'")
    assert held is not None
    first, *_, last = site.values(
        "SELECT min(CAST(person_key AS text)) FROM warehouse.person_link WHERE valid_to = 'infinity' GROUP BY source"
        " ORDER BY 1"
    )
    acts.decide_identity(site.plant, "merge_persons", [first, last], reason="acta 20", decided_by="ana")
    assert explained(site.again()) == []
    assert explained(site.from_files()) == []


def test_a_changed_fact_is_told_with_its_cell_and_its_row(site: Site) -> None:
    (account,) = site.values(COUNTED)
    site.execute(
        "UPDATE warehouse.certificate SET state = 'not_obtained'"
        " WHERE account_key = CAST(:account AS uuid) AND source = 'plataforma_sfp'",
        account=account,
    )
    found = site.again()
    assert not found.same
    assert found.intact
    (total,) = [cell for cell in found.cells if cell.place[0] == "L2-02" and cell.place[1:] == TOTAL_OF_QUARTER]
    published, again = total.fields["value"]
    assert published - again == 1
    (rows,) = [rows for rows in found.rows if ("L2-02", True) in rows.lines]
    (row,) = [row for row in rows.rows if row.published and row.again is None]
    assert row.published["counted"]
    where = site.values(
        "SELECT l.sha256 FROM warehouse.certificate AS c INNER JOIN ops.landed_file AS l USING (landed_file_id)"
        " WHERE c.account_key = CAST(:account AS uuid) AND c.source = 'plataforma_sfp' AND c.position = :position",
        account=account,
        position=row.position,
    )
    assert where == [row.sha256]


def test_a_published_value_that_somebody_changed_is_told(site: Site) -> None:
    site.execute(
        "UPDATE results.candidate_value SET value = value + 1 WHERE indicator = 'L2-02' AND official"
        " AND covers = period AND disaggregation = 'total'"
    )
    found = site.again()
    assert (found.hash == found.again, found.intact, found.same) == (True, False, False)
    assert [(cell.place[0], list(cell.fields)) for cell in found.cells] == [("L2-02", ["value"])]


def test_files_that_retention_removed_are_told_and_nothing_is_begun(site: Site) -> None:
    site.execute("UPDATE ops.landed_file SET removed_at = '2030-01-02T12:00Z' WHERE source = 'eventos'")
    with pytest.raises(NotReproducible, match=r"la retención eliminó \d+ \(eventos\), los últimos el 02/01/2030"):
        site.from_files()
    assert explained(site.again()) == [], "history still gives it"


def test_a_damaged_file_is_told(site: Site) -> None:
    (path,) = site.values("SELECT min(path) FROM ops.landed_file WHERE source = 'plataforma_sfp'")
    (site.plant.landing / path).chmod(0o640)
    (site.plant.landing / path).write_bytes(b"cut")
    with pytest.raises(NotReproducible, match=r"dañado un archivo del lote \d+ de plataforma_sfp"):
        site.from_files()


def test_a_scratch_database_is_given_empty_and_left_empty(
    site: Site, postgres: EmbeddedPostgres, make_database: Callable[[str], str], migrated_template: str
) -> None:
    with pytest.raises(ContractError, match="se esperaba una base vacía"):
        site.from_files(scratch_url=postgres.url(make_database(migrated_template)))
    given = postgres.url(make_database("template0"))
    site.execute("DELETE FROM restricted.contract")
    with pytest.raises(NotReproducible, match="no guarda los YAML"):
        site.from_files(scratch_url=given)
    with scratch_warehouse(site.plant.engine, given) as scratch, scratch.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM ops.batch")).scalar_one() == 0
    with connect(given).connect() as connection:
        left = connection.scalars(sa.text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)'"))
        assert list(left) == ["public"]


def test_what_a_killed_run_left_goes_with_the_next_one(site: Site, postgres: EmbeddedPostgres) -> None:
    prefix = "trimestre_scratch_{}_".format(
        *site.values("SELECT oid FROM pg_database WHERE datname = current_database()")
    )
    postgres.create_database(f"{prefix}dead")
    with scratch_warehouse(site.plant.engine) as scratch:
        assert str(scratch.url.database).startswith(prefix)
        with pytest.raises(TransientError, match="ya hay otra en uso"), scratch_warehouse(site.plant.engine):
            pass
        names = "SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)"
        assert site.values(names, prefix=prefix) == [scratch.url.database]
    assert site.values(names, prefix=prefix) == []
