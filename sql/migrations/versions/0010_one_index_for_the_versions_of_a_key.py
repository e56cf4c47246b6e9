"""One unique index for the versions of a key, and one that finds the rows that a record gives."""

from alembic import op

revision = "0010"
down_revision = "0009"
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
AFTER = "The same after the merge: before, and what the statements opened and closed; or counted anew."


def upgrade() -> None:
    for (schema, name), key in (DELIVERED | DERIVED).items():
        op.drop_constraint(f"{name}_pk", name, schema=schema)
        op.drop_index(f"{name}_current", table_name=name, schema=schema)
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


def downgrade() -> None:
    for schema, name in DELIVERED:
        op.drop_index(f"{name}_record", table_name=name, schema=schema)
    for (schema, name), key in (DELIVERED | DERIVED).items():
        op.drop_constraint(f"{name}_holds", name, schema=schema)
        op.drop_constraint(f"{name}_pk", name, schema=schema)
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
