"""Who was touched between two states of the warehouse, and the history of these people alone.

Whoever knows what held at earlier pins looks only at the people of whom something was written since. They are whole
persons: who shares a person with a touched account, before or now, is among them, so that what evidence says of a
person (its first certificate, the order of its accounts) is the same as if everybody were read.

Data flow: old and new pins -> versions that began or ended between them -> accounts -> persons -> all their accounts ->
temporary tables with their versions, which ``evidence.run`` reads in the place of the whole ones.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from trimestre.indicators.evidence import OF_ACCOUNTS, OF_PEOPLE, Pins
from trimestre.warehouse.database import planned
from trimestre.warehouse.entities import ENTITIES, IDENTITY_SOURCE
from trimestre.warehouse.sqlfiles import statement

MANY = 0.2
"""Share of the accounts from which on everybody is looked at: the people touched are read twice, before and now."""
FEW = 0.05
"""Share of the accounts up to which versions are looked up account by account: reading a whole table costs more."""

_OF_NOBODY = tuple(entity.name for entity in ENTITIES.values() if not entity.has_account)
"""Tables in which a change may move the figures of everybody."""
_IDENTITY = ("person_link", "person")
_READ = re.compile(r"\bFROM warehouse\.([a-z_]+) AS version\b")
_EVER = datetime(1, 1, 1, tzinfo=UTC)
_NEXT = timedelta(microseconds=1)
"""What PostgreSQL's instants differ by at least."""


@dataclass(frozen=True)
class Touched:
    """What was touched between two pins."""

    tables: frozenset[str]
    """Tables with a version that began or ended."""
    many: bool
    """So many people that looking at everybody costs less: no history was set aside."""
    before: Pins
    """The old pins, for the people touched."""
    now: Pins
    """The new pins, for the people touched."""
    mark: str
    """Prefix of the temporary tables: ``<mark>accounts``, ``<mark>persons`` and one for each of ``OF_PEOPLE``."""


def follows(new: Pins, old: Pins) -> bool:
    """Whether pins are those of a later state, or of the same."""
    return all(source in new.instants and new.instants[source] >= at for source, at in old.instants.items())


def tables_read(text: str) -> frozenset[str]:
    """The versioned tables that a statement reads as known at the pins."""
    return frozenset(_READ.findall(text))


def touch(connection: sa.Connection, old: Pins, new: Pins) -> Touched:
    """Find who was touched between two pins, the later of which :func:`follows`; their history is set aside."""
    number = connection.execute(sa.text("SELECT count(*) FROM pg_class WHERE relname ~ '^among[0-9]+_found$'"))
    mark = f"among{number.scalar_one()}_"
    span = _span(old, new)
    with planned(connection, enable_nestloop="on", random_page_cost="1.1"):
        tables = _find(connection, mark, span)
        for begin, known, made, wanted in (
            ("found", "account_key", "persons", "person_key"),
            ("persons", "person_key", "accounts", "account_key"),
        ):
            _make(connection, f"{mark}{made}", wanted, _linked(mark, begin, known, wanted), span)
        many = _are_more(connection, mark, MANY)
        if not many:
            # The keys of these tables begin with the account (with `identity` and the person): no look-up is a scan.
            with planned(connection, enable_hashjoin="on" if _are_more(connection, mark, FEW) else "off"):
                for table in OF_PEOPLE:
                    _set_aside(connection, mark, table, span)
            published = statement("touched/published", people=f"pg_temp.{mark}accounts")
            _make(connection, f"{mark}evidence", "account_key", published, {})
    return Touched(tables, many, replace(old, among=mark), replace(new, among=mark), mark)


def _span(old: Pins, new: Pins) -> dict[str, Any]:
    """The sources that moved, in pieces of time; persons by their own pins, which move every night."""
    pieces = [
        (source, since, before)
        for source, at in new.instants.items()
        if (begin := old.instants.get(source, _EVER)) != at
        for since, before in pairwise([begin, *_of_others(source, begin, at, old, new), at + _NEXT])
    ]
    return {
        "moved": [source for source, _, _ in pieces],
        "since": [since for _, since, _ in pieces],
        "before": [before for _, _, before in pieces],
        "earliest": min((since for _, since, _ in pieces), default=_EVER),
        "identity_since": old.instants[IDENTITY_SOURCE],
        "identity_at": new.instants[IDENTITY_SOURCE],
    }


def _of_others(source: str, since: datetime, until: datetime, old: Pins, new: Pins) -> list[datetime]:
    """When other sources were merged, as far as pins tell, in order.

    A merge has an instant of its own and writes of its own source, so that nothing of this one is found there; all that
    the first load of another one wrote would be read to find that.
    """
    if source == IDENTITY_SOURCE:
        return []
    others = {at for pins in (old, new) for other, at in pins.instants.items() if other != IDENTITY_SOURCE}
    return sorted(at for at in others if since < at < until)


def _find(connection: sa.Connection, mark: str, span: dict[str, Any]) -> frozenset[str]:
    """Make ``<mark>found`` with the accounts and persons of whom something was written; the tables that moved."""
    found = f"{mark}found"
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE {found} (moved text, account_key uuid) ON COMMIT DROP"))
    for table in (*OF_PEOPLE, *_OF_NOBODY):
        account = {"person": "v.person_key"} | dict.fromkeys(OF_ACCOUNTS, "v.account_key")
        text = statement(
            "touched/found",
            versions=f"warehouse.{table}",
            account=account.get(table, "CAST(NULL AS uuid)"),
            source=f"'{IDENTITY_SOURCE}'" if table in _IDENTITY else "v.source",
        )
        connection.execute(sa.text(f"INSERT INTO pg_temp.{found} {text}"), {**span, "table": table})
    connection.execute(sa.text(f"ANALYZE {found} (account_key)"))
    return frozenset(connection.scalars(sa.text(f"SELECT DISTINCT moved FROM pg_temp.{found}")))


def _linked(mark: str, begin: str, known: str, wanted: str) -> str:
    found = f"pg_temp.{mark}found"
    return statement("touched/linked", found=found, begin=f"pg_temp.{mark}{begin}", known=known, wanted=wanted)


def _set_aside(connection: sa.Connection, mark: str, table: str, span: dict[str, Any]) -> None:
    of_person = table == "person"
    people, key = ("persons", "person_key") if of_person else ("accounts", "account_key")
    text = statement(
        "touched/versions",
        people=f"pg_temp.{mark}{people}",
        versions=f"warehouse.{table}",
        key=key,
        source=f"'{IDENTITY_SOURCE}'" if of_person else "v.source",
    )
    _make(connection, mark + table, key, text, span)


def _make(connection: sa.Connection, table: str, key: str, text: str, parameters: dict[str, Any]) -> None:
    """Make a temporary table; what is counted of it is its size and the column that it is joined by."""
    asked = sa.text(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {text}")
    connection.execute(asked, {name: parameters[name] for name in asked.compile().params})
    connection.execute(sa.text(f"ANALYZE {table} ({key})"))


def _are_more(connection: sa.Connection, mark: str, share: float) -> bool:
    """Whether more than a share of the accounts was touched.

    Against the number of accounts as it was last counted; where it never was, looking at few is right."""
    return bool(
        connection.execute(
            sa.text(
                f"SELECT count(*) > :share * nullif(max(c.reltuples), 0) FROM pg_temp.{mark}accounts AS t"
                " CROSS JOIN pg_class AS c WHERE c.oid = CAST('warehouse.person_link' AS regclass) AND c.reltuples > 0"
            ),
            {"share": share},
        ).scalar_one()
    )
