# ruff: noqa: E501 (one column a line, however long its comment)
"""Tables of ``quarantine`` and ``restricted``: rows held back, and who is who. Personal data."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from trimestre.warehouse.tables.base import column, metadata, table
from trimestre.warehouse.tables.history import account_column, source_column, versioned

quarantined_row = table(
    "quarantine", "row", "One row per source, scope, entity, staged content and critical rule: a row held back.",
    column("source", sa.Text, "Source.", primary_key=True),
    column("dataset", sa.Text, "Dataset.", primary_key=True),
    column("scope", sa.Text, "Scope.", primary_key=True),
    column("entity", sa.Text, "Entity; `record` when nothing could be read of it.", primary_key=True),
    column("record_hash", sa.LargeBinary, "Hash of its record when it was last at the door."),
    column("row_hash", sa.LargeBinary, "sha256 of the staged fields without account_key; of an unreadable record that of its content.", primary_key=True),
    column("rule", sa.Text, "Rule that failed.", primary_key=True),
    column("fields", JSONB, "The staged fields as they came (personal data)."),
    column("landed_file_id", sa.BigInteger, "Landed file it was last found in."),
    column("position", sa.Text, "Position there."),
    column("first_batch_id", sa.BigInteger, "Batch that held it back first."),
    column("last_batch_id", sa.BigInteger, "Batch that held it back last."),
    column("state", sa.Text, "open, mended_at_source, corrected or accepted."),
    column("retained_id", sa.BigInteger, "Number by which people name it.", server_default=sa.text("nextval('quarantine.retained_id')")),
    column("decision_id", sa.BigInteger, "Decision that corrected or accepted it.", nullable=True),
)  # fmt: skip
retained_id = sa.Sequence("retained_id", metadata=metadata, schema="quarantine")
sa.Index("row_retained_id", quarantined_row.c.retained_id, unique=True)

correction = table(
    "quarantine", "correction", "One row per decision and field: what a person wrote in its place (personal data).",
    column("decision_id", sa.BigInteger, "Decision.", primary_key=True, autoincrement=False),
    column("field", sa.Text, "Staged field.", primary_key=True),
    column("value", sa.Text, "Value it gets; null = empty.", nullable=True),
)  # fmt: skip

account_ref = table(
    "restricted", "account_ref", "One row per account: what its account_key is made of (personal data).",
    column("account_key", sa.Uuid, "Account.", primary_key=True),
    column("source", sa.Text, "Source."),
    column("account_ref", sa.Text, "Local id at the source, else its normalised e-mail."),
)  # fmt: skip
tombstone = table(
    "restricted", "tombstone", "One row per erased account: what a source says of it is staged without personal fields.",
    column("account_key", sa.Uuid, "Account, as it stands in the facts for good.", primary_key=True),
    column("source", sa.Text, "Source."),
    column("key_mark", sa.Text, "Mark of the key that account_key was made with; needed after a rotation."),
    column("decision_id", sa.BigInteger, "Decision to erase."),
)  # fmt: skip

account_identity = versioned(
    "restricted", "account_identity", "One version of who an account is (personal data).",
    (account_column(), source_column()),
    column("local_id", sa.Text, "Identifier at the source.", nullable=True),
    column("full_name", sa.Text, "Name.", nullable=True),
    column("email", sa.Text, "E-mail as given.", nullable=True),
    column("legal_id", sa.Text, "CURP or other legal id, upper case.", nullable=True),
    column("employee_id", sa.Text, "Employee number.", nullable=True),
    column("email_normalised", sa.Text, "E-mail trimmed and in lower case; null when it is no address.", nullable=True),
)  # fmt: skip
contract = table(
    "restricted", "contract", "One row per state of the project's YAML files that a candidate was made with.",
    column("digest", sa.Text, "sha256 of the files.", primary_key=True),
    column("files", JSONB, "Path below the project -> text; corrections may name accounts."),
)  # fmt: skip
for _name in ("email_normalised", "legal_id", "employee_id"):
    sa.Index(f"account_identity_{_name}", account_identity.c[_name], postgresql_where=sa.text("valid_to = 'infinity'"))
