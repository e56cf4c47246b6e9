"""An error of the database that quotes a row (PostgreSQL's DETAIL does) reaches nobody, whichever step it stops."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
import sqlalchemy as sa

from trimestre.contracts.privacy import Privacy
from trimestre.errors import TrimestreError
from trimestre.pipeline import acts, night
from trimestre.simulators import write_drop_files
from trimestre.warehouse.database import copy_rows, transaction

if TYPE_CHECKING:
    from conftest import Case

SECRET = "Óscar Vázquez Quiñones oscar@dependencia.example"
NOW = datetime(2020, 7, 10, tzinfo=UTC)


def _ingest(source: str) -> "Callable[[Case], object]":
    def run(case: "Case") -> object:
        case.world.change_user(10, lastname="Otra", institucion="Otra", curp="")
        case.world.attendees[0].name = "Otra"
        case.world.attendees[1].institution = "Otra"
        write_drop_files(case.world, case.plant.drop)  # type: ignore[arg-type]
        return night.ingest(case.plant, source, NOW)

    return run


def _compute(case: "Case") -> object:
    with transaction(case.plant.engine) as connection:
        connection.execute(sa.text("DELETE FROM results.computation"))
    return night.compute_quarters(case.plant, ["2020-Q2"])


def _erase(case: "Case") -> object:
    email = case.world.moodle.users[10].email
    return acts.erase(case.plant, "email", email, accounts=1, reason="r", decided_by="p")


def _retention(case: "Case") -> object:
    ended = replace(case.plant.project, privacy=Privacy(project_ends_on=date(2010, 1, 1)))
    return acts.retention(replace(case.plant, project=ended), NOW, dry_run=False)


STEPS: dict[str, tuple[str, str, "Callable[[Case], object]"]] = {
    "land": ("ops.landed_file", "INSERT", _ingest("moodle_pnud")),
    "stage objects": ("staging.account_identity", "INSERT", _ingest("moodle_pnud")),
    "stage tables": ("staging.account_identity", "INSERT", _ingest("eventos")),
    "validate": ("ops.rule_result", "INSERT", _ingest("moodle_pnud")),
    "suspect": ("staging.suspect", "INSERT", _ingest("eventos")),
    "retain": ("quarantine.row", "INSERT OR UPDATE", _ingest("eventos")),
    "merge": ("restricted.account_identity", "INSERT", _ingest("moodle_pnud")),
    "account": ("ops.row_account", "INSERT", _ingest("moodle_pnud")),
    "link": ("warehouse.person", "INSERT OR UPDATE", _ingest("moodle_pnud")),
    "compute": ("results.indicator_value", "INSERT", _compute),
    "replay": ("restricted.account_identity", "INSERT", lambda case: acts.replay(case.plant, "eventos")),
    "erase": ("restricted.account_identity", "UPDATE", _erase),
    "rotate": (
        "restricted.account_ref",
        "UPDATE",
        lambda c: acts.rotate_key(c.plant, b"n" * 32, reason="r", decided_by="p"),
    ),
    "retention": ("restricted.tombstone", "INSERT", _retention),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_row_that_an_error_quotes_is_not_passed_on(case: "Case", caplog: pytest.LogCaptureFixture, step: str) -> None:
    table, event, run = STEPS[step]
    with case.plant.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION public.quoting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            f" 'Key (email)=({SECRET}) exists' USING DETAIL = 'Failing row contains ({SECRET}).',"
            f" HINT = '{SECRET}', ERRCODE = 'unique_violation'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER quoting BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION public.quoting()"
        )
    with pytest.raises(TrimestreError) as raised:
        run(case)
    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    messages = case.rows("SELECT message FROM ops.batch")
    for word in SECRET.split():
        assert word not in told
        assert word not in str(messages)


def test_a_copied_line_that_is_refused_is_not_quoted(case: "Case") -> None:
    """COPY goes past SQLAlchemy, and PostgreSQL quotes the line in the context of its error."""
    rows = pa.table({"account_key": pa.array([SECRET]), "source": pa.array(["x"]), "account_ref": pa.array([SECRET])})
    with pytest.raises(TrimestreError) as raised, transaction(case.plant.engine) as connection:
        copy_rows(connection, "restricted.account_ref", rows)
    told = "".join(traceback.format_exception(raised.value))
    assert "account_ref" in told or "error de SQL" in told
    for word in SECRET.split():
        assert word not in told
