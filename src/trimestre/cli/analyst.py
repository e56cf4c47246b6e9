"""The commands for analysts: `trimestre export` and `trimestre analyst-login`.

Data flow: marts -> files in a folder; a name -> a read-only role and a file (0600) with how to connect.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimestre import settings, texts
from trimestre.cli.opening import warehouse_url
from trimestre.cli.terminal import console
from trimestre.contracts import load_project
from trimestre.errors import ContractError, PermanentError
from trimestre.texts import ASKED
from trimestre.warehouse.database import connect, transaction

if TYPE_CHECKING:
    from trimestre.warehouse.logins import Login

app = typer.Typer()


def command(name: str, said: dict[str, str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=said[name])


@command("export", texts.EXPORT_CLI)
def export(
    folder: Annotated[Path, typer.Argument(help=texts.EXPORT_CLI["folder"], metavar="DIR")],
    to: Annotated[str, typer.Option(help=texts.EXPORT_CLI["to"])],
    table: Annotated[list[str] | None, typer.Option(help=texts.EXPORT_CLI["table"])] = None,
) -> None:
    """Write the marts to files."""
    from trimestre.reports.exporting import export as run
    from trimestre.reports.exporting import marts
    from trimestre.warehouse.tables import metadata

    here = settings.from_environment()
    framework = load_project(here.project, lenient_sources=True).framework
    with warehouse_url(here) as url:
        engine = connect(url)
        try:
            written = run(
                engine,
                marts(metadata),
                to,
                folder,
                wanted=table or (),
                project=framework.project,
                zone=framework.timezone,
                exported_at=datetime.now(UTC),
            )
        finally:
            engine.dispose()
    for item in written:
        console.print(texts.EXPORT_CLI["exported"].format(table=item.table, rows=f"{item.rows:,}"))
    _say(texts.EXPORT_CLI["done"].format(folder=folder, tables=len(written)))


@command("analyst-login", texts.LOGIN_CLI)
def analyst_login(
    name: Annotated[str, typer.Argument(help=texts.LOGIN_CLI["name"])],
    rotate: Annotated[bool, typer.Option("--rotate", help=texts.LOGIN_CLI["rotate"])] = False,
    remove: Annotated[bool, typer.Option("--remove", help=texts.LOGIN_CLI["remove"])] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help=texts.LOGIN_CLI["days"])] = 365,
    host: Annotated[str | None, typer.Option(help=texts.LOGIN_CLI["host"])] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help=texts.LOGIN_CLI["port"])] = None,
) -> None:
    """Make, renew or remove a read-only log-in."""
    from trimestre.warehouse.logins import make_login, remove_login, rotate_login

    if rotate and remove:
        raise ContractError(ASKED["rotate_remove"])
    here = settings.from_environment()
    path = here.home / "secrets" / f"analyst_{name}.conf"
    zone = load_project(here.project, lenient_sources=True).framework.timezone
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    with warehouse_url(here) as url:
        engine = connect(url)
        try:
            with transaction(engine) as connection:
                if remove:
                    remove_login(connection, name)
                elif rotate:
                    _write(rotate_login(connection, name, until=until, host=host, port=port), path)
                else:
                    _write(make_login(connection, name, until=until, zone=zone, host=host, port=port), path)
        finally:
            engine.dispose()
    if remove:
        path.unlink(missing_ok=True)
        _say(texts.LOGIN_CLI["removed"].format(name=name))
        return
    _say(texts.LOGIN_CLI["made"].format(name=name, until=f"{until:%d/%m/%Y}"))
    _say(texts.LOGIN_CLI["where"].format(path=path))


def _write(login: "Login", path: Path) -> None:
    """Before the commit: a log-in whose password nobody could read is not made."""
    from trimestre.embedded import write_secret
    from trimestre.warehouse.logins import login_file

    try:
        write_secret(path, login_file(login, path))
    except OSError as error:
        raise PermanentError(
            ASKED["login_folder"].format(why=error.strerror or error, where=error.filename or path)
        ) from None


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
