"""A close or an export that is killed anywhere: done again, there is one official version and no half of a file."""

import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from small_house import House, Stages, copy_of, die, in_child, tripped

from trimestre.embedded import EmbeddedPostgres
from trimestre.indicators.candidates import NotReady, prepare
from trimestre.indicators.explaining import explain
from trimestre.indicators.vintages import candidates_of, decide_candidate, vintages_of
from trimestre.periods import Period
from trimestre.pipeline.plant import Plant
from trimestre.reports.documents import write_version
from trimestre.reports.exporting import export, marts
from trimestre.warehouse.database import transaction
from trimestre.warehouse.tables import metadata

QUARTER = Period(2020, 2)
LATER = datetime(2021, 3, 1, tzinfo=UTC)


def close(house: House) -> None:
    """What the close does, from where an earlier one stopped: candidate, approval, document."""
    with house.plant() as plant:
        with transaction(plant.engine) as connection:
            published = vintages_of(connection, QUARTER)
            waiting = [row for row in candidates_of(connection, QUARTER) if row["state"] == "pending"]
        if not published:
            number = waiting[0]["candidate_id"] if waiting else _prepared(plant)
            decide_candidate(
                plant.engine,
                number,
                approve=True,
                decided_by="coordinacion",
                comment="Revisado.",
                project=plant.project,
            )
        with transaction(plant.engine) as connection:
            write_version(connection, plant.project, QUARTER, house.folder / "documents", only=["iptt"])


def _prepared(plant: Plant) -> int:
    """A candidate, with every deviation explained."""

    def asked() -> int:
        made = prepare(
            plant.engine, plant.project, QUARTER, prepared_by="especialista", now=LATER, reason="Prueba.", force=True
        )
        return made.candidate_id

    try:
        return asked()
    except NotReady as error:
        with transaction(plant.engine) as connection:
            for code in sorted({finding["indicator"] for finding in error.findings}):
                explain(connection, plant.project, code, QUARTER, "Explicación ilustrativa.", "especialista")
    return asked()


def write_marts(house: House) -> None:
    with house.plant() as plant:
        export(
            plant.engine, marts(metadata), "csv", house.folder / "export", project="P", zone="UTC", exported_at=LATER
        )


@dataclass(frozen=True)
class Ready:
    """A house after a night, the name of its database, and what a close and an export without a fault write."""

    house: House
    database: str
    closing: int
    """Operations of a close."""
    exporting: tuple[int, int]
    """Of an export into a new folder, and over an earlier one."""
    closed: tuple[str, int]
    """Hash of the version, and rows of its evidence."""
    documents: dict[str, bytes]
    exported: dict[str, bytes]


def _files(folder: Path) -> dict[str, bytes]:
    """The files that somebody would open; what begins with a dot is nobody's."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def _expect_whole(workbooks: dict[str, bytes]) -> None:
    """They are stamped with the moment of their version, so that no two are equal; but each can be opened."""
    for content in workbooks.values():
        with ZipFile(BytesIO(content)) as workbook:
            assert workbook.testzip() is None


def _closed(house: House) -> tuple[str, int]:
    assert house.value("SELECT count(*) FROM results.candidate WHERE state = 'vintage'") == 1
    assert house.value("SELECT count(*) FROM results.candidate WHERE state = 'pending'") == 0
    digest = house.value("SELECT hash FROM results.candidate WHERE state = 'vintage'")
    rows = house.value(
        "SELECT count(*) FROM results.evidence AS e INNER JOIN results.evidence_set AS s USING (set_id)"
        " INNER JOIN results.candidate AS c USING (candidate_id) WHERE c.state = 'vintage'"
    )
    return digest, rows


@pytest.fixture(scope="module")
def ready(
    postgres: EmbeddedPostgres,
    make_database: Callable[[str], str],
    stages: Stages,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ready]:
    made = make_database(stages.databases["second"])
    house = copy_of(stages.houses["second"], postgres.url(made), tmp_path_factory.mktemp("ready"))
    ended = make_database(made)
    other = copy_of(house, postgres.url(ended), tmp_path_factory.mktemp("closed"))
    closing = tripped(other, 0, None, lambda: close(other))
    exporting = [tripped(other, 0, None, lambda: write_marts(other)) for _ in range(2)]
    assert closing[1].isdigit(), closing
    assert all(count.isdigit() for _, count in exporting), exporting
    yield Ready(
        house,
        made,
        int(closing[1]),
        (int(exporting[0][1]), int(exporting[1][1])),
        _closed(other),
        _files(other.folder / "documents"),
        _files(other.folder / "export"),
    )
    for name in (made, ended):
        postgres.drop_database(name)


@pytest.fixture
def house(
    postgres: EmbeddedPostgres, make_database: Callable[[str], str], ready: Ready, tmp_path: Path
) -> Iterator[House]:
    name = make_database(ready.database)
    yield copy_of(ready.house, postgres.url(name), tmp_path / "house")
    postgres.drop_database(name)


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24))])
def test_a_killed_close_done_again_publishes_one_version(ready: Ready, house: House, seed: int) -> None:
    place = 1 + int(random.Random(seed).random() * (ready.closing - 1))
    assert tripped(house, place, die, lambda: close(house))[0] == signal.SIGKILL
    _expect_whole(_files(house.folder / "documents"))
    assert in_child(lambda: close(house)) == (0, "None")
    assert _closed(house) == ready.closed
    written = _files(house.folder / "documents")
    assert written.keys() == ready.documents.keys()
    _expect_whole(written)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 20))])
def test_a_killed_export_leaves_whole_files_and_the_next_one_tidies_up(ready: Ready, house: House, seed: int) -> None:
    assert in_child(lambda: close(house)) == (0, "None")
    over = seed % 2  # an earlier export, or into a new folder
    if over:
        assert in_child(lambda: write_marts(house)) == (0, "None")
    place = 1 + int((seed % 10 + random.Random(seed).random()) / 10 * (ready.exporting[over] - 1))
    assert tripped(house, place, die, lambda: write_marts(house))[0] == signal.SIGKILL
    named = _files(house.folder / "export")
    assert named.keys() in ([ready.exported.keys()] if over else [set(), ready.exported.keys()])
    assert all(content.endswith(b"\n") for content in named.values())
    assert in_child(lambda: write_marts(house)) == (0, "None")
    assert _files(house.folder / "export").keys() == ready.exported.keys()
    assert [*house.folder.glob(".export*"), *(house.folder / "export").glob(".*")] == []
