"""Staged records that were parsed have an index of their own: rows are of these only, which are few in most nights."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "record_parsed", "record", ["batch_id", "record_no"], schema="staging", postgresql_where="status = 'parsed'"
    )


def downgrade() -> None:
    op.drop_index("record_parsed", table_name="record", schema="staging")
