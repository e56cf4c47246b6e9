"""Compares what the tables hold with the reference model, history by history.

Every comparison yields what differs as a pair: the prefix of the history's keys, and what was found.
"""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from history.model import Key, Model, Outcome, Value
from history.persons import Persons
from history.playing import Warehouse
from history.things import KEYS, KINDS
from trimestre.indicators.evidence import Pins
from trimestre.warehouse.database import transaction
from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.sqlfiles import _subquery

Difference = tuple[str, str]
"""Prefix of the history, and what differs."""

RECORDS = ("landed", "blank", "repeated", "unchanged", "parsed")
ROWS = ("landed", "unchanged", "quarantined", "repeated", "out_of_scope", "new", "changed", "returned", "vanished")


def text_of(value: Any) -> Any:
    """A value of a row as the model has it: instants as text."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def prefix_of(name: str) -> str:
    return name[: name.rfind(".") + 1]


def names_of(warehouse: Warehouse, prefixes: Mapping[str, Any]) -> dict[str, str]:
    """Key column of a row as text -> key of the histories."""
    keys = [prefix + key for prefix in prefixes for key in KEYS]
    return {warehouse.keys(key): key for key in keys} | {key: key for key in keys}


# ---------------------------------------------------------------- the tables now
def differences(
    warehouse: Warehouse, models: Mapping[str, Model], *, current_only: bool = False, open_only: bool = False
) -> Iterator[Difference]:
    """Versions, memory of the door and retained rows of one source against the models of its histories.

    After a withdrawal earlier versions are what was known, not what is true (``current_only``), and what only the
    withdrawn batch held back counts as mended (``open_only``).
    """
    names = names_of(warehouse, models)
    owners: dict[int, Key] = {}
    for entity in KINDS:
        yield from _versions(warehouse, models, names, entity, owners, current_only)
    seen = warehouse.rows("SELECT record_id, scope, row_counts FROM ops.record_seen WHERE source = :source")
    lost = owners.keys() - {row.record_id for row in seen}
    for record_id in lost:
        yield prefix_of(owners[record_id][1]), f"{owners[record_id]} points to a record that is not remembered"
    yield from _counted(
        models,
        "records remembered",
        ((row.scope, json.dumps(json.loads(row.row_counts), sort_keys=True)) for row in seen),
        lambda model: (
            (identity[0], json.dumps(Counter(row[0] for row in rows), sort_keys=True))
            for identity, rows in model.remembered.items()
        ),
    )
    retained = warehouse.rows("SELECT * FROM quarantine.row WHERE source = :source")
    yield from _counted(
        models,
        "rows retained",
        (
            (row.scope, row.entity, row.rule, row.state, _content(row.entity, row.fields))
            for row in retained
            if row.state == "open" or not open_only
        ),
        lambda model: (
            (scope, entity, rule, state, _content(entity, json.loads(content)))
            for (scope, entity, content, rule), state in model.retained.items()
            if state == "open" or not open_only
        ),
    )
    yield from _numbered(warehouse, retained)


def _numbered(warehouse: Warehouse, retained: Sequence[Any]) -> Iterator[Difference]:
    """Retained rows have one number for good, and are counted as they are for those who may not see them."""
    for row in retained:
        item = (row.scope, row.entity, row.rule, bytes(row.row_hash))
        known = warehouse.numbers.setdefault(item, row.retained_id)
        if known != row.retained_id:
            yield prefix_of(row.scope), f"retained {row.entity}: found the number {row.retained_id}, it was {known}"
    counted = {
        (row.entity, row.rule, row.state): row.rows
        for row in warehouse.rows("SELECT * FROM ops.retained_count WHERE source = :source")
    }
    told = Counter((row.entity, row.rule, row.state) for row in retained)
    if counted != told:
        yield "", f"ops.retained_count: found {counted}, there are {dict(told)}"


def _content(entity: str, fields: Any) -> str:
    """What a retained row says, without the key that is worked out."""
    if entity == "record":
        return ""
    return json.dumps({n: v for n, v in fields.items() if v is not None and n != "account_key"}, sort_keys=True)


def _counted(models: Mapping[str, Model], what: str, found: Any, expected: Any) -> Iterator[Difference]:
    """Compare things that begin with their scope, as often as they are there."""
    by_prefix: dict[str, Counter[Any]] = defaultdict(Counter)
    for item in found:
        by_prefix[prefix_of(item[0])][item] += 1
    for prefix, model in models.items():
        told = Counter(expected(model))
        if by_prefix.get(prefix, Counter()) != told:
            yield prefix, f"{what}: found {dict(by_prefix.get(prefix, {}))}, the model has {dict(told)}"


def _versions(
    warehouse: Warehouse,
    models: Mapping[str, Model],
    names: Mapping[str, str],
    entity: str,
    owners: dict[int, Key],
    current_only: bool,
) -> Iterator[Difference]:
    kind = KINDS[entity]
    only = " AND valid_to = 'infinity'" if current_only else ""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in warehouse.rows(
        f"SELECT CAST({kind.key} AS text), valid_from, nullif(valid_to, 'infinity') AS valid_to, vanished_at, stale,"
        f" record_id, scope, batch_id, {kind.columns} FROM {ENTITIES[entity].table}"
        f" WHERE source = :source{only} ORDER BY {kind.key}, valid_from"
    ):
        found[names[row[0]]].append(row)
    expected = {key: thing for model in models.values() for (of, key), thing in model.things.items() if of == entity}
    for key in found.keys() | expected.keys():
        told, rows = expected.get(key), found.get(key, [])
        held = [(tuple(text_of(v) for v in row[8:]), row.vanished_at is not None) for row in rows]
        problem = None
        versions = told and (told.versions[-1:] if current_only else told.versions)
        if told is None or held != versions:
            problem = f"versions {held}, the model has {versions}"
        elif rows[-1].valid_to is not None or rows[-1].stale != told.stale:
            problem = f"valid_to {rows[-1].valid_to}, stale {rows[-1].stale}, the model has stale {told.stale}"
        elif not all(a.valid_to == b.valid_from > a.valid_from for a, b in itertools.pairwise(rows)):
            problem = "versions that do not follow each other"
        elif not all(row.vanished_at in (None, row.valid_from) for row in rows):
            problem = "a version that vanished later than it began"
        elif told.vanished and rows[-1].record_id is not None:
            problem = "an owner of what vanished"
        elif not told.vanished and (rows[-1].scope, rows[-1].record_id is None) != (told.home, told.owner is None):
            problem = f"{rows[-1].scope}, owner {rows[-1].record_id}, the model has {told.home}, {told.owner}"
        if problem:
            yield prefix_of(key), f"{entity} {key}: found {problem}"
        elif rows[-1].record_id is not None:
            owners[rows[-1].record_id] = (entity, key)


def dangling(warehouse: Warehouse) -> Iterator[Difference]:
    """Further givers that are no longer remembered, of any source."""
    found = warehouse.rows(
        "SELECT count(*) FROM ops.row_owner AS o LEFT JOIN ops.record_seen AS s USING (record_id)"
        " WHERE s.record_id IS NULL"
    )[0][0]
    if found:
        yield "", f"{found} further givers that are not remembered"


# ---------------------------------------------------------------- the past
def past_differences(
    warehouse: Warehouse, pins: Pins, known: Mapping[str, Mapping[Key, tuple[Value, bool]]]
) -> Iterator[Difference]:
    """``asof.<table>`` of one source at some pins against what its models held then."""
    names = names_of(warehouse, known)
    for entity, kind in KINDS.items():
        text = (
            f"SELECT CAST({kind.key} AS text), vanished_at IS NOT NULL, {kind.columns} FROM {_subquery('asof', entity)}"
            " AS v WHERE source = :source"
        )
        found = {
            names[row[0]]: (tuple(text_of(value) for value in row[2:]), row[1])
            for row in warehouse.rows(text, **pins.parameters())
        }
        told = {key: value for of in known.values() for (name, key), value in of.items() if name == entity}
        for key in found.keys() | told.keys():
            if found.get(key) != told.get(key):
                yield prefix_of(key), f"{entity} {key} then: found {found.get(key)}, the model had {told.get(key)}"


# ---------------------------------------------------------------- both accountings
def accounted(warehouse: Warehouse, batch_id: int, outcomes: Sequence[Outcome]) -> Iterator[Difference]:
    """The accounting of a batch against what its histories' models say together."""
    records: Counter[str] = Counter()
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        records.update(outcome.records)
        for entity, counts in outcome.rows.items():
            rows[entity].update(counts)
    stored = warehouse.rows("SELECT * FROM ops.record_account WHERE batch_id = :b", b=batch_id)
    found = [{name: getattr(row, name) for name in RECORDS} for row in stored]
    if found != [{name: records[name] for name in RECORDS}] * bool(records):
        yield "", f"records of batch {batch_id}: found {found}, the models have {dict(records)}"
    stored = warehouse.rows("SELECT * FROM ops.row_account WHERE batch_id = :b", b=batch_id)
    by_entity = {row.entity: row for row in stored}
    for entity, counts in rows.items():
        if not any(counts[name] for name in (*ROWS, "before", "after")):
            continue
        row = by_entity.get(entity)
        own = row and {
            **{name: getattr(row, name) for name in ROWS}, "before": row.current_before, "after": row.current_after
        }  # fmt: skip
        told = {name: counts[name] for name in (*ROWS, "before", "after")}
        if own != told or own["landed"] != sum(own[name] for name in ROWS[1:-1]):
            yield "", f"{entity} of batch {batch_id}: found {own}, the models have {told}"


# ---------------------------------------------------------------- who is one person
_PERSON = "sex, sex_known, sex_conflict, sex_source, institution, institution_listed, accounts"


def person_differences(warehouse: Warehouse, persons: Mapping[str, Persons]) -> Iterator[Difference]:
    """Every version of links and persons against the models."""
    prefixes = {key: prefix for prefix, of in persons.items() for key in of.links}
    for table, key, columns, told in (
        ("person_link", "account_key", "CAST(person_key AS text), reason", lambda of: of.links),
        ("person", "person_key", _PERSON, lambda of: of.persons),
    ):
        found: dict[str, list[Any]] = defaultdict(list)
        for row in warehouse.rows(
            f"SELECT CAST({key} AS text), valid_from, nullif(valid_to, 'infinity') AS valid_to, {columns}"
            f" FROM warehouse.{table} ORDER BY {key}, valid_from"
        ):
            found[row[0]].append(row)
        for prefix, of in persons.items():
            for name, versions in told(of).items():
                rows = found.get(name, [])
                held: list[Any] = []
                for row, later in itertools.zip_longest(rows, rows[1:]):
                    held += [tuple(row[3:])] + [None] * (row.valid_to != (later and later.valid_from))
                if held != versions:
                    yield prefix, f"{table}: found {held}, the model has {versions}"
        if table == "person":
            for name in found.keys() & prefixes.keys():
                if name not in persons[prefixes[name]].persons:
                    yield prefixes[name], f"person: found {found[name][-1][3:]}, the model has none"


def past_person_differences(
    warehouse: Warehouse, pins: Pins, known: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]
) -> Iterator[Difference]:
    """``asof.person_link`` and ``asof.person`` at some pins against what the models held then."""
    accounts = {key: prefix for prefix, (links, _) in known.items() for key in links}
    for place, (table, key, columns) in enumerate(
        (("person_link", "account_key", "CAST(person_key AS text), reason"), ("person", "person_key", _PERSON))
    ):
        text = f"SELECT CAST({key} AS text), {columns} FROM {_subquery('asof', table)} AS v"
        with transaction(warehouse.engine) as connection:
            rows = connection.execute(sa.text(text), {"identity_at": pins.parameters()["identity_at"]}).all()
        found = {row[0]: tuple(row[1:]) for row in rows if row[0] in accounts}
        told = {name: value for of in known.values() for name, value in of[place].items()}
        for name in found.keys() | told.keys():
            if found.get(name) != told.get(name):
                yield accounts[name], f"{table} then: found {found.get(name)}, the model had {told.get(name)}"
