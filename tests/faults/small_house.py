"""A small project whose nights are killed: what a night does, counted operation by operation, and what is left of it.

Data flow: drop folder (lists of the demo's world) -> night (ingest, compute, marts) -> ``state_of`` -> equal or not.
Nights run in children forked from the test, which has been through a night itself and has no connection open: a child
that is killed leaves just what a killed task of Airflow leaves.
"""

import errno
import hashlib
import os
import select
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from the_case import case_project, new_world

from trimestre.contracts import Project
from trimestre.pipeline.landing import MANIFEST, landed_files, verify
from trimestre.pipeline.night import compute_quarters, ingest, merge, pending_quarters, refresh_marts, stage, validate
from trimestre.pipeline.plant import Plant
from trimestre.simulators import write_drop_files
from trimestre.simulators.files import SFP_FILE
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.tables import metadata

NOW = datetime(2020, 7, 10, tzinfo=UTC)
SOURCES = ("framework", "eventos", "plataforma_sfp")

SERIAL = {
    "batch_id", "first_batch_id", "last_batch_id", "landed_file_id", "record_id", "retained_id", "computation_id",
    "candidate_id", "set_id", "decision_id", "look_id",
}  # fmt: skip
"""Numbers that the database draws: a killed run draws some that nobody sees again."""

INSTANTS = {
    "valid_from", "valid_to", "vanished_at", "merged_at", "landed_at", "known_at", "computed_at", "prepared_at",
    "decided_at", "seen_at", "pins", "base", "instants",
}  # fmt: skip
"""When something became known, and which batches it was known from. Instants that the sources tell are compared."""

_BATCHES = {"marts.batch", "marts.rule_result", "ops.batch", "ops.landed_file", "ops.look", "ops.setting"}
"""Tables that tell of each run, dead ones too; what merged batches brought and counted is compared by itself."""

_OF_MERGED = ("ops.scope_delivery", "ops.record_account", "ops.row_account", "ops.rule_result")

State = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class House:
    """A warehouse by its URL, and its folders; no connection is open but within ``plant``."""

    url: str
    folder: Path
    last_quarter: str = "2020-Q4"

    @contextmanager
    def plant(self) -> Iterator[Plant]:
        engine = connect(self.url)
        try:
            yield Plant(
                engine,
                small_project(self.last_quarter),
                self.folder / "landing",
                self.folder / "drop",
                b"k" * 32,
                lambda name: None,
            )
        finally:
            engine.dispose()

    def night(self) -> None:
        """All sources, the quarters they moved, and the marts."""
        with self.plant() as plant:
            for source in SOURCES:
                ingest(plant, source, NOW)
            compute_quarters(plant, pending_quarters(plant.engine, plant.project))
            refresh_marts(plant)

    def day(self) -> None:
        """Somebody leaves the list, somebody passes a module, and somebody new comes."""
        path = self.folder / "drop" / SFP_FILE
        lines = path.read_text("cp1252").splitlines()
        cells = lines[6].split(";")
        lines[6] = ";".join([*cells[:8], "01/06/2020 10:00", *cells[9:]])
        new = lines[9].split(";")
        number = 90_000 + sum(line.startswith("90") for line in lines)
        new[0], new[2], new[3] = str(number), f"nueva{number}@ejemplo.gob.mx", ""
        path.write_text("\r\n".join([*lines[:4], *lines[5:], ";".join(new)]) + "\r\n", "cp1252")

    def run(self, statement: str) -> None:
        engine = connect(self.url)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()

    def value(self, statement: str, **parameters: Any) -> Any:
        engine = connect(self.url)
        with engine.connect() as connection:
            found = connection.execute(sa.text(statement), parameters).scalar()
        engine.dispose()
        return found

    def resume(self) -> None:
        """What the retries of Airflow do: each task that had not ended runs again, of the same batch."""
        with self.plant() as plant:
            for source in SOURCES:
                self._resume(plant, source)
            compute_quarters(plant, pending_quarters(plant.engine, plant.project))
            refresh_marts(plant)

    @staticmethod
    def _resume(plant: Plant, source: str) -> None:
        newest = "SELECT batch_id, state FROM ops.batch WHERE source = :source ORDER BY batch_id DESC LIMIT 1"
        with transaction(plant.engine) as connection:
            batch = connection.execute(sa.text(newest), {"source": source}).first()
        if batch is None or batch.state not in ("landed", "staged", "validated"):
            ingest(plant, source, NOW)
            return
        if batch.state == "landed":
            stage(plant, batch.batch_id)
        validate(plant, batch.batch_id, NOW)
        merge(plant, batch.batch_id, NOW)


@dataclass(frozen=True)
class Stages:
    """The names of the databases, the houses at each stage, and what a night without a fault makes of each."""

    databases: dict[str, str]
    houses: dict[str, House]
    undisturbed: dict[str, State]


CopyHouse = Callable[[str], House]
"""Stage -> a house of its own, to break."""

_known: dict[str, Project] = {}


def small_project(last_quarter: str) -> Project:
    """The demo's project with the sources that need no network, up to a quarter."""
    if last_quarter not in _known:
        loaded = case_project()
        _known[last_quarter] = replace(
            loaded,
            sources={name: loaded.sources[name] for name in SOURCES[1:]},
            periods=loaded.periods.model_copy(update={"last": last_quarter}),
        )
    return _known[last_quarter]


def furnish(folder: Path) -> None:
    """Write the lists of the demo's world into the drop folder."""
    write_drop_files(new_world(), folder / "drop")


def state_of(house: House) -> State:
    """Rows and checksum of every table, of the accounting of merged batches, and of what they landed."""
    found: State = {}
    with house.plant() as plant, transaction(plant.engine) as connection:
        for table in metadata.sorted_tables:
            if table.schema in ("staging", None) or table.fullname in _BATCHES:
                continue
            of_merged = table.fullname in _OF_MERGED
            if table.schema == "ops" and "batch_id" in table.columns and not of_merged:
                continue
            columns = [f"t.{name}" for name in table.columns.keys() if name not in SERIAL | INSTANTS]  # noqa: SIM118
            if "valid_to" in table.columns:
                columns += ["t.valid_to = 'infinity'"]
            if "vanished_at" in table.columns:
                columns += ["t.vanished_at IS NULL"]
            row = f"CAST(ROW({', '.join(columns)}) AS text)"
            within = "WHERE t.batch_id IN (SELECT batch_id FROM ops.batch WHERE state = 'merged')" if of_merged else ""
            statement = (
                f"SELECT count(*), md5(string_agg({row}, '|' ORDER BY {row})) FROM {table.fullname} AS t {within}"
            )
            count, checksum = connection.execute(sa.text(statement)).one()
            found[table.fullname] = (count, checksum or "")
        merged = "SELECT batch_id FROM ops.batch WHERE state = 'merged' ORDER BY source, batch_id"
        files = [
            file
            for batch in connection.scalars(sa.text(merged)).all()
            for file in landed_files(connection, plant.landing, batch)
        ]
    verify(files)
    said = [f"{file.dataset} {file.scope} {file.original_name} {file.sha256}" for file in files]
    found["landed files"] = (len(said), hashlib.sha256("\n".join(said).encode()).hexdigest())
    return found


def half_written(house: House) -> list[str]:
    """What lies in the landing folder and belongs to no finished batch."""
    folders = [path for path in (house.folder / "landing").glob("*/*") if not (path / MANIFEST).exists()]
    return [str(path) for path in [*folders, *(house.folder / "landing").rglob("*.partial")]]


# ---------------------------------------------------------------- children
_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.chmod", "os.rmdir", "shutil.rmtree"}


class Tripwire:
    """Counts statements, commits and what is done to files below a folder; something happens at one of them."""

    def __init__(self, folder: Path, at: int = 0, then: Callable[[], None] | None = None) -> None:
        self.passed = 0
        self._folder, self._at, self._then = str(folder), at, then

    def arm(self) -> None:
        """Watch this process to its end."""
        sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: self.step())
        sa.event.listen(sa.Engine, "commit", lambda _: self.step())
        sys.addaudithook(self._hear)

    def step(self) -> None:
        self.passed += 1
        if self.passed == self._at and self._then:
            self._then()

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if _changes(event, arguments, self._folder):
            self.step()


def _changes(event: str, arguments: tuple[Any, ...], folder: str) -> bool:
    """Whether an event of Python is a change of files below a folder."""
    changes = event in _CHANGES or (
        event == "open" and isinstance(arguments[1], str) and set("wxa") & set(arguments[1])
    )
    return bool(changes) and str(arguments[0]).startswith(folder)


def read_only(folder: Path) -> None:
    """Let this process change nothing below a folder to its end, as on a disk that is mounted read-only."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if _changes(event, arguments, str(folder)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(arguments[0]))

    sys.addaudithook(hear)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], Any]) -> tuple[int, str]:
    """Do something in a forked child: the signal that ended it (0 = none), and what it returned or raised."""
    child, reading = _forked(work)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), said


def _forked(work: Callable[[], Any]) -> tuple[int, int]:
    """A child at work, and the pipe in which it says what it returned or raised."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:60_000])
        os._exit(0)
    os.close(writing)
    return child, reading


def killed_at_work(house: House, work: Callable[[], Any], seconds: float) -> bool:
    """Kill a child so long after its first operation, wherever it is; whether it was still at work.

    A child that had ended its work before says so, and nothing was killed.
    """
    starting, started = os.pipe()

    def watched() -> None:
        Tripwire(house.folder, 1, lambda: os.close(started)).arm()
        work()

    child, reading = _forked(watched)
    os.close(started)
    with os.fdopen(starting, "rb") as pipe:
        pipe.read()
    select.select([reading], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert said in (b"", b"None"), said
    return not said and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def tripped(house: House, at: int, then: Callable[[], None] | None, work: Callable[[], Any]) -> tuple[int, str]:
    """Some work in a child, with something happening at its operation number ``at``; what became of the child."""

    def watched() -> int:
        wire = Tripwire(house.folder, at, then)
        wire.arm()
        work()
        return wire.passed

    return in_child(watched)


def copy_of(house: House, url: str, folder: Path) -> House:
    """Another house with the folders of one; its database is for the caller to copy."""
    shutil.copytree(house.folder, folder, dirs_exist_ok=True)
    return House(url, folder)
