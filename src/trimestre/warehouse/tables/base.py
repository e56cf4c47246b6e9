"""What every table is made with: the metadata, the schemas, and columns that carry their comment."""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()
SCHEMAS = {
    "ops": "What ran and what was decided: batches, landed files, door, rule results, accounting, decisions.",
    "staging": "Rows of batches in work, with personal data; emptied after the merge.",
    "quarantine": "Rows held back, with the rule that failed; personal data.",
    "restricted": "Who is who: names, e-mails, legal ids; read by pipeline and privacy roles only.",
    "warehouse": "Dimensions and facts with their history, pseudonymous.",
    "results": "Indicator values, evidence, candidates and vintages.",
    "marts": "Stable tables for analysts.",
}
INSTANT = sa.TIMESTAMP(timezone=True)


def column(name: str, kind: Any, comment: str, **options: Any) -> sa.Column[Any]:
    """A column; NOT NULL unless ``nullable=True`` is said."""
    options.setdefault("nullable", False)
    return sa.Column(name, kind, comment=comment, **options)


def table(schema: str, name: str, comment: str, *parts: Any, **options: Any) -> sa.Table:
    """A table with its comment."""
    return sa.Table(name, metadata, *parts, schema=schema, comment=comment, **options)
