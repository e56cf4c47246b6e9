"""Rows that a rule may fail are noted; what a batch wrote is found by summaries of the table's stretches (BRIN)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STAGING = (
    "account", "account_identity", "answer", "attendance", "attendance_interval", "certificate", "course",
    "course_edition", "enrolment", "event", "indicator", "invitation", "module", "module_completion", "question",
    "question_option", "reported_value", "response", "survey",
)  # fmt: skip
WAREHOUSE = (*(name for name in STAGING if name != "account_identity"), "person", "person_link")
INDEXES = (
    *(("staging", name, f"staging_{name}_batch") for name in STAGING),
    *(("warehouse", name, f"{name}_batch") for name in WAREHOUSE),
    ("restricted", "account_identity", "account_identity_batch"),
)


def upgrade() -> None:
    op.create_table(
        "suspect",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity."),
        sa.Column("staged_id", sa.BigInteger(), nullable=False, comment="Staged row."),
        schema="staging",
        comment="One row per staged row that a rule may fail: what Great Expectations is shown.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("suspect_entity", "suspect", ["batch_id", "entity", "staged_id"], unique=False, schema="staging")
    for schema, table, index in INDEXES:
        op.drop_index(index, table_name=table, schema=schema)
        op.create_index(index, table, ["batch_id"], schema=schema, postgresql_using="brin")


def downgrade() -> None:
    for schema, table, index in INDEXES:
        op.drop_index(index, table_name=table, schema=schema)
        op.create_index(index, table, ["batch_id"], schema=schema)
    op.drop_table("suspect", schema="staging")
