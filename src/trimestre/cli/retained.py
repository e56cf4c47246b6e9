"""The commands `trimestre retained …`: rows that a rule held back, and what people decide about them.

Data flow: quarantine.row + ops.rule -> tables in Spanish, values masked; numbers and a reason -> decisions that enter
them at once.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings, texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console, say_error
from trimestre.errors import ContractError
from trimestre.pipeline.quarantine.retained import Mended
from trimestre.sources.masking import shown
from trimestre.texts import ASKED
from trimestre.warehouse.database import transaction
from trimestre.warehouse.privacy import looked
from trimestre.warehouse.sqlfiles import statement

app = typer.Typer(no_args_is_help=True)

State = Literal["open", "mended_at_source", "corrected", "accepted", "all"]
Number = Annotated[int, typer.Argument(help="Número de la fila, como lo muestra `trimestre retained list`.")]
Reason = Annotated[str, typer.Option(help="Por qué; queda registrada con quién y cuándo. Sin datos personales.")]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.RETAINED_CLI[name])


@command("list")
def list_retained(
    source: Annotated[str | None, typer.Option(help="Solo de esta fuente.")] = None,
    rule: Annotated[str | None, typer.Option(help="Solo de esta regla.")] = None,
    state: Annotated[State, typer.Option(help="En qué estado; `all` = todas.")] = "open",
    entity: Annotated[str | None, typer.Option(help="Solo de esta entidad, como certificate.")] = None,
) -> None:
    """List retained rows, never their values."""
    wanted: dict[str, object] = {
        "source": source,
        "rule": rule,
        "state": None if state == "all" else state,
        "entity": entity,
    }
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        rows = connection.execute(sa.text(statement("retained/list")), {"number": None, **wanted}).all()
    if not rows:
        console.print(texts.RETAINED_CLI["none"])
        return
    table = Table(*texts.RETAINED_COLUMNS)
    for row in rows:
        cells = {
            "source": {"source": row.source, "dataset": row.dataset},
            "failed": {"rule": row.rule, "severity": _severity(row), "what": row.what or ""},
            "where": {"file": row.landed_file_id, "position": row.position},
            "since": {"first": _day(row.first_seen), "last": _day(row.last_seen)},
        }
        place, failed, where, since = (texts.RETAINED_CLI[name].format(**parts) for name, parts in cells.items())
        said = (place, _entity(row), failed, where, since, texts.RETAINED_STATES[row.state])
        table.add_row(str(row.retained_id), *map(Text, said))
    console.print(table)


@command("show")
def show(
    number: Number,
    values: Annotated[
        bool, typer.Option("--values", help="Muestra los valores completos; solo en una terminal y con --reason.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Con --values: por qué se miran; queda registrado.")] = None,
) -> None:
    """Show a retained row; its values masked, or whole for the eyes of who says why."""
    if values and not (reason or "").strip():
        raise ContractError(texts.RETAINED_CLI["reason_needed"])
    # What goes into a file or a pipe is kept by somebody: personal data is for the eyes of who asked.
    whole = values and _at_terminal()
    if values and not whole:
        say_error(texts.RETAINED_CLI["only_terminal"])
    wanted = {"source": None, "rule": None, "state": None, "entity": None, "number": number}
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        found = connection.execute(sa.text(statement("retained/list")), wanted).one_or_none()
        if found is None:
            raise ContractError(ASKED["row"].format(number=number))
        fields: dict[str, str | None] = connection.execute(
            sa.text("SELECT fields FROM quarantine.row WHERE retained_id = :number"), {"number": number}
        ).scalar_one()
        if whole:
            looked(connection, "retained", {"retained_id": number}, reason=reason or "", who=settings.who(), rows=1)
    _say_row(found)
    table = Table(*texts.RETAINED_FIELDS)
    for name, value in fields.items():
        if value is not None and name != "account_key":
            table.add_row(name, Text(value if whole else shown(found.entity, name, value)))
    console.print(table)


@command("accept")
def accept(numbers: Annotated[list[int], typer.Argument(help="Números de las filas.")], reason: Reason) -> None:
    """Let rows enter although a rule fails."""
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        _say_mended(acts.accept_rows(here, numbers, datetime.now(UTC), reason=reason, decided_by=settings.who()))


@command("correct")
def correct(
    number: Number,
    assigned: Annotated[
        list[str],
        typer.Option("--set", help="campo=valor, con el valor como lo normaliza la fuente; `campo=` lo vacía."),
    ],
    reason: Reason,
) -> None:
    """Let a row enter with other values."""
    from trimestre.pipeline import acts

    changes = dict(map(_assignment, assigned))
    if len(changes) < len(assigned):
        raise ContractError(ASKED["field_twice"])
    with plant(lenient=True) as here:
        who = settings.who()
        _say_mended(acts.correct_row(here, number, changes, datetime.now(UTC), reason=reason, decided_by=who))


@command("replay")
def replay(
    source: Annotated[str, typer.Argument(help="Fuente.")],
    reason: Annotated[str | None, typer.Option(help="Por qué se vuelve a leer; queda en el lote.")] = None,
) -> None:
    """Read the open retained rows of a source again."""
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        _say_mended(acts.replay_retained(here, source, datetime.now(UTC), reason=reason))


@command("revoke")
def revoke(
    decision: Annotated[int, typer.Argument(help="Número de la decisión, como lo muestra `trimestre retained show`.")],
    reason: Reason,
) -> None:
    """Take back a decision to accept or correct."""
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        done = acts.take_back_row(here, decision, reason=reason, decided_by=settings.who())
    _say("revoked", decision=decision, batch=done.batch_id, quarters=_quarters(done.quarters))


def _assignment(text: str) -> tuple[str, str | None]:
    """``field=value`` -> field and value, an empty one as none; what was typed is not repeated: it may be personal."""
    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise ContractError(ASKED["no_field"])
    return field.strip(), value.strip() or None


def _say_row(found: Any) -> None:
    yes = texts.BATCH_CLI["yes" if found.acceptable else "no"]
    state = texts.RETAINED_STATES[found.state]
    _say(
        "row", number=found.retained_id, source=found.source, dataset=found.dataset, entity=_entity(found), state=state
    )
    _say("rule", rule=found.rule, severity=_severity(found))
    for name in ("what", "why", "how_to_fix"):
        if getattr(found, name):
            _say(name, text=getattr(found, name))
    _say("acceptable", yes=yes)
    name = f" ({found.original_name})" if found.original_name else ""
    _say("place", file=found.landed_file_id, name=name, position=found.position)
    _say(
        "seen", first=_day(found.first_seen), first_batch=found.first_batch_id, last=_day(found.last_seen),
        last_batch=found.last_batch_id,
    )  # fmt: skip
    if found.decision_id is not None:
        at = f"{found.decided_at:%d/%m/%Y %H:%M} (UTC)"
        _say("decision", decision=found.decision_id, who=found.decided_by, at=at, reason=found.reason)


def _say_mended(done: Mended) -> None:
    if done.entered:
        _say("entered", rows=_listed(done.entered), quarters=_quarters(done.quarters))
    for name in ("held", "again", "already"):
        numbers = getattr(done, name)
        if numbers:
            _say(name, rows=_listed(numbers))
    if not done.entered and not done.already:
        _say("nothing")


def _say(what: str, **values: object) -> None:
    console.print(texts.RETAINED_CLI[what].format(**values), markup=False, highlight=False, soft_wrap=True)


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def _quarters(quarters: tuple[str, ...]) -> str:
    return ", ".join(quarters) or texts.CLI["none"]


def _entity(row: Any) -> str:
    return texts.ENTITIES.get(row.entity, row.entity)


def _severity(row: Any) -> str:
    return texts.SEVERITIES.get(row.severity or "critical", row.severity)


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%d/%m/%Y}"


def _at_terminal() -> bool:
    return sys.stdout.isatty()
