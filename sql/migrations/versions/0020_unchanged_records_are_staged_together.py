"""Unchanged records are staged as few rows of many numbers; all others have a key, since somebody looks for each."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PART_RECORDS = 1_000_000_000

COMMENTS = {
    "COLUMN ops.record_seen.row_counts": (
        "Rows it gave per entity: they count as unchanged while it stays equal.",
        "Rows it gave per entity, as JSON: they count as unchanged while it stays equal.",
    ),
    "TABLE staging.record": (
        "One row per record of a batch at the door.",
        "One row per record of a batch at the door that is not unchanged.",
    ),
    "COLUMN staging.record.record_id": (
        "Remembered record it equals, or its number once remembered.",
        "Its number once remembered; null = it is not.",
    ),
    "COLUMN staging.record.status": ("blank, repeated, unchanged or parsed.", "blank, repeated or parsed."),
}
"""Of what: the comment before and after."""


def upgrade() -> None:
    op.create_table(
        "unchanged",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column(
            "record_no", sa.BigInteger(), nullable=False,
            comment="Number in the batch of the first record of the piece.",
        ),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope."),
        sa.Column(
            "row_counts", sa.Text(), nullable=False,
            comment="Rows per entity that each of the records gave when it was read, as JSON.",
        ),
        sa.Column(
            "record_ids", sa.ARRAY(sa.BigInteger()), nullable=False, comment="The remembered records that they equal."
        ),
        sa.Column(
            "repeated", sa.BigInteger(), nullable=False,
            comment="Records that were among them until an earlier part was found to bring them, too.",
        ),
        schema="staging",
        comment="One row per piece of a landed file that was judged at once, and what records of it gave: the unchanged"
        " ones.",
        prefixes=["UNLOGGED"],
        postgresql_with={"autovacuum_vacuum_insert_threshold": -1, "autovacuum_analyze_threshold": 2_147_483_647},
    )  # fmt: skip
    # to compress a million numbers costs more than to write them for an hour
    op.execute("ALTER TABLE staging.unchanged ALTER COLUMN record_ids SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE ops.record_seen ALTER COLUMN row_counts TYPE text")
    op.drop_index("record_no", table_name="record", schema="staging")
    # of batches in work
    op.execute(
        "INSERT INTO staging.unchanged (batch_id, record_no, dataset, scope, row_counts, record_ids, repeated)"
        " SELECT r.batch_id, min(r.record_no), r.dataset, r.scope, s.row_counts, array_agg(r.record_id), 0"
        " FROM staging.record AS r INNER JOIN ops.record_seen AS s ON r.record_id = s.record_id"
        f" WHERE r.status = 'unchanged' GROUP BY r.batch_id, r.record_no / {PART_RECORDS}, r.dataset, r.scope,"
        " s.row_counts"
    )
    op.execute("DELETE FROM staging.record WHERE status = 'unchanged'")
    op.create_primary_key("record_pkey", "record", ["batch_id", "record_no"], schema="staging")
    for of, (_, after) in COMMENTS.items():
        op.execute(f"COMMENT ON {of} IS '{after}'")


def downgrade() -> None:
    # Of what is staged nothing may be left: without its unchanged records a batch would let them all vanish.
    op.execute(
        "DO $$ DECLARE staged text; BEGIN SELECT string_agg(format('staging.%I', t.tablename), ', ') INTO staged"
        " FROM pg_tables AS t WHERE t.schemaname = 'staging'; EXECUTE 'TRUNCATE ' || staged; END $$"
    )
    op.drop_table("unchanged", schema="staging")
    op.execute("ALTER TABLE ops.record_seen ALTER COLUMN row_counts TYPE jsonb USING CAST(row_counts AS jsonb)")
    op.drop_constraint("record_pkey", "record", schema="staging")
    op.create_index(
        "record_no", "record", ["batch_id", "record_no"], schema="staging", unique=True,
        postgresql_where="status <> 'unchanged'",
    )  # fmt: skip
    for of, (before, _) in COMMENTS.items():
        op.execute(f"COMMENT ON {of} IS '{before}'")
