"""Another secret key: every account_key and person_key of every table becomes what it would be under the new one.

Only what keys are made of can be rehashed: ``restricted.account_ref``. Accounts that were erased have no reference and
keep their key for good; so do their facts. The person_key stays the smallest key of the component at every instant, so
the history of links and persons is written as it would be, had it always been lived with the new key.

Data flow: restricted.account_ref -> key_map (old -> new, HMACs in Python) -> set-based updates of all tables -> mark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from trimestre.errors import PermanentError
from trimestre.keys import account_keys, mark
from trimestre.texts import WAREHOUSE
from trimestre.warehouse.database import copy_rows
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import read, statement
from trimestre.warehouse.tables import metadata
from trimestre.warehouse.tables.facts import person, person_link
from trimestre.warehouse.tables.restricted import tombstone
from trimestre.warehouse.tables.results import evidence

_CHUNK = 50_000
_WRITTEN_ANEW = (person_link, person)
_OF_THE_VERSION = ("source", "person_key", "valid_from", "valid_to", "batch_id")


@dataclass(frozen=True)
class Rotated:
    """What a rotation did."""

    accounts: int
    """Accounts with a new key."""
    kept: int
    """Erased accounts, which keep theirs."""


def rotated_already(connection: sa.Connection, new: bytes) -> bool:
    """Whether the warehouse knows the new key already: a rotation died after its commit."""
    return _known_mark(connection) == mark(new)


def rotate(connection: sa.Connection, *, key: bytes, new: bytes, reason: str, decided_by: str) -> Rotated:
    """Re-key the whole warehouse within the open transaction; the caller holds the warehouse and all sources.

    :class:`PermanentError` when ``key`` is not the present one, or when accounts have no reference.
    """
    if _known_mark(connection) != mark(key) or mark(key) == mark(new):
        raise PermanentError(WAREHOUSE["keys"].format(found=mark(key), new=mark(new), known=_known_mark(connection)))
    _expect_references(connection)
    accounts = _map_keys(connection, key, new)
    _rehash_owners(connection)
    _rename_persons(connection)
    _rename_everywhere(connection)
    # Who is first among equals may be another.
    connection.execute(sa.text("DELETE FROM ops.kept_line"))
    connection.execute(sa.text("DELETE FROM ops.setting WHERE setting = 'marts_known'"))
    for name in ("ops.decision", "ops.look"):
        number = f"{name.removeprefix('ops.')}_id"
        connection.execute(sa.text(statement("rekeying/subjects", target=name, number=number)))
    connection.execute(sa.text(statement("rekeying/retained")))
    decide(connection, "rotate_key", {"from": mark(key), "to": mark(new)}, reason=reason, decided_by=decided_by)
    connection.execute(
        sa.text("UPDATE ops.setting SET value = :mark WHERE setting = 'account_key'"), {"mark": mark(new)}
    )
    kept = connection.execute(sa.select(sa.func.count()).select_from(tombstone)).scalar_one()
    return Rotated(accounts, kept)


def _known_mark(connection: sa.Connection) -> str | None:
    return connection.execute(sa.text("SELECT value FROM ops.setting WHERE setting = 'account_key'")).scalar()


def _expect_references(connection: sa.Connection) -> None:
    """Every account but the erased ones has a reference; an earlier release did not keep them."""
    accounts = " UNION ".join(
        f"SELECT t.account_key, t.source FROM {entity.table} AS t" for entity in ENTITIES.values() if entity.has_account
    )
    missing = connection.execute(
        sa.text(
            f"SELECT a.source, count(*) AS accounts FROM ({accounts}) AS a"
            " LEFT JOIN restricted.account_ref AS r ON a.account_key = r.account_key"
            " LEFT JOIN restricted.tombstone AS t ON a.account_key = t.account_key"
            " WHERE r.account_key IS NULL AND t.account_key IS NULL GROUP BY a.source ORDER BY a.source"
        )
    ).all()
    if missing:
        found = ", ".join(WAREHOUSE["accounts_of"].format(accounts=row.accounts, source=row.source) for row in missing)
        raise PermanentError(WAREHOUSE["no_references"].format(found=found))


def _map_keys(connection: sa.Connection, key: bytes, new: bytes) -> int:
    """Fill the temporary table ``key_map``; the number of accounts. Each old key is proved on the way."""
    import pyarrow as pa

    connection.execute(sa.text("CREATE TEMPORARY TABLE key_map (old_key uuid, new_key uuid) ON COMMIT DROP"))
    count = 0
    for source, rows in _references(connection):
        old_of, new_of = account_keys(key, source), account_keys(new, source)
        if any(old_of(ref) != known for known, ref in rows):
            raise PermanentError(WAREHOUSE["strange_accounts"].format(source=source))
        copy_rows(
            connection,
            "key_map",
            pa.table(
                {
                    "old_key": pa.array([known for known, _ in rows], pa.string()),
                    "new_key": pa.array([new_of(ref) for _, ref in rows], pa.string()),
                }
            ),
        )
        count += len(rows)
    connection.execute(sa.text("CREATE UNIQUE INDEX key_map_old ON key_map (old_key)"))
    connection.execute(sa.text("ANALYZE key_map"))
    return count


def _references(connection: sa.Connection) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Source and (account_key, account_ref), some at a time."""
    sources = connection.scalars(sa.text("SELECT DISTINCT source FROM restricted.account_ref ORDER BY 1")).all()
    for source in sources:
        after = "00000000-0000-0000-0000-000000000000"
        while rows := connection.execute(
            sa.text(
                "SELECT CAST(r.account_key AS text) AS account_key, r.account_ref FROM restricted.account_ref AS r"
                " WHERE r.source = :source AND r.account_key > CAST(:after AS uuid) ORDER BY r.account_key"
                " LIMIT :limit"
            ),
            {"source": source, "after": after, "limit": _CHUNK},
        ).all():
            yield source, [(row.account_key, row.account_ref) for row in rows]
            after = rows[-1].account_key


def _rehash_owners(connection: sa.Connection) -> None:
    """Before the targets' keys change: the hashes are taken over them."""
    present = set(connection.scalars(sa.text("SELECT DISTINCT entity FROM ops.row_owner")))
    for entity in ENTITIES.values():
        if entity.has_account and entity.name in present:
            rest = [f"c.{name}" for name in entity.key]
            text = statement(
                "rekeying/owners",
                target=entity.table,
                oldkeys=", ".join(["c.account_key", *rest]),
                newkeys=", ".join(["m.new_key", *rest]),
            )
            connection.execute(sa.text(text), {"entity": entity.name})


def _rename_persons(connection: sa.Connection) -> None:
    """Write person_link and person anew; leaves ``label_run``: what a person is called from when to when."""
    attributes = [column.name for column in person.columns if column.name not in _OF_THE_VERSION]

    def run(name: str, **tokens: Any) -> None:
        connection.execute(sa.text(statement(f"rekeying/{name}", **tokens)))

    run("members")
    run("labels")
    connection.execute(sa.text("CREATE TEMPORARY TABLE old_person ON COMMIT DROP AS SELECT * FROM warehouse.person"))
    connection.execute(sa.text("ANALYZE member, label_run, old_person"))
    for table in _WRITTEN_ANEW:
        connection.execute(sa.delete(table))
    run("links")
    qualified = [f"p.{name}" for name in attributes]
    run("people", attributes=", ".join(attributes), pattributes=", ".join(qualified))


def _rename_everywhere(connection: sa.Connection) -> None:
    """Every account_key and person_key of all other tables, marts and leftovers of staging included."""
    for table in metadata.sorted_tables:
        if table in (*_WRITTEN_ANEW, tombstone):
            continue
        if "account_key" in table.columns:
            named = ""
            if (
                "evidence_key" in table.columns
            ):  # made of the account among others; frozen evidence has `*` in its place
                named = ", evidence_key = replace(t.evidence_key, CAST(m.old_key AS text), CAST(m.new_key AS text))"
            connection.execute(
                sa.text(
                    f"UPDATE {table.fullname} AS t SET account_key = m.new_key{named} FROM key_map AS m"
                    " WHERE t.account_key = m.old_key"
                )
            )
        if table is evidence:
            connection.execute(sa.text(read("rekeying/published")))
        elif "person_key" in table.columns:
            connection.execute(
                sa.text(
                    f"UPDATE {table.fullname} AS t SET person_key = r.label FROM ("
                    " SELECT DISTINCT ON (n.person_key) n.person_key, n.label FROM label_run AS n"
                    " ORDER BY n.person_key, n.until DESC"
                    ") AS r WHERE t.person_key = r.person_key AND t.person_key <> r.label"
                )
            )
