"""Reading ``sql/*.sql``: pseudo-schemas that stand for bound subqueries, and identifier tokens.

A file is plain PostgreSQL with bound parameters (``:name``). Three pseudo-schemas save every file from repeating the
same predicate, and keep the past readable by one helper in Python (SQL functions do not run on Citus):

``good.enrolment``     staged rows of ``:batch_id`` in scope and not retained by a critical rule
``current.enrolment``  current versions
``asof.enrolment``     versions as known at the pins ``:pin_sources``/``:pin_instants`` (``person*``: ``:identity_at``)

``shared.participation``  the statement ``sql/evidence/_participation.sql`` as a subquery

Tokens such as ``__target__`` are replaced by identifiers, which come from the tables' metadata only.
"""

import re
from functools import cache
from pathlib import Path

from trimestre.errors import PermanentError
from trimestre.texts import WAREHOUSE
from trimestre.warehouse.entities import ENTITIES

ROOT = Path(__file__).resolve().parents[3] / "sql"
"""Folder of the SQL files; the package is installed from its checkout (see Dockerfile)."""

CONTENT_HASH = (
    "sha256(convert_to(CAST(jsonb_strip_nulls(to_jsonb(s)"
    " - ARRAY['staged_id', 'batch_id', 'record_no', 'account_key']) AS text), 'UTF8'))"
)
"""The hash of what a staged row ``s`` says, whatever the batch and the key of its account: retained rows and decisions
about them are known by it."""

_PSEUDO = re.compile(r"\b(good|current|asof|shared)\.([a-z_]+)\b")
_IDENTITY_TABLES = {"person_link", "person"}


@cache
def read(name: str) -> str:
    """The text of ``sql/<name>.sql`` with its pseudo-schemas resolved."""
    path = ROOT / f"{name}.sql"
    if not path.is_file():
        raise PermanentError(WAREHOUSE["no_sql"].format(name=name))
    # Comments go first: a pseudo-schema or a colon in them is prose.
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("--"))
    return _PSEUDO.sub(lambda match: _subquery(match[1], match[2]), "\n".join(lines))


def statement(name: str, **tokens: str) -> str:
    """A statement with its ``__token__`` identifiers filled in."""
    text = read(name)
    for token, identifiers in tokens.items():
        text = text.replace(f"__{token}__", identifiers)
    left = re.search(r"__[a-z]+__", text)
    if left:
        raise PermanentError(WAREHOUSE["token"].format(name=name, token=left[0]))
    return text


def good(entity: str) -> str:
    """The subquery of ``good.<entity>``."""
    return (
        f"(SELECT staged.* FROM staging.{entity} AS staged"
        " LEFT JOIN (SELECT DISTINCT failed.staged_id FROM staging.failed_row AS failed"
        f" WHERE failed.batch_id = :batch_id AND failed.entity = '{entity}' AND failed.severity = 'critical')"
        " AS retained ON retained.staged_id = staged.staged_id"
        " WHERE staged.batch_id = :batch_id AND staged.out_of_scope IS NULL AND retained.staged_id IS NULL)"
    )


def _subquery(kind: str, table: str) -> str:
    if kind == "shared":
        return f"({read(f'evidence/_{table}')})"
    schema = ENTITIES[table].schema if table in ENTITIES else "warehouse"
    if kind == "good":
        return good(table)
    if kind == "current":
        return f"(SELECT version.* FROM {schema}.{table} AS version WHERE version.valid_to = 'infinity')"
    if table in _IDENTITY_TABLES:
        return (
            f"(SELECT version.* FROM {schema}.{table} AS version"
            " WHERE version.valid_from <= :identity_at AND version.valid_to > :identity_at)"
        )
    return (
        f"(SELECT version.* FROM {schema}.{table} AS version"
        " INNER JOIN unnest(CAST(:pin_sources AS text[]), CAST(:pin_instants AS timestamptz[]))"
        " AS pin (source, instant) ON version.source = pin.source"
        " WHERE CASE WHEN version.valid_from <= pin.instant THEN version.valid_to > pin.instant ELSE FALSE END)"
    )
