"""The commands `trimestre identity …`: persons to review, and what people decide about who is one person.

Data flow: possible pairs -> table in Spanish (names on a terminal only, each look logged); accounts and a reason -> a
decision that is applied at once; decisions in force <-> YAML.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import sqlalchemy as sa
import typer
from rich.markup import escape
from rich.table import Table

from trimestre import settings, texts
from trimestre.cli.opening import plant
from trimestre.cli.terminal import console, say_error
from trimestre.errors import ContractError
from trimestre.reports.linking import linked_by
from trimestre.texts import ASKED
from trimestre.warehouse.database import transaction
from trimestre.warehouse.decisions import Decision, in_force
from trimestre.warehouse.sqlfiles import statement
from trimestre.writing import write_whole

if TYPE_CHECKING:
    from trimestre.pipeline.deciding import Decided
    from trimestre.warehouse.pairs import PossiblePair

app = typer.Typer(no_args_is_help=True)

Accounts = Annotated[list[str], typer.Argument(help="Claves de cuenta, como las muestra `trimestre identity pairs`.")]
Reason = Annotated[str, typer.Option(help="Por qué; queda registrada con quién y cuándo. Sin datos personales.")]


def command(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command with its Spanish help."""
    return app.command(name, help=texts.IDENTITY_CLI[name])


@command("pairs")
def pairs(
    names: Annotated[bool, typer.Option("--names", help="Con los nombres; sólo en una terminal.")] = False,
    reason: Annotated[str, typer.Option(help="Con --names: por qué se consultan; queda registrada.")] = "",
) -> None:
    """Show the cases to review."""
    from trimestre.warehouse.pairs import names_of, possible_pairs
    from trimestre.warehouse.privacy import looked

    shown = names and sys.stdout.isatty()
    if names and not shown:
        say_error(texts.IDENTITY_CLI["only_terminal"])
    named: dict[UUID, str] = {}
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        found = possible_pairs(connection, here.project)
        if shown and found:
            named = names_of(connection, found)
            accounts = sorted(str(account) for account in named)
            subject = {"accounts": accounts}
            looked(connection, "possible_pair", subject, reason=reason, who=settings.who(), rows=len(accounts))
    if not found:
        console.print(texts.IDENTITY_CLI["none"])
        return
    console.print(_pairs_table(found, named if shown else None))
    console.print(texts.IDENTITY_CLI["count"].format(rows=len(found)))
    if shown:
        console.print(texts.IDENTITY_CLI["looked"])


@command("show")
def show(account: Annotated[str, typer.Argument(help="Clave de una cuenta.")]) -> None:
    """Show an account's person, now and before, and what was decided about it."""
    try:
        key = UUID(account)
    except ValueError:  # it may be an e-mail: it is not repeated
        raise ContractError(ASKED["no_account_key"]) from None
    with plant(lenient=True) as here, transaction(here.engine) as connection:
        rows = connection.execute(sa.text(statement("identity/person")), {"account": key}).all()
        decisions = in_force(connection)
    if not rows:
        raise ContractError(ASKED["account"].format(key=key))
    person = next((row.person_key for row in rows if row.account_key == key and row.current), key)
    members = {str(row.account_key) for row in rows if row.current}
    console.print(texts.IDENTITY_CLI["person"].format(person=person, accounts=len(members)))
    table = _table(texts.LINK_COLUMNS)
    for row in rows:
        until = "" if row.current else f"{row.valid_to:%d/%m/%Y %H:%M}"
        since = f"{row.valid_from:%d/%m/%Y %H:%M}"
        table.add_row(str(row.account_key), row.source, linked_by(row.reason), str(row.person_key)[:8], since, until)
    console.print(table)
    about = [decision for decision in decisions if members & set(decision.subject.get("accounts", ()))]
    console.print(_decisions_table(about) if about else texts.IDENTITY_CLI["no_decisions"])


@command("merge")
def merge(accounts: Accounts, reason: Reason) -> None:
    """Decide that accounts are one person."""
    _decide("merge_persons", accounts, reason)


@command("split")
def split(accounts: Accounts, reason: Reason) -> None:
    """Decide that accounts are a person apart from the others."""
    _decide("split_persons", accounts, reason)


@command("different")
def different(accounts: Accounts, reason: Reason) -> None:
    """Take possible pairs off the list."""
    _decide("different_persons", accounts, reason)


@command("revoke")
def revoke(decision: Annotated[int, typer.Argument(help="Número de la decisión.")], reason: Reason) -> None:
    """Take back a decision about persons."""
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        _say(acts.revoke_decision(here, decision, reason=reason, decided_by=settings.who()))


@command("decisions")
def decisions(
    to: Annotated[Path | None, typer.Option("--to", help="Archivo YAML que se escribe.")] = None,
) -> None:
    """Show the decisions in force, or write them to a file."""
    from trimestre.pipeline.deciding import as_yaml, export_decisions

    with plant(lenient=True) as here, transaction(here.engine) as connection:
        found = in_force(connection)
        exported = as_yaml(export_decisions(connection))
    if to is not None:
        write_whole(to, exported)
        _print(texts.IDENTITY_CLI["exported"].format(decisions=len(found), file=to))
    elif found:
        console.print(_decisions_table(found))
    else:
        console.print(texts.IDENTITY_CLI["nothing"])


@command("import")
def import_file(file: Annotated[Path, typer.Argument(help="Archivo YAML que escribió `decisions --to`.")]) -> None:
    """Make the decisions about persons that stand in a file."""
    from trimestre.pipeline.deciding import import_decisions

    with plant(lenient=True) as here:
        done = import_decisions(here.engine, here.project, file)
    _print(texts.IDENTITY_CLI["imported"].format(made=done.made, there=done.there, quarters=_named(done.quarters)))
    if done.left_out:
        kinds = ", ".join(texts.DECISION_KINDS.get(kind, kind) for kind in done.left_out)
        _print(texts.IDENTITY_CLI["left_out"].format(kinds=kinds))


def _decide(kind: str, accounts: list[str], reason: str) -> None:
    from trimestre.pipeline import acts

    with plant(lenient=True) as here:
        _say(acts.decide_identity(here, kind, accounts, reason=reason, decided_by=settings.who()))


def _say(done: "Decided") -> None:
    said = texts.IDENTITY_CLI["decided" if done.changed else "decided_nothing"]
    _print(said.format(decision=done.decision_id, batch=done.batch_id, quarters=_named(done.quarters)))


def _pairs_table(found: "Iterable[PossiblePair]", named: dict[UUID, str] | None) -> Table:
    """Two lines a pair: account keys are copied, so that none may be broken."""
    table = _table(texts.PAIR_COLUMNS if named is None else (*texts.PAIR_COLUMNS, texts.PAIR_NAME))
    for pair in found:
        others = texts.IDENTITY_CLI["others"].format(others=pair.others) if pair.others else ""
        kind = texts.IDENTITY_PAIRS[pair.kind]
        first = (kind, str(pair.account_a), pair.source_a, linked_by(pair.reason_a), pair.institution or "")
        second = (others, str(pair.account_b), pair.source_b, linked_by(pair.reason_b), "")
        for account, line in ((pair.account_a, first), (pair.account_b, second)):
            name = () if named is None else (named.get(account, ""),)
            table.add_row(*map(escape, (*line, *name)), end_section=line is second)
    return table


def _decisions_table(found: Iterable[Decision]) -> Table:
    table = _table(texts.DECISION_COLUMNS)
    for decision in found:
        cells = (
            str(decision.decision_id), texts.DECISION_KINDS.get(decision.kind, decision.kind),
            "\n".join(_about(decision.subject)), decision.reason, decision.decided_by,
            f"{decision.decided_at:%d/%m/%Y %H:%M}",
        )  # fmt: skip
        table.add_row(*map(escape, cells))
    return table


def _table(columns: Sequence[str]) -> Table:
    table = Table()
    for column in columns:
        table.add_column(column, no_wrap=column in texts.WHOLE_COLUMNS)
    return table


def _about(subject: dict[str, Any]) -> list[str]:
    """The accounts of a decision, else the keys and numbers that it names."""
    return list(subject["accounts"]) if "accounts" in subject else [f"{key}: {value}" for key, value in subject.items()]


def _named(quarters: tuple[str, ...]) -> str:
    return ", ".join(quarters) or texts.CLI["none"]


def _print(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
