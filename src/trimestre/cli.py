"""The commands: the same functions as the DAGs, without a scheduler. Reads the environment and the clock."""

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer
from rich.table import Table

from trimestre import settings, spanish_help  # noqa: F401 (the frame of --help)
from trimestre.cli_analyst import app as analyst_commands
from trimestre.cli_backup import app as backup_commands
from trimestre.cli_batch import app as batch_commands
from trimestre.cli_check import app as check_commands
from trimestre.cli_close import app as close_commands
from trimestre.cli_coherence import app as coherence_commands
from trimestre.cli_drift import app as drift_commands
from trimestre.cli_drift import say_rehearsed
from trimestre.cli_identity import app as identity_commands
from trimestre.cli_informe import app as informe_commands
from trimestre.cli_legacy import app as legacy_commands
from trimestre.cli_marts import app as marts_commands
from trimestre.cli_marts import say_refreshed
from trimestre.cli_privacy import app as privacy_commands
from trimestre.cli_report import app as report_commands
from trimestre.cli_reproduce import app as reproduce_commands
from trimestre.cli_retained import app as retained_commands
from trimestre.cli_source import app as source_commands
from trimestre.cli_status import app as status_commands
from trimestre.cli_workbook import app as workbook_commands
from trimestre.errors import ContractError, TrimestreError
from trimestre.opening import plant, warehouse_url
from trimestre.periods import Period
from trimestre.reports import texts
from trimestre.terminal import console
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.pipeline.merging import Merged
    from trimestre.pipeline.replaying import Replayed

app = typer.Typer(help=texts.CLI["app"], no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
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


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.CLI[name])


@command("dictionary")
def dictionary() -> None:
    """Write the data dictionary."""
    from trimestre.warehouse.dictionary import write

    path = write(settings.from_environment().project)
    console.print(texts.MARTS_CLI["written"].format(path=path), markup=False, highlight=False, soft_wrap=True)


@command("migrate")
def migrate() -> None:
    """Bring the warehouse to the newest schema."""
    from trimestre.warehouse.migrate import migrate as run

    with warehouse_url(settings.from_environment()) as url:
        run(url)


@command("ingest")
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
        raise ContractError("--since: found it without --replay, expected both. Add --replay or leave --since out.")
    if replay and accept_shrink:
        raise ContractError("--replay: found it with --accept-shrink, expected one of them. Run one after the other.")
    with plant(lenient=True) as here:
        if replay:
            _say_replayed(source, acts.replay(here, source, since and since.date()))
            return
        if accept_shrink:
            acts.accept_shrink(here, source, reason=accept_shrink, decided_by=settings.who())
            console.print(texts.CLI["accepted"].format(source=source, reason=accept_shrink))
        merged = night.ingest(here, source, datetime.now(UTC))
        _say_ingested(here.engine, source, merged)


@command("night")
def night_command(
    no_marts: Annotated[
        bool, typer.Option("--no-marts", help="Deja como están las tablas para analistas (`trimestre marts refresh`).")
    ] = False,
) -> None:
    """Ingest every source, then compute what may have moved; one source that fails stops no other."""
    from trimestre.pipeline import night

    failed = False
    with plant(lenient=True) as here:
        for message in here.project.broken_sources.values():
            failed = True
            _say_error(message)
        for source in here.source_codes():
            try:
                merged = night.ingest(here, source, datetime.now(UTC))
                _say_ingested(here.engine, source, merged)
            except TrimestreError as error:
                failed = True
                _say_error(str(error))
        for computed in night.compute_quarters(here, night.pending_quarters(here.engine, here.project)):
            console.print(texts.CLI["computed"].format(period=computed.period, values=len(computed.values)))
        if not no_marts:
            say_refreshed(night.refresh_marts(here))
    if failed:
        raise typer.Exit(1)


@command("compute")
def compute(
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Muestra qué movería el YAML tal como está ahora, sin guardar.")
    ] = False,
) -> None:
    """Compute one quarter, or show what the YAML as it is now would move in it."""
    from trimestre.indicators.comparing import rehearse
    from trimestre.indicators.computing import compute as run
    from trimestre.indicators.drift import refresh_drift
    from trimestre.pipeline.refreshing import refresh

    with plant(lenient=True) as here:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        if dry_run:
            with transaction(here.engine) as connection:
                rehearsed = rehearse(connection, here.project, quarter)
            say_rehearsed(here.project, rehearsed)
            return
        computed = run(here.engine, here.project, quarter)
        if computed.moved:
            console.print(texts.CLI["computed"].format(period=quarter, values=len(computed.values)))
        else:
            console.print(texts.CLI["unmoved"].format(period=quarter))
        refresh_drift(here.engine, here.project)
        say_refreshed(refresh(here.engine, here.project))


@command("recheck")
def recheck() -> None:
    """Compare the stored figures with what all evidence gives; exit code 1 where they differed."""
    from trimestre.pipeline import night

    with plant(lenient=True) as here:
        found = night.recheck_figures(here)
    if found.differed:
        _say_error(texts.CLI["differed"].format(quarters=", ".join(found.differed)))
        raise typer.Exit(1)
    said = texts.CLI["rechecked" if found.quarters else "nothing_to_recheck"]
    console.print(said.format(quarters=", ".join(found.quarters)))


@command("values")
def values(
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    as_json: Annotated[bool, typer.Option("--json", help="Lista de objetos en JSON.")] = False,
    reconciliation: Annotated[bool, typer.Option(help="Incluye las líneas de conciliación en el JSON.")] = False,
    audience: Annotated[
        str, typer.Option(help="Para quién: internal, donor o public (sin cifras de 1 a 4 personas).")
    ] = "internal",
    spans: Annotated[
        bool, typer.Option("--spans", help="También semestre, año, año fiscal y proyecto, hasta ese trimestre.")
    ] = False,
) -> None:
    """Show the newest values of a quarter, and below them what has to be said of them."""
    from trimestre.indicators.audiences import values_for

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        every = reconciliation or not as_json
        rows = values_for(connection, here.project, quarter, audience, reconciliation=every, spans=spans)
        if as_json:
            print(json.dumps(rows, ensure_ascii=False, indent=1, default=_plain))
        elif rows:
            _say_values(connection, here.project, quarter, rows)
        else:
            console.print(texts.CLI["not_computed"].format(period=quarter))


@command("evidence")
def evidence(
    indicator: Annotated[str, typer.Argument(help="Clave del indicador, como L2-01.")],
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    category: Annotated[
        str, typer.Option("--category", help="Sólo una categoría, como sex=female o sexo=mujer,entidad=09.")
    ] = "",
    excluded: Annotated[bool, typer.Option("--excluded", help="También los que no cuentan, con el motivo.")] = False,
    vintage: Annotated[int | None, typer.Option("--vintage", help="Los que contó esa versión oficial.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV completo en la salida estándar.")] = False,
) -> None:
    """Show the rows behind an indicator."""
    from trimestre.indicators.tracing import TRACED, asked_category, trace
    from trimestre.reports.evidence import evidence_table, harmless

    asked = asked_category(category)
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        rows = trace(
            connection, here.project, indicator, quarter, category=asked, excluded=excluded, vintage=vintage
        )  # fmt: skip
    if as_csv:
        writer = csv.DictWriter(sys.stdout, TRACED)
        writer.writeheader()
        writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
        return
    console.print(evidence_table(rows, here.project.framework.zone))


@command("batches")
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
        table.add_row(str(row.batch_id), row.source, state, f"{row.started_at:%d/%m/%Y %H:%M}", *counts, row.message)
    console.print(table)


@command("demo")
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


def _say_values(
    connection: sa.Connection, project: "Project", quarter: Period, rows: Sequence[Mapping[str, Any]]
) -> None:
    """The quarter's table with its notes, then one for each wider span."""
    from trimestre.indicators.explaining import explanations
    from trimestre.indicators.vintages import vintage_in_force
    from trimestre.reports.figures import indicator_table, notes, span_table

    own = [row for row in rows if row.get("covers", str(quarter)) == str(quarter)]
    console.print(indicator_table(project, str(quarter), own))
    lines = notes(project, own, explanations(connection, quarter))
    if (vintage := vintage_in_force(connection, quarter)) is not None:
        official = {"vintage": vintage["vintage"], "candidate": vintage["candidate_id"], "period": quarter}
        lines.append(texts.NOTES["official"].format(**official))
    for line in [texts.NOTES["title"], *lines] if lines else ():
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for covers in dict.fromkeys(row["covers"] for row in rows if row.get("covers", str(quarter)) != str(quarter)):
        cells = [row for row in rows if row["covers"] == covers]
        console.print(span_table(project, str(quarter), covers, cells))


def _say_error(message: str) -> None:
    print(message, file=sys.stderr)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def main() -> None:
    """Entry point: our own errors are told in one line, not as a trace."""
    try:
        app()
    except TrimestreError as error:
        _say_error(str(error))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
