"""Erasing a person: every identifier leaves the database, the pseudonymous facts stay, so that no figure moves.

What stays behind is a tombstone an account (see ``tombstones``), so that no later night and no replay brings anything
back, and a decision with who, when and why. The accounts stay one person by that decision.

Data flow: an identifier -> accounts of one person -> restricted, quarantine and staging without them; landed files that
still hold them are told (``held``), never changed.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from trimestre.contracts.base import comparable
from trimestre.contracts.identity import Identity
from trimestre.errors import ContractError
from trimestre.keys import account_keys, mark, older_keys
from trimestre.pipeline.accounting import count_retained
from trimestre.pipeline.privacy.tombstones import ERASED, blank_staged, reduce_retained
from trimestre.pipeline.transactions import lock_source
from trimestre.texts import ERASING
from trimestre.warehouse.database import lock_warehouse
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.sqlfiles import statement

DECISION = "erase_person"
_TELLING = 5
"""An identifier shorter than this stands in too many texts to be looked for in them."""
_BEFORE = "(^|[^[:alnum:]._%+-])"
"""What stands before an identifier, in a pattern of PostgreSQL."""

Kind = Literal["email", "legal_id", "employee_id", "account"]


@dataclass(frozen=True)
class Person:
    """The accounts of one person, and what says who it is."""

    accounts: dict[str, str]
    """account_key -> source."""
    erased: frozenset[str]
    """Accounts that were erased before."""
    identifiers: frozenset[tuple[str, str]] = field(repr=False)
    """Kind (name, email, id, local) and text."""

    @property
    def sources(self) -> list[str]:
        """The sources that know the person."""
        return sorted(set(self.accounts.values()))


@dataclass(frozen=True)
class Removed:
    """What an erasure took away, or would."""

    decision_id: int | None
    """None = nothing was left to erase."""
    counts: dict[str, int]
    """What -> how many of it."""


def find(connection: sa.Connection, kind: Kind, value: str, *, key: bytes, sources: Sequence[str]) -> Person:
    """The person with an identifier, by all accounts that are linked to it now.

    :class:`ContractError` when there is none, or more than one: they are named by key, to choose one by its account.
    """
    tombstones = _tombstones(connection, value, key, sources) if kind == "email" else []
    found = connection.execute(
        sa.text(statement("privacy/found")), {"kind": kind, "value": value, "tombstones": tombstones}
    ).all()
    persons: dict[str, str] = {}
    for row in sorted(found):
        persons.setdefault(str(row.person_key), str(row.account_key))
    if not persons:
        raise ContractError(ERASING["nobody"].format(kind=ERASING[kind]))
    if len(persons) > 1:
        raise ContractError(
            ERASING["several"].format(
                kind=ERASING[kind], count=len(persons), accounts=", ".join(sorted(persons.values()))
            )
        )
    return of_accounts(connection, _accounts(connection, next(iter(persons)), [str(row.account_key) for row in found]))


def of_accounts(connection: sa.Connection, accounts: dict[str, str]) -> Person:
    """The person whose accounts (account_key -> source) these are, known to the warehouse or not."""
    parameters = {"accounts": list(accounts)}
    erased = connection.scalars(
        sa.text("SELECT CAST(account_key AS text) FROM restricted.tombstone WHERE account_key = ANY(:accounts)"),
        parameters,
    )
    identifiers = connection.execute(sa.text(statement("privacy/identifiers")), parameters)
    return Person(accounts, frozenset(erased), frozenset((row.kind, row.value) for row in identifiers))


def expected(person: Person, accounts: int) -> Person:
    """The person, who has as many accounts as somebody looked at; else :class:`ContractError`."""
    if len(person.accounts) != accounts:
        raise ContractError(ERASING["accounts_changed"].format(found=len(person.accounts), accounts=accounts))
    return person


def links_no_others(connection: sa.Connection, person: Person, contract: Identity) -> Person:
    """The person, without whom no identifier begins to link others; else :class:`ContractError`.

    What more accounts carry than one person plausibly has links nobody: with fewer carriers it would, and figures move.
    """
    loosened = connection.execute(
        sa.text(statement("privacy/loosened")),
        {
            "accounts": [account for account in person.accounts if account not in person.erased],
            "kinds": list(contract.keys),
            "shared": [mailbox.strip().lower() for mailbox in contract.shared_mailboxes],
            "ignored": [comparable(value) for value in contract.ignored_ids],
            "most": contract.max_accounts_per_email,
            "most_per_id": contract.max_accounts_per_id,
        },
    ).all()
    if loosened:
        told = ", ".join(ERASING["carriers"].format(kind=ERASING[row.kind], count=row.carriers) for row in loosened)
        raise ContractError(ERASING["would_link"].format(told=told))
    return person


def erase(
    connection: sa.Connection, person: Callable[[], Person], *, key: bytes, reason: str, decided_by: str
) -> tuple[Person, Removed]:
    """Erase a person within the open transaction. ``person`` finds it once nobody else can write.

    The warehouse and the sources are held to the commit: a batch at the door would bring back what is taken away.
    """
    lock_warehouse(connection)
    found = person()
    for source in found.sources:
        lock_source(connection, source, alone=True)
    found = person()
    new = {account: source for account, source in found.accounts.items() if account not in found.erased}
    if not new:
        return found, Removed(None, {})
    decision_id = decide(
        connection, DECISION, {"accounts": sorted(found.accounts)}, reason=reason, decided_by=decided_by
    )
    bury(connection, new, key=key, decision_id=decision_id)
    counts = _blank(connection, found, list(new), decision_id)
    for source in found.sources:
        blank_staged(connection, source)
        reduce_retained(connection, source)
        count_retained(connection, source)
    return found, Removed(decision_id, dict(counts))


def bury(connection: sa.Connection, accounts: dict[str, str], *, key: bytes, decision_id: int) -> None:
    """Set a tombstone for each account (account_key -> source)."""
    connection.execute(
        sa.text(
            "INSERT INTO restricted.tombstone (account_key, source, key_mark, decision_id)"
            " SELECT t.account_key, t.source, :mark, :decision_id"
            " FROM jsonb_to_recordset(CAST(:accounts AS jsonb)) AS t (account_key uuid, source text)"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "accounts": json.dumps([{"account_key": name, "source": source} for name, source in accounts.items()]),
            "mark": mark(key),
            "decision_id": decision_id,
        },
    )


def _blank(connection: sa.Connection, person: Person, accounts: list[str], decision_id: int) -> Counter[str]:
    """Take the identifiers out of restricted and quarantine; how many rows of each."""
    telling = _patterns(person)
    parameters = {"accounts": accounts, "identifiers": telling, "erased": ERASED, "decision_id": decision_id}

    def run(name: str) -> int:
        return connection.execute(sa.text(statement(f"privacy/{name}")), parameters).rowcount

    counts: Counter[str] = Counter()
    counts["identities"] = run("blank_identity")
    counts["references"] = connection.execute(
        sa.text("DELETE FROM restricted.account_ref WHERE account_key = ANY(CAST(:accounts AS uuid[]))"), parameters
    ).rowcount
    counts["retained"], counts["corrections"] = rehash(connection, accounts, telling)
    counts["mentions"] = run("blank_mentions")
    if values := _telling(person):
        anywhere = rf"{_BEFORE}(?:{'|'.join(values)})(?=$|[^[:alnum:]])"
        counts["contracts"] = connection.execute(
            sa.text(statement("privacy/blank_contracts")), {"telling": anywhere, "erased": ERASED}
        ).rowcount
    return counts


def rehash(connection: sa.Connection, accounts: list[str], identifiers: list[str]) -> tuple[int, int]:
    """Let retained rows of accounts, and decisions about them, be what they are staged as from now on.

    How many retained rows and corrections it was; the latter also where a pattern of ``identifiers`` stands in them.
    """
    parameters = {"accounts": accounts, "identifiers": identifiers, "erased": ERASED}
    rows, corrections, _ = (
        connection.execute(sa.text(statement(f"privacy/{name}")), parameters).rowcount
        for name in ("rehashed", "blank_corrections", "decisions_rehashed")
    )
    for text in (
        "DELETE FROM quarantine.row WHERE retained_id IN (SELECT retained_id FROM rehashed WHERE place > 1)",
        "UPDATE quarantine.row AS q SET row_hash = r.new_hash, fields = r.fields FROM rehashed AS r"
        " WHERE q.retained_id = r.retained_id",
        "DROP TABLE rehashed",
    ):
        connection.execute(sa.text(text))
    return rows, corrections


def _patterns(person: Person) -> list[str]:
    """Patterns of PostgreSQL for what says in any text who it is, as whole words of it in lower case.

    Part of a longer word is somebody else (ana@… in mariana@…).
    """
    return [rf"{_BEFORE}{value}($|[^[:alnum:]])" for value in _telling(person)]


def _telling(person: Person) -> list[str]:
    """What says who it is, as it stands in a pattern, in lower case; a mere number is a figure as well."""
    values = {value.strip().lower() for kind, value in person.identifiers if kind != "local"}
    return sorted(re.escape(value) for value in values if len(value) >= _TELLING and re.search("[^0-9]", value))


def _accounts(connection: sa.Connection, person_key: str, found: list[str]) -> dict[str, str]:
    """All accounts of a person, each with its source; one that is linked to nobody yet is a person by itself."""
    rows = connection.execute(
        sa.text(
            "SELECT account_key, source FROM warehouse.person_link"
            " WHERE valid_to = 'infinity' AND person_key = CAST(:person_key AS uuid)"
            " UNION SELECT account_key, source FROM restricted.account_identity"
            " WHERE account_key = ANY(CAST(:found AS uuid[]))"
            " UNION SELECT account_key, source FROM restricted.account_ref"
            " WHERE account_key = ANY(CAST(:found AS uuid[])) ORDER BY 1"
        ),
        {"person_key": person_key, "found": found},
    )
    return {str(row.account_key): row.source for row in rows}


def _tombstones(connection: sa.Connection, email: str, key: bytes, sources: Sequence[str]) -> list[str]:
    """Erased accounts that were known by an e-mail: the only way in which an erased person can still be asked for."""
    ref = email.strip().lower()
    candidates = [account_keys(one, source)(ref) for one in (key, *older_keys(key)) for source in sources]
    rows = connection.scalars(
        sa.text("SELECT CAST(account_key AS text) FROM restricted.tombstone WHERE account_key = ANY(:keys)"),
        {"keys": candidates},
    )
    return list(rows)
