"""The commands of figures: compute a quarter, recheck what is stored, show values and the rows behind them."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from trimestre import texts
from trimestre.cli.drift import say_rehearsed
from trimestre.cli.marts import say_refreshed
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console, say_error
from trimestre.periods import Period
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.contracts import Project

app = typer.Typer()


@app.command("compute", help=texts.CLI["compute"])
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
    from trimestre.pipeline.marts.refreshing import refresh

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


@app.command("recheck", help=texts.CLI["recheck"])
def recheck() -> None:
    """Compare the stored figures with what all evidence gives; exit code 1 where they differed."""
    from trimestre.pipeline import night

    with plant(lenient=True) as here:
        found = night.recheck_figures(here)
    if found.differed:
        say_error(texts.CLI["differed"].format(quarters=", ".join(found.differed)))
        raise typer.Exit(1)
    said = texts.CLI["rechecked" if found.quarters else "nothing_to_recheck"]
    console.print(said.format(quarters=", ".join(found.quarters)))


@app.command("values", help=texts.CLI["values"])
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
    from trimestre.indicators.small_cells.audiences import values_for

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


@app.command("evidence", help=texts.CLI["evidence"])
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


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
