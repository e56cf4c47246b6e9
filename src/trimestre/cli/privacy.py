"""The commands of privacy: verification sample, erasing a person, retention, another account key.

Data flow: an indicator -> some rows with who they are; an identifier -> a person erased; the clock -> what is due gone;
a new key -> the warehouse re-keyed and the key's file in its place. Names go to a terminal and nowhere else.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from trimestre import settings
from trimestre.cli.marts import catch_up
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console, say_error
from trimestre.errors import ContractError
from trimestre.keys import mark
from trimestre.periods import Period
from trimestre.texts import ERASING, HOLDING_COLUMNS, PRIVACY_CLI, RETENTION_CLASSES, SAMPLE_COLUMNS

if TYPE_CHECKING:
    from trimestre.pipeline.privacy.erasing import Kind
    from trimestre.pipeline.privacy.held import Holding

app = typer.Typer()

Reason = Annotated[str, typer.Option(help="Por qué; queda registrado con quién y cuándo.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Dice qué haría, sin hacerlo.")]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=PRIVACY_CLI[name])


@command("verify")
def verify(
    indicator: Annotated[str, typer.Argument(help="Clave del indicador, como L2-01.")],
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2.")],
    reason: Reason,
    n: Annotated[int, typer.Option("--n", min=1, max=200, help="Cuántos registros.")] = 10,
    seed: Annotated[
        str | None, typer.Option("--seed", help="Semilla: la misma da los mismos; sin ella, la del cálculo vigente.")
    ] = None,
) -> None:
    """Show a verification sample of an indicator; names on a terminal only, and each look is logged."""
    from trimestre.indicators.sampling import sample
    from trimestre.warehouse.database import transaction

    names = _at_terminal()
    if not names:
        say_error(PRIVACY_CLI["names_only_terminal"])
    with plant(lenient=True) as here:
        with transaction(here.engine) as connection:
            quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
            drawn = sample(
                connection, here.project, indicator, quarter,
                rows=n, reason=reason, who=settings.who(), names=names, seed=seed,
            )  # fmt: skip
        zone = here.project.framework.zone
    table = Table()
    for heading in SAMPLE_COLUMNS[: None if names else 5]:
        table.add_column(heading, overflow="fold")  # a path, a place, a CURP are compared letter by letter
    for item in drawn:
        row = item.evidence
        at = row["at"].astimezone(zone).strftime("%d/%m/%Y %H:%M") if isinstance(row["at"], datetime) else row["at"]
        cells = [row["evidence_key"], at, row["source"], item.path, row["position"]]
        if names:
            cells += [item.identity.get(key) for key in ("local_id", "full_name", "email", "legal_id")]
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in cells))
    console.print(table)
    if names:
        _say("sampled", indicator=indicator, period=quarter, rows=len(drawn))


@command("verify-result")
def verify_result(
    indicator: Annotated[str, typer.Argument(help="Clave del indicador, como L2-01.")],
    period: Annotated[str, typer.Argument(help="Trimestre, como 2020-Q2.")],
    rows: Annotated[int, typer.Option("--rows", min=1, help="Cuántos registros se cotejaron.")],
    agreed: Annotated[int, typer.Option("--agreed", min=0, help="Cuántos coincidieron con su medio de verificación.")],
    reason: Annotated[str, typer.Option(help="Qué se observó; sin datos personales. Queda con quién y cuándo.")],
) -> None:
    """Record what a verification sample gave, for the data quality assessment."""
    from trimestre.indicators.sampling import record_result
    from trimestre.warehouse.database import transaction

    with plant(lenient=True) as here:
        quarter = Period.parse_any(period, here.project.framework.fiscal_year_starts)
        with transaction(here.engine) as connection:
            number = record_result(
                connection, here.project, indicator, quarter,
                rows=rows, agreed=agreed, reason=reason, who=settings.who(),
            )  # fmt: skip
        _say("verified", decision=number, indicator=indicator, period=quarter, rows=rows, agreed=agreed)
        catch_up(here)


@command("erase")
def erase(
    reason: Reason,
    email: Annotated[str | None, typer.Option(help="Correo de la persona; «-» = se lee de la entrada.")] = None,
    legal_id: Annotated[str | None, typer.Option(help="CURP u otra clave legal; «-» = se lee de la entrada.")] = None,
    employee_id: Annotated[str | None, typer.Option(help="Número de empleado o RFC; «-» = de la entrada.")] = None,
    account: Annotated[str | None, typer.Option(help="Clave de una cuenta de la persona (UUID).")] = None,
    accounts: Annotated[
        int | None, typer.Option(help="Cuántas cuentas tiene, como dijo --dry-run: confirma sin preguntar.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Erase a person from the database, and say which landed files still hold it."""
    from trimestre.pipeline import acts

    kind, value = _one_of(email=email, legal_id=legal_id, employee_id=employee_id, account=account)
    with plant(lenient=True) as here:
        found = acts.find_person(here, kind, value)
        sources = ", ".join(found.sources)
        _say("accounts", accounts=len(found.accounts), sources=sources)
        _say("keys", keys=", ".join(sorted(found.accounts)))
        if dry_run:
            if set(found.accounts) <= found.erased:
                _say("erased_before")
            else:
                _say("would_erase", accounts=len(found.accounts))
            _say_held(acts.still_held(here, found))
            return
        if not set(found.accounts) <= found.erased:
            _confirm(accounts, len(found.accounts), piped="-" in (email, legal_id, employee_id, account))
        found, done = acts.erase(
            here, kind, value, accounts=len(found.accounts), reason=reason, decided_by=settings.who()
        )
        if done.decision_id is None:
            _say("erased_before")
        else:
            _say("erased", decision=done.decision_id, **done.counts)
        _say_held(acts.still_held(here, found))


@command("retention")
def retention(dry_run: DryRun = False) -> None:
    """Remove what is due, and say how much of each class."""
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        removed = acts.retention(here, datetime.now(UTC), dry_run=dry_run, decided_by=settings.who())
        ends = here.project.privacy.project_ends_on
    for name, rows in removed.items():
        if ends is None and name in ("landed_files", "identities"):
            _say("retained_none", name=RETENTION_CLASSES[name])
        else:
            _say("would_retain" if dry_run else "retained", name=RETENTION_CLASSES[name], rows=f"{rows:,}")


@command("rotate-key")
def rotate_key(reason: Reason) -> None:
    """Re-key the warehouse, then put the new key into the place of the present one."""
    from trimestre.pipeline import acts

    environment = settings.from_environment()
    new, path = environment.key_to_rotate_to()
    with plant(lenient=True) as here:
        done = acts.rotate_key(here, new, reason=reason, decided_by=settings.who())
        _say("rotated", old=mark(here.key), new=mark(new), accounts=done.accounts, kept=done.kept)
    if path is None:
        _say("rotated_environment")
    elif environment.key:
        _say("rotated_from_environment", path=path)
    else:
        environment.take_up_key(path)
        _say("rotated_file", path=environment.key_file)


def _one_of(**given: str | None) -> "tuple[Kind, str]":
    """The one identifier that was given; ``-`` is read from the input, so that no shell remembers it."""
    said = {name: value for name, value in given.items() if value is not None}
    if len(said) != 1:
        raise ContractError(ERASING["one_identifier"])
    name, value = next(iter(said.items()))
    text = sys.stdin.readline().strip() if value == "-" else value.strip()
    if not text:
        raise ContractError(ERASING["empty_identifier"].format(name=name.replace("_", "-")))
    return name, text  # type: ignore[return-value]


def _confirm(said: int | None, accounts: int, *, piped: bool) -> None:
    """The person who erases knows how many accounts go."""
    if said is None and sys.stdin.isatty() and not piped:
        typer.confirm(PRIVACY_CLI["confirm"], abort=True)
    elif said != accounts:
        raise ContractError(ERASING["other_number"].format(said=said, accounts=accounts))


def _say_held(files: "list[Holding]") -> None:
    if not files:
        _say("held_nowhere")
    else:
        _say("still_held")
        table = Table(*HOLDING_COLUMNS)
        for file in files:
            rows = PRIVACY_CLI["unread"] if file.rows is None else str(file.rows)
            table.add_row(Text(file.path), file.source, str(file.batch_id), f"{file.landed_at:%d/%m/%Y}", rows)
        console.print(table)
    _say("drop_too")


def _at_terminal() -> bool:
    return sys.stdout.isatty()


def _say(text: str, **values: object) -> None:
    console.print(PRIVACY_CLI[text].format(**values), markup=False, highlight=False, soft_wrap=True)
