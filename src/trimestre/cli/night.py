"""The commands of the night: ingest a source, all of them, and show the batches that came of it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa
import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings, texts
from trimestre.cli.marts import say_refreshed
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console, say_error
from trimestre.errors import ContractError, TrimestreError
from trimestre.texts import ASKED
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.pipeline.merging import Merged
    from trimestre.pipeline.replay.replaying import Replayed

app = typer.Typer()


@app.command("ingest", help=texts.CLI["ingest"])
def ingest(
    source: Annotated[str, typer.Argument(help="Fuente (archivo de sources/ sin extensión) o framework.")],
    accept_shrink: Annotated[
        str | None, typer.Option(help="Razón por la que se acepta el último lote rechazado por traer menos registros.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="No trae nada: reconstruye la fuente desde los archivos ya recibidos.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Con --replay: reconstruye desde los lotes recibidos ese día; lo anterior queda como estaba.",
        ),
    ] = None,
) -> None:
    """Ingest one source, or make it anew from its landed files."""
    from trimestre.pipeline import acts, night

    if since is not None and not replay:
        raise ContractError(ASKED["since"])
    if replay and accept_shrink:
        raise ContractError(ASKED["replay"])
    with plant(lenient=True) as here:
        if replay:
            _say_replayed(source, acts.replay(here, source, since and since.date()))
            return
        if accept_shrink:
            acts.accept_shrink(here, source, reason=accept_shrink, decided_by=settings.who())
            said = texts.CLI["accepted"].format(source=source, reason=accept_shrink)
            console.print(said, markup=False)
        merged = night.ingest(here, source, datetime.now(UTC))
        _say_ingested(here.engine, source, merged)


@app.command("night", help=texts.CLI["night"])
def night_command(
    no_marts: Annotated[
        bool, typer.Option("--no-marts", help="Deja como están las tablas para analistas (`trimestre marts refresh`).")
    ] = False,
) -> None:
    """Ingest every source, then compute what may have moved; one source that fails stops no other."""
    from trimestre.pipeline import night
    from trimestre.pipeline.ahead import ingest_all

    failed = False
    with plant(lenient=True) as here:
        for message in here.project.broken_sources.values():
            failed = True
            say_error(message)
        for source, outcome in ingest_all(here, here.source_codes(), lambda: datetime.now(UTC)):
            if isinstance(outcome, TrimestreError):
                failed = True
                say_error(str(outcome))
            else:
                _say_ingested(here.engine, source, outcome)
        for computed in night.compute_quarters(here, night.pending_quarters(here.engine, here.project)):
            console.print(texts.CLI["computed"].format(period=computed.period, values=len(computed.values)))
        if not no_marts:
            say_refreshed(night.refresh_marts(here))
    if failed:
        raise typer.Exit(1)


@app.command("batches", help=texts.CLI["batches"])
def batches(limit: Annotated[int, typer.Option(help="Cuántos.")] = 20) -> None:
    """Show the newest batches."""
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        rows = connection.execute(
            sa.text(
                "SELECT b.batch_id, b.source, b.state, b.started_at, sum(a.landed) AS landed, sum(a.merged) AS merged,"
                " sum(a.unchanged) AS unchanged, sum(a.quarantined) AS quarantined,"
                " sum(a.out_of_scope + a.repeated) AS aside, b.message FROM ops.batch AS b"
                " LEFT JOIN ops.row_account AS a USING (batch_id) GROUP BY b.batch_id ORDER BY b.batch_id DESC LIMIT :n"
            ),
            {"n": limit},
        ).all()
    table = Table(*texts.BATCH_COLUMNS, collapse_padding=True)  # ten columns in the 140 of a pipe
    for row in rows:
        counts = ("" if count is None else f"{count:,}" for count in row[4:9])
        state = texts.BATCH_STATES.get(row.state, row.state)
        begun = f"{row.started_at:%d/%m/%Y %H:%M}"
        table.add_row(str(row.batch_id), row.source, state, begun, *counts, Text(row.message or ""))
    console.print(table)


def _say_ingested(engine: sa.Engine, source: str, merged: "Merged") -> None:
    console.print(
        texts.CLI["ingested"].format(
            source=source,
            batch=merged.batch_id,
            state=texts.CLI["changed" if merged.changed else "unchanged"],
            quarters=", ".join(merged.quarters) or texts.CLI["none"],
        )
    )
    with transaction(engine) as connection:
        retained = connection.execute(
            sa.text("SELECT sum(quarantined) FROM ops.row_account WHERE batch_id = :batch_id"),
            {"batch_id": merged.batch_id},
        ).scalar()
    if retained:
        console.print(texts.CLI["retained"].format(source=source, rows=retained), markup=False, soft_wrap=True)


def _say_replayed(source: str, done: "Replayed") -> None:
    text = texts.CLI["replayed"].format(
        source=source,
        batches=len(done.batches),
        first=done.batches[0],
        last=done.batches[-1],
        batch=done.batch_id,
        quarters=", ".join(done.quarters) or texts.CLI["none"],
    )
    console.print(text, markup=False, highlight=False, soft_wrap=True)
