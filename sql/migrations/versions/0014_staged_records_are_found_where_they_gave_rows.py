"""The index that finds staged records by their number holds the parsed ones: of others nobody asks by number."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = ["batch_id", "record_no"]


def upgrade() -> None:
    op.drop_index("record_no", table_name="record", schema="staging")
    op.create_index("record_no", "record", COLUMNS, schema="staging", unique=True, postgresql_where="status = 'parsed'")


def downgrade() -> None:
    op.drop_index("record_no", table_name="record", schema="staging")
    op.create_index("record_no", "record", COLUMNS, schema="staging", unique=True)
