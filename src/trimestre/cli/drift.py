"""The commands `trimestre drift` and `trimestre compare`: how figures differ from the published ones, and two versions.

Data flow: results.drift, drift_row -> tables in Spanish; two sides of a quarter -> what differs.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
import typer

from trimestre import texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.periods import Period
from trimestre.warehouse.database import transaction

if TYPE_CHECKING:
    from trimestre.contracts import Project
    from trimestre.indicators.comparing import Comparison

app = typer.Typer()

SHOWN = 200
"""Rows of an indicator that a terminal is given; all are in results.drift_row."""


def command(name: str, said: dict[str, str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=said[name])


@command("drift", texts.DRIFT_CLI)
def drift(
    period: Annotated[str | None, typer.Argument(help=texts.DRIFT_CLI["period"])] = None,
    rows: Annotated[bool, typer.Option("--rows", help=texts.DRIFT_CLI["rows"])] = False,
) -> None:
    """Show how today's figures differ from the published ones."""
    from trimestre.indicators.drift import refresh_drift
    from trimestre.indicators.vintages import vintage_in_force, vintages_of

    with plant(lenient=True) as here:
        refresh_drift(here.engine, here.project)
        with transaction(here.engine) as connection:
            asked = _quarters(here.project, period) or sorted(
                {Period.parse(row["period"]) for row in vintages_of(connection) if row["kind"] != "inherited"}
            )
            if not asked:
                _say(texts.DRIFT_CLI["none_closed"])
            for quarter in asked:
                vintage = vintage_in_force(connection, quarter)
                if vintage is None:
                    _say(texts.DRIFT_CLI["open"].format(period=quarter))
                else:
                    _say_drift(connection, here.project, vintage, rows=rows)


@command("compare", texts.COMPARE_CLI)
def compare(
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2 o FY2020-Q3.")],
    left: Annotated[str, typer.Option(help=texts.COMPARE_CLI["side"])] = "vigente",
    right: Annotated[str, typer.Option(help=texts.COMPARE_CLI["side"])] = "preliminar",
) -> None:
    """Show two sets of figures of a quarter side by side."""
    from trimestre.indicators.comparing import compare as run

    with plant(lenient=True) as here:
        (quarter,) = _quarters(here.project, period)
        with transaction(here.engine) as connection:
            done = run(connection, here.project, quarter, left, right)
        say_compared(here.project, done)


def say_compared(project: "Project", done: "Comparison") -> None:
    """Show the cells and the definitions that differ; what is equal is one number."""
    from trimestre.reports.comparing import comparison_table, edits_table

    if done.pairs:
        console.print(comparison_table(project, done))
        _say(texts.COMPARE_CLI["equal"].format(equal=f"{done.equal:,}"))
    else:
        _say(texts.COMPARE_CLI["same"].format(equal=f"{done.equal:,}"))
    if done.edits:
        console.print(edits_table(done))
    if done.methods:
        _say(texts.COMPARE_CLI["methods"].format(codes=", ".join(done.methods)))


def say_rehearsed(project: "Project", done: "Comparison") -> None:
    """Show what an edited YAML would move."""
    from trimestre.reports.figures import indicator_table

    if not done.left.cells:
        _say(texts.COMPARE_CLI["nothing_stored"].format(period=done.period))
        cells = [cell for cell in done.right.cells.values() if cell["covers"] == done.period]
        console.print(indicator_table(project, done.period, cells))
        return
    say_compared(project, done)
    name = "rehearsed_official" if done.left.kind == "vintage" else "rehearsed_preliminary"
    _say(texts.COMPARE_CLI[name].format(period=done.period))


def _say_drift(connection: sa.Connection, project: "Project", vintage: dict[str, Any], *, rows: bool) -> None:
    from trimestre.reports.comparing import drift_rows_table, drift_table

    said = {"period": vintage["period"], "vintage": vintage["vintage"]}
    if vintage["kind"] == "inherited":
        _say(texts.DRIFT_CLI["inherited"].format(**said))
        return
    parts = _rows(connection, "SELECT * FROM results.drift AS d WHERE d.candidate_id = :id ORDER BY 2, 3", vintage)
    if not parts:
        _say(texts.DRIFT_CLI["nothing"].format(**said))
        return
    console.print(drift_table(project, texts.DRIFT_CLI["title"].format(**said), parts))
    for code in dict.fromkeys(part["indicator"] for part in parts) if rows else ():
        listed = _rows(
            connection,
            "SELECT * FROM results.drift_row AS d WHERE d.candidate_id = :id AND d.indicator = :code"
            " ORDER BY d.row_no LIMIT :shown",
            vintage,
            code=code,
            shown=SHOWN,
        )
        if listed:
            console.print(drift_rows_table(texts.DRIFT_CLI["rows_title"].format(code=code), listed))
        total = sum(part["rows"] for part in parts if part["indicator"] == code)
        if total > len(listed):
            _say(texts.DRIFT_CLI["more"].format(code=code, shown=f"{len(listed):,}", rows=f"{total:,}"))
    _say(texts.DRIFT_CLI["mend"].format(**said))


def _rows(connection: sa.Connection, text: str, vintage: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    found = connection.execute(sa.text(text), {"id": vintage["candidate_id"], **more})
    return [dict(row._mapping) for row in found]


def _quarters(project: "Project", period: str | None) -> list[Period]:
    """The quarter that was asked for, in either label; empty without one."""
    return [] if period is None else [Period.parse_any(period, project.framework.fiscal_year_starts)]


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
