"""The commands: the same functions as the DAGs, without a scheduler. Reads the environment and the clock."""

from dataclasses import replace
from typing import Annotated

import typer

from trimestre import settings, texts
from trimestre.cli import spanish_help  # noqa: F401 (the frame of --help)
from trimestre.cli.analyst import app as analyst_commands
from trimestre.cli.backup import app as backup_commands
from trimestre.cli.batch import app as batch_commands
from trimestre.cli.check import app as check_commands
from trimestre.cli.close import app as close_commands
from trimestre.cli.coherence import app as coherence_commands
from trimestre.cli.drift import app as drift_commands
from trimestre.cli.figures import app as figures_commands
from trimestre.cli.identity import app as identity_commands
from trimestre.cli.informe import app as informe_commands
from trimestre.cli.legacy import app as legacy_commands
from trimestre.cli.marts import app as marts_commands
from trimestre.cli.night import app as night_commands
from trimestre.cli.opening import warehouse_url
from trimestre.cli.privacy import app as privacy_commands
from trimestre.cli.report import app as report_commands
from trimestre.cli.reproduce import app as reproduce_commands
from trimestre.cli.retained import app as retained_commands
from trimestre.cli.source import app as source_commands
from trimestre.cli.status import app as status_commands
from trimestre.cli.terminal import console, say_error
from trimestre.cli.workbook import app as workbook_commands
from trimestre.errors import TrimestreError

app = typer.Typer(help=texts.CLI["app"], no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(night_commands)
app.add_typer(figures_commands)
app.add_typer(check_commands)
app.add_typer(source_commands, name="source", help=texts.SOURCE_CLI["app"])
app.add_typer(backup_commands)
app.add_typer(batch_commands, name="batch", help=texts.BATCH_CLI["app"])
app.add_typer(close_commands, name="close", help=texts.CLOSE_CLI["app"])
app.add_typer(coherence_commands)
app.add_typer(drift_commands)
app.add_typer(identity_commands, name="identity", help=texts.IDENTITY_CLI["app"])
app.add_typer(informe_commands)
app.add_typer(legacy_commands, name="legacy", help=texts.LEGACY_CLI["app"])
app.add_typer(marts_commands, name="marts", help=texts.MARTS_CLI["app"])
app.add_typer(privacy_commands)
app.add_typer(report_commands)
app.add_typer(reproduce_commands)
app.add_typer(retained_commands, name="retained", help=texts.RETAINED_CLI["app"])
app.add_typer(status_commands)
app.add_typer(workbook_commands, name="workbook", help=texts.WORKBOOK_CLI["app"])
app.add_typer(analyst_commands)


@app.command("dictionary", help=texts.CLI["dictionary"])
def dictionary() -> None:
    """Write the data dictionary."""
    from trimestre.warehouse.dictionary import write

    path = write(settings.from_environment().project)
    console.print(texts.MARTS_CLI["written"].format(path=path), markup=False, highlight=False, soft_wrap=True)


@app.command("migrate", help=texts.CLI["migrate"])
def migrate() -> None:
    """Bring the warehouse to the newest schema."""
    from trimestre.warehouse.migrate import migrate as run

    with warehouse_url(settings.from_environment()) as url:
        run(url)


@app.command("demo", help=texts.CLI["demo"])
def demo(
    once: Annotated[bool, typer.Option("--once", help="Se detiene solo al terminar.")] = False,
    port: Annotated[int, typer.Option(help="Puerto preferido de Airflow.")] = 8080,
) -> None:
    """Run everything on this machine with synthetic data."""
    from trimestre.demo import run

    here = settings.from_environment()
    if isinstance(here.drop, str):  # what is synthetic stays on this machine
        here = replace(here, drop=here.home / "drop")
    run(here, console, once=once, port=port)


def main() -> None:
    """Entry point: our own errors, and files that can't be had, are told in one line, not as a trace."""
    try:
        app()
    except TrimestreError as error:
        say_error(str(error))
        raise SystemExit(1) from None
    except OSError as error:
        if error.filename is None:
            raise
        say_error(texts.ASKED["path"].format(where=error.filename, why=error.strerror))
        raise SystemExit(1) from None
