"""The commands `trimestre legacy …`: figures of before Trimestre, from a workbook to official versions.

Data flow: project -> template; filled template -> candidates; another person's answer -> vintages.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trimestre import settings, texts
from trimestre.cli.marts import catch_up
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.contracts import load_project
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.pipeline.uploads.inheriting import Imported

app = typer.Typer(no_args_is_help=True)

Workbook = Annotated[Path, typer.Argument(help="Libro de Excel (.xlsx).", dir_okay=False)]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.LEGACY_CLI[name])


@command("template")
def template(file: Workbook) -> None:
    """Write the workbook to fill."""
    from trimestre.reports.legacy_template import write_template

    write_template(load_project(settings.from_environment().project, lenient_sources=True), file)
    _say("written", path=file)


@command("import")
def import_(
    file: Workbook,
    reason: Annotated[str, typer.Option(help="De dónde salen las cifras; queda guardado. Sin datos personales.")],
) -> None:
    """Read a filled workbook and write a candidate for each of its quarters."""
    from trimestre.pipeline.uploads.inheriting import import_legacy

    with plant(lenient=True) as here:
        done = import_legacy(
            here.engine, here.project, file, landing=here.landing, reason=reason, prepared_by=settings.who()
        )
    _say_imported(done)


@command("approve")
def approve(
    comment: Annotated[str | None, typer.Option(help="Comentario; queda guardado.")] = None,
) -> None:
    """Make every inherited candidate official that waits for an answer."""
    from trimestre.indicators.vintages import candidates_of, decide_candidate

    with plant(lenient=True) as here:
        with transaction(here.engine) as connection:
            waiting = [
                row["candidate_id"]
                for row in candidates_of(connection)
                if (row["kind"], row["state"]) == ("inherited", "pending")
            ]
        if not waiting:
            _say("none")
        for number in waiting:
            done = decide_candidate(
                here.engine, number, approve=True, decided_by=settings.who(), comment=comment, project=here.project
            )
            _say("approved", period=done.period, candidate=number, vintage=done.vintage)
        if waiting:
            catch_up(here)


def _say_imported(done: "Imported") -> None:
    codes = sorted({value.indicator for value in done.legacy.values})
    _say("imported", values=len(done.legacy.values), indicators=len(codes), batch=done.batch_id)
    for one in done.proposed:
        _say("candidate", period=one.period, candidate=one.candidate_id, values=one.values, hash=one.hash[:12])
    _say("replaces", indicators=", ".join(codes))
    if done.differing:
        _say("targets")
    for line in done.differing:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    _say("next")


def _say(name: str, **values: object) -> None:
    console.print(texts.LEGACY_CLI[name].format(**values), markup=False, highlight=False, soft_wrap=True)
