"""The commands `trimestre backup` and `trimestre restore`: the warehouse with its files, saved, checked and put back.

Data flow: folder -> backup; backup -> checked -> files and database -> every published quarter worked out again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from trimestre import settings
from trimestre.cli.terminal import console, say_error
from trimestre.errors import ContractError, TrimestreError
from trimestre.texts import ASKED, BACKUP_CLI, RESTORED_COLUMNS, RESTORED_STATES

if TYPE_CHECKING:
    import sqlalchemy as sa

    from trimestre.backups.making import Made
    from trimestre.backups.restoring import Again, Plan, Restored
    from trimestre.contracts import Project
    from trimestre.contracts.decisions import ExportedDecision
    from trimestre.keys import AccountKey

app = typer.Typer()


@app.command("backup", help=BACKUP_CLI["backup"])
def backup(
    folder: Annotated[Path, typer.Argument(help="Carpeta de respaldos; la misma cada vez, para copiar sólo lo nuevo.")],
    verify: Annotated[
        bool,
        typer.Option("--verify", help="No respalda: revisa el último respaldo de la carpeta, archivo por archivo."),
    ] = False,
    airflow: Annotated[
        bool, typer.Option("--airflow", help="También la base de Airflow (AIRFLOW__DATABASE__SQL_ALCHEMY_CONN).")
    ] = False,
) -> None:
    """Make a backup, or check one."""
    if verify:
        _verify(folder)
        return
    from trimestre.backups.making import make
    from trimestre.cli.opening import warehouse_url
    from trimestre.warehouse.database import connect

    here = settings.from_environment()
    url = settings.airflow_database() if airflow else None
    if airflow and url is None:
        raise ContractError(ASKED["airflow_url"])
    zone, outside = _told_by_the_project(here)
    with warehouse_url(here) as warehouse:
        engine = connect(warehouse)
        try:
            made = make(engine, here, folder, zone=zone, now=datetime.now(UTC), airflow=url, elsewhere=outside)
        finally:
            engine.dispose()
    _say_made(made, airflow=airflow)
    if made.manifest.damaged:
        raise typer.Exit(1)


@app.command("restore", help=BACKUP_CLI["restore"])
def restore(
    folder: Annotated[Path, typer.Argument(help="Un respaldo, o la carpeta de respaldos: se toma el último.")],
    into: Annotated[
        str | None, typer.Option("--into", help="URL de la base, en vez de TRIMESTRE_WAREHOUSE_URL; se crea si falta.")
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="Todo en esta carpeta, aparte de la instalación: para un simulacro.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="Archivo con la llave secreta, si no está en su lugar.", dir_okay=False)
    ] = None,
    replacing: Annotated[
        Path | None,
        typer.Option("--replace", help="Carpeta a la que se mueve lo que estorba; la base que hay cambia de nombre."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", help="Decisiones exportadas después del respaldo: repite sus supresiones."),
    ] = None,
) -> None:
    """Restore a backup, and prove it; exit code 1 when a published quarter is not what it was."""
    from trimestre.backups import restoring
    from trimestre.backups.manifest import newest
    from trimestre.pipeline.privacy.erasing_again import exported_erasures
    from trimestre.warehouse.database import connect

    here = settings.from_environment()
    held = settings.key_in_file(key) if key else here.present_key()
    if home is not None:
        here = here.below(home)
    erasures = exported_erasures(decisions) if decisions else []
    with _database(here, into) as url:
        planned = restoring.plan(newest(folder), here, url, key=held, aside=replacing, erasures=erasures)
        done = restoring.restore(planned, url, aside=replacing, now=datetime.now(UTC))
        _say_restored(planned, done, replacing)
        _place_key(here, key)
        engine = connect(url)
        try:
            project = _restored_project(here, planned)
            whole = _erase(engine, project, erasures, held, decisions, planned)
            proved = _say_proved(restoring.prove(engine, project, planned.manifest))
        finally:
            engine.dispose()
    if home is not None:
        url = " TRIMESTRE_WAREHOUSE_URL=…" if into else ""  # it may hold a password
        _say("where", home=here.home, project=here.project, url=url)
    if not (whole and proved):
        raise typer.Exit(1)


def _told_by_the_project(here: settings.Settings) -> tuple[str, tuple[str, ...]]:
    """The zone of the project and its drop folders elsewhere; one that can't be read is saved all the same."""
    from trimestre.backups.places import elsewhere
    from trimestre.contracts import load_project

    try:
        project = load_project(here.project, lenient_sources=True)
    except ContractError as error:
        say_error(BACKUP_CLI["project_unread"].format(error=error))
        return "UTC", ()
    return project.framework.timezone, elsewhere(here, project)


def _verify(folder: Path) -> None:
    from trimestre.backups.checking import check
    from trimestre.backups.manifest import newest

    found = newest(folder)
    manifest = check(found)
    _say("whole", folder=found, files=len(manifest.files), taken=_day(manifest.taken_at, manifest.zone),
         mark=manifest.key_mark or "–")  # fmt: skip
    if manifest.damaged:
        _say_damaged(manifest.damaged)
        raise typer.Exit(1)


@contextmanager
def _database(here: settings.Settings, into: str | None) -> Iterator[str]:
    """The database to restore into; without any URL, the embedded PostgreSQL of the home, made where there is none."""
    if into or here.warehouse_url:
        yield into or here.require_warehouse()
        return
    from trimestre.embedded import EmbeddedPostgres

    with EmbeddedPostgres.start(here.home) as postgres:
        yield postgres.url("warehouse")


def _place_key(here: settings.Settings, key: Path | None) -> None:
    """Put a key that was given where the installation looks for it, unless it has one."""
    if key is None or here.key or here.key_file.exists():
        return
    here.make_key(here.key_file, key.read_text().strip())
    _say("key_placed", path=here.key_file)


def _restored_project(here: settings.Settings, planned: "Plan") -> "Project":
    """The project that came with the backup; one that can't be read was saved all the same."""
    from trimestre.contracts import load_project

    try:
        return load_project(here.project, lenient_sources=True)
    except ContractError as error:
        _say("erasures", taken=_day(planned.manifest.taken_at, planned.manifest.zone))
        say_error(BACKUP_CLI["restored_unread"].format(error=error))
        raise typer.Exit(1) from None


def _erase(
    engine: "sa.Engine",
    project: "Project",
    erasures: "list[ExportedDecision]",
    key: "AccountKey | None",
    file: Path | None,
    planned: "Plan",
) -> bool:
    """Make the erasures since the backup again; whether none is left to make."""
    from trimestre.pipeline.privacy.erasing_again import erase_again

    if file is None:
        _say("erasures", taken=_day(planned.manifest.taken_at, planned.manifest.zone))
        return True
    try:
        done = erase_again(engine, project, erasures, key=key or b"")  # no key, no mark: none is ours
    except TrimestreError as error:
        say_error(BACKUP_CLI["erase_failed"].format(error=error))
        return False
    _say("erased_again", made=done.made, there=done.there)
    if done.other_key:
        _say("erased_by_hand", other=done.other_key)
    _say("decisions_after", file=file)
    return not done.other_key


def _say_made(made: "Made", *, airflow: bool) -> None:
    manifest = made.manifest
    _say("made", folder=made.folder, files=len(manifest.files), copied=made.copied, megabytes=made.bytes / 1e6,
         vintages=len(manifest.vintages), taken=_day(manifest.taken_at, manifest.zone))  # fmt: skip
    _say("personal")
    _say("no_key" if manifest.key_mark else "no_key_yet", mark=manifest.key_mark)
    if not airflow:
        _say("no_airflow")
    if manifest.elsewhere:
        _say("elsewhere", places=", ".join(manifest.elsewhere))
    if manifest.skipped:
        _say("skipped", skipped=manifest.skipped)
    if manifest.damaged:
        _say_damaged(manifest.damaged)


def _say_damaged(numbers: tuple[int, ...]) -> None:
    shown = ", ".join(str(number) for number in numbers[:10]) + (", …" if len(numbers) > 10 else "")
    say_error(BACKUP_CLI["damaged"].format(count=len(numbers), numbers=shown))


def _say_restored(planned: "Plan", done: "Restored", aside: Path | None) -> None:
    manifest = planned.manifest
    _say("restored", taken=_day(manifest.taken_at, manifest.zone), files=done.files, same=done.same)
    if done.aside:
        _say("aside", aside=done.aside, folder=aside)
    if done.kept:
        _say("kept", kept=done.kept)
    if done.migrated_from:
        _say("migrated", old=done.migrated_from)
    if manifest.elsewhere:
        _say("elsewhere", places=", ".join(manifest.elsewhere))
    if planned.keys_missing:
        _say("key_missing", marks=", ".join(planned.keys_missing))
    if manifest.damaged:
        _say_damaged(manifest.damaged)
    logins = "; ".join(f"GRANT {role} TO {', '.join(names)}" for role, names in manifest.logins.items())
    if logins:
        _say("logins", logins=logins)


def _say_proved(found: "list[Again]") -> bool:
    """Tell every published quarter; whether all are what they were."""
    if not found:
        _say("no_vintages")
        return True
    table = Table(*RESTORED_COLUMNS)
    for item in found:
        again = item.reproduced.again[:12] if item.reproduced else "–"
        table.add_row(
            item.published.period, str(item.published.vintage), item.published.hash[:12], again, _state(item)
        )  # fmt: skip
    console.print(table)
    for item in found:
        if item.error:
            say_error(f"{item.published.period}: {item.error}")
    wrong = [item for item in found if not item.same]
    _say("not_proved" if wrong else "proved", count=len(wrong))
    return not wrong


def _state(item: "Again") -> str:
    if item.error:
        return RESTORED_STATES["error"]
    if not item.intact:
        return RESTORED_STATES["touched"]
    if item.reproduced is None:
        return RESTORED_STATES["inherited"]
    return RESTORED_STATES["same" if item.reproduced.same else "differs"]


def _day(at: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo

    return f"{at.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M}"


def _say(what: str, **values: object) -> None:
    console.print(BACKUP_CLI[what].format(**values), markup=False, highlight=False, soft_wrap=True)
