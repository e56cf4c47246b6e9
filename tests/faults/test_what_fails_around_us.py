"""What fails around a night: full disks, folders that can't be written, lost connections, clocks, and other runs.

Each time the error says what happened and what to do, nothing half written stays, and the next night needs no help.
"""

import random
import resource
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from small_house import NOW, SOURCES, CopyHouse, House, Stages, half_written, in_child, read_only, state_of, tripped

from trimestre.errors import PermanentError, TransientError
from trimestre.pipeline import landing, night
from trimestre.pipeline.receiving import BatchLanding
from trimestre.warehouse.database import connect

LIST = "plataforma_sfp"
BOUND = 2_000
"""Bytes a file may have: less than the list has, landed."""


def _whole_after_a_night(house: House, stages: Stages) -> None:
    assert in_child(house.night) == (0, "None")
    assert state_of(house) == stages.undisturbed["second"]
    assert half_written(house) == []


def _last_batch(house: House, source: str) -> str:
    state: str = house.value("SELECT state FROM ops.batch WHERE source = :s ORDER BY batch_id DESC LIMIT 1", s=source)
    return state


# ---------------------------------------------------------------- disks
def test_a_landing_folder_without_room_stops_the_night_and_is_tidied_up(copy_house: CopyHouse, stages: Stages) -> None:
    house = copy_house("second")

    def confined() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (BOUND, BOUND))
        with house.plant() as plant:
            night.ingest(plant, LIST, NOW)

    said = in_child(confined)[1]
    assert said.startswith(f"TransientError: fuente {LIST}: no se encontró espacio en {house.folder / 'landing'}")
    assert "Libere espacio" in said
    assert _last_batch(house, LIST) == "abandoned"
    assert half_written(house) == []
    _whole_after_a_night(house, stages)


def test_a_landing_folder_that_is_read_only_is_told_and_changes_nothing(copy_house: CopyHouse, stages: Stages) -> None:
    house = copy_house("second")

    def confined() -> None:
        read_only(house.folder / "landing")
        with house.plant() as plant:
            night.ingest(plant, LIST, NOW)

    said = in_child(confined)[1]
    assert said.startswith(
        f"PermanentError: fuente {LIST}: se encontró {house.folder / 'landing'} sin permiso de escritura (Read-only"
    )
    assert _last_batch(house, LIST) == "rejected"
    assert half_written(house) == []
    _whole_after_a_night(house, stages)


def test_a_landing_folder_that_is_none_is_told_with_its_place(copy_house: CopyHouse, stages: Stages) -> None:
    house = copy_house("second")
    place = house.folder / "landing" / LIST
    place.rename(aside := place.with_name(".aside"))
    place.write_text("in the way")
    said = in_child(house.night)[1]
    assert said.startswith(
        f"PermanentError: fuente {LIST}: se encontró {house.folder / 'landing'} sin permiso de escritura"
    )
    assert "TRIMESTRE_LANDING" in said
    assert _last_batch(house, LIST) == "rejected"
    place.unlink()
    aside.rename(place)
    _whole_after_a_night(house, stages)


@pytest.mark.parametrize(
    "table",
    [pytest.param("staging.enrolment", marks=pytest.mark.slow), "warehouse.module_completion", "results.computation"],
)
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("RAISE EXCEPTION USING ERRCODE = '53100'", "no se encontró espacio en su disco"),
        ("PERFORM pg_terminate_backend(pg_backend_pid())", "no se encontró una conexión que sirva"),
    ],
    ids=["disk full", "connection lost"],
)
def test_a_statement_that_the_server_breaks_off_is_worth_another_try(
    copy_house: CopyHouse, stages: Stages, table: str, fault: str, told: str
) -> None:
    house = copy_house("second")
    house.run(
        "CREATE FUNCTION public.fails() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {fault}; RETURN NEW; END $$; CREATE TRIGGER fails BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION public.fails()"
    )
    said = in_child(house.night)[1]
    assert said.startswith("TransientError: almacén: " + told), said
    house.run("DROP FUNCTION public.fails CASCADE")
    _whole_after_a_night(house, stages)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_a_session_that_an_administrator_ends_is_worth_another_try(
    copy_house: CopyHouse, stages: Stages, seed: int
) -> None:
    house = copy_house("second")

    def end_sessions() -> None:
        with psycopg.connect(house.url.replace("+psycopg", ""), autocommit=True) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    place = 1 + int((seed + random.Random(seed).random()) / 3 * 700)
    ended, said = tripped(house, place, end_sessions, house.night)
    # between two transactions nothing is lost: the pool looks at a connection before it lends it
    assert ended == 0
    assert said.isdigit() or said.startswith("TransientError"), said
    assert in_child(house.resume) == (0, "None")
    assert state_of(house) == stages.undisturbed["second"]


# ---------------------------------------------------------------- two runs of one source
def _overtaken(house: House, before: str) -> None:
    """A run of the list, which another run overtakes before one of its steps."""
    with house.plant() as plant:

        def other() -> None:
            night.ingest(plant, LIST, NOW)

        if before == "its files are landed":
            store = BatchLanding.store_file

            def slow(self: BatchLanding, *given: Any) -> None:
                BatchLanding.store_file = store  # type: ignore[method-assign]
                other()
                store(self, *given)

            BatchLanding.store_file = slow  # type: ignore[method-assign]
        batch = night.land(plant, LIST)
        steps: dict[str, Callable[[], Any]] = {
            "it is staged": lambda: night.stage(plant, batch),
            "it is judged": lambda: night.validate(plant, batch, NOW),
            "it is merged": lambda: night.merge(plant, batch, NOW),
        }
        for name, step in steps.items():
            if name == before:
                other()
            step()


@pytest.mark.parametrize("before", ["its files are landed", "it is staged", "it is judged", "it is merged"])
def test_of_two_runs_of_one_source_one_is_refused_and_nothing_doubles(
    copy_house: CopyHouse, stages: Stages, before: str
) -> None:
    house = copy_house("second")
    said = in_child(lambda: _overtaken(house, before))[1]
    assert said.startswith("PermanentError"), said
    assert (
        "otra corrida" in said
        or "se esperaba «recibido»" in said
        or "se esperaba «preparado»" in said
        or "se esperaba «validado»" in said
    )
    _whole_after_a_night(house, stages)


# ---------------------------------------------------------------- clocks
def _turn_clock(house: House, by: str) -> None:
    """Let the database's own clock be wrong."""
    name = sa.make_url(house.url).database
    house.run(
        "CREATE SCHEMA IF NOT EXISTS wrong; CREATE OR REPLACE FUNCTION wrong.clock_timestamp() RETURNS timestamptz"
        f" LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '{by}' $$;"
        f' ALTER DATABASE "{name}" SET search_path = wrong, pg_catalog, public'
    )


@pytest.mark.parametrize("by", ["-400 days", pytest.param("20 years", marks=pytest.mark.slow)])
def test_a_clock_that_jumps_changes_no_figure_and_no_order(copy_house: CopyHouse, stages: Stages, by: str) -> None:
    house = copy_house("second")
    before: datetime = house.value("SELECT max(valid_from) FROM warehouse.enrolment")
    _turn_clock(house, by)
    _whole_after_a_night(house, stages)
    jumped: datetime = house.value("SELECT max(valid_from) FROM warehouse.enrolment")
    assert jumped > before
    # and right again: what the wrong clock wrote is still earlier than what comes now
    _turn_clock(house, "0 days")
    house.day()
    assert in_child(house.night) == (0, "None")
    assert house.value("SELECT max(valid_from) FROM warehouse.enrolment") > jumped
    assert house.value("SELECT count(*) FROM warehouse.enrolment WHERE valid_from >= valid_to") == 0
    assert house.value("SELECT count(*) FROM results.computation WHERE current") > 0
    assert house.value(
        "SELECT count(*) FROM (SELECT merged_at, lag(merged_at) OVER (ORDER BY batch_id) AS earlier FROM ops.batch"
        " WHERE merged_at IS NOT NULL) AS b WHERE merged_at <= earlier"
    ) == 0  # fmt: skip


# ---------------------------------------------------------------- nights that were missed
def _current(house: House) -> list[tuple[Any, ...]]:
    """What is true now, and every figure."""
    engine = connect(house.url)
    found: list[tuple[Any, ...]] = []
    with engine.connect() as connection:
        for statement in (
            "SELECT account_key, edition, role, active, vanished_at IS NULL FROM warehouse.enrolment"
            " WHERE valid_to = 'infinity'",
            "SELECT account_key, edition, module, state, completed_at, vanished_at IS NULL"
            " FROM warehouse.module_completion WHERE valid_to = 'infinity'",
            "SELECT account_key, person_key FROM warehouse.person_link WHERE valid_to = 'infinity'",
            "SELECT c.period, v.indicator, v.official, v.attribution, v.disaggregation, v.category, v.value, v.n,"
            " v.excluded FROM results.indicator_value AS v INNER JOIN results.computation AS c USING (computation_id)"
            " WHERE c.current",
        ):
            found += sorted((tuple(map(str, row)) for row in connection.execute(sa.text(statement))), key=str)
    engine.dispose()
    return found


def test_two_days_in_one_night_say_the_same_as_a_night_each(copy_house: CopyHouse, stages: Stages) -> None:
    each, missed = copy_house("second"), copy_house("second")
    for house, nights in ((each, True), (missed, False)):
        if nights:
            assert in_child(house.night) == (0, "None")
        house.day()
        assert in_child(house.night) == (0, "None")
    assert len(_current(each)) > 400
    assert _current(missed) == _current(each)


def test_ten_quarters_computed_in_any_order_are_those_computed_in_order(copy_house: CopyHouse, stages: Stages) -> None:
    in_order, shuffled = (replace(copy_house("second"), last_quarter="2022-Q2") for _ in range(2))
    with in_order.plant() as plant:
        quarters = [str(period) for period in plant.project.periods.all()]
    others = random.Random(7).sample(quarters, len(quarters))
    assert others != quarters
    assert len(quarters) == 10

    def backfill(house: House, order: list[str]) -> None:
        with house.plant() as plant:
            for source in SOURCES:
                night.ingest(plant, source, NOW)
            for quarter in order:
                night.compute_quarters(plant, [quarter])

    for house, order in ((in_order, quarters), (shuffled, others)):
        assert in_child(lambda house=house, order=order: backfill(house, order)) == (0, "None")
    assert _current(shuffled) == _current(in_order)


# ---------------------------------------------------------------- a warehouse that forgot
def test_a_folder_of_a_batch_that_the_warehouse_forgot_is_kept_aside(tmp_path: Path) -> None:
    folder = tmp_path / "source" / "00000012"
    landing._make(folder)
    (folder / "received").write_text("kept")
    landing._make(folder)
    landing._make(folder)
    assert list(folder.iterdir()) == []
    assert (tmp_path / "source" / "00000012.1" / "received").read_text() == "kept"
    assert (tmp_path / "source" / "00000012.2").is_dir()


def test_an_error_of_another_folder_is_not_told_as_one_of_the_landing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), landing._told("s", tmp_path / "landing"):
        (tmp_path / "drop" / "list.csv").read_bytes()
    with pytest.raises(PermanentError, match="sin permiso de escritura"), landing._told("s", tmp_path / "landing"):
        (tmp_path / "landing" / "list.zst").open("xb")
    with pytest.raises(TransientError, match="no se encontró espacio"), landing._told("s", tmp_path / "landing"):
        raise OSError(28, "No space left on device")
