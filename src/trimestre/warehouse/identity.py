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
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from trimestre.contracts.base import digest
from trimestre.warehouse.bulk import indexes_after
from trimestre.warehouse.database import planned
from trimestre.warehouse.decisions import Decision, in_force
from trimestre.warehouse.sqlfiles import read, statement
from trimestre.warehouse.tables.facts import person, person_link

if TYPE_CHECKING:
    from trimestre.contracts import Project

MERGE, SPLIT, DIFFERENT, ERASE = "merge_persons", "split_persons", "different_persons", "erase_person"
"""Kinds of decisions about persons; each names ``accounts``. ``different_persons`` moves no link."""

_LINKING = {MERGE: "decision", SPLIT: "split", ERASE: "erased"}
"""Kind of decision -> kind of identifier it stands for."""

_SETTING = "identity_contract"

_MANY_CHANGES, _HELD_BESIDE = 20_000, 4
"""Indexes are made after so many changed links or persons, where the table holds at most so many times as many."""

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
    ``reindex`` lets the indexes of tables be made after their rows, where these are many beside those that are there.
    """
    parameters = _parameters(project, batch_id, at)
    fingerprint = digest([project.identity.model_dump(), parameters["ignored"]])
    parameters["everything"] = everything or _setting(connection) != fingerprint or _renamed(connection, at)
    parameters["accounts"] = list(accounts)
    linking = _Linking(connection, parameters, reindex)
    # A million accounts are hashed and not sorted; few are looked up.
    with planned(connection, work_mem="128MB", enable_mergejoin="off", random_page_cost="1.1"):
        changed = linking.seeded() and linking.run()
    _remember(connection, fingerprint)
    return changed


class _Linking:
    """One batch's links and persons."""

    def __init__(self, connection: sa.Connection, parameters: dict[str, Any], reindex: bool) -> None:
        self._connection = connection
        self._parameters = parameters
        self._reindex = reindex
        self._seeds = 0

    def seeded(self) -> bool:
        """Find the accounts that the batch touched; False when there are none."""
        self._seeds = self._run("seeds")
        self._run_text("ANALYZE affected")
        more = self._run("seeds_lacking")
        if more:
            self._seeds += more - self._run_text("DELETE FROM affected WHERE lacking")
            self._run_text("ANALYZE affected")
        return self._seeds > 0

    def run(self) -> bool:
        """Look for whoever is concerned, newcomers apart, and write what changed; True when a version was written."""
        decisions = _load_decisions(self._connection)
        for table, columns in _MADE.items():
            self._run_text(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
        self._identify(0)
        newcomers = self._newcomers()
        self._expand()
        self._label(decisions)
        self._run("links")
        self._run_text("ANALYZE link")
        with self._bare(person_link, newcomers, _CHANGED_LINKS):
            closed = self._run("close_links")
            links = self._run("write_links", links=_CHANGED_LINKS)
            links += self._run("write_links", links=_FIRST_LINKS) if newcomers else 0
        self._run("facts")
        self._run_text(_PEOPLE)
        # The planner must know how many these are, or all persons are hashed to find them.
        closing = self._run("closing")
        self._run_text("ANALYZE closing")
        with self._bare(person, newcomers + closing, _CHANGED_PEOPLE):
            closed += self._run("close_people")
            people = self._run("write_people", people=_CHANGED_PEOPLE)
            people += self._run("write_people", people=_FIRST_PEOPLE) if newcomers else 0
        self._analyze(person_link, links)
        self._analyze(person, people)
        return bool(links or closed or people)

    def _identify(self, number: int) -> None:
        """Find who shares identifiers with the accounts of a pass.

        Nothing is known of temporary tables that grow: without ANALYZE the planner would loop over them, or read all
        accounts.
        """
        self._parameters["pass"] = number
        if self._run("told"):
            self._run_text("ANALYZE told")
            self._run("wanted", curpdigit=curp_digit("c.value"))
            self._run_text("ANALYZE wanted")
            self._run("identifiers")
            self._run_text("ANALYZE identifier")

    def _newcomers(self) -> int:
        """Set apart who is new and shares nothing with anybody; their number."""
        found = self._seeds - self._run("newcomers")
        if found:
            self._run_text("ALTER TABLE affected RENAME TO newcomer")
            self._run_text(_CONCERNED)
            self._run_text("ANALYZE affected")
            self._run_text("DELETE FROM newcomer AS n USING involved AS v WHERE n.account_key = v.account_key")
        return found

    def _expand(self) -> None:
        """Look for neighbours, their neighbours and so on."""
        number = 0
        while self._run("expand") > 0:
            self._run_text("ANALYZE affected")
            number += 1
            self._identify(number)
        self._run_text("DELETE FROM identifier WHERE NOT links")

    def _label(self, decisions: bool) -> None:
        """Number the affected accounts, and give those that share something the smallest number of their component."""
        self._run("labels")
        if decisions:
            for name in ("apart", "decided", "lonely"):
                self._run(name)
            self._run_text("ANALYZE identifier")
        self._run_text("ANALYZE label")
        self._run("shared")
        self._run("components")
        self._run_text("ANALYZE shared, component")
        if self._run("bridges"):
            self._run_text("ANALYZE bridge")
            while self._run("spread") > 0:
                pass

    def _bare(self, table: sa.Table, changes: int, further: str) -> AbstractContextManager[bool]:
        """Make the indexes of a table after its changes (with the ``further`` rows of a query), where these are many.

        To close a version or to write one costs up to ten times as much where it goes into each index at once.
        """
        if self._reindex:  # else nobody has to know how many they are
            changes += self._connection.execute(sa.text(f"SELECT count(*) FROM {further} AS r")).scalar_one()
        holding = _HELD_BESIDE * changes if changes >= _MANY_CHANGES else 0
        return indexes_after(self._connection, table, allowed=self._reindex, holding=holding)

    def _analyze(self, table: sa.Table, written: int) -> None:
        """Let the planner know of a table of which a tenth is new; Citus does not tell how many rows there are."""
        if (
            written
            and self._connection.execute(
                sa.text(
                    "SELECT :written * 10 > greatest(c.reltuples, 0) FROM pg_class AS c"
                    " WHERE c.oid = CAST(:of AS regclass)"
                ),
                {"written": written, "of": table.fullname},
            ).scalar_one()
        ):
            self._run_text(f"ANALYZE {table.fullname}")

    def _run(self, name: str, **tokens: str) -> int:
        return self._run_text(statement(f"identity/{name}", **tokens))

    def _run_text(self, text: str) -> int:
        return self._connection.execute(sa.text(text), self._parameters).rowcount


def _people(facts: str) -> str:
    """The persons whom some facts are about, as they should be."""
    return statement("identity/people", facts=facts)


_MADE = {
    "told": "kind text, value text, institution text, given_up boolean, pass integer",
    "wanted": "kind text, value text, in_institution boolean, pass integer",
    "identifier": "account_key uuid, kind text, shared bigint, apart bigint, links boolean, pass integer",
}
_DECIDED = (
    "CREATE TEMPORARY TABLE decided ON COMMIT DROP AS"
    " SELECT d.* FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS d (account_key uuid, kind text, value text, within text, latest boolean)"
)
_CONCERNED = (
    "CREATE TEMPORARY TABLE affected ON COMMIT DROP AS"
    " SELECT n.* FROM newcomer AS n INNER JOIN involved AS v ON n.account_key = v.account_key"
)
_CHANGED_LINKS = f"({read('identity/_changed_links')})"
_FIRST_LINKS = "(SELECT n.account_key, n.source, n.account_key AS person_key, 'own' AS reason FROM newcomer AS n)"
_FIRST_FACTS = f"({read('identity/_facts_alone')})"
_FIRST_PEOPLE = f"({_people(_FIRST_FACTS)})"
_PEOPLE = (
    "CREATE TEMPORARY TABLE people ON COMMIT DROP AS"
    f" SELECT p.*, c.row_hash AS known_hash FROM ({_people('facts')}) AS p"
    " LEFT JOIN warehouse.person AS c ON c.source = 'identity' AND c.valid_to = 'infinity'"
    " AND p.person_key = c.person_key"
)
_CHANGED_PEOPLE = (
    "(SELECT p.* FROM people AS p WHERE p.known_hash IS NULL OR p.known_hash <> p.row_hash ORDER BY p.person_key)"
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
