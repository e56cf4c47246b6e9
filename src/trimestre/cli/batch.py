"""The commands `trimestre batch …`: what one batch brought and did, and the withdrawal of a wrong one.

Data flow: ops.batch with its files, scopes, accounting and rule results -> tables in Spanish; a reason -> a withdrawal.
"""

from collections.abc import Callable
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings, texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console
from trimestre.errors import ContractError
from trimestre.texts import ASKED
from trimestre.warehouse.database import transaction

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="Número del lote, como lo muestra `trimestre batches`.")]

_PARTS = {
    "files": "SELECT CAST(landed_file_id AS text), dataset, scope, original_name, bytes, path FROM ops.landed_file"
    " WHERE batch_id = :batch_id ORDER BY landed_file_id",
    "scopes": "SELECT dataset, scope, complete, records FROM ops.scope_delivery"
    " WHERE batch_id = :batch_id ORDER BY dataset, scope",
    "records": "SELECT dataset, landed, blank, repeated, unchanged, parsed FROM ops.record_account"
    " WHERE batch_id = :batch_id ORDER BY dataset",
    "rows": "SELECT entity, landed, new, changed, returned, vanished, unchanged, repeated, quarantined, out_of_scope,"
    " current_after FROM ops.row_account WHERE batch_id = :batch_id ORDER BY entity",
    "rules": "SELECT f.entity, f.rule, f.severity, f.checked, f.failed, coalesce(r.what, e.what)"
    " FROM ops.rule_result AS f"
    " LEFT JOIN ops.rule AS r ON f.entity = r.entity AND f.rule = r.rule"
    " LEFT JOIN ops.rule AS e ON e.entity = '*' AND f.rule = e.rule"
    " WHERE f.batch_id = :batch_id AND f.failed > 0 ORDER BY f.severity, f.entity, f.rule",
}
"""What `show` shows of a batch, each as a table where there is any."""


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.BATCH_CLI[name])


@command("show")
def show(batch: Number) -> None:
    """Show a batch: state, files, scopes, accounting, and the rules that rows failed."""
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        found = connection.execute(
            sa.text("SELECT * FROM ops.batch WHERE batch_id = :batch_id"), {"batch_id": batch}
        ).one_or_none()
        if found is None:
            raise ContractError(ASKED["batch"].format(batch=batch))
        parts = {name: connection.execute(sa.text(text), {"batch_id": batch}).all() for name, text in _PARTS.items()}
    _say_batch(found)
    for name, rows in parts.items():
        if rows:
            table = Table(*texts.BATCH_PARTS[name][1], title=texts.BATCH_PARTS[name][0], title_justify="left")
            for row in rows:
                table.add_row(*(Text(_plain(value)) for value in row))
            console.print(table)


@command("withdraw")
def withdraw(
    batch: Number, reason: Annotated[str, typer.Option(help="Por qué se retira; queda registrada con quién y cuándo.")]
) -> None:
    """Undo a wrong batch by later versions."""
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        done = acts.withdraw(here, batch, reason=reason, decided_by=settings.who())
    said = texts.BATCH_CLI["withdrawn" if done.changed else "withdrawn_without_change"]
    quarters = ", ".join(done.quarters) or texts.CLI["none"]
    console.print(
        said.format(batch=batch, by=done.batch_id, quarters=quarters), markup=False, highlight=False, soft_wrap=True
    )


def _say_batch(found: Any) -> None:
    state = texts.BATCH_STATES.get(found.state, found.state)
    lines = [texts.BATCH_CLI["batch"].format(batch=found.batch_id, source=found.source, state=state)]
    for name in ("started_at", "landed_at", "merged_at", "replayed_at"):
        instant = getattr(found, name)
        if instant is not None:
            lines.append(texts.BATCH_CLI[name].format(at=f"{instant:%d/%m/%Y %H:%M}"))
    if found.quarters:
        lines.append(texts.BATCH_CLI["quarters"].format(quarters=", ".join(found.quarters)))
    if found.message:
        lines.append(found.message)
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return texts.BATCH_CLI["yes" if value else "no"]
    if isinstance(value, str):
        return texts.ENTITIES.get(value) or texts.SEVERITIES.get(value, value)
    return "" if value is None else f"{value:,}"
