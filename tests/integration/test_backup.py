"""What a backup holds, what it refuses to be restored as, and that a restored quarter is the one that was published."""

import os
import re
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from saying import Say, sayer

from trimestre.backups import dumping, making, restoring
from trimestre.backups.manifest import MANIFEST, finished, read
from trimestre.backups.places import sha256_of
from trimestre.embedded import EmbeddedPostgres
from trimestre.keys import AccountKey, from_text, mark
from trimestre.pipeline import acts, night
from trimestre.pipeline.deciding import as_yaml, export_decisions
from trimestre.pipeline.privacy.erasing_again import erase_again, exported_erasures
from trimestre.settings import Settings
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.tables import SCHEMAS, metadata
from trimestre.watching.marks import marked_at

if TYPE_CHECKING:
    from conftest import DemoPlant

PROJECT = Path(__file__).resolve().parents[2]
KEY = "una llave de prueba"
NOW = datetime(2020, 9, 1, tzinfo=UTC)
UNSEEN = "00000000-0000-4000-8000-000000000000"


@dataclass
class Office:
    """An installation with a closed quarter, and a folder for its backups."""

    demo: "DemoPlant"
    root: Path
    backups: Path
    say: Say

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def engine(self) -> sa.Engine:
        return self.demo.plant.engine

    @property
    def settings(self) -> Settings:
        return Settings(
            project=self.root / "project",
            home=self.root,
            landing=self.landing,
            drop=self.root / "drop",
            warehouse_url=self.engine.url.render_as_string(hide_password=False),
            key_file=self.root / "secrets" / "account_key",
        )

    def newest(self) -> Path:
        return finished(self.backups)[-1]

    def noted(self) -> datetime | None:
        """When the watch believes that a backup was made."""
        with self.engine.begin() as connection:
            return marked_at(connection, "backup")


@pytest.fixture
def office(
    closed_demo: "DemoPlant", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    """The demo after its close, with a project, documents, an upload and a key of its own."""
    for name in ("framework", "sources", "expectations"):
        shutil.copytree(PROJECT / name, tmp_path / "project" / name)
    for name in ("documents/2020-Q2/v1/informe.docx", "uploads/ab/cd.xlsx", "secrets/account_key"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(KEY)
    with closed_demo.plant.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE ops.setting SET value = :mark WHERE setting = 'account_key'"),
            {"mark": mark(from_text(KEY))},
        )
    url = closed_demo.plant.engine.url.render_as_string(hide_password=False)
    here = {"TRIMESTRE_PROJECT": tmp_path / "project", "TRIMESTRE_HOME": tmp_path, "TRIMESTRE_WAREHOUSE_URL": url}
    say = sayer(monkeypatch, capsys, here | {"COLUMNS": 200})
    return Office(closed_demo, tmp_path, tmp_path / "backups", say)


@pytest.fixture
def elsewhere(postgres: EmbeddedPostgres) -> Iterator[Callable[[str], str]]:
    """URLs of databases that are not there yet, dropped after the test."""
    made = []

    def name(of: str) -> str:
        made.append(f"test_restored_{of}_{os.getpid()}")
        return postgres.url(made[-1])

    yield name
    for database in made:
        postgres.drop_database(database)


def files_below(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): sha256_of(path) for path in root.rglob("*") if path.is_file()}


def test_a_closed_quarter_comes_back_on_another_machine(office: Office, fresh_home: Path) -> None:
    """Another server, another home: same files, same rights, and the published hash is worked out again."""
    source = office.root / "project" / "sources" / "eventos.yaml"
    source.write_text(source.read_text().replace("folder: eventos", "folder: sftp://ana@host/listas"))
    said = office.say("backup", office.backups)
    assert (said.code, said.err) == (0, "")
    assert "NO contiene la llave secreta" in said.out
    assert "carpetas de entrega, que están en otro lugar (eventos: sftp://host/listas)" in said.out
    published = read(office.newest()).vintages
    assert [(item.period, item.vintage) for item in published] == [("2020-Q2", 1)]

    # The installation burns down; what is left is the backup and, from elsewhere, the key.
    key = office.root / "key-from-its-own-backup"
    (office.root / "secrets" / "account_key").rename(key)
    home = fresh_home / "drill"
    os.environ.pop("TRIMESTRE_WAREHOUSE_URL")
    said = office.say("restore", office.backups, "--home", home, "--key", key)
    assert (said.code, said.err) == (0, "")
    assert "eventos: sftp://host/listas" in said.out
    assert re.search(r"2020-Q2 +│ 1 +│ {0} +│ {0} +│ igual".format(published[0].hash[:12]), said.out)
    for name in ("landing", "documents", "uploads", "drop"):
        assert files_below(home / name) == files_below(office.root / name) != {}
    assert files_below(home / "project") == files_below(office.root / "project")
    assert (home / "secrets" / "account_key").read_text() == KEY
    with EmbeddedPostgres.start(home) as server:
        engine = connect(server.url("warehouse"))
        with engine.connect() as connection:
            rights = sa.text("SELECT has_table_privilege('trimestre_analyst', :name, 'SELECT')")
            seen = [connection.scalar(rights, {"name": name}) for name in ("marts.person", "restricted.account_ref")]
        engine.dispose()
    assert seen == [True, False]


def test_a_backup_is_for_its_owner_only_and_holds_no_key(office: Office) -> None:
    """Whoever gets hold of a backup has no key with it, even if somebody left the key in a folder that is saved."""
    os.environ["TRIMESTRE_ACCOUNT_KEY_FILE"] = str(office.root / "project" / "framework" / "account_key")
    shutil.copy(office.root / "secrets" / "account_key", office.root / "project" / "framework" / "account_key")
    try:
        assert office.say("backup", office.backups).code == 0
    finally:
        del os.environ["TRIMESTRE_ACCOUNT_KEY_FILE"]
    paths = list(office.newest().rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (*paths, office.newest()) if path.is_dir()} == {0o700}
    holding = [path.name for path in paths if path.is_file() and path.read_bytes() == KEY.encode()]
    assert sorted(holding) == ["cd.xlsx", "informe.docx"]  # made of the same text by this test


def test_the_history_of_airflow_is_kept_on_demand(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections and runs stand in a database of their own, named as Airflow names it."""
    url = office.engine.url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
    assert office.say("backup", office.backups, "--airflow").code == 0
    assert {"airflow.dump", "warehouse.dump"} <= read(office.newest()).files.keys()
    monkeypatch.delenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    said = office.say("backup", office.backups, "--airflow")
    assert (said.code, "no se encontró AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" in said.err) == (1, True)


def test_a_backup_does_not_hold_itself(office: Office) -> None:
    """In a folder that is saved, each backup would hold all before it."""
    said = office.say("backup", office.root / "drop" / "backups")
    assert (said.code, "se esperaba una carpeta aparte" in said.err) == (1, True)
    assert not (office.root / "drop" / "backups").exists()


def test_a_second_backup_costs_only_what_is_new(office: Office) -> None:
    """What never changes is kept once on the disk; each backup is whole by itself, also without the first."""
    made = [
        making.make(office.engine, office.settings, office.backups, zone="UTC", now=NOW.replace(day=day))
        for day in (1, 2)
    ]
    assert made[0].copied > 20
    assert made[1].copied == 1  # the dump
    (office.root / "project" / "framework" / "new.txt").write_text("x")
    third = making.make(office.engine, office.settings, office.backups, zone="UTC", now=NOW.replace(day=3))
    assert third.copied == 2
    assert office.noted() == NOW.replace(day=3)
    shutil.rmtree(made[0].folder)
    assert office.say("backup", "--verify", office.backups).code == 0
    landed = next((third.folder / "files" / "landing").rglob("*.zst"))
    original = next(office.landing.rglob(landed.name))
    assert landed.stat().st_ino != original.stat().st_ino  # what happens to the original must not reach the backup


def test_a_wrong_backup_is_refused_before_anything_is_touched(
    office: Office, elsewhere: Callable[[str], str], postgres: EmbeddedPostgres
) -> None:
    """A changed file, a cut dump, no key, another key, an unfinished backup, one of a later version."""
    assert office.say("backup", office.backups).code == 0
    backup, home, url = office.newest(), office.root / "drill", elsewhere("refused")
    key = office.root / "secrets" / "account_key"

    def refusal(*words: str | Path, of: Path = backup) -> str:
        said = office.say("restore", of, "--into", url, "--home", home, *words)
        assert said.code == 1
        assert not home.exists()
        assert restoring.target.state_of(url) == "absent"
        return said.err

    landed = next((backup / "files" / "landing").rglob("*.zst"))
    whole = landed.read_bytes()
    landed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert f"{landed.relative_to(backup)} (otro contenido)" in refusal()
    assert office.say("backup", "--verify", office.backups).code == 1
    landed.unlink()
    assert f"{landed.relative_to(backup)} (no está)" in refusal()
    landed.write_bytes(whole)

    dump = backup / "warehouse.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    assert re.search(r"warehouse\.dump \([\d,]+ bytes de [\d,]+\)", refusal())
    dump.write_bytes(whole)

    key.rename(office.root / "away")
    assert f"no se encontró, se esperaba la de marca {mark(from_text(KEY))}" in refusal()
    key.write_text("otra llave")
    assert f"marca {mark(from_text('otra llave'))}, se esperaba {mark(from_text(KEY))}" in refusal()
    (office.root / "away").rename(key)

    text = (backup / MANIFEST).read_text()
    (backup / MANIFEST).write_text(re.sub(r'"revision": "\w+"', '"revision": "9999"', text))
    assert "un respaldo del esquema 9999" in refusal()
    (backup / MANIFEST).write_text(text[: len(text) // 2])
    assert f"un {MANIFEST} que está mal" in refusal()
    (backup / MANIFEST).write_text(text)

    backup.rename(backup.with_suffix(".partial"))
    assert "no se encontró un respaldo terminado" in refusal(of=office.backups)
    assert office.say("backup", office.backups).code == 0
    assert [path.name for path in office.backups.iterdir() if path.suffix == ".partial"] == []
    assert office.say("backup", "--verify", office.backups).code == 0


def test_a_killed_backup_is_no_backup(office: Office) -> None:
    """What SIGKILL leaves behind is never restored, the next backup sweeps it, and it waits for nobody."""
    pid = os.fork()
    if pid == 0:
        making.take_landed = lambda *words: signal.pause()  # type: ignore[assignment] # half of it is written
        making.make(connect(office.settings.require_warehouse()), office.settings, office.backups, zone="UTC", now=NOW)
        os._exit(0)
    left = office.backups / "20200901T000000Z.partial"
    dump, ends = left / "warehouse.dump", time.monotonic() + 60
    while not dump.exists() or not dump.stat().st_size:
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)
        assert time.monotonic() < ends
        time.sleep(0.01)
    said = office.say("backup", office.backups)
    assert (said.code, "se encontró otro respaldo en curso" in said.err) == (1, True)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert (
        "no se encontró un respaldo terminado"
        in office.say("restore", office.backups, "--home", office.root / "drill").err
    )
    assert office.say("backup", office.backups).code == 0
    assert not left.exists()


def test_nothing_is_overwritten_unless_told_and_then_it_is_kept(office: Office, postgres: EmbeddedPostgres) -> None:
    """A warehouse with data and a framework that differs stop a restore; with --replace both stay, elsewhere."""
    assert office.say("backup", office.backups).code == 0
    said = office.say("restore", office.backups)
    assert said.code == 1
    assert "se encontraron datos en la base" in said.err
    changed = office.root / "project" / "framework" / "framework.yaml"
    before = changed.read_text()
    changed.write_text(f"{before}\n# after the backup\n")
    later = office.landing / "framework" / "99999999" / "001-framework.zst"
    later.parent.mkdir(parents=True)
    later.write_text("landed after the backup")

    office.engine.dispose()
    aside = office.root / "aside"
    said = office.say("restore", office.backups, "--replace", aside)
    assert (said.code, said.err) == (0, "")
    kept = re.search(r"con el nombre (\w+);", said.out)
    assert kept
    try:
        assert restoring.target.state_of(postgres.url(kept[1])) == "filled"
    finally:
        postgres.drop_database(kept[1])
    assert changed.read_text() == before
    assert sorted(str(path.relative_to(aside)) for path in aside.rglob("*") if path.is_file()) == [
        "framework/framework.yaml", "landing/framework/99999999/001-framework.zst",
    ]  # fmt: skip
    assert "igual" in said.out


def test_a_lost_landed_file_is_told_and_the_rest_is_saved(office: Office) -> None:
    """A backup that gives up because of one file would leave nothing."""
    damaged, lost, *_ = sorted(office.landing.rglob("*.zst"))
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-3])
    lost.unlink()
    said = office.say("backup", office.backups)
    assert said.code == 1
    assert len(read(office.newest()).damaged) == 2
    assert office.noted() is None  # the watch goes on asking for a whole one
    assert "ATENCIÓN: 2 archivos recibidos" in said.err
    assert office.say("backup", "--verify", office.backups).code == 1


def test_a_night_that_goes_on_is_not_half_in_a_backup(
    office: Office, elsewhere: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that is committed while the dump runs is wholly in it or not at all."""
    real = dumping.run

    def and_a_batch(*words: object) -> None:
        with office.engine.begin() as connection:
            connection.execute(
                sa.text("INSERT INTO ops.batch (source, state, started_at) VALUES ('sfp', 'landed', now())")
            )
            connection.execute(sa.text(
                "INSERT INTO ops.landed_file (batch_id, source, dataset, scope, path, sha256, bytes, original_name,"
                " dropped) SELECT max(batch_id), 'sfp', 'x', '', 'sfp/not-there.zst', 'x', 1, 'x', '{}' FROM ops.batch"
            ))  # fmt: skip
        real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(dumping, "run", and_a_batch)
    made = making.make(office.engine, office.settings, office.backups, zone="UTC", now=NOW)
    assert made.manifest.damaged == ()
    home = office.root / "drill"
    said = office.say("restore", office.backups, "--into", elsewhere("night"), "--home", home)
    assert (said.code, said.err) == (0, "")


def test_a_backup_that_begins_during_a_first_load_waits_for_it(office: Office, elsewhere: Callable[[str], str]) -> None:
    """A load leaves indexes out and makes them anew: a backup that saw the old ones would fail, or restore none."""
    made: list[making.Made] = []

    def backup() -> None:
        made.append(making.make(office.engine, office.settings, office.backups, zone="UTC", now=NOW))

    running = Thread(target=backup)
    table = metadata.tables["warehouse.certificate"]
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'warehouse.certificate'::regclass"
    )
    with transaction(office.engine) as load, indexes_after(load, table, allowed=True, holding=1_000_000) as bare:
        assert bare
        running.start()
        ends = time.monotonic() + 30
        while not load.scalar(waiting):
            assert time.monotonic() < ends
            time.sleep(0.05)
    running.join()
    assert [one.manifest.damaged for one in made] == [()]
    url = elsewhere("loaded")
    said = office.say("restore", office.backups, "--into", url, "--home", office.root / "drill")
    assert (said.code, said.err) == (0, "")
    restored = connect(url)
    assert indexes(restored) == indexes(office.engine)
    restored.dispose()


def indexes(engine: sa.Engine) -> list[tuple[str, ...]]:
    """Every index by its table, name and definition."""
    query = (
        "SELECT schemaname, tablename, indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = ANY(:ours) ORDER BY schemaname, tablename, indexname"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), {"ours": list(SCHEMAS)})]


def test_who_was_erased_after_the_backup_is_erased_again(office: Office, elsewhere: Callable[[str], str]) -> None:
    """A backup brings erased people back; the exported decisions take them out again for good."""
    with office.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE ops.setting SET value = :mark WHERE setting = 'account_key'"),
            {"mark": mark(office.demo.plant.key)},
        )
    making.make(office.engine, office.settings, office.backups, zone="UTC", now=NOW)
    plant = office.demo.plant
    with office.engine.connect() as connection:
        account = connection.execute(
            sa.text("SELECT CAST(account_key AS text) FROM restricted.account_identity"
                    " WHERE source = 'moodle_pnud' AND email IS NOT NULL ORDER BY 1 LIMIT 1")
        ).scalar_one()  # fmt: skip
    person = acts.find_person(plant, "account", account)
    acts.erase(
        plant, "account", account, accounts=len(person.accounts), reason="solicitud 12", decided_by="coordinacion"
    )
    with office.engine.begin() as connection:  # an account that came and went after the backup
        connection.execute(
            sa.text("INSERT INTO restricted.tombstone SELECT CAST(:unseen AS uuid), source, key_mark, decision_id"
                    " FROM restricted.tombstone LIMIT 1"), {"unseen": UNSEEN}
        )  # fmt: skip
        (file := office.root / "decisions.yaml").write_text(as_yaml(export_decisions(connection)))

    url = elsewhere("erased")
    here = office.settings.below(office.root / "drill")
    plan = restoring.plan(
        office.newest(),
        here,
        url,
        key=AccountKey(plant.key),
        aside=None,
        erasures=(erasures := exported_erasures(file)),
    )
    restoring.restore(plan, url, aside=None, now=NOW)
    engine = connect(url)
    known = sa.text("SELECT count(*) FROM restricted.account_identity WHERE account_key = ANY(CAST(:a AS uuid[]))"
                    " AND (email IS NOT NULL OR full_name IS NOT NULL)")  # fmt: skip
    accounts = {"a": list(person.accounts)}
    with engine.connect() as connection:
        assert connection.execute(known, accounts).scalar_one() > 0
    done = [erase_again(engine, plant.project, erasures, key=plant.key) for _ in range(2)]
    assert [(one.made, one.there, one.other_key) for one in done] == [(1, 0, 0), (0, 1, 0)]
    assert erase_again(engine, plant.project, erasures, key=b"x" * 32).other_key == 1
    with engine.connect() as connection:
        assert connection.execute(known, accounts).scalar_one() == 0
        decision = connection.execute(sa.text("SELECT * FROM ops.decision ORDER BY decision_id DESC LIMIT 1")).one()
        tombstones = connection.scalars(sa.text("SELECT CAST(account_key AS text) FROM restricted.tombstone")).all()
    assert (decision.kind, decision.reason, decision.decided_by) == ("erase_person", "solicitud 12", "coordinacion")
    assert set(tombstones) == {*person.accounts, UNSEEN}
    restored = replace(plant, engine=engine, landing=here.landing)
    changed = {source for source in plant.source_codes() if night.ingest(restored, source, NOW).changed}
    with engine.connect() as connection:
        assert (changed, connection.execute(known, accounts).scalar_one()) == (set(), 0)
    assert [again.same for again in restoring.prove(engine, plant.project, plan.manifest)] == [True]
    engine.dispose()
