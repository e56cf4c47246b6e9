"""Identity: which accounts are one person, kept in ``person_link`` and never in the facts.

Accounts that share an identifier (``framework/identity.yaml``) form a connected component; ``person_key`` is its
smallest ``account_key``. What people write in place of an identifier links nobody. Set-based, and only over the
accounts that a batch can have moved: the touched ones, those that share an identifier with them, and the members of the
persons they belonged to (so that a split is complete).

What people decided about persons is read each time: a merge is one more identifier that its accounts share; a split
lets the identifiers of its accounts, and the merges before it, link them among themselves only; what was revoked never
was. An erasure holds its accounts together, whose identifiers are gone.

Data flow: restricted.account_identity + warehouse.account + ops.decision -> warehouse.person_link, warehouse.person.
"""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.contracts.base import digest
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.decisions import Decision, in_force
from trimestre.warehouse.sqlfiles import statement
from trimestre.warehouse.tables import person, person_link

if TYPE_CHECKING:
    from trimestre.contracts import Project

MERGE, SPLIT, DIFFERENT, ERASE = "merge_persons", "split_persons", "different_persons", "erase_person"
"""Kinds of decisions about persons; each names ``accounts``. ``different_persons`` moves no link."""

_LINKING = {MERGE: "decision", SPLIT: "split", ERASE: "erased"}
"""Kind of decision -> kind of identifier it stands for."""

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
    connection: sa.Connection,
    project: "Project",
    *,
    batch_id: int,
    at: datetime,
    reindex: bool = False,
    accounts: Collection[str] = (),
    everything: bool = False,
) -> bool:
    """Bring links and persons up to date within the merge's transaction; True when a version was written.

    ``accounts``: keys that a decision names which was just made or revoked; ``everything``: look at all accounts.
    ``reindex`` lets the indexes of empty tables be made after their rows.
    """
    parameters = _parameters(project, batch_id, at)
    fingerprint = digest([project.identity.model_dump(), parameters["ignored"]])
    parameters["everything"] = everything or _setting(connection) != fingerprint or _renamed(connection, at)
    parameters["accounts"] = list(accounts)

    def run(name: str) -> int:
        tokens = {"curpdigit": curp_digit("c.value")} if name == "identifiers" else {}
        return connection.execute(sa.text(statement(f"identity/{name}", **tokens)), parameters).rowcount

    run("seeds")
    connection.execute(sa.text("ANALYZE affected"))
    if connection.execute(sa.text("SELECT count(*) FROM affected")).scalar_one() == 0:
        _remember(connection, fingerprint)
        return False
    decisions = _load_decisions(connection)
    connection.execute(sa.text(_IDENTIFIER))
    parameters["pass"] = 0
    while run("identifiers") >= 0 and run("expand") > 0:
        parameters["pass"] += 1
        # Nothing is known of temporary tables that grow; the planner would loop over them.
        connection.execute(sa.text("ANALYZE affected, identifier"))
    connection.execute(sa.text("DELETE FROM identifier WHERE NOT links"))
    connection.execute(sa.text(_LABEL))
    if decisions:
        for name in ("apart", "decided", "lonely"):
            run(name)
    connection.execute(sa.text("ANALYZE identifier, label"))
    while run("spread") > 0:
        pass
    run("links")
    connection.execute(sa.text(_TOUCHED))
    with indexes_after(connection, person_link, allowed=reindex):
        run("close_links")
        links = run("write_links")
    with indexes_after(connection, person, allowed=reindex):
        run("people")
        closed = run("close_people")
        people = run("write_people")
    if links or people:
        connection.execute(sa.text("ANALYZE warehouse.person_link, warehouse.person"))
    _remember(connection, fingerprint)
    return bool(links or closed or people)


_IDENTIFIER = (
    "CREATE TEMPORARY TABLE identifier ("
    " account_key uuid, kind text, value text, within text, links boolean, pass integer) ON COMMIT DROP"
)
_DECIDED = (
    "CREATE TEMPORARY TABLE decided ON COMMIT DROP AS"
    " SELECT d.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS d (account_key uuid, kind text, value text, within text, latest boolean)"
)
_LABEL = (
    "CREATE TEMPORARY TABLE label ON COMMIT DROP AS"
    " SELECT a.account_key, o.source, a.account_key AS person_key FROM affected AS a INNER JOIN ("
    " SELECT account_key, source FROM warehouse.account WHERE valid_to = 'infinity' UNION"
    " SELECT account_key, source FROM restricted.account_identity WHERE valid_to = 'infinity'"
    ") AS o USING (account_key)"
)
_TOUCHED = (
    "CREATE TEMPORARY TABLE touched ON COMMIT DROP AS"
    " SELECT k.person_key FROM link AS k UNION SELECT c.person_key FROM warehouse.person_link AS c"
    " INNER JOIN link AS k USING (account_key) WHERE c.valid_to = 'infinity'"
)


def _parameters(project: "Project", batch_id: int, at: datetime) -> dict[str, Any]:
    """What the statements are given of the identity contract."""
    contract = project.identity
    return {
        "at": at,
        "batch_id": batch_id,
        "kinds": list(contract.keys),
        "shared": [mailbox.strip().lower() for mailbox in contract.shared_mailboxes],
        "most": contract.max_accounts_per_email,
        "most_per_id": contract.max_accounts_per_id,
        "ignored": sorted({_compared(value) for value in (*_PLACEHOLDERS, *contract.ignored_ids)}),
        "legal_id_pattern": whole(contract.legal_id_pattern),
        "curp": contract.legal_id_check_digit == "curp",
        "within_institution": contract.employee_id_within == "institution",
        "everywhere": whole(contract.employee_id_everywhere),
        "sources": list(contract.sex_order),
    }


def whole(pattern: str | None) -> str | None:
    """A pattern of the identity contract as the database matches it: of the whole value."""
    return f"^(?:{pattern})$" if pattern else None


def curp_digit(column: str) -> str:
    """The check digit of the CURP in a column of a statement, as an expression in SQL."""
    return f"({statement('identity/_curp_digit', value=column)})"


def _renamed(connection: sa.Connection, at: datetime) -> bool:
    """Whether the batch changed by which names institutions and states are known: anybody may stand in another one."""
    return bool(
        connection.execute(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM warehouse.alias AS t WHERE t.kind IN ('institution', 'state')"
                " AND (t.valid_from = :at OR t.valid_to = :at)) OR EXISTS (SELECT 1 FROM warehouse.institution AS t"
                " WHERE t.valid_from = :at OR t.valid_to = :at) OR EXISTS (SELECT 1 FROM warehouse.state AS t"
                " WHERE t.valid_from = :at OR t.valid_to = :at)"
            ),
            {"at": at},
        ).scalar_one()
    )


def _load_decisions(connection: sa.Connection) -> bool:
    """Put what decisions in force link and split into the temporary table ``decided``; False when there are none."""
    rows = linking(in_force(connection, *_LINKING))
    connection.execute(sa.text(_DECIDED), {"rows": json.dumps(rows)})
    return bool(rows)


def linking(decisions: Sequence[Decision]) -> list[dict[str, str | bool]]:
    """One row per decision and account: the identifier it stands for, and ``within`` which split it still links.

    Within the last split that names the account later than the decision; ``latest`` marks the last split of an account.
    """
    ordered = sorted(decisions, key=lambda decision: (decision.decided_at, decision.decision_id))
    splits: dict[str, list[int]] = defaultdict(list)
    for place, decision in enumerate(ordered):
        if decision.kind == SPLIT:
            for account in decision.subject["accounts"]:
                splits[account].append(place)

    def row(place: int, decision: Decision, account: str) -> dict[str, str | bool]:
        last = splits[account][-1] if splits[account] else -1
        return {
            "account_key": account,
            "kind": _LINKING[decision.kind],
            "value": str(decision.decision_id),
            "within": str(ordered[last].decision_id) if last > place else "",
            "latest": last == place,
        }

    return [
        row(place, decision, account)
        for place, decision in enumerate(ordered)
        for account in decision.subject["accounts"]
    ]


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
