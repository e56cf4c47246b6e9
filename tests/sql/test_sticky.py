"""What is kept of what platforms forget: population, completions, certificates, lists; and who is one person.

Each case tells nights of one or more sources as staged fields and what must hold after each of them.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from the_case import case_project

from trimestre.contracts import Project
from trimestre.contracts.expectations import Suite
from trimestre.errors import BatchRejected, PermanentError
from trimestre.indicators.evidence import Pins, current_pins, pins_at
from trimestre.keys import account_keys
from trimestre.pipeline import merging, staging, validation
from trimestre.pipeline.landing import _sweep
from trimestre.sources.base import Delivery, LandedFile, RecordChunk, RowFrames
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import _subquery

KEY = b"k" * 32
NOWHERE = Path("/nonexistent")

Fields = dict[str, str | None]
Rows = list[tuple[str, Fields]]
"""Entity and staged fields; each becomes a record of its own."""


@dataclass
class Fake:
    """A connector over given rows: one complete scope."""

    rows: Rows
    parser_version: str = "1"

    def fetch(self, landing: Any) -> None:
        raise NotImplementedError

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return [Delivery("d", "s", complete=True)]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        def frames(indices: Sequence[int]) -> RowFrames:
            found: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for index in indices:
                entity, fields = self.rows[index]
                found[entity].append({"record": index, "out_of_scope": None, **fields})
            return {entity: pd.DataFrame(items) for entity, items in found.items()}

        if self.rows:
            records = [json.dumps(row).encode() for row in self.rows]
            yield RecordChunk("d", "s", 1, [str(i + 1) for i in range(len(records))], records, frames)


@dataclass
class Night:
    """Runs batches and reads tables."""

    engine: sa.Engine
    project: Project = field(repr=False)

    def land(self, source: str = "moodle_pnud", fingerprint: str = "f") -> int:
        with transaction(self.engine) as connection:
            _sweep(connection, source, NOWHERE)
            return int(
                connection.execute(
                    sa.text(
                        "INSERT INTO ops.batch (source, state, started_at, fingerprint)"
                        " VALUES (:source, 'landed', clock_timestamp(), :fingerprint) RETURNING batch_id"
                    ),
                    {"source": source, "fingerprint": fingerprint},
                ).scalar_one()
            )

    def stage(self, batch_id: int, rows: Rows) -> None:
        staging.stage(self.engine, Fake(rows), self.project, batch_id, landing=NOWHERE, key=KEY)
        checked = dict.fromkeys(validation._staged(self.engine, batch_id), 0)
        validation._note_same_keys(self.engine, batch_id, checked)
        validation._store(self.engine, batch_id, checked, [])
        self.execute("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :b AND state = 'staged'", b=batch_id)

    def merge(self, batch_id: int) -> merging.Merged:
        return merging.merge(self.engine, self.project, batch_id)

    def run(self, rows: Rows, source: str = "moodle_pnud", fingerprint: str = "f") -> int:
        batch_id = self.land(source, fingerprint)
        self.stage(batch_id, rows)
        self.merge(batch_id)
        return batch_id

    def execute(self, text: str, **parameters: Any) -> sa.CursorResult[Any]:
        with transaction(self.engine) as connection:
            return connection.execute(sa.text(text), parameters)

    def rows(self, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with transaction(self.engine) as connection:
            return [tuple(row) for row in connection.execute(sa.text(text), parameters)]


@pytest.fixture(scope="module")
def project() -> Project:
    found = case_project()
    return replace(
        found,
        sources={},  # no floor: one row is a whole snapshot here
        identity=found.identity.model_copy(
            update={
                "keys": ("legal_id", "employee_id", "email"),
                "shared_mailboxes": (" Buzon@x.example ",),
                "max_accounts_per_email": 3,
                "max_accounts_per_id": 4,
                "ignored_ids": ("Por asignar", "9-9"),
                "legal_id_pattern": None,
                "legal_id_check_digit": None,
                "employee_id_within": "project",
                "sex_order": ("plataforma_sfp", "moodle_pnud"),
            }
        ),
    )


@pytest.fixture
def night(warehouse: sa.Engine, project: Project) -> Night:
    return Night(warehouse, project)


def enrolled(
    active: str = "true", suspended: str | None = "false", role: str = "student", at: str | None = None
) -> tuple[str, Fields]:
    return "enrolment", {
        "account_ref": "1", "edition": "E1", "role": role, "active": active, "suspended": suspended, "accessed_at": at,
    }  # fmt: skip


def module(state: str, at: str | None = None) -> tuple[str, Fields]:
    return "module_completion", {
        "account_ref": "1", "edition": "E1", "module": "M1", "state": state, "completed_at": at,
    }  # fmt: skip


def certificate(state: str, at: str | None = None) -> tuple[str, Fields]:
    return "certificate", {"account_ref": "1", "edition": "E1", "state": state, "obtained_at": at}


def listed(at: str, ref: str = "1") -> tuple[str, Fields]:
    return "attendance", {"account_ref": ref, "event": "V1", "registered_at": at, "institution": "I"}


def day(number: int) -> str:
    return f"2020-05-{number:02d}T12:00:00+00:00"


# ---------------------------------------------------------------- population and first access
ON, OFF = enrolled(), enrolled(active="false")
POPULATION = {
    "active, then suspended: stays": [([ON], True), ([enrolled(suspended="true")], True)],
    "active, then expired: stays": [([ON], True), ([OFF], True), ([ON], True)],
    "active, then gone: stays": [([ON], True), ([], True), ([OFF], True)],
    "first seen suspended: never enters": [([enrolled(suspended="true")], False), ([], False)],
    "first seen expired, active later: enters": [([OFF], False), ([ON], True), ([OFF], True)],
    "unknown suspension counts as not suspended": [([enrolled(suspended=None)], True)],
    "no student: never": [([enrolled(role="teacher")], False), ([enrolled(role="student", active="false")], False)],
    "role stops: leaves, and is no student of the population by being suspended again": [
        ([ON], True), ([enrolled(role="teacher")], False), ([OFF], False), ([ON], True),
    ],
}  # fmt: skip


@pytest.mark.parametrize("nights", POPULATION.values(), ids=POPULATION)
def test_population_is_sticky(night: Night, nights: list[tuple[Rows, bool]]) -> None:
    for rows, expected in nights:
        night.run(rows)
        assert night.rows("SELECT in_population FROM warehouse.enrolment WHERE valid_to = 'infinity'") == [(expected,)]


def test_first_access_is_the_earliest_ever_seen(night: Night) -> None:
    first = "SELECT extract(day FROM first_access_at)::int FROM warehouse.enrolment WHERE valid_to = 'infinity'"
    for at, expected in ((None, None), (day(5), 5), (day(9), 5), (None, 5), (day(3), 3), (day(5), 3)):
        night.run([enrolled(at=at)])
        assert night.rows(first) == [(expected,)]
    night.run([])
    night.run([enrolled(at=day(20))])
    assert night.rows(first) == [(3,)]
    assert night.rows("SELECT count(*) FROM warehouse.enrolment") == [(5,)]  # none, 5, 3, vanished, returned


# ---------------------------------------------------------------- completions and certificates
DONE, DONE_LATER, DONE_EARLIER = module("completed", day(5)), module("completed", day(9)), module("completed", day(2))
EMPTY = module("not_completed")
COMPLETIONS = {
    "undone while active without a gap": [([ON, DONE], "completed", 5), ([ON, EMPTY], "not_completed", None)],
    "completed anew after it was undone: a new state, a new time": [
        ([ON, DONE], "completed", 5), ([ON, EMPTY], "not_completed", None), ([ON, DONE_LATER], "completed", 9),
    ],
    "earliest time in the unbroken state": [
        ([ON, DONE], "completed", 5), ([ON, DONE_LATER], "completed", 5), ([ON, DONE_EARLIER], "completed", 2),
    ],
    "emptied while suspended: reset, and completed again keeps the first time": [
        ([ON, DONE], "completed", 5), ([OFF, EMPTY], "reset", 5), ([ON, EMPTY], "reset", 5),
        ([ON, DONE_LATER], "completed", 5),
    ],
    "emptied at the return after a gap": [
        ([ON, DONE], "completed", 5), ([OFF, DONE], "completed", 5), ([ON, EMPTY], "reset", 5),
        ([ON, module("not_completed", day(30))], "reset", 5),
    ],
    "vanished and back empty": [
        ([ON, DONE], "completed", 5), ([], "completed", 5), ([ON, EMPTY], "reset", 5), ([ON, EMPTY], "reset", 5),
    ],
    "vanished and back as it was": [([ON, DONE], "completed", 5), ([], "completed", 5), ([ON, DONE], "completed", 5)],
    "a gap before the completion is none since": [
        ([OFF], None, None), ([ON], None, None), ([ON, DONE], "completed", 5), ([ON, EMPTY], "not_completed", None),
    ],
    "never completed": [([ON, EMPTY], "not_completed", None), ([OFF, EMPTY], "not_completed", None)],
    "no enrolment known: not undone": [([DONE], "completed", 5), ([EMPTY], "reset", 5)],
    "failed after completed is what the platform says": [
        ([ON, DONE], "completed", 5), ([ON, module("failed", day(7))], "failed", 7),
    ],
    "enrolment held back: who knows whether it is active": [
        ([ON, DONE], "completed", 5), ([enrolled(role="teacher"), enrolled(role="manager"), EMPTY], "reset", 5),
    ],
}  # fmt: skip


@pytest.mark.parametrize("nights", COMPLETIONS.values(), ids=COMPLETIONS)
@pytest.mark.parametrize("contract", ["same", "new"])
def test_completion_is_undone_or_reset(
    night: Night, nights: list[tuple[Rows, str | None, int | None]], contract: str
) -> None:
    """Reading a night again under a new contract gives the same."""
    for number, (rows, state, at) in enumerate(nights):
        for again in ("f", "g") if contract == "new" else ("f",):
            night.run(rows, fingerprint=f"{again}{number if contract == 'new' else ''}")
            assert night.rows(
                "SELECT state, extract(day FROM completed_at)::int FROM warehouse.module_completion"
                " WHERE valid_to = 'infinity'"
            ) == ([(state, at)] if state else [])


def test_certificates_are_judged_alike(night: Night) -> None:
    has = certificate("obtained", day(5))
    lost = certificate("not_obtained")
    now = "SELECT state, extract(day FROM obtained_at)::int FROM warehouse.certificate WHERE valid_to = 'infinity'"
    for rows, state, at in (
        ([ON, has], "obtained", 5), ([ON, certificate("obtained", day(8))], "obtained", 5),
        ([OFF, has], "obtained", 5), ([ON, lost], "reset", 5), ([ON, certificate("obtained", day(9))], "obtained", 5),
        ([], "obtained", 5), ([ON, has], "obtained", 5), ([ON, lost], "not_obtained", None),
    ):  # fmt: skip
        night.run(rows)
        assert night.rows(now) == [(state, at)]


@pytest.mark.parametrize("issues", [(5,), (5, 8), (8, 5), (9, 5, 8)])
@pytest.mark.parametrize("contract", ["same", "new"])
def test_a_reissued_certificate_is_the_first_one(night: Night, issues: tuple[int, ...], contract: str) -> None:
    """Whatever the order of a list that holds both, and whenever the re-issue comes to stand on it."""
    judged = replace(night.project, suites=_without_rules(night.project))
    for number, days in enumerate((issues, issues, (*issues, 11), issues[:1])):
        batch_id = night.land(fingerprint=f"f{number if contract == 'new' else ''}")
        rows = [ON, *(certificate("obtained", day(one)) for one in days)]
        staging.stage(night.engine, Fake(rows), night.project, batch_id, landing=NOWHERE, key=KEY)
        outcomes = validation.validate(night.engine, judged, batch_id, datetime(2020, 7, 1, tzinfo=UTC))
        assert [outcome for outcome in outcomes if outcome.failed] == []
        night.execute("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :b", b=batch_id)
        night.merge(batch_id)
        found = "SELECT state, extract(day FROM obtained_at)::int, vanished_at FROM warehouse.certificate"
        assert night.rows(found) == [("obtained", 5, None)], days
        assert night.rows("SELECT count(*) FROM quarantine.row") == [(0,)]


def test_an_earlier_issue_on_another_line_of_the_list_is_no_conflict(night: Night) -> None:
    night.run([ON, certificate("obtained", day(8))])
    night.run([ON, certificate("obtained", day(8)), certificate("obtained", day(5))])
    now = "SELECT extract(day FROM obtained_at)::int FROM warehouse.certificate WHERE valid_to = 'infinity'"
    assert night.rows(now) == [(5,)]
    assert night.rows("SELECT count(*) FROM quarantine.row") == [(0,)]


def _without_rules(project: Project) -> dict[str, Suite]:
    """Suites in which only what holds for every entity is judged."""
    return {entity: suite.model_copy(update={"rules": ()}) for entity, suite in project.suites.items()}


# ---------------------------------------------------------------- lists
def test_who_is_struck_from_a_list_was_not_there(night: Night) -> None:
    night.run([listed(day(5)), listed(day(5), "2")])
    night.run([listed(day(5), "2")])
    present = "SELECT count(*) FROM warehouse.attendance WHERE valid_to = 'infinity' AND vanished_at IS NULL"
    assert night.rows(present) == [(1,)]
    night.run([listed(day(5)), listed(day(5), "2")])
    assert night.rows(present) == [(2,)]


def test_registered_twice_counts_once_at_the_earliest_time_on_the_list(night: Night) -> None:
    now = (
        "SELECT extract(day FROM registered_at)::int, stale, vanished_at IS NULL FROM warehouse.attendance"
        " WHERE valid_to = 'infinity'"
    )
    # A struck registration leaves its time behind until the other rows are read again: presence is what counts.
    for days, expected in (((5,), 5), ((5, 9), 5), ((5, 9, 2), 2), ((5, 9), 2), ((9,), 2), ((8,), 8), ((6,), 6)):
        night.run([listed(day(d)) for d in days])
        assert night.rows(now) == [(expected, False, True)], days


# ---------------------------------------------------------------- persons
@dataclass(frozen=True)
class Account:
    """An account of a source by its local id, with its identifiers."""

    ref: str
    email: str | None = None
    legal_id: str | None = None
    employee_id: str | None = None
    sex: str | None = None
    source: str = "moodle_pnud"

    def rows(self) -> Rows:
        return [
            ("account", {"account_ref": self.ref, "kind": "learner", "sex": self.sex}),
            (
                "account_identity",
                {
                    "account_ref": self.ref,
                    "email": self.email,
                    "legal_id": self.legal_id,
                    "employee_id": self.employee_id,
                },
            ),
        ]


def bring(night: Night, *accounts: Account) -> None:
    for source in sorted({account.source for account in accounts}):
        night.run([row for account in accounts if account.source == source for row in account.rows()], source)


def persons(night: Night) -> set[frozenset[str]]:
    """Groups of local ids that are one person; person_key must be the smallest account_key of each."""
    found: dict[str, list[str]] = defaultdict(list)
    for account_key, person_key in night.rows(
        "SELECT account_key::text, person_key::text FROM warehouse.person_link WHERE valid_to = 'infinity'"
    ):
        found[person_key].append(account_key)
    assert all(person_key == min(members) for person_key, members in found.items())
    known = dict(night.rows("SELECT person_key::text, accounts FROM warehouse.person WHERE valid_to = 'infinity'"))
    assert known == {person_key: len(members) for person_key, members in found.items()}
    return {frozenset(_REFS[account_key] for account_key in members) for members in found.values()}


_REFS: dict[str, str] = {
    account_keys(KEY, source)(ref): ref for source in ("moodle_pnud", "plataforma_sfp", "eventos") for ref in "abcdefgh"
}


def groups(*names: str) -> set[frozenset[str]]:
    return {frozenset(name) for name in names}


SFP = "plataforma_sfp"
PERSONS = {
    "same e-mail in case and blanks": [
        ([Account("a", " Ana@X.example"), Account("b", "ana@x.EXAMPLE ", source=SFP)], groups("ab")),
    ],
    "same legal id in case and blanks": [
        ([Account("a", legal_id="AAAA 010101"), Account("b", legal_id="aaaa010101 ", source=SFP)], groups("ab")),
    ],
    "an RFC in small letters": [
        ([Account("a", employee_id="GOMA800101AB1"), Account("b", employee_id=" goma800101ab1")], groups("ab")),
    ],
    "same employee id": [([Account("a", employee_id="7"), Account("b", employee_id="7")], groups("ab"))],
    "blank identifiers link nobody": [
        ([Account("a", "", " ", ""), Account("b", "", " ", ""), Account("c", "nadie", employee_id=" ")],
         groups("a", "b", "c")),
    ],
    "a chain over different identifiers": [
        ([Account("a", "a@x.example", "L1"), Account("b", "b@x.example", "L1"), Account("c", "b@x.example", None, "7"),
          Account("d", None, None, "7", source=SFP), Account("e", "e@x.example")], groups("abcd", "e")),
    ],
    "an identifier that comes late": [
        ([Account("a", "a@x.example"), Account("b", "b@x.example")], groups("a", "b")),
        ([Account("a", "a@x.example", "L1"), Account("b", "b@x.example", "L1")], groups("ab")),
    ],
    "an identifier that is corrected splits the whole person": [
        ([Account(r, f"{r}@x.example", "L1") for r in "abc"], groups("abc")),
        ([Account("a", "a@x.example", "L2"), Account("b", "b@x.example", "L1"), Account("c", "c@x.example", "L1")],
         groups("a", "bc")),
    ],
    "the one in the middle goes elsewhere": [
        ([Account("a", "a@x.example"), Account("b", "a@x.example", "L1"), Account("c", None, "L1"),
          Account("d", "d@x.example")], groups("abc", "d")),
        ([Account("a", "a@x.example"), Account("b", "d@x.example"), Account("c", None, "L1"),
          Account("d", "d@x.example")], groups("a", "bd", "c")),
    ],
    "a listed mailbox links nobody": [
        ([Account("a", "buzon@x.example"), Account("b", "BUZON@x.example")], groups("a", "b")),
    ],
    "a mailbox of too many links nobody, and links again when few are left": [
        ([Account(r, "m@x.example") for r in "abc"], groups("abc")),
        ([Account(r, "m@x.example") for r in "abcd"], groups("a", "b", "c", "d")),
        ([*(Account(r, "m@x.example") for r in "abc"), Account("d", "d@x.example")], groups("abc", "d")),
    ],
    "a short number is somebody's": [
        ([Account("a", employee_id="11"), Account("b", employee_id="11"), Account("c", employee_id="1")],
         groups("ab", "c")),
    ],
    "a legal id of too many links nobody, and links again when few are left": [
        ([Account(r, legal_id="L1") for r in "abcd"], groups("abcd")),
        ([Account(r, legal_id="L1") for r in "abcde"], groups(*"abcde")),
        ([*(Account(r, legal_id="L1") for r in "abcd"), Account("e")], groups("abcd", "e")),
    ],
    "an employee id of too many links nobody, and links again when few are left": [
        ([Account(r, employee_id="7") for r in "abcd"], groups("abcd")),
        ([Account(r, employee_id="7") for r in "abcde"], groups(*"abcde")),
        ([*(Account(r, employee_id="7") for r in "abcd"), Account("e")], groups("abcd", "e")),
    ],
    "an account that vanishes is still somebody": [
        ([Account("a", "a@x.example"), Account("b", "a@x.example")], groups("ab")),
        ([Account("a", "a@x.example")], groups("ab")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("nights", PERSONS.values(), ids=PERSONS)
def test_who_is_one_person(night: Night, nights: list[tuple[list[Account], set[frozenset[str]]]]) -> None:
    for accounts, expected in nights:
        bring(night, *accounts)
        assert persons(night) == expected
        count = "SELECT (SELECT count(*) FROM warehouse.person_link) + (SELECT count(*) FROM warehouse.person)"
        before = night.rows(count)
        bring(night, *accounts)
        assert night.rows(count) == before


SEXES = {
    "first by source order": ([("moodle_pnud", None), (SFP, "mujer")], "mujer", True, False),
    "agreed": ([("moodle_pnud", "mujer"), (SFP, "mujer")], "mujer", True, False),
    "contradiction": ([("moodle_pnud", "hombre"), (SFP, "mujer")], "no_especificado", True, True),
    "missing": ([("moodle_pnud", None), (SFP, None)], "no_especificado", False, False),
}


@pytest.mark.parametrize("case", SEXES.values(), ids=SEXES)
def test_sex_of_a_person(night: Night, case: tuple[list[tuple[str, str | None]], str, bool, bool]) -> None:
    told, sex, known, conflict = case
    bring(night, *(Account(r, "a@x.example", sex=s, source=source) for r, (source, s) in zip("ab", told, strict=True)))
    assert night.rows("SELECT sex, sex_known, sex_conflict FROM warehouse.person WHERE valid_to = 'infinity'") == [
        (sex, known, conflict)
    ]


def test_a_changed_identity_contract_links_everybody_anew(night: Night, project: Project) -> None:
    bring(night, Account("a", "a@x.example"), Account("b", "a@x.example"))
    assert persons(night) == groups("ab")
    shared = project.identity.model_copy(update={"shared_mailboxes": ("a@x.example",)})
    other = Night(night.engine, replace(project, identity=shared))
    bring(other, Account("h", "h@x.example", source=SFP))
    assert persons(night) == groups("a", "b", "h")


PLACEHOLDERS = (
    "N/A", "na", "No tengo", "NO APLICA", "ningúna", "S/N", "Sin dato", "0", "00000", "-", "--", "x", "XXXX", "999",
    "XEXX010101HNEXXXA4", "xexx010101mnexxxa8", "XAXX010101000", "por  asignár", "99",
)  # fmt: skip


def test_what_stands_for_no_identifier_links_nobody(night: Night) -> None:
    several = [(f"{n}-{twin}", value) for n, value in enumerate(PLACEHOLDERS) for twin in "ab"]
    bring(
        night,
        *(Account(f"curp-{ref}", legal_id=value) for ref, value in several),
        *(Account(f"empleado-{ref}", employee_id=f" {value} ") for ref, value in several),
    )
    assert night.rows("SELECT accounts, count(*) FROM warehouse.person GROUP BY 1") == [(1, 4 * len(PLACEHOLDERS))]


@pytest.mark.parametrize(
    "change",
    [
        {"ignored_ids": ("EMP-1",)},
        {"max_accounts_per_id": 2},
        {"legal_id_pattern": "[A-Z]{4}[0-9]{6}|EMP"},  # of the whole id, whatever stands in the pattern
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_placeholder_found_later_splits_whom_it_had_joined(
    night: Night, project: Project, change: dict[str, Any]
) -> None:
    bring(night, *(Account(r, legal_id="EMP-1") for r in "abc"), Account("d", legal_id="AAAA010101"))
    bring(night, Account("e", legal_id="aaaa 010101", source=SFP))
    assert persons(night) == groups("abc", "de")
    other = Night(night.engine, replace(project, identity=project.identity.model_copy(update=change)))
    bring(other, Account("h", "h@x.example", source="eventos"))
    assert persons(night) == groups("a", "b", "c", "de", "h")


# ---------------------------------------------------------------- the past
def read(night: Night, pins: Pins, table: str, columns: str) -> list[tuple[Any, ...]]:
    with transaction(night.engine) as connection:
        return [
            tuple(row)
            for row in connection.execute(
                sa.text(f"SELECT {columns} FROM {_subquery('asof', table)} AS t ORDER BY t.account_key"),
                {n: v for n, v in pins.parameters().items() if f":{n}" in _subquery("asof", table)},
            )
        ]


def test_the_past_is_read_at_its_pins(night: Night) -> None:
    bring(night, Account("a", "a@x.example"), Account("b", "b@x.example", source=SFP))
    night.run([*Account("a", "a@x.example").rows(), enrolled(at=day(9))])
    with transaction(night.engine) as connection:
        before = current_pins(connection)
    links = read(night, before, "person_link", "t.account_key, t.person_key")
    first = "extract(day FROM t.first_access_at)::int"
    assert len({person for _, person in links}) == 2
    bring(night, Account("b", "a@x.example", source=SFP))
    night.run([*Account("a", "a@x.example").rows(), enrolled(at=day(3))])
    with transaction(night.engine) as connection:
        after = current_pins(connection)
        again = pins_at(connection, before.batches)
    assert again == before
    assert again.instants == before.instants
    assert read(night, again, "person_link", "t.account_key, t.person_key") == links
    assert len({person for _, person in read(night, after, "person_link", "t.account_key, t.person_key")}) == 1
    assert (read(night, again, "enrolment", first), read(night, after, "enrolment", first)) == ([(9,)], [(3,)])


# ---------------------------------------------------------------- runs beside and after each other
def test_a_merged_batch_staged_again_stays_merged(night: Night) -> None:
    batch_id = night.run([ON])
    staging.stage(night.engine, Fake([ON]), night.project, batch_id, landing=NOWHERE, key=KEY)
    assert night.rows("SELECT state FROM ops.batch") == [("merged",)]
    assert night.rows("SELECT count(*) FROM ops.scope_delivery") == [(1,)]
    assert night.merge(batch_id).batch_id == batch_id


def test_a_batch_given_up_does_not_come_back(night: Night) -> None:
    old = night.land()
    night.stage(old, [ON])
    new = night.land()
    with pytest.raises(PermanentError):
        staging.stage(night.engine, Fake([ON]), night.project, old, landing=NOWHERE, key=KEY)
    with pytest.raises((PermanentError, BatchRejected)):
        night.merge(old)
    night.stage(new, [OFF])
    night.merge(new)
    assert night.rows("SELECT active FROM warehouse.enrolment") == [(False,)]


def test_system_time_rises_when_the_clock_falls_back(night: Night) -> None:
    night.run([ON])
    night.execute("UPDATE ops.batch SET merged_at = merged_at + interval '1 day'")
    night.execute("UPDATE warehouse.enrolment SET valid_from = valid_from + interval '1 day'")
    night.run([OFF])
    assert night.rows("SELECT count(*) FROM warehouse.enrolment WHERE valid_from >= valid_to") == [(0,)]
    assert night.rows("SELECT count(DISTINCT merged_at) FROM ops.batch") == [(2,)]


def test_every_entity_has_what_history_needs() -> None:
    from trimestre.warehouse.tables import metadata

    for entity in ENTITIES.values():
        assert {*entity.key_columns, *entity.declared} <= set(metadata.tables[entity.table].columns.keys())
