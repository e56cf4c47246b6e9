"""The commands `trimestre workbook …`: workbooks out, what they would change, and taking them.

Data flow: kind + quarter -> workbook; workbook -> preview -> upload -> taken.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings, texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.periods import Period
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.reports.workbooks import Preview

app = typer.Typer(no_args_is_help=True)

Kind = Annotated[
    str,
    typer.Argument(help="captura, metas, explicaciones, narrativa, bitacora, riesgos, observaciones o correcciones."),
]
File = Annotated[Path, typer.Argument(help="Libro de Excel (.xlsx).", dir_okay=False, exists=True)]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.WORKBOOK_CLI[name])


@command("out")
def out(
    kind: Kind,
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    to: Annotated[Path, typer.Option("--to", help="Archivo que se escribe (.xlsx).", dir_okay=False)],
    partner: Annotated[
        str | None, typer.Option(help="Solo captura: una copia con lo de una contraparte, por su nombre.")
    ] = None,
) -> None:
    """Write a workbook."""
    from trimestre.reports.workbooks import write

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        write(kind, connection, here.project, quarter, to, partner=partner)
    _say("written", path=to)


@command("preview")
def preview(kind: Kind, file: File) -> None:
    """Show what a workbook would change."""
    from trimestre.reports.workbooks import preview as look
    from trimestre.reports.workbooks import read

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        found = look(kind, connection, here.project, read(kind, file, here.project), settings.who())
    _say_preview(found)
    if found.problems:
        raise typer.Exit(1)


@command("take")
def take(kind: Kind, file: File) -> None:
    """Take a workbook."""
    from trimestre.pipeline.uploads import uploading
    from trimestre.pipeline.uploads.taking import take_upload
    from trimestre.reports.workbooks import preview as look
    from trimestre.reports.workbooks import read

    uploads, who, now = settings.from_environment().uploads, settings.who(), datetime.now(UTC)
    with plant(lenient=True) as here:
        with file.open("rb") as content, uploading.received(uploads, file.name, content) as received:
            with transaction(here.engine) as connection:
                found = look(kind, connection, here.project, read(kind, received.path, here.project), who)
            _say_preview(found)
            if found.problems:
                raise typer.Exit(1)
            if not found.edits:
                return
            with transaction(here.engine) as connection:
                number = uploading.keep(connection, uploads, received, kind, found.as_dict(), who=who, now=now)
        done = take_upload(here, uploads, number, who=who, now=now)
    for line in done.lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    _say("taken", number=number)


def _say_preview(found: "Preview") -> None:
    for name in ("problems", "warnings"):
        lines = getattr(found, name)
        if lines:
            _say(name)
        for line in lines:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    if found.problems:
        return
    if not found.changes:
        _say("none")
        return
    table = Table(*texts.WORKBOOK_COLUMNS)
    for change in found.changes:
        table.add_row(*(Text(str(change[name])) for name in ("what", "place", "before", "after")))
    console.print(table)
    _say("unchanged", n=found.unchanged)


def _say(what: str, **values: object) -> None:
    console.print(texts.WORKBOOK_CLI[what].format(**values), markup=False, highlight=False, soft_wrap=True)
