"""Of staged records only those have an index that are not unchanged: nobody looks for the others one by one."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("record_parsed", table_name="record", schema="staging")
    op.drop_index("record_no", table_name="record", schema="staging")
    _create("status <> 'unchanged'", "record_no", unique=True)


def downgrade() -> None:
    op.drop_index("record_no", table_name="record", schema="staging")
    _create(None, "record_no", unique=True)
    _create("status = 'parsed'", "record_parsed", unique=False)


def _create(where: str | None, name: str, *, unique: bool) -> None:
    op.create_index(name, "record", ["batch_id", "record_no"], schema="staging", unique=unique, postgresql_where=where)
