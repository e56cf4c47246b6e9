"""Tombstones: what a source says of an erased account is staged without what says who it is.

The account keeps its key, so that its facts stay where they are; its reference, names, addresses, identifiers and free
text are blank from the moment they are staged, in every later night and every replay.

Data flow: restricted.tombstone -> account keys at the door; staging.<entity> -> the same rows, blank; quarantine.row.
"""

import sqlalchemy as sa

from trimestre.errors import PermanentError
from trimestre.keys import AccountKeys, account_keys, mark, older_keys
from trimestre.texts import WAREHOUSE
from trimestre.warehouse.entities import ENTITIES, Entity
from trimestre.warehouse.sqlfiles import statement

ERASED = "(erased)"
"""What stands in place of free text, so that it can be told from nothing; a reference has the account's key besides,
which no rotation changes: rows of two erased people that say the same must not become one."""


def key_of_accounts(connection: sa.Connection, source: str, key: bytes) -> AccountKeys:
    """A function local id or e-mail -> account_key; an account erased under an older key keeps the one it had.

    :class:`PermanentError` when the source has such accounts and their key is not at hand: they would come back.
    """
    present = account_keys(key, source)
    erased: dict[str, set[str]] = {}
    for row in connection.execute(
        sa.text("SELECT key_mark, CAST(account_key AS text) AS account_key FROM restricted.tombstone"
                " WHERE source = :source AND key_mark <> :mark"),
        {"source": source, "mark": mark(key)},
    ):  # fmt: skip
        erased.setdefault(row.key_mark, set()).add(row.account_key)
    known = {mark(older): older for older in older_keys(key)}
    if missing := sorted(set(erased) - set(known)):
        raise PermanentError(WAREHOUSE["no_old_key"].format(missing=", ".join(missing), source=source))
    before = [(account_keys(known[name], source), keys) for name, keys in erased.items()]
    if not before:
        return present

    def digest(ref: str) -> bytes:
        older = next((older for older, keys in before if older(ref) in keys), present)
        return older.digest(ref)

    return AccountKeys(digest)


def blank_staged(connection: sa.Connection, source: str, batch_id: int | None = None) -> None:
    """Blank the staged rows of the erased accounts of a source, of one batch or of all; cheap where there are none."""
    if not _any(connection, source):
        return
    for entity in ENTITIES.values():
        if entity.has_account:
            connection.execute(
                sa.text(
                    f"UPDATE staging.{entity.name} AS s SET {_blanked(entity)} FROM restricted.tombstone AS t"
                    " WHERE t.source = :source AND s.account_key = t.account_key"
                    " AND (s.batch_id = :batch_id OR CAST(:batch_id AS bigint) IS NULL)"
                ),
                {"source": source, "batch_id": batch_id, "erased": ERASED},
            )


def reduce_retained(connection: sa.Connection, source: str, batch_id: int | None = None) -> None:
    """Leave of the retained rows of erased accounts their natural keys only, of those that one batch (or any) held."""
    if not _any(connection, source):
        return
    for entity in ENTITIES.values():
        if entity.has_account:
            kept = [name for name in ("account_key", "out_of_scope", *entity.key) if not name.endswith("_at")]
            connection.execute(
                sa.text(statement("privacy/reduce_retained")),
                {"source": source, "entity": entity.name, "batch_id": batch_id, "kept": kept, "erased": ERASED},
            )


def personal_fields(entity: Entity) -> tuple[str, ...]:
    """Staged fields that say who somebody is, whatever they hold; free text of answers is told by its own mark."""
    return entity.fields if entity.name == "account_identity" else ()


def _blanked(entity: Entity) -> str:
    columns = [
        "account_ref = :erased || ' ' || CAST(s.account_key AS text)",
        *(f"{name} = NULL" for name in personal_fields(entity)),
    ]
    if entity.name == "answer":  # whether anything was answered is counted, what was is not
        columns.append("value = CASE WHEN s.free_text = 'true' AND s.value IS NOT NULL THEN :erased ELSE s.value END")
    return ", ".join(columns)


def _any(connection: sa.Connection, source: str) -> bool:
    found = sa.text("SELECT EXISTS (SELECT 1 FROM restricted.tombstone WHERE source = :source)")
    return bool(connection.execute(found, {"source": source}).scalar_one())
