"""Random nights of a source against a small reference model of what the tables must hold after each of them.

The model knows records and keys only; it is written from the design, not from the SQL. Great Expectations is left out:
a row whose marked field says «malo» is retained by hand, keys in conflict by the validation's own statement.
"""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from trimestre.contracts import Project, load_project
from trimestre.errors import PermanentError
from trimestre.pipeline import merging, staging, transactions, validation
from trimestre.pipeline.landing import _sweep
from trimestre.pipeline.transactions import joined
from trimestre.sources.base import Delivery, LandedFile, RecordChunk, RowFrames
from trimestre.warehouse.database import connect, transaction
from trimestre.warehouse.entities import ENTITIES

PROJECT = Path(__file__).resolve().parents[2]
KEY = b"k" * 32
BAD = "malo"
DATASET = "d"

Row = tuple[str, str, str]
"""Entity, key and variant of a row."""


@dataclass(frozen=True)
class Record:
    """A record of the fake source. ``noise`` changes its bytes and no row."""

    rows: tuple[Row, ...] = ()
    noise: int = 0
    unreadable: bool = False
    blank: bool = False

    def encoded(self) -> bytes:
        return b"" if self.blank else json.dumps([self.rows, self.noise, self.unreadable]).encode()


@dataclass(frozen=True)
class Night:
    """What one batch delivers. ``fate`` is what happens to it; staging happens ``stagings`` times."""

    scopes: dict[str, tuple[bool, tuple[Record, ...]]]
    """Scope -> complete, records."""
    fingerprint: str = "f1"
    fate: str = "merged"
    stagings: int = 1


# ---------------------------------------------------------------- what the fake source gives
def _instant(day: int) -> str:
    return f"2020-05-{day:02d}T00:00:00+00:00"


def fields(row: Row) -> dict[str, str | None]:
    """The staged fields of a row."""
    entity, key, variant = row
    if variant == "lost":
        unknown = "indicator" if entity == "reported_value" else "account_ref"
        return {**fields((entity, key, "bad")), unknown: None}
    bad = BAD if variant == "bad" else None
    n = {"a": 1, "b": 2, "c": 3, "bad": 4, "out": 5}[variant]
    out = {"out_of_scope": "fuera" if variant == "out" else None}
    match entity:
        case "account":
            sex = {1: "mujer", 3: "hombre"}.get(n)
            return {"account_ref": key, "kind": "learner", "sex": sex, "institution": bad or f"I{n}", **out}
        case "account_identity":
            return {"account_ref": key, "full_name": bad or f"N{n}", "email": f"{key}@x.example", **out}
        case "enrolment":
            return {
                "account_ref": key, "edition": "E1", "role": bad or "student", "active": "true" if n != 2 else "false",
                "suspended": "false", "accessed_at": _instant(10 + n), **out,
            }  # fmt: skip
        case "module_completion":
            return {
                "account_ref": key, "edition": "E1", "module": "M1",
                "state": bad or ("not_completed" if n == 3 else "completed"),
                "completed_at": None if n == 3 else _instant(10 + n), **out,
            }  # fmt: skip
        case "certificate":
            return {
                "account_ref": key, "edition": "E1", "state": bad or ("not_obtained" if n == 3 else "obtained"),
                "obtained_at": None if n == 3 else _instant(20 + n), **out,
            }  # fmt: skip
        case "attendance":
            return {
                "account_ref": key, "event": "V1", "registered_at": _instant(20 - n),
                "institution": bad or ("I9" if n == 3 else "I1"), **out,
            }  # fmt: skip
        case _:
            return {
                "indicator": "L1-01", "period": "2020-Q2", "disaggregation": None, "category": key, "value": str(n),
                "reported_on": "2020-06-30", "verification": bad or "minuta", **out,
            }  # fmt: skip


MARKED = {
    "account": "institution", "account_identity": "full_name", "enrolment": "role", "module_completion": "state",
    "certificate": "state", "attendance": "institution", "reported_value": "verification",
}  # fmt: skip
SIGHTINGS = ("account", "account_identity")
MOVING = {"enrolment": "accessed_at", "attendance": "registered_at"}


@dataclass
class Fake:
    """The connector over one night."""

    night: Night
    parser_version: str = "1"

    def fetch(self, landing: Any) -> None:
        raise NotImplementedError

    def deliveries(self, files: Sequence[LandedFile]) -> list[Delivery]:
        return [Delivery(DATASET, scope, complete) for scope, (complete, _) in self.night.scopes.items()]

    def chunks(self, files: Sequence[LandedFile]) -> Iterator[RecordChunk]:
        for scope, (_, records) in self.night.scopes.items():
            for start in range(0, len(records), 2):
                yield self._chunk(scope, records[start : start + 2])

    def _chunk(self, scope: str, records: Sequence[Record]) -> RecordChunk:
        def rows(indices: Sequence[int]) -> RowFrames:
            found: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for index in indices:
                for row in records[index].rows:
                    found[row[0]].append({"record": index, **fields(row)})
            return {entity: pd.DataFrame(items) for entity, items in found.items()}

        return RecordChunk(
            DATASET, scope, 1, [str(i + 1) for i in range(len(records))], [r.encoded() for r in records], rows,
            {i: "ilegible" for i, record in enumerate(records) if record.unreadable and not record.blank},
        )  # fmt: skip


# ---------------------------------------------------------------- the reference model
Id = tuple[str, str, bytes]
"""Scope, fingerprint and content of a record."""
Key = tuple[str, str]
"""Entity and key."""
Value = tuple[Any, ...]


@dataclass
class Thing:
    """One key: its versions, and who gives it."""

    versions: list[tuple[Value, bool]] = field(default_factory=list)
    """Value and whether it had vanished."""
    stale: bool = False
    owner: Id | None = None
    home: str = ""
    holders: set[Id] = field(default_factory=set)
    """Remembered records that give it, the owner among them."""
    gap: int = -1
    """Of an enrolment: the last night on which it was not active."""
    since: int = 0
    """Night of the present version."""

    @property
    def value(self) -> Value:
        return self.versions[-1][0]

    @property
    def vanished(self) -> bool:
        return self.versions[-1][1]


@dataclass
class Outcome:
    """What a night must have given."""

    records: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


class Model:
    """What the tables of one source must hold."""

    def __init__(self) -> None:
        self.things: dict[Key, Thing] = {}
        self.remembered: dict[Id, tuple[Row, ...]] = {}
        self.retained: dict[tuple[Id, str, str, str], str] = {}
        """Record, entity, content of the row, rule -> state."""
        self.night = 0

    def merge(self, night: Night) -> Outcome:
        self.night += 1
        outcome = Outcome()
        present, parsed = self._door(night, outcome)
        lost: set[Id] = set()
        forgotten: set[Id] = set()
        failed_tonight: set[tuple[Id, str, str, str]] = set()
        staged = [(identity, row) for identity, record in parsed.items() for row in record.rows]
        failures = {
            entity: self._invalid([(i, r) for i, r in staged if r[0] == entity and r[2] != "out"])
            for entity in ENTITIES
        }
        complete = {scope for scope, (whole, _) in night.scopes.items() if whole}
        complete -= {identity[0] for identity, record in parsed.items() if record.unreadable}
        complete -= {identity[0] for identity, row in staged if row[2] == "lost"}
        gone = {known for known in self.remembered if known[0] in complete and known not in present}
        lost |= {identity for found in failures.values() for (identity, _), _ in found}
        for entity in ENTITIES:
            rows = [(i, r) for i, r in staged if r[0] == entity]
            self._entity(
                entity, rows, failures[entity], present, gone, lost, forgotten, complete, failed_tonight, outcome
            )
        for identity in parsed:
            if parsed[identity].unreadable:
                failed_tonight.add((identity, "record", "", "registro_ilegible"))
                outcome.rows["record"].update(landed=1, quarantined=1)
        for item in failed_tonight:
            self.retained[item] = "open"
        for item in self.retained:
            if item[0][0] in complete and item not in failed_tonight:
                self.retained[item] = "mended_at_source"
        unknown = gone | forgotten | lost
        for identity in unknown:
            self.remembered.pop(identity, None)
        for identity, record in parsed.items():
            if not record.unreadable and identity not in lost | forgotten:
                self.remembered[identity] = record.rows
        for thing in self.things.values():
            thing.holders -= unknown
            thing.owner = None if thing.owner in unknown else thing.owner
        return outcome

    def _door(self, night: Night, outcome: Outcome) -> tuple[set[Id], dict[Id, Record]]:
        present: set[Id] = set()
        parsed: dict[Id, Record] = {}
        for scope, (_, records) in night.scopes.items():
            for record in records:
                outcome.records["landed"] += 1
                identity = (scope, night.fingerprint, record.encoded())
                if record.blank:
                    outcome.records["blank"] += 1
                elif identity in present or identity in parsed:
                    outcome.records["repeated"] += 1
                elif identity in self.remembered:
                    outcome.records["unchanged"] += 1
                    present.add(identity)
                    for row in self.remembered[identity]:
                        outcome.rows[row[0]].update(landed=1, unchanged=1)
                else:
                    outcome.records["parsed"] += 1
                    parsed[identity] = record if not record.unreadable else Record(unreadable=True)
        return present, parsed

    @staticmethod
    def _invalid(rows: list[tuple[Id, Row]]) -> list[tuple[tuple[Id, Row], str]]:
        """Rows that fail, once per rule: bad ones, and all of a key whose rows differ."""
        found = [(item, "prueba") for item in rows if item[1][2] in ("bad", "lost")]
        keyed = [item for item in rows if item[1][2] != "lost"]
        for key in dict.fromkeys(row[1] for _, row in keyed):
            same = [item for item in keyed if item[1][1] == key]
            sexes = {fields(row).get("sex") for _, row in same if row[0] == "account"} - {None}
            scopes = sorted({i[0] for i, _ in same}) if same[0][1][0] in SIGHTINGS and len(sexes) < 2 else [""]
            for scope in scopes:
                here = [item for item in same if scope in ("", item[0][0])]
                contents = {json.dumps({**fields(row), MOVING.get(row[0], ""): None}) for _, row in here}
                if len(contents) > 1:
                    found += [(item, "clave_en_conflicto") for item in here]
        return found

    def _entity(
        self, entity: str, rows: list[tuple[Id, Row]], failures: list[tuple[tuple[Id, Row], str]], present: set[Id],
        gone: set[Id], lost: set[Id], forgotten: set[Id], complete: set[str],
        failed_tonight: set[tuple[Id, str, str, str]], outcome: Outcome,
    ) -> None:  # fmt: skip
        count = outcome.rows[entity]
        count["before"] = self._current(entity)
        count["landed"] += len(rows)
        count["out_of_scope"] += sum(row[2] == "out" for _, row in rows)
        in_scope = [item for item in rows if item[1][2] != "out"]
        by_identity = {(item[0], item[1]): item for item, _ in failures}
        held = [item for item in in_scope if (item[0], item[1]) in by_identity]
        good: dict[str, list[tuple[Id, Row]]] = defaultdict(list)
        for item in in_scope:
            if (item[0], item[1]) not in by_identity:
                good[item[1][1]].append(item)
        for item, rule in failures:
            failed_tonight.add((item[0], entity, json.dumps(fields(item[1])), rule))
        # conflicts with what a present record says; they lose their records before anything is written
        judged: dict[str, Value] = {}
        further: set[str] = set()
        for key, items in list(good.items()):
            thing = self.things.get((entity, key))
            alive = thing.holders - gone if thing else set()
            if entity in SIGHTINGS and thing:
                good[key] = sorted(items, key=lambda item: item[0][0] != thing.home)  # type: ignore[union-attr]
                disputed = self._sighted(entity, good[key], thing, alive, present)
                items = disputed or []
                good[key] = [item for item in good[key] if item not in items]
                if disputed is not None:
                    further.add(key)
            elif self._disputed(entity, key, items, thing, alive, present, judged):
                del good[key]
            else:
                continue
            held += items
            lost |= {identity for identity, _ in items}
            for identity, row in items:
                failed_tonight.add((identity, entity, json.dumps(fields(row)), "clave_en_conflicto"))
        for key, items in good.items():
            if key in further:
                self.things[(entity, key)].holders |= {identity for identity, _ in items} - lost
                count["repeated"] += len(items)
            else:
                value = judged.get(key) or self._derive(entity, [row for _, row in items], None, False, key)
                self._good(entity, key, items, value, present, gone, lost, forgotten, count)
        carried = {row[1] for _, row in in_scope if row[2] != "lost"}
        for (of, key), thing in self.things.items():
            if of == entity and not thing.vanished and thing.home in complete and key not in carried:
                if thing.owner is not None and thing.owner not in gone:
                    continue
                heirs = thing.holders - gone
                if heirs:
                    self._inherit(thing, heirs, forgotten)
                else:
                    self._write(thing, thing.value, vanished=True)
                    thing.owner, thing.stale, thing.holders = None, False, set()
                    count["vanished"] += 1
        count["quarantined"] += len(held)
        last = {row[1]: identity for identity, row in rows if (identity, row) in held and row[2] != "lost"}
        for key, identity in last.items():
            held_thing = self.things.get((entity, key))
            if held_thing is None or held_thing.vanished:
                continue
            alive = held_thing.holders - gone
            survivors = {h for h in alive if h in present or h[0] != identity[0]}
            forgotten |= alive - survivors
            if survivors:
                if held_thing.owner not in survivors:
                    self._inherit(held_thing, survivors, forgotten)
            else:
                held_thing.owner, held_thing.home, held_thing.stale = None, identity[0], True
        count["after"] = self._current(entity)
        if entity == "enrolment":
            for (of, _), thing in self.things.items():
                if of == entity and (thing.vanished or not thing.value[1]):
                    thing.gap = self.night

    def _disputed(
        self, entity: str, key: str, items: list[tuple[Id, Row]], thing: Thing | None, alive: set[Id],
        present: set[Id], judged: dict[str, Value],
    ) -> bool:  # fmt: skip
        scopes = {identity[0] for identity, _ in items}
        confirmed = any(h in present or h[0] not in scopes for h in alive)
        value = judged[key] = self._derive(entity, [row for _, row in items], thing, confirmed, key)
        return bool(thing and not thing.vanished and alive & present and self._contested(entity, value, thing.value))

    def _sighted(
        self, entity: str, items: list[tuple[Id, Row]], thing: Thing, alive: set[Id], present: set[Id]
    ) -> list[tuple[Id, Row]] | None:
        """Of sightings, home rows first: the rows in conflict where the version stays; None where it need not."""
        at_home = items[0][0][0] == thing.home
        if thing.vanished or self._derive(entity, [items[0][1]], thing, False, "") == thing.value:
            return None
        if at_home and not any(h in present and h[0] == thing.home for h in alive):
            return None
        if not at_home and thing.owner not in alive:
            return None
        sexes = {None, thing.value[1] if entity == "account" else None}
        return [
            (identity, row)
            for identity, row in items
            if (identity[0] == thing.home)
            or (len(sexes) > 1 and fields(row)["sex"] not in sexes)
        ]  # fmt: skip

    def _inherit(self, thing: Thing, heirs: set[Id], forgotten: set[Id]) -> None:
        """The version stays for another giver, of its own scope first; others may say otherwise."""
        thing.owner = min(heirs, key=lambda heir: (heir[0] != thing.home, heir))
        if thing.owner[0] != thing.home:
            forgotten |= heirs
        thing.home, thing.stale = thing.owner[0], False

    def _good(
        self, entity: str, key: str, items: list[tuple[Id, Row]], value: Value, present: set[Id], gone: set[Id],
        lost: set[Id], forgotten: set[Id], count: Counter[str],
    ) -> None:  # fmt: skip
        count["repeated"] += len(items) - 1
        first = items[0][0]
        givers = {identity for identity, _ in items} - lost
        thing = self.things.get((entity, key))
        if thing is None:
            thing = self.things[(entity, key)] = Thing()
            kind = "new"
        else:
            kind = "returned" if thing.vanished else "unchanged" if value == thing.value else "changed"
        count[kind] += 1
        alive = thing.holders - gone
        sighting = entity in SIGHTINGS
        if kind != "unchanged":
            stay = set() if sighting else {h for h in alive if h in present or h[0] != first[0]}
            forgotten |= alive - stay
            self._write(thing, value, vanished=False)
            thing.holders = stay | givers
        elif thing.owner in alive and (thing.owner in present or thing.owner[0] != first[0]):
            thing.holders = alive | givers
            thing.stale = False
            return
        else:
            if sighting and first[0] != thing.home:
                forgotten |= alive
            elif thing.owner in alive:
                forgotten.add(thing.owner)
            thing.holders = alive | givers
        thing.owner = None if first in lost else first
        thing.home, thing.stale = first[0], False

    def _write(self, thing: Thing, value: Value, *, vanished: bool) -> None:
        thing.versions.append((value, vanished))
        thing.since = self.night

    def _current(self, entity: str) -> int:
        return sum(of == entity and not thing.vanished for (of, _), thing in self.things.items())

    @staticmethod
    def _contested(entity: str, value: Value, known: Value) -> bool:
        """Whether two records disagree: the earliest of two times is no disagreement."""
        best = {"enrolment": 3, "attendance": 0}.get(entity)
        return [v for i, v in enumerate(value) if i != best] != [v for i, v in enumerate(known) if i != best]

    def _derive(self, entity: str, rows: list[Row], thing: Thing | None, confirmed: bool, key: str) -> Value:
        """The merged columns of a key."""
        staged = [fields(row) for row in rows]
        one = staged[0]
        known = thing.value if thing else None
        match entity:
            case "account":
                return (one["institution"], one["sex"])
            case "account_identity":
                return (one["full_name"],)
            case "enrolment":
                times = [f["accessed_at"] for f in staged] + ([known[3]] if known else [])
                active = one["active"] == "true"
                return (one["role"], active, active or bool(known and known[2]), min(t for t in times if t))
            case "module_completion" | "certificate":
                done, undone = {"module_completion": ("completed", "not_completed")}.get(
                    entity, ("obtained", "not_obtained")
                )
                at = one["completed_at" if entity == "module_completion" else "obtained_at"]
                if known is None or known[0] == undone or one["state"] not in (done, undone):
                    return (one["state"], at)
                if one["state"] == done:
                    return (done, min(filter(None, (known[1], at))))
                learner = self.things.get(("enrolment", key))
                assert thing is not None
                certain = learner and not learner.vanished and learner.value[1] and not learner.stale
                # A night's gap is closed by a later version, and counts if that came after the completion's own.
                unbroken = certain and (learner.gap < 0 or learner.gap + 1 <= thing.since)  # type: ignore[union-attr]
                return (undone, None) if unbroken and known[0] == done else ("reset", known[1])
            case "attendance":
                times = [f["registered_at"] for f in staged] + ([known[0]] if known and confirmed else [])
                return (min(t for t in times if t), one["institution"])
            case _:
                return (one["value"], one["verification"])


# ---------------------------------------------------------------- the real thing
def judge_by_hand(place: transactions.Place, project: Project, batch_id: int, now: datetime | None = None) -> None:
    """What validation does, without Great Expectations."""
    checked = validation._staged_rows(place, batch_id)
    validation._store(place, batch_id, checked, [])
    with joined(place) as connection:
        for entity in checked:
            connection.execute(
                sa.text(
                    "INSERT INTO staging.failed_row SELECT batch_id, :entity, staged_id, 'prueba', 'critical'"
                    f" FROM staging.{entity} WHERE batch_id = :batch_id AND {MARKED[entity]} = :bad"
                    " AND out_of_scope IS NULL"
                ),
                {"entity": entity, "batch_id": batch_id, "bad": BAD},
            )


class Warehouse:
    """Runs nights of one source and reads what the tables hold."""

    def __init__(self, engine: sa.Engine, project: Project, source: str) -> None:
        self.engine, self.project, self.source = engine, project, source
        self.keys = staging.account_keys(KEY, source)

    def run(self, night: Night) -> int:
        with transaction(self.engine) as connection:
            _sweep(connection, self.source, Path("/nonexistent"))
            batch_id: int = connection.execute(
                sa.text(
                    "INSERT INTO ops.batch (source, state, started_at, fingerprint) VALUES"
                    " (:source, 'landed', clock_timestamp(), :fingerprint) RETURNING batch_id"
                ),
                {"source": self.source, "fingerprint": night.fingerprint},
            ).scalar_one()
        self.land(batch_id, night)
        if night.fate == "landed":
            return batch_id
        for _ in range(night.stagings):
            self.stage(batch_id, night)
        if night.fate == "staged":
            return batch_id
        if night.fate == "rejected":
            merging.reject(self.engine, batch_id, PermanentError("prueba"))
            return batch_id
        self.validate(batch_id)
        if night.fate == "merged":
            merging.merge(self.engine, self.project, batch_id)
        return batch_id

    def land(self, batch_id: int, night: Night) -> None:
        """Nothing: the fake connector brings its night along."""

    def stage(self, batch_id: int, night: Night) -> None:
        staging.stage(self.engine, Fake(night), self.project, batch_id, landing=Path("/nonexistent"), key=KEY)

    def validate(self, batch_id: int) -> None:
        judge_by_hand(self.engine, self.project, batch_id)
        with transaction(self.engine) as connection:
            connection.execute(
                sa.text("UPDATE ops.batch SET state = 'validated' WHERE batch_id = :batch_id"), {"batch_id": batch_id}
            )

    def rows(self, text: str, **parameters: Any) -> list[Any]:
        with transaction(self.engine) as connection:
            return list(connection.execute(sa.text(text), {"source": self.source, **parameters}))


COLUMNS = {
    "account": ("account_key", "institution, sex"),
    "account_identity": ("account_key", "full_name"),
    "enrolment": ("account_key", "role, active, in_population, first_access_at"),
    "module_completion": ("account_key", "state, completed_at"),
    "certificate": ("account_key", "state, obtained_at"),
    "attendance": ("account_key", "registered_at, institution"),
    "reported_value": ("category", "value::text, verification"),
}
KEYS = ("k1", "k2", "k3")


def check(warehouse: Warehouse, model: Model, batch_id: int, outcome: Outcome | None) -> None:
    """Compare everything."""
    names = {warehouse.keys(key): key for key in KEYS} | {key: key for key in KEYS}
    owners: dict[int, set[Key]] = defaultdict(set)
    for entity, (key, columns) in COLUMNS.items():
        versions: dict[Key, list[Any]] = defaultdict(list)
        for row in warehouse.rows(
            f"SELECT {key}::text AS key, valid_from, nullif(valid_to, 'infinity') AS valid_to, vanished_at, stale,"
            f" record_id, scope, batch_id, {columns} FROM {ENTITIES[entity].table} WHERE source = :source"
            f" ORDER BY {key}, valid_from"
        ):
            versions[(entity, names[row.key])].append(row)
        expected = {k: thing for k, thing in model.things.items() if k[0] == entity}
        assert versions.keys() == expected.keys()
        for k, found in versions.items():
            thing = expected[k]
            held = [(tuple(_text(v) for v in row[8:]), row.vanished_at is not None) for row in found]
            assert held == thing.versions, k
            assert found[-1].stale == thing.stale, k
            assert found[-1].valid_to is None
            assert all(a.valid_to == b.valid_from > a.valid_from for a, b in itertools.pairwise(found)), k
            assert all(row.vanished_at in (None, row.valid_from) for row in found)
            if not thing.vanished:
                assert found[-1].scope == thing.home, k
                assert (found[-1].record_id is None) == (thing.owner is None), k
            if found[-1].record_id is not None:
                assert not thing.vanished
                owners[found[-1].record_id].add(k)
    seen = {
        row.record_id: row for row in warehouse.rows("SELECT * FROM ops.record_seen WHERE source = :source")
    }  # fmt: skip
    assert owners.keys() <= seen.keys(), "a row points to a record that is not remembered"
    assert Counter((row.scope, json.dumps(row.row_counts, sort_keys=True)) for row in seen.values()) == Counter(
        (identity[0], json.dumps(Counter(row[0] for row in rows), sort_keys=True))
        for identity, rows in model.remembered.items()
    )
    dangling = warehouse.rows(
        "SELECT count(*) FROM ops.row_owner AS o LEFT JOIN ops.record_seen AS s USING (record_id)"
        " WHERE s.record_id IS NULL"
    )
    assert dangling[0][0] == 0
    states = Counter(
        (row.scope, row.entity, row.rule, row.state)
        for row in warehouse.rows("SELECT * FROM quarantine.row WHERE source = :source")
    )
    assert states == Counter(
        (item[0][0], item[1], item[3], state) for item, state in model.retained.items()
    )  # fmt: skip
    if outcome is not None:
        _check_accounts(warehouse, batch_id, outcome)


def _check_accounts(warehouse: Warehouse, batch_id: int, outcome: Outcome) -> None:
    records = warehouse.rows("SELECT * FROM ops.record_account WHERE batch_id = :b", b=batch_id)
    assert [{n: getattr(r, n) for n in ("landed", "blank", "repeated", "unchanged", "parsed")} for r in records] == [
        {n: outcome.records[n] for n in ("landed", "blank", "repeated", "unchanged", "parsed")}
    ] * bool(outcome.records)
    found = {row.entity: row for row in warehouse.rows("SELECT * FROM ops.row_account WHERE batch_id = :b", b=batch_id)}
    names = ("landed", "unchanged", "quarantined", "repeated", "out_of_scope", "new", "changed", "returned", "vanished")
    for entity, counts in outcome.rows.items():
        if any(counts[name] for name in (*names, "before", "after")):
            row = found[entity]
            assert {n: getattr(row, n) for n in names} == {n: counts[n] for n in names}, entity
            assert (row.current_before, row.current_after) == (counts["before"], counts["after"])
            assert row.landed == sum(counts[n] for n in names[1:8])


def _text(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


# ---------------------------------------------------------------- random nights
rows = st.tuples(
    st.sampled_from(sorted(COLUMNS)), st.sampled_from(KEYS), st.sampled_from(("a", "a", "b", "c", "bad", "out", "lost"))
)
ready = st.builds(Record, st.lists(rows, min_size=1, max_size=4).map(tuple), st.integers(0, 1))
records = st.one_of(
    ready, ready, ready, ready, st.just(Record(blank=True)),
    st.builds(Record, noise=st.integers(0, 1), unreadable=st.just(True)),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Night]:
    """Nights that draw from a small pool, so that records come back, move and repeat."""
    pool = draw(st.lists(records, min_size=2, max_size=7))
    nights: list[Night] = []
    for _ in range(draw(st.integers(2, 5))):
        change = draw(st.sampled_from(("scopes", "scopes", "scopes", "again", "fingerprint")))
        fingerprint = "f1" if not nights else nights[-1].fingerprint
        if nights and change != "scopes":
            content = nights[-1].scopes
            fingerprint = fingerprint if change == "again" else draw(st.sampled_from(("f1", "f2")))
        else:
            content = {
                scope: (
                    draw(st.sampled_from((True, True, False))),
                    tuple(draw(st.lists(st.sampled_from(pool), max_size=5))),
                )
                for scope in draw(st.sampled_from((["s1"], ["s2"], ["s1", "s2"], ["s1", "s2"], ["s2", "s1"])))
            }  # fmt: skip
        fate = draw(st.sampled_from(("merged",) * 6 + ("landed", "staged", "validated", "rejected")))
        nights.append(Night(content, fingerprint, fate, draw(st.sampled_from((1, 1, 1, 2)))))
    return nights


_sources = itertools.count(1)


def play(place: "Place", nights: Sequence[Night]) -> Warehouse:
    """Run the nights of a new source and compare after each."""
    warehouse = Warehouse(place.engine, place.project, f"fuente_{next(_sources)}")
    model = Model()
    for night in nights:
        batch_id = warehouse.run(night)
        if night.fate == "merged":
            check(warehouse, model, batch_id, model.merge(night))
    check(warehouse, model, 0, None)
    return warehouse


@dataclass(frozen=True)
class Place:
    """Where histories are played: one warehouse for all, each is a source of its own."""

    engine: sa.Engine
    project: Project = field(repr=False)


@pytest.fixture(scope="module")
def place(postgres: Any, make_database: Any, migrated_template: str) -> Iterator[Place]:
    name = make_database(migrated_template)
    engine = connect(postgres.url(name))
    yield Place(engine, load_project(PROJECT))
    engine.dispose()
    postgres.drop_database(name)


_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=200, derandomize=True, phases=(Phase.generate, Phase.shrink), **_COMMON)
@given(nights=histories())
def test_history_is_what_the_nights_say(place: Place, nights: list[Night]) -> None:
    play(place, nights)


@pytest.mark.slow
@settings(max_examples=1000, **_COMMON)
@given(nights=histories())
def test_many_histories(place: Place, nights: list[Night]) -> None:
    play(place, nights)


# ---------------------------------------------------------------- nights that went wrong once
def one(*rows_of_it: Row, noise: int = 0) -> Record:
    return Record(rows_of_it, noise)


def whole(*found: Record, scope: str = "s1", **options: Any) -> Night:
    return Night({scope: (True, found)}, **options)


def part(*found: Record, scope: str = "s1", **options: Any) -> Night:
    return Night({scope: (False, found)}, **options)


A, B, FALSE_ROW = ("account", "k1", "a"), ("account", "k1", "b"), ("account", "k1", "bad")
TYPED, OTHERWISE = ("reported_value", "k1", "a"), ("reported_value", "k1", "b")
OTHER_SEX = ("account", "k1", "c")
OUT, NOBODY = ("account", "k1", "out"), ("account", "k1", "lost")
UNREADABLE = Record(unreadable=True)
ENROLLED, SUSPENDED = ("enrolment", "k1", "a"), ("enrolment", "k1", "b")
PASSED, EMPTIED = ("module_completion", "k1", "a"), ("module_completion", "k1", "c")
EARLY, LATE = ("attendance", "k1", "b"), ("attendance", "k1", "a")

CASES = {
    "a conflict stays one until one record is gone": [
        whole(one(A)), whole(one(A), one(B)), whole(one(A), one(B)), whole(one(B)),
    ],
    "a key does not vanish with the record that disputed it": [whole(one(A)), whole(one(A), one(B)), whole(one(A))],
    "a key does not vanish with a bad copy of it": [whole(one(A)), whole(one(A), one(FALSE_ROW)), whole(one(A))],
    "what a disputed record gave before the dispute can vanish": [
        whole(one(ENROLLED)), whole(one(ENROLLED), one(A, SUSPENDED)), whole(one(ENROLLED)),
    ],
    "a further giver of a row is asked too": [
        whole(one(A), one(A, noise=1)), whole(one(B), one(A, noise=1)), whole(one(A, noise=1)),
    ],
    "all records of the disputing side are retained": [
        whole(one(A)), whole(one(A), one(B), one(B, noise=1)), whole(one(A)), whole(one(B, noise=1)),
    ],
    "a row of two scopes stays while one holds it": [
        whole(one(A), scope="s1"), whole(one(A), scope="s2"), whole(scope="s2"), whole(scope="s1"),
    ],
    "bad in a part, then as before": [whole(one(A)), part(one(FALSE_ROW)), whole(one(A)), whole()],
    "held back in another scope": [
        whole(one(A), scope="s1"), Night({"s1": (True, ()), "s2": (True, (one(FALSE_ROW),))}), whole(scope="s1"),
        whole(scope="s2"),
    ],
    "bad beside a further giver": [
        whole(one(A), one(A, noise=1)), whole(one(FALSE_ROW), one(A, noise=1)), whole(one(A, noise=1)), whole(),
    ],
    "no longer counted, then gone": [whole(one(A)), whole(one(OUT)), whole(one(OUT)), whole()],
    "only rows that do not count": [whole(one(OUT)), whole(one(OUT))],
    "a reset stays one when it is read again": [
        whole(one(ENROLLED, PASSED)), whole(one(SUSPENDED, EMPTIED)), whole(one(ENROLLED, EMPTIED)),
        whole(one(ENROLLED, EMPTIED), fingerprint="f2"),
    ],
    "a reset that came with the end of the gap too": [
        whole(one(ENROLLED, PASSED)), whole(one(SUSPENDED, PASSED)), whole(one(ENROLLED, EMPTIED)),
        whole(one(ENROLLED, EMPTIED), fingerprint="f2"),
    ],
    "an account on a list twice, one after the other": [
        whole(one(LATE)), whole(one(LATE), one(EARLY)), whole(one(LATE)), whole(one(EARLY)),
    ],
    "a later copy on a list": [whole(one(EARLY)), whole(one(EARLY), one(LATE)), whole(one(LATE))],
    "a giver elsewhere is read again after a change": [
        whole(one(A), scope="s1"), whole(one(A), scope="s2"), whole(one(B), scope="s1"), whole(one(A), scope="s2"),
        whole(scope="s1"), whole(scope="s2"),
    ],
    "nothing vanishes beside what can't be read": [whole(one(A)), whole(UNREADABLE), whole()],
    "nothing vanishes beside a row of nobody": [whole(one(A)), whole(one(NOBODY)), whole()],
    "nothing is mended beside what can't be read": [whole(one(FALSE_ROW)), whole(UNREADABLE), whole()],
    "no typed figure vanishes beside one of nobody": [
        whole(one(("reported_value", "k1", "a"))), whole(one(("reported_value", "k1", "lost"))), whole(),
    ],
    "two scopes type a figure each their own": [
        whole(one(TYPED)), whole(one(OTHERWISE), scope="s2"), whole(one(TYPED, noise=1)),
        whole(one(OTHERWISE), scope="s2"), whole(), whole(one(OTHERWISE), scope="s2"),
    ],
    "two lists, each its own time": [
        whole(one(LATE)), whole(one(EARLY), scope="s2"), whole(one(LATE)), whole(one(EARLY), scope="s2"),
        whole(one(LATE)),
    ],
    "two scopes spell a name each their own": [
        whole(one(A)), whole(one(B), scope="s2"), whole(one(A)), whole(one(B), scope="s2"), whole(one(A, noise=1)),
    ],
    "two scopes land together, in any order": [
        Night({"s1": (True, (one(A),)), "s2": (True, (one(B),))}),
        Night({"s2": (True, (one(B),)), "s1": (True, (one(A),))}, fingerprint="f2"),
        whole(one(B), scope="s2", fingerprint="f3"),
    ],
    "the owner goes and the other spelling is read": [
        whole(one(A)), whole(one(B), scope="s2"), whole(), whole(one(B), scope="s2"), whole(scope="s2"),
    ],
    "a correction in the owner's scope beside another spelling": [
        whole(one(A)), whole(one(B), scope="s2"),
        Night({"s1": (True, (one(("account", "k1", "bad")),)), "s2": (True, (one(B),))}),
        Night({"s2": (True, (one(B),)), "s1": (True, (one(B, noise=1),))}),
    ],
    "one scope says two things": [
        whole(one(A)), whole(one(B), one(B, noise=1), scope="s2"), whole(), whole(one(A), one(B), scope="s2"),
        Night({"s1": (True, (one(A),)), "s2": (True, (one(A), one(B)))}),
    ],
    "two scopes say another sex": [
        whole(one(A)), whole(one(OTHER_SEX), scope="s2"), whole(one(OTHER_SEX), scope="s2"), whole(),
        whole(one(OTHER_SEX), scope="s2"),
    ],
    "another sex in one batch": [
        Night({"s1": (True, (one(A),)), "s2": (True, (one(OTHER_SEX),))}),
        Night({"s1": (True, (one(B),)), "s2": (True, (one(OTHER_SEX),))}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("nights", CASES.values(), ids=CASES)
def test_nights_that_went_wrong_once(place: Place, nights: list[Night]) -> None:
    play(place, nights)
