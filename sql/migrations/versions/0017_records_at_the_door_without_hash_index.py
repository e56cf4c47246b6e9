"""The door asks nothing of the staged records by their hash any more: writing that index cost as much as the rows."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("record_hash", table_name="record", schema="staging")


def downgrade() -> None:
    op.create_index("record_hash", "record", ["batch_id", "record_hash"], schema="staging")
