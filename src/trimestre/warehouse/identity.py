"""Identity: which accounts are one person, kept in ``person_link`` and never in the facts.

Accounts that share an identifier (``framework/identity.yaml``) form a connected component; ``person_key`` is its
smallest ``account_key``. What people write in place of an identifier links nobody. Set-based, and only over the
accounts that a batch can have moved: the touched ones, those that share an identifier with them, and the members of the
persons they belonged to (so that a split is complete).

Data flow: restricted.account_identity + warehouse.account -> warehouse.person_link, warehouse.person.
"""

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.contracts.base import digest
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.sqlfiles import statement
from trimestre.warehouse.tables import person, person_link

if TYPE_CHECKING:
    from trimestre.contracts import Project

_SETTING = "identity_contract"

_PLACEHOLDERS = (
    "N/A", "N/D", "S/N", "S/D", "S/I", "NO", "NO TENGO", "NO TIENE", "NO APLICA", "NO DISPONIBLE", "NO SE", "NINGUNO",
    "NINGUNA", "NULL", "NONE", "NAN", "NIL", "SIN", "SIN DATO", "SIN DATOS", "SIN CURP", "SIN RFC", "SIN NUMERO",
    "SIN INFORMACION", "PENDIENTE", "POR DEFINIR", "DESCONOCIDO", "OTRO", "EXTRANJERO", "CURP", "RFC", "PRUEBA", "TEST",
    "XAXX010101000", "XEXX010101000", "XAXX010101HNEXXXA4", "XEXX010101HNEXXXA4", "XEXX010101MNEXXXA8",
)  # fmt: skip
"""What people write where a form demands an identifier they don't have; the last are Mexico's generic RFC and CURP.

One sign again and again (``000``, ``XX``, ``-``) is known for a placeholder without being listed.
"""


def link_persons(
    connection: sa.Connection, project: "Project", *, batch_id: int, at: datetime, reindex: bool = False
) -> bool:
    """Bring links and persons up to date within the merge's transaction; True when a version was written.

    ``reindex`` lets the indexes of empty tables be made after their rows.
    """
    contract = project.identity
    ignored = sorted({_compared(value) for value in (*_PLACEHOLDERS, *contract.ignored_ids)})
    fingerprint = digest([contract.model_dump(), ignored])
    parameters: dict[str, Any] = {
        "at": at,
        "batch_id": batch_id,
        "kinds": list(contract.keys),
        "shared": [mailbox.strip().lower() for mailbox in contract.shared_mailboxes],
        "most": contract.max_accounts_per_email,
        "most_per_id": contract.max_accounts_per_id,
        "ignored": ignored,
        "legal_id_pattern": f"^(?:{contract.legal_id_pattern})$" if contract.legal_id_pattern else None,
        "sources": list(contract.sex_order),
        "everything": _setting(connection) != fingerprint,
    }

    def run(name: str) -> sa.CursorResult[Any]:
        return connection.execute(sa.text(statement(f"identity/{name}")), parameters)

    run("seeds")
    connection.execute(sa.text("ANALYZE affected"))
    if connection.execute(sa.text("SELECT count(*) FROM affected")).scalar_one() == 0:
        _remember(connection, fingerprint)
        return False
    parameters["pass"] = 0
    while run("expand").rowcount > 0:
        parameters["pass"] += 1
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE label ON COMMIT DROP AS"
            " SELECT a.account_key, o.source, a.account_key AS person_key FROM affected AS a INNER JOIN ("
            " SELECT account_key, source FROM warehouse.account WHERE valid_to = 'infinity' UNION"
            " SELECT account_key, source FROM restricted.account_identity WHERE valid_to = 'infinity'"
            ") AS o USING (account_key)"
        )
    )
    run("identifiers")
    connection.execute(sa.text("ANALYZE identifier, label"))
    while run("spread").rowcount > 0:
        pass
    run("links")
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE touched ON COMMIT DROP AS"
            " SELECT k.person_key FROM link AS k UNION SELECT c.person_key FROM warehouse.person_link AS c"
            " INNER JOIN link AS k USING (account_key) WHERE c.valid_to = 'infinity'"
        )
    )
    with indexes_after(connection, person_link, allowed=reindex):
        run("close_links")
        links = run("write_links").rowcount
    with indexes_after(connection, person, allowed=reindex):
        run("people")
        closed = run("close_people").rowcount
        people = run("write_people").rowcount
    if links or people:
        connection.execute(sa.text("ANALYZE warehouse.person_link, warehouse.person"))
    _remember(connection, fingerprint)
    return bool(links or closed or people)


def _compared(value: str) -> str:
    """A placeholder as ``identifiers.sql`` compares it: upper case, letters and digits only, without accents."""
    decomposed = unicodedata.normalize("NFKD", value.upper())
    return "".join(sign for sign in decomposed if sign.isalnum())


def _setting(connection: sa.Connection) -> str | None:
    return connection.execute(
        sa.text("SELECT value FROM ops.setting WHERE setting = :setting"), {"setting": _SETTING}
    ).scalar()


def _remember(connection: sa.Connection, fingerprint: str) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO ops.setting (setting, value) VALUES (:setting, :value)"
            " ON CONFLICT (setting) DO UPDATE SET value = excluded.value"
        ),
        {"setting": _SETTING, "value": fingerprint},
    )
