"""What the fake sources of the histories deliver: entities, rows, records and nights.

A row is an entity, a key and a variant; :func:`fields` makes its staged fields of them. A key may have a prefix that
ends in a dot: histories with prefixes of their own know nothing of each other, in one batch or in one warehouse.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

BAD = "malo"
KEYS = ("k1", "k2", "k3")
FREE_TEXT = "lo que alguien escribió"
SHARED = "buzon@x.example"
MOST_PER_EMAIL, MOST_PER_ID = 3, 4
EVERYWHERE = "[A-Z0-9]*RFC1"
"""Employee ids that are unique in every institution."""
ZONE = "America/Mexico_City"

Row = tuple[str, str, str]
"""Entity, key and variant of a row."""
Fields = dict[str, str | None]
Value = tuple[Any, ...]


@dataclass(frozen=True)
class Record:
    """A record of a fake source. ``noise`` and ``mark`` change its bytes and no row."""

    rows: tuple[Row, ...] = ()
    noise: int = 0
    unreadable: bool = False
    blank: bool = False
    mark: str = ""

    def encoded(self) -> bytes:
        return b"" if self.blank else json.dumps([self.rows, self.noise, self.unreadable, self.mark]).encode()


@dataclass(frozen=True)
class Choice:
    """What a person decides about accounts after a night: ``revoke`` takes back the latest decision in force."""

    kind: str
    accounts: tuple[tuple[int, str], ...] = ()
    """Source and key of each."""


@dataclass(frozen=True)
class Night:
    """What one batch delivers. ``fate`` is what happens to it; staging happens ``stagings`` times."""

    scopes: dict[str, tuple[bool, tuple[Record, ...]]]
    """Scope -> complete, records."""
    fingerprint: str = "f1"
    fate: str = "merged"
    stagings: int = 1
    source: int = 0
    """Which of the history's sources it is a night of."""
    choice: Choice | None = None


def prefixed(night: Night, prefix: str, *, mark: bool = False) -> Night:
    """The night with its keys and scopes told apart; ``mark`` writes the contract's fingerprint into the records."""

    def record(of: Record) -> Record:
        rows = tuple((entity, prefix + key, variant) for entity, key, variant in of.rows)
        return replace(of, rows=rows, mark=night.fingerprint if mark else of.mark)

    scopes = {
        prefix + scope: (complete, tuple(record(of) for of in records))
        for scope, (complete, records) in night.scopes.items()
    }
    choice = night.choice and replace(
        night.choice, accounts=tuple((n, prefix + key) for n, key in night.choice.accounts)
    )
    return replace(night, scopes=scopes, choice=choice)


# ---------------------------------------------------------------- what each entity says
@dataclass(frozen=True)
class Kind:
    """One entity of the fake sources."""

    key: str
    """Column of the merged table that holds the key of a row; the rest of its natural key is the same in all rows."""
    columns: str
    """Columns of the merged table that are compared."""
    marked: str
    """Staged field that says «malo» in a bad row."""
    fields: Callable[[str, int], Fields]
    """Key and number of the variant -> staged fields."""
    value: Callable[[Fields], Value]
    """Staged fields -> the compared columns, where history has no say in them."""
    moving: str = ""
    """Staged field that may differ between rows of one key."""


def _instant(day: int) -> str:
    return f"2020-05-{day:02d}T00:00:00+00:00"


def _said(*names: str) -> Callable[[Fields], Value]:
    return lambda f: tuple(f[name] for name in names)


def _identity(key: str, n: int) -> Fields:
    """Identifiers that several keys share: each number says others of them, some of which link nobody."""
    group = key.rpartition(".")[0] or "g"
    email = {1: f"{key}@x.example", 2: f" P1@{group}.example ", 3: f"p1@{group}.example", 6: SHARED,
             7: f"p2@{group}.example", 8: "no tengo"}  # fmt: skip
    legal = {3: f"{group} l1", 4: f"{group}L1", 6: "0", 7: f"{group}L2", 8: f"{group}L2", 9: "s/n", 11: f"{group}-1"}
    employee = {2: f"{group}17", 4: f"{group}17 ", 8: f"{group} rfc1", 9: "999", 10: f"{group} rfc1", 11: f"{group}17"}
    return {"full_name": f"N{n}", "email": email.get(n), "legal_id": legal.get(n), "employee_id": employee.get(n)}


def _identity_value(f: Fields) -> Value:
    email, legal, employee = f["email"], f["legal_id"], f["employee_id"]
    normalised = email.strip().lower() if email and "@" in email else None
    known = employee.strip().upper() if employee else None
    return (f["full_name"], email, normalised, legal.replace(" ", "").upper() if legal else None, known)


def _enrolment(key: str, n: int) -> Fields:
    return {
        "edition": "E1", "role": "student", "active": "true" if n != 2 else "false", "suspended": "false",
        "accessed_at": _instant(10 + n),
    }  # fmt: skip


def _edition(key: str, n: int) -> Fields:
    return {
        "edition": key, "course": "C1", "name": f"N{n}", "opens_on": f"2020-0{n + 1}-01", "closes_on": "2020-09-01",
        "last_day": f"2020-09-{n + 10}", "population": "enrolled", "timezone": ZONE,
    }  # fmt: skip


def _midnight(day: str | None, after: int = 0) -> str:
    assert day is not None
    local = datetime.combine(date.fromisoformat(day) + timedelta(after), datetime.min.time(), ZoneInfo(ZONE))
    return local.astimezone(ZoneInfo("UTC")).isoformat()


def _edition_value(f: Fields) -> Value:
    opens = f["opens_on"] or ""
    quarter = f"{opens[:4]}-Q{(int(opens[5:7]) + 2) // 3}"
    return (f["name"], opens, f["last_day"], _midnight(opens), _midnight(f["last_day"], 1), quarter)


def _named(entity_key: str, **more: str) -> Kind:
    """A table of the framework: its rows are as they are said."""
    return Kind(entity_key, "name", "name", lambda key, n: {entity_key: key, "name": f"N{n}", **more}, _said("name"))


def _survey_value(f: Fields) -> Value:
    return (f["name"], _midnight(f["closes_on"], 1))


KINDS: dict[str, Kind] = {
    "period": Kind(
        "period", "fy_period, starts_at, ends_at", "fy_period",
        lambda key, n: {
            "period": key, "ordinal": "1", "starts_on": f"2020-0{n}-01", "ends_on": "2020-12-31", "fy_period": f"P{n}",
            "fiscal_year": "FY2020", "timezone": ZONE,
        },
        lambda f: (f["fy_period"], _midnight(f["starts_on"]), _midnight(f["ends_on"], 1)),
    ),
    "state": _named("state"),
    "institution": _named("institution"),
    "alias": Kind(
        "alias", "code", "code", lambda key, n: {"kind": "course", "alias": key, "code": f"C{n}"}, _said("code"),
    ),
    "course": _named("course", line="L1"),
    "course_edition": Kind(
        "edition", "name, CAST(opens_on AS text), CAST(last_day AS text), opens_at, cutoff_at, period", "name",
        _edition, _edition_value,
    ),
    "edition_course": Kind(
        "source_course", "activities ->> 'M1'", "activities",
        lambda key, n: {
            "edition": "E1", "delivered_by": "otra", "source_course": key, "activities": json.dumps({"M1": f"A{n}"}),
        },
        lambda f: (json.loads(f["activities"] or "")["M1"],),
    ),
    "module": _named("module", course="C1", ordinal="1"),
    "event": _named("event", held_on="2020-05-04", line="L1"),
    "survey": Kind(
        "survey", "name, closes_at", "name",
        lambda key, n: {
            "survey": key, "name": f"N{n}", "closes_on": f"2020-05-1{n}", "timezone": ZONE, "reached_by": "open_link",
            "repeated": "all",
        },
        _survey_value,
    ),
    "indicator": Kind(
        "indicator", "version, definition ->> 'name'", "definition",
        lambda key, n: {"indicator": key, "version": str(n), "definition": json.dumps({"name": f"N{n}"})},
        lambda f: (int(f["version"] or ""), json.loads(f["definition"] or "")["name"]),
    ),
    "milestone": _named("stage", indicator="L1-01"),
    "question": Kind(
        "question", "text, sub_code, free_text", "text",
        lambda key, n: {
            "survey": "S1", "question": key, "sub_code": None, "type": "text", "text": f"N{n}",
            "free_text": "true" if n == 2 else None,
        },
        lambda f: (f["text"], "", f["free_text"] == "true"),
    ),
    "question_option": Kind(
        "code", "label, CAST(score AS text)", "label",
        lambda key, n: {
            "survey": "S1", "question": "q", "code": key, "label": f"N{n}", "score": None if n == 3 else str(n),
        },
        _said("label", "score"),
    ),
    "account": Kind(
        "account_key", "institution, sex", "institution",
        lambda key, n: {
            "kind": "learner", "sex": {1: "mujer", 3: "hombre"}.get(n), "institution": "i-1" if n == 3 else f"I{n}",
        },
        _said("institution", "sex"),
    ),
    "account_identity": Kind(
        "account_key", "full_name, email, email_normalised, legal_id, employee_id", "full_name",
        _identity, _identity_value,
    ),
    "enrolment": Kind(
        "account_key", "role, active, in_population, first_access_at", "role", _enrolment, _said(), "accessed_at"
    ),
    "module_completion": Kind(
        "account_key", "state, completed_at", "state",
        lambda key, n: {
            "edition": "E1", "module": "M1", "state": "not_completed" if n == 3 else "completed",
            "completed_at": None if n == 3 else _instant(10 + n),
        },
        _said(),
    ),
    "certificate": Kind(
        "account_key", "state, obtained_at", "state",
        lambda key, n: {
            "edition": "E1", "state": "not_obtained" if n == 3 else "obtained",
            "obtained_at": None if n == 3 else _instant(20 + n),
        },
        _said(), "obtained_at",
    ),
    "invitation": Kind(
        "account_key", "delivered, sent_at, completed_at", "sent_at",
        lambda key, n: {
            "target_kind": "survey", "target": "S1", "delivered": {1: "true", 2: "false"}.get(n),
            "sent_at": _instant(n), "completed_at": _instant(9) if n == 2 else None,
        },
        lambda f: (f["delivered"] in ("true", None), f["sent_at"], f["completed_at"]),
    ),
    "response": Kind(
        "account_key", "complete, submitted_at, language", "complete",
        lambda key, n: {
            "survey": "S1", "response_id": "r", "complete": "true" if n != 2 else "false",
            "submitted_at": "1980-01-01T00:00:00+00:00" if n == 3 else _instant(n), "language": "es",
        },
        lambda f: (
            f["complete"] == "true", f["submitted_at"] if (f["submitted_at"] or "") > "2000" else None, f["language"],
        ),
    ),
    "answer": Kind(
        "account_key", "value, answered, sub_code", "value",
        lambda key, n: {
            "survey": "S1", "response_id": "r", "question": "q", "sub_code": None,
            "value": {2: FREE_TEXT, 3: None}.get(n, str(n)), "free_text": "true" if n == 2 else None,
        },
        lambda f: (None if f["free_text"] else f["value"], f["value"] is not None, ""),
    ),
    "attendance": Kind(
        "account_key", "registered_at, institution", "institution",
        lambda key, n: {"event": "V1", "registered_at": _instant(20 - n), "institution": "I9" if n == 3 else "I1"},
        _said(), "registered_at",
    ),
    "attendance_interval": Kind(
        "account_key", "CAST(seconds AS text)", "seconds",
        lambda key, n: {"event": "V1", "joined_at": _instant(1), "left_at": _instant(2), "seconds": str(n)},
        _said("seconds"),
    ),
    "reported_value": Kind(
        "category", "CAST(value AS text), verification", "verification",
        lambda key, n: {
            "indicator": "L1-01", "period": "2020-Q2", "disaggregation": None, "category": key, "value": str(n),
            "reported_on": "2020-06-30", "verification": "minuta",
        },
        _said("value", "verification"),
    ),
}  # fmt: skip

SIGHTINGS = ("account", "account_identity")
NAMELESS = {"reported_value": "indicator"}
"""Of an entity whose key column may be null: what a row of nobody lacks instead."""
VARIANTS = {"a": 1, "b": 2, "c": 3, "bad": 4, "lost": 4, "out": 5, "d": 4, "e": 6, "f": 7, "g": 8, "h": 9,
            "i": 10, "j": 11}  # fmt: skip
"""Variant -> its number. ``bad`` fails a rule, ``lost`` too and does not say whose it is, ``out`` does not count."""


def fields(row: Row) -> Fields:
    """The staged fields of a row."""
    entity, key, variant = row
    kind = KINDS[entity]
    found: Fields = {"out_of_scope": "fuera" if variant == "out" else None, **kind.fields(key, VARIANTS[variant])}
    if kind.key == "account_key":
        found["account_ref"] = key
    if variant in ("bad", "lost"):
        found[kind.marked] = BAD
    if variant == "lost":
        found["account_ref" if kind.key == "account_key" else NAMELESS.get(entity, kind.key)] = None
    return found


# ---------------------------------------------------------------- short names for nights told by hand
def one(*rows_of_it: Row, noise: int = 0) -> Record:
    return Record(rows_of_it, noise)


def whole(*found: Record, scope: str = "s1", **options: Any) -> Night:
    return Night({scope: (True, found)}, **options)


def part(*found: Record, scope: str = "s1", **options: Any) -> Night:
    return Night({scope: (False, found)}, **options)


def keys_of(nights: Iterable[Night]) -> set[str]:
    """Every key that some night names."""
    return {
        row[1] for night in nights for _, records in night.scopes.values() for record in records for row in record.rows
    }
