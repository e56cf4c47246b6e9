"""The commands `trimestre marts …`: the tables for analysts.

Data flow: what is merged and computed -> marts, and what of them was written.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from trimestre import texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console

if TYPE_CHECKING:
    from trimestre.pipeline.marts.refreshing import Refreshed
    from trimestre.pipeline.plant import Plant

app = typer.Typer(no_args_is_help=True)


@app.callback()
def marts() -> None:
    """Keep the group, although it has one command."""


@app.command("refresh", help=texts.MARTS_CLI["refresh"])
def refresh(
    full: Annotated[bool, typer.Option("--full", help=texts.MARTS_CLI["full"])] = False,
) -> None:
    """Bring the tables for analysts up to date."""
    from trimestre.pipeline.marts.refreshing import refresh as run

    with plant(lenient=True) as here:
        say_refreshed(run(here.engine, here.project, full=full))


def say_refreshed(done: "Refreshed") -> None:
    """Say what a refresh did."""
    said = texts.MARTS_CLI["refreshed" if done.rows else "unmoved"]
    text = said.format(rows=done.rows, tables=", ".join(done.tables))
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def catch_up(here: "Plant") -> None:
    """Compute what a decision left behind, then the tables for analysts; as the form in Airflow does."""
    from trimestre.pipeline import night

    for computed in night.compute_quarters(here, night.pending_quarters(here.engine, here.project)):
        if computed.moved:
            text = texts.CLI["computed"].format(period=computed.period, values=len(computed.values))
            console.print(text, markup=False, highlight=False, soft_wrap=True)
    say_refreshed(night.refresh_marts(here))
