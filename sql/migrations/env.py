"""Alembic's environment: runs the migrations on the connection that trimestre.warehouse.migrate hands over."""

from alembic import context

from trimestre.warehouse.tables import SCHEMAS, metadata

connection = context.config.attributes["connection"]


def ours(name: str | None, kind: str, parent: object) -> bool:
    """Only our schemas are compared."""
    return name in SCHEMAS if kind == "schema" else True


context.configure(
    connection=connection,
    target_metadata=metadata,
    include_schemas=True,
    include_name=ours,
    version_table="schema_version",
    version_table_schema="ops",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
