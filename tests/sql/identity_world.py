"""Accounts, identifiers and decisions put straight into a warehouse, night by night, and linked as a merge does."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from the_case import case_project

from trimestre.contracts import Project
from trimestre.simulators.people import curp_check_digit
from trimestre.warehouse.database import lock_warehouse, transaction
from trimestre.warehouse.decisions import decide
from trimestre.warehouse.identity import link_persons

SOURCES = ("plataforma_sfp", "moodle_pnud", "eventos")


@dataclass(frozen=True)
class Account:
    """One account as it is known in some night."""

    name: str
    email: str | None = None
    legal_id: str | None = None
    employee_id: str | None = None
    institution: str | None = None
    sex: str | None = None
    full_name: str | None = None
    source: str = "moodle_pnud"

    @property
    def key(self) -> str:
        """Its key: names are in the order of their keys."""
        return key(self.name)


def key(name: str) -> str:
    """The key of an account: of two names of one length, the smaller has the smaller key."""
    return str(uuid.UUID(bytes=name.encode().rjust(16, b"\0")))


def curp(number: int, *, right: bool = True, sex: str = "M") -> str:
    """A CURP of nobody; the digit of a wrong one is off by one."""
    body = f"HEGG{number:06d}{sex}NERRL0"
    digit = int(curp_check_digit(body))
    return f"{body}{digit if right else (digit + 1) % 10}"


def project_of(**identity: Any) -> Project:
    """The demo's project without sources, with other keys in its identity contract."""
    found = case_project()
    return replace(found, sources={}, identity=found.identity.model_copy(update=identity))


@dataclass
class World:
    """A warehouse in which only identity happens."""

    engine: sa.Engine
    project: Project
    nights: list[datetime] = field(default_factory=list)

    def night(
        self, *accounts: Account, decided: Iterable[str] = (), everything: bool = False, project: Project | None = None
    ) -> bool:
        """Let accounts be so from this night on, and link; True when a link or person changed."""
        with transaction(self.engine) as connection:
            at, batch_id = self._batch(connection)
            for table, columns in _COLUMNS.items():
                self._versions(connection, table, columns, accounts, at, batch_id)
            return link_persons(
                connection,
                project or self.project,
                batch_id=batch_id,
                at=at,
                accounts=tuple(decided),
                everything=everything,
            )

    def affected(self, *accounts: Account) -> int:
        """How many accounts are looked at when these are so from this night on."""
        with transaction(self.engine) as connection:
            at, batch_id = self._batch(connection)
            for table, columns in _COLUMNS.items():
                self._versions(connection, table, columns, accounts, at, batch_id)
            link_persons(connection, self.project, batch_id=batch_id, at=at)
            return int(connection.execute(sa.text("SELECT count(*) FROM affected")).scalar_one())

    def forget_name(self, alias: str) -> bool:
        """Take a name off the list of institutions, and link."""
        with transaction(self.engine) as connection:
            at, batch_id = self._batch(connection)
            connection.execute(
                sa.text("UPDATE warehouse.alias SET valid_to = :at WHERE alias = :alias"), {"at": at, "alias": alias}
            )
            return link_persons(connection, self.project, batch_id=batch_id, at=at)

    def decide(self, kind: str, *names: str) -> int:
        """Store a decision without applying it."""
        with transaction(self.engine) as connection:
            return decide(connection, kind, {"accounts": sorted(map(key, names))}, reason="r", decided_by="d")

    def revoke(self, decision_id: int) -> None:
        """Store a revocation without applying it."""
        with transaction(self.engine) as connection:
            decide(connection, "revoke", {"decision_id": decision_id}, reason="r", decided_by="d")

    def name_institutions(self, codes: Mapping[str, tuple[str, ...]]) -> bool:
        """List institutions (code -> compared names), as a batch of the framework does, and link."""
        rows = [{"code": code, "alias": alias} for code, aliases in codes.items() for alias in aliases]
        with transaction(self.engine) as connection:
            at, batch_id = self._batch(connection)
            connection.execute(
                sa.text(
                    "INSERT INTO warehouse.alias (source, kind, alias, code, valid_from, valid_to, row_hash, batch_id,"
                    " dataset, scope, stale)"
                    " SELECT 'framework', 'institution', alias, code, :at, 'infinity', '', :batch_id, 'd', 's', FALSE"
                    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (code text, alias text)"
                ),
                {"rows": json.dumps(rows), "at": at, "batch_id": batch_id},
            )
            return link_persons(connection, self.project, batch_id=batch_id, at=at)

    def links(self, night: int = -1) -> dict[str, tuple[str, str]]:
        """Account name -> (name of its person's smallest account, reason) as of a night."""
        rows = self.rows(
            "SELECT account_key, person_key, reason FROM warehouse.person_link"
            " WHERE valid_from <= :at AND valid_to > :at",
            at=self.nights[night],
        )
        return {_name(account): (_name(person), reason) for account, person, reason in rows}

    def persons(self, night: int = -1) -> dict[str, tuple[int, str, bool]]:
        """Person -> (accounts, sex, whether it is contradicted) as of a night."""
        rows = self.rows(
            "SELECT person_key, accounts, sex, sex_conflict FROM warehouse.person"
            " WHERE valid_from <= :at AND valid_to > :at",
            at=self.nights[night],
        )
        return {_name(person): (accounts, sex, conflict) for person, accounts, sex, conflict in rows}

    def groups(self, night: int = -1) -> set[str]:
        """The persons as the joined names of their accounts (names of one letter)."""
        found: dict[str, str] = {}
        for account, (person, _) in sorted(self.links(night).items()):
            found[person] = found.get(person, "") + account
        return set(found.values())

    def rows(self, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with transaction(self.engine) as connection:
            return [tuple(row) for row in connection.execute(sa.text(text), parameters)]

    def _batch(self, connection: sa.Connection) -> tuple[datetime, int]:
        at = lock_warehouse(connection)
        self.nights.append(at)
        batch_id = connection.execute(
            sa.text(
                "INSERT INTO ops.batch (source, state, started_at, merged_at, quarters)"
                " VALUES ('eventos', 'merged', :at, :at, '{}') RETURNING batch_id"
            ),
            {"at": at},
        ).scalar_one()
        return at, batch_id

    def _versions(
        self,
        connection: sa.Connection,
        table: str,
        columns: tuple[str, ...],
        accounts: Iterable[Account],
        at: datetime,
        batch_id: int,
    ) -> None:
        """Close what differs and write it anew."""
        rows = [asdict(a) | {"account_key": a.key, "email_normalised": a.email, "kind": "learner"} for a in accounts]
        if not rows:
            return
        parameters = {"rows": json.dumps(rows), "at": at, "batch_id": batch_id}
        types = ", ".join(f"{name} text" for name in columns)
        listed = ", ".join(columns)
        given = f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (account_key uuid, source text, {types})"
        same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM g.{name}" for name in columns)
        connection.execute(
            sa.text(
                f"UPDATE {table} AS t SET valid_to = :at FROM {given}"
                f" WHERE t.account_key = g.account_key AND t.valid_to = 'infinity' AND NOT ({same})"
            ),
            parameters,
        )
        connection.execute(
            sa.text(
                f"INSERT INTO {table} (account_key, source, {listed}, valid_from, valid_to, row_hash, batch_id,"
                f" dataset, scope, stale)"
                f" SELECT account_key, source, {listed}, :at, 'infinity', '', :batch_id, 'd', 's', FALSE"
                f" FROM {given} WHERE NOT EXISTS (SELECT 1 FROM {table} AS t"
                " WHERE t.account_key = g.account_key AND t.valid_to = 'infinity')"
            ),
            parameters,
        )


_COLUMNS = {
    "restricted.account_identity": ("full_name", "legal_id", "employee_id", "email_normalised"),
    "warehouse.account": ("kind", "sex", "institution"),
}


def _name(of: uuid.UUID) -> str:
    return of.bytes.lstrip(b"\0").decode()
