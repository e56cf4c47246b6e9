"""Hashes of links and persons are made as those of all other versions: eight bytes of the columns, not of their text."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

HASHED = {
    "person_link": "person_key, reason",
    "person": "sex, sex_known, sex_conflict, sex_source, institution, institution_listed, state, order_of_government,"
    " accounts",
}
"""Table -> what its row_hash covers."""


def upgrade() -> None:
    for table, columns in HASHED.items():
        _rehash(table, f"int8send(hash_record_extended(ROW({columns}), 0))")


def downgrade() -> None:
    for table, columns in HASHED.items():
        _rehash(table, f"sha256(convert_to(CAST(ROW({columns}) AS text), 'UTF8'))")


def _rehash(table: str, value: str) -> None:
    """Write the table anew, at once."""
    op.execute(f"ALTER TABLE warehouse.{table} ALTER COLUMN row_hash TYPE bytea USING {value}")
