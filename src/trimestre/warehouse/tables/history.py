# ruff: noqa: E501 (one column a line, however long its comment)
"""What versioned tables have in common: history in system time.

``valid_from`` <= instant < ``valid_to`` (``infinity`` = current), one current version a key, since ``valid_to`` is part
of the primary key. ``row_hash`` covers the declared columns only; ``dataset, scope, record_id, stale`` are bookkeeping of
the current version and no part of the history.
"""

from typing import Any

import sqlalchemy as sa

from trimestre.warehouse.entities import ENTITIES
from trimestre.warehouse.tables.base import INSTANT, column, table


def versioned(
    schema: str, name: str, comment: str, key: tuple[sa.Column[Any], ...], *declared: sa.Column[Any]
) -> sa.Table:
    """A versioned table: natural key, declared columns, validity and where the version came from."""
    keys = [item.name for item in key]
    built = table(
        schema, name, comment, *key, *declared,
        column("valid_from", INSTANT, "System time from which this version holds."),
        column("valid_to", INSTANT, "System time until which it holds (exclusive); infinity = current."),
        column("vanished_at", INSTANT, "When the source stopped delivering it; null = present.", nullable=True),
        column("row_hash", sa.LargeBinary, "Hash of the declared columns: equal where they say the same."),
        column("batch_id", sa.BigInteger, "Batch that wrote the version."),
        column("landed_file_id", sa.BigInteger, "Landed file the version came from.", nullable=True),
        column("position", sa.Text, "Position there.", nullable=True),
        column("dataset", sa.Text, "Dataset that delivers the row now (bookkeeping)."),
        column("scope", sa.Text, "Scope that delivers the row now (bookkeeping)."),
        column("record_id", sa.BigInteger, "Remembered record that gives the row now (bookkeeping).", nullable=True),
        column("stale", sa.Boolean, "True = its newest row is held back; this is the last good version."),
        # One index for both: of a key one version is current, and its versions are found. That no two begin together
        # follows: a version begins as the current one, and ends later than it began.
        sa.PrimaryKeyConstraint(*keys, "valid_to", name=f"{name}_pk"),
        sa.CheckConstraint("valid_from < valid_to", name=f"{name}_holds"),
    )  # fmt: skip
    if name in ENTITIES:  # what is derived is given by no record
        sa.Index(f"{name}_record", built.c.record_id, postgresql_where=sa.text("valid_to = 'infinity'"))
    sa.Index(f"{name}_batch", built.c.batch_id, postgresql_using="brin")
    # What began or ended since an instant is found by its number, not by the size of the history.
    sa.Index(f"{name}_from", built.c.valid_from)
    sa.Index(f"{name}_until", built.c.valid_to, postgresql_where=sa.text("valid_to < 'infinity'"))
    return built


def account_column() -> sa.Column[Any]:
    """The account of a fact."""
    return column("account_key", sa.Uuid, "Account: HMAC-SHA-256 of source and local id, first 128 bits.")


def source_column() -> sa.Column[Any]:
    """The source of a row."""
    return column("source", sa.Text, "Source that delivers it.")


def edition_column() -> sa.Column[Any]:
    """The course edition of a fact."""
    return column("edition", sa.Text, "Course edition.")
