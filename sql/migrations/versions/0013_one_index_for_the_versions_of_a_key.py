"""One unique index for the versions of a key, one that finds the rows of a record, hashes of eight bytes; keys told twice."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FACTS = {
    "account": (),
    "answer": ("survey", "response_id", "question", "sub_code"),
    "attendance": ("event",),
    "attendance_interval": ("event", "joined_at", "left_at"),
    "certificate": ("edition",),
    "enrolment": ("edition",),
    "invitation": ("target_kind", "target"),
    "module_completion": ("edition", "module"),
    "response": ("survey", "response_id"),
}
DIMENSIONS = {
    "alias": ("kind", "alias"),
    "course": ("course",),
    "course_edition": ("edition",),
    "edition_course": ("edition", "delivered_by", "source_course"),
    "event": ("event",),
    "indicator": ("indicator",),
    "institution": ("institution",),
    "milestone": ("indicator", "stage"),
    "module": ("course", "module"),
    "period": ("period",),
    "question": ("survey", "question", "sub_code"),
    "question_option": ("survey", "question", "code"),
    "reported_value": ("indicator", "period", "disaggregation", "category"),
    "state": ("state",),
    "survey": ("survey",),
}
DELIVERED = {
    **{("warehouse", name): ("account_key", "source", *key) for name, key in FACTS.items()},
    **{("warehouse", name): ("source", *key) for name, key in DIMENSIONS.items()},
    ("restricted", "account_identity"): ("account_key", "source"),
}
DERIVED = {
    ("warehouse", "person_link"): ("account_key", "source"),
    ("warehouse", "person"): ("source", "person_key"),
}
HASHED = {
    "period": "ordinal, starts_on, ends_on, starts_at, ends_at, fiscal_year, fy_period",
    "state": "name, short_name",
    "institution": "name, order_of_government, state",
    "alias": "code",
    "course": "name, aliases, line",
    "course_edition": "course, name, opens_on, closes_on, last_day, cutoff_reason, population, opens_at, cutoff_at, period",
    "edition_course": "activities::text",
    "module": "name, ordinal",
    "event": "name, held_on, line, starts_at, ends_at, minimum_percent::text",
    "survey": "name, edition, event, closes_on, closes_at, reached_by, repeated",
    "indicator": "version, definition::text",
    "milestone": "name",
    "question": "type, ordinal, text, texts::text, free_text",
    "question_option": "label, labels::text, score::text, ordinal",
    "account": "kind, sex, institution, state, order_of_government, organisation_type",
    "account_identity": "local_id, full_name, email, legal_id, employee_id, email_normalised",
    "enrolment": "role, active, in_population, enrolled_at, first_access_at",
    "module_completion": "state, completed_at",
    "certificate": "state, obtained_at",
    "invitation": "delivered, sent_at, completed_at",
    "response": "complete, submitted_at, started_at, language, sex",
    "answer": "value, answered",
    "attendance": "registered_at, organisation_type, institution, weak, seconds::text",
    "attendance_interval": "seconds::text",
    "reported_value": "value::text, reported_on, verification",
}
"""Entity -> what its row_hash covers."""
HASH = "Hash of the declared columns: equal where they say the same."
AFTER = "The same after the merge: before, and what the statements opened and closed; or counted anew."


def upgrade() -> None:
    op.create_table(
        "same_key",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity."),
        sa.Column("staged_id", sa.BigInteger(), nullable=False, comment="Staged row."),
        schema="staging",
        comment="One row per staged row whose natural key other rows of its batch have as well.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("same_key_entity", "same_key", ["batch_id", "entity", "staged_id"], schema="staging")
    for (schema, name), key in (DELIVERED | DERIVED).items():
        op.drop_constraint(f"{name}_pk", name, schema=schema)
        op.drop_index(f"{name}_current", table_name=name, schema=schema)
        if name in HASHED:  # the table is written anew, at once
            _rehash(schema, name, f"int8send(hash_record_extended(ROW({HASHED[name]}), 0))")
        op.alter_column(
            name, "row_hash", existing_comment="sha256 of the declared columns.", comment=HASH, schema=schema
        )
        op.create_primary_key(f"{name}_pk", name, [*key, "valid_to"], schema=schema)
        op.create_check_constraint(f"{name}_holds", name, "valid_from < valid_to", schema=schema)
    for schema, name in DELIVERED:
        op.create_index(f"{name}_record", name, ["record_id"], schema=schema, postgresql_where="valid_to = 'infinity'")
    op.alter_column(
        "row_account",
        "current_after",
        existing_comment="The same after the merge, counted anew.",
        comment=AFTER,
        schema="ops",
    )


def _rehash(schema: str, name: str, value: str) -> None:
    op.execute(f"ALTER TABLE {schema}.{name} ALTER COLUMN row_hash TYPE bytea USING {value}")


def downgrade() -> None:
    op.drop_table("same_key", schema="staging")
    for schema, name in DELIVERED:
        op.drop_index(f"{name}_record", table_name=name, schema=schema)
    for (schema, name), key in (DELIVERED | DERIVED).items():
        op.drop_constraint(f"{name}_holds", name, schema=schema)
        op.drop_constraint(f"{name}_pk", name, schema=schema)
        if name in HASHED:
            declared = HASHED[name].replace("::text", "")
            _rehash(schema, name, f"sha256(convert_to(CAST(ROW({declared}) AS text), 'UTF8'))")
        op.alter_column(
            name, "row_hash", existing_comment=HASH, comment="sha256 of the declared columns.", schema=schema
        )
        op.create_primary_key(f"{name}_pk", name, [*key, "valid_from"], schema=schema)
        op.create_index(
            f"{name}_current", name, list(key), schema=schema, unique=True, postgresql_where="valid_to = 'infinity'"
        )
    op.alter_column(
        "row_account",
        "current_after",
        existing_comment=AFTER,
        comment="The same after the merge, counted anew.",
        schema="ops",
    )
