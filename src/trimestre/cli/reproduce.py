"""The command `trimestre reproduce`: a vintage worked out again, and what differs.

Data flow: quarter + vintage -> history, or landed files in a scratch warehouse -> one sentence, tables of differences.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.periods import Period
from trimestre.texts import REPRODUCE, REPRODUCE_CELLS, REPRODUCE_FIELDS, REPRODUCE_ROWS

if TYPE_CHECKING:
    from trimestre.indicators.reproducing import Cell, Reproduced, Rows

app = typer.Typer()

_CELLS_SHOWN = 200


@app.command("reproduce", help=REPRODUCE["reproduce"])
def reproduce(
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    vintage: Annotated[int | None, typer.Option(help="Número de la versión oficial; sin él, la vigente.")] = None,
    from_landing: Annotated[
        bool,
        typer.Option("--from-landing", help="Sólo desde los archivos recibidos, en una base que se borra al final."),
    ] = False,
    scratch_url: Annotated[
        str | None,
        typer.Option(help="Base de datos vacía para --from-landing, si el almacén no puede crear una a su lado."),
    ] = None,
) -> None:
    """Work out a vintage again; exit code 1 when it is not the same."""
    if scratch_url is not None and not from_landing:
        raise typer.BadParameter(REPRODUCE["only_landing"], param_hint="--scratch-url")
    with plant(lenient=True) as here:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        if from_landing:
            from trimestre.pipeline.replay.reliving import reproduce_from_landing

            found = reproduce_from_landing(here, quarter, vintage, scratch_url=scratch_url)
        else:
            from trimestre.indicators.reproducing import reproduce as from_history

            found = from_history(here.engine, here.project, quarter, vintage)
    say(found, how=REPRODUCE["landing" if from_landing else "history"])
    if not found.same:
        raise typer.Exit(1)


def say(found: "Reproduced", *, how: str) -> None:
    """Tell whether it is the same; else what differs: definitions, cells, then rows."""
    told = {"vintage": found.vintage, "period": found.period, "hash": found.hash[:12], "again": found.again[:12]}
    if found.hash != found.again or found.same:
        _line(REPRODUCE["same" if found.same else "differs"].format(how=how, **told))
    if not found.intact:
        _line(REPRODUCE["touched"].format(**told))
    if found.same:
        return
    if found.definitions_differ:
        _line(REPRODUCE["definitions"])
    if found.cells:
        _say_cells(found.cells)
    elif not found.definitions_differ:
        _line(REPRODUCE["no_cells"])
    for rows in found.rows:
        _say_rows(rows)
    if found.replayed:
        _line(REPRODUCE["replayed"].format(sources=", ".join(found.replayed)))


def _say_cells(cells: Sequence["Cell"]) -> None:
    table = Table(*REPRODUCE_CELLS, title=REPRODUCE["cells_title"], title_justify="left")
    for cell in cells[:_CELLS_SHOWN]:
        indicator, official, *rest = cell.place
        for name, (published, again) in cell.fields.items():
            table.add_row(
                indicator, _line_name(official), *rest, REPRODUCE_FIELDS[name], _plain(published), _plain(again)
            )
    console.print(table)
    if len(cells) > _CELLS_SHOWN:
        _line(REPRODUCE["more"].format(rows=len(cells) - _CELLS_SHOWN))


def _say_rows(rows: "Rows") -> None:
    lines = ", ".join(f"{indicator} ({_line_name(official)})" for indicator, official in rows.lines)
    title = REPRODUCE["rows_title"].format(total=rows.total, lines=lines)
    table = Table(*REPRODUCE_ROWS, title=title, title_justify="left")
    for row in rows.rows:
        table.add_row(row.sha256[:12], row.position, row.source, *_difference(row.published, row.again))
    console.print(table)
    if rows.total > len(rows.rows):
        _line(REPRODUCE["more"].format(rows=rows.total - len(rows.rows)))


def _difference(published: Mapping[str, Any] | None, again: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """What of a row differs, as it was and as it is."""
    if published is None or again is None:
        one = published or again or {}
        said = _plain(one.get("counted"))
        absent = REPRODUCE["nothing"]
        return REPRODUCE_FIELDS["counted"], absent if published is None else said, absent if again is None else said
    names = [name for name in published if published[name] != again.get(name)]
    return (
        "\n".join(REPRODUCE_FIELDS[name] for name in names),
        "\n".join(_plain(published[name]) for name in names),
        "\n".join(_plain(again.get(name)) for name in names),
    )


def _line_name(official: bool) -> str:
    return REPRODUCE["official" if official else "reconciliation"]


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return REPRODUCE["yes" if value else "no"]
    return f"{value:,f}" if isinstance(value, Decimal) else str(value)


def _line(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
