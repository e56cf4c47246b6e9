# ruff: noqa: E501 (one column a line, however long its comment)
"""Tables of ``staging``: rows of batches in work, gone after the merge."""

from typing import Any

import sqlalchemy as sa

from trimestre.warehouse.entities import ENTITIES, Entity
from trimestre.warehouse.tables.base import column, table

# Rows are gone soon after they came, and whoever wrote many tells the planner: autovacuum would read and write all of
# them for nobody, and hold the tables against being emptied as a whole. What is left by rows that went is its own.
SHORT_LIVED: dict[str, Any] = {
    "prefixes": ["UNLOGGED"],
    "postgresql_with": {"autovacuum_vacuum_insert_threshold": -1, "autovacuum_analyze_threshold": 2_147_483_647},
}

staged_record = table(
    "staging", "record", "One row per record of a batch at the door that is not unchanged.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("landed_file_id", sa.BigInteger, "Landed file."),
    column("dataset", sa.Text, "Dataset."),
    column("scope", sa.Text, "Scope."),
    column("position", sa.Text, "1-based record ordinal, or ordinal of the answer and JSON pointer in it."),
    column("record_no", sa.BigInteger, "Number of the record in the batch: from 1 in its first part, a billion further on in each next one.", primary_key=True, autoincrement=False),
    column("record_hash", sa.LargeBinary, "sha256(contract fingerprint, header, record); null = blank.", nullable=True),
    column("record_id", sa.BigInteger, "Its number once remembered; null = it is not.", nullable=True),
    column("status", sa.Text, "blank, repeated or parsed."),
    column("unreadable", sa.Text, "Why no rows could be made of it, without its content.", nullable=True),
    column("content_hash", sa.LargeBinary, "sha256 of an unreadable record, whatever the contract; null = readable.", nullable=True),
    **SHORT_LIVED,
)  # fmt: skip

staged_unchanged = table(
    "staging", "unchanged",
    "One row per piece of a landed file that was judged at once, and what records of it gave: the unchanged ones.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("record_no", sa.BigInteger, "Number in the batch of the first record of the piece."),
    column("dataset", sa.Text, "Dataset."),
    column("scope", sa.Text, "Scope."),
    column("row_counts", sa.Text, "Rows per entity that each of the records gave when it was read, as JSON."),
    column("record_ids", sa.ARRAY(sa.BigInteger), "The remembered records that they equal."),
    column("repeated", sa.BigInteger, "Records that were among them until an earlier part was found to bring them, too."),
    **SHORT_LIVED,
)  # fmt: skip

record_rows = table(
    "staging", "record_rows", "One row per parsed record of a batch: how many rows it gave per entity.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("record_no", sa.BigInteger, "Record."),
    column("row_counts", sa.Text, "Rows per entity, as JSON."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("record_rows_no", record_rows.c.batch_id, record_rows.c.record_no)

staged_part = table(
    "staging", "part", "One row per part of a batch, of one or more of its landed files, that went through the door.",
    column("batch_id", sa.BigInteger, "Batch.", primary_key=True, autoincrement=False),
    column("part", sa.BigInteger, "Number of the part in the batch, from 0.", primary_key=True, autoincrement=False),
    column("landed", sa.BigInteger, "Records that it brought, blank ones included."),
    **SHORT_LIVED,
)  # fmt: skip

failed_row = table(
    "staging", "failed_row", "One row per staged row and rule that it failed.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("entity", sa.Text, "Entity."),
    column("staged_id", sa.BigInteger, "Staged row; for the entity `record` its record_no."),
    column("rule", sa.Text, "Rule that failed."),
    column("severity", sa.Text, "critical, warning, or accepted: a person accepted it for rows of this content, should it fail."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("failed_row_entity", failed_row.c.batch_id, failed_row.c.entity, failed_row.c.staged_id)

suspect = table(
    "staging", "suspect", "One row per staged row that a rule may fail: what Great Expectations is shown.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("entity", sa.Text, "Entity."),
    column("staged_id", sa.BigInteger, "Staged row."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("suspect_entity", suspect.c.batch_id, suspect.c.entity, suspect.c.staged_id)

same_key = table(
    "staging", "same_key", "One row per staged row whose natural key other rows of its batch have as well.",
    column("batch_id", sa.BigInteger, "Batch."),
    column("entity", sa.Text, "Entity."),
    column("staged_id", sa.BigInteger, "Staged row."),
    **SHORT_LIVED,
)  # fmt: skip
sa.Index("same_key_entity", same_key.c.batch_id, same_key.c.entity, same_key.c.staged_id)


def staging_table(entity: Entity) -> sa.Table:
    """The staging table of an entity: position, account and its fields as normalised text."""
    account = (
        [
            column("account_ref", sa.Text, "Local id of the account at the source, else its normalised e-mail.", nullable=True),
            column("account_key", sa.Uuid, "HMAC of source and account_ref; set by the stage step.", nullable=True),
        ]
        if entity.has_account
        else []
    )  # fmt: skip
    staged = table(
        "staging", entity.name, f"One row per staged row of the entity {entity.name}, as normalised text.",
        column("staged_id", sa.BigInteger, "Number of the staged row.", primary_key=True, autoincrement=True),
        column("batch_id", sa.BigInteger, "Batch."),
        column("record_no", sa.BigInteger, "Record of the batch it was made of."),
        column("out_of_scope", sa.Text, "Why the project does not count it; null = in scope.", nullable=True),
        *account,
        *(column(name, sa.Text, f"Field {name} as delivered, normalised to text.", nullable=True) for name in entity.fields),
        **SHORT_LIVED,
    )  # fmt: skip
    # Rows come batch by batch: a summary of each stretch of the table finds them, and costs nothing to keep.
    sa.Index(f"staging_{entity.name}_batch", staged.c.batch_id, postgresql_using="brin")
    return staged


STAGING = {entity.name: staging_table(entity) for entity in ENTITIES.values()}
