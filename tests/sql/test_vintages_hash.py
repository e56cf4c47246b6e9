"""The digest of rows of evidence: nothing that is counted changes without it, nothing else changes it."""

import json
import random
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimestre.indicators.hashing import rows_digest

ROWS = "SELECT e.* FROM jsonb_populate_recordset(CAST(NULL AS results.evidence), CAST(:counted AS jsonb)) AS e"
FILES = (1, 2)
"""Landed files with the same content."""
OTHER = 3

texts = st.one_of(st.none(), st.sampled_from(["", "a", "b", 'a","b', "ñ"]))
numbers = st.one_of(st.none(), st.integers(-5, 5), st.sampled_from([Decimal("0.5"), Decimal("1.50"), Decimal("1e3")]))
COUNTED: dict[str, st.SearchStrategy[Any]] = {
    "landed_file_id": st.sampled_from([*FILES, OTHER]),
    "position": st.sampled_from(["1", "2", "3"]),
    "hit": st.one_of(st.none(), st.booleans()),
    "value": numbers,
    "excluded": st.one_of(st.none(), st.just("sin_fecha")),
    "period": st.sampled_from(["2020-Q1", "2020-Q2", None]),
    "late": st.booleans(),
    **dict.fromkeys(
        (
            "sex", "institution", "state", "organisation_type", "course", "edition", "module", "event", "survey",
        ),
        texts,
    ),
}  # fmt: skip
KEYS = ("account_key", "person_key")
"""What a rotation changes."""
rows_of = st.lists(st.fixed_dictionaries(COUNTED), min_size=1, max_size=6)


@pytest.fixture
def connection(warehouse: sa.Engine) -> Any:
    with warehouse.connect() as opened:
        opened.execute(
            sa.text("INSERT INTO ops.batch (source, state, started_at, quarters) VALUES ('s', 'x', now(), '{}')")
        )
        for number, sha256 in ((1, "same"), (2, "same"), (3, "other")):
            opened.execute(
                sa.text(
                    "INSERT INTO ops.landed_file (landed_file_id, batch_id, source, dataset, scope, path, sha256,"
                    " bytes, original_name, dropped) VALUES (:number, 1, 's', 'd', '', 'p', :sha256, 1, '', '{}')"
                ),
                {"number": number, "sha256": sha256},
            )
        yield opened


def digest(connection: sa.Connection, rows: list[dict[str, Any]]) -> str:
    text = json.dumps(rows, default=str)
    return rows_digest(connection, ROWS, counted=text)


def known(row: dict[str, Any]) -> tuple[Any, ...]:
    """What of a row is hashed."""
    counted = {**row, "excluded": row["excluded"] is None, "landed_file_id": row["landed_file_id"] == OTHER}
    return tuple(counted[name] for name in COUNTED)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of, other=rows_of, seed=st.integers())
def test_rows_are_known_by_what_they_count_and_where_they_stand_whatever_their_order_and_keys(
    connection: sa.Connection, rows: list[dict[str, Any]], other: list[dict[str, Any]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    moved = deepcopy(rows)
    chance.shuffle(moved)
    for number, row in enumerate(moved):
        row.update({key: f"{chance.getrandbits(128):032x}" for key in KEYS})
        row.update(row_no=number, set_id=chance.randrange(99), batch_id=chance.randrange(99), evidence_key="x")
        row["at"] = f"2020-04-{chance.randrange(1, 30):02} 10:00+00"
        row["landed_file_id"] = OTHER if row["landed_file_id"] == OTHER else chance.choice(FILES)
        if row["excluded"]:
            row["excluded"] = "otra_razon"
    assert digest(connection, moved) == digest(connection, rows)
    same = sorted(map(repr, map(known, rows))) == sorted(map(repr, map(known, other)))
    assert (digest(connection, other) == digest(connection, rows)) == same


def test_each_thing_that_is_counted_changes_the_hash(connection: sa.Connection) -> None:
    row: dict[str, Any] = {**dict.fromkeys(COUNTED, "1"), "landed_file_id": 1, "hit": True, "late": False, "value": 1}
    row["excluded"] = None
    others = dict.fromkeys(COUNTED, "2") | {"landed_file_id": OTHER, "hit": False, "late": True, "period": "2020-Q1"}
    digests = {name: digest(connection, [row | {name: other}]) for name, other in others.items()}
    digests |= {"as it was": digest(connection, [row]), "twice": digest(connection, [row, row])}
    assert len(set(digests.values())) == len(digests)
